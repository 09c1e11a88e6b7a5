"""The drill: a simulated day under attack, written as real log files with its ground truth beside them.

Layer's law: `play` is pure (scenario and seed in, lines out, in order of time); only `writer` and `truth`
touch files, only `stage` knows the clock. Nothing here knows a rule: attacks are written from the
description of how they are really conducted.
"""
