"""The detection engineer's bench: scaffolds, checks, back-tests, coverage, stages and tuning of rules.

Everything here looks at rules and at what is stored; nothing here detects.
"""
