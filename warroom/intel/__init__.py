"""What others know about attackers: brought in, kept, weighed, and compared with events.

``sources`` fetch documents, ``formats`` read them, ``polling`` brings a feed up to date in the store; ``index`` is made
of what counts now, and ``matching`` compares events with it.
"""
