"""Bytes become events: one pure function, one file per format.

The layer's law: no I/O, no clock, no state. ``parse`` takes the lines of a source and gives back Arrow
columns; every line is either exactly one event or exactly one reject with a reason.
"""

from __future__ import annotations

from warroom.parse.formats import parse
from warroom.parse.recognise import Recognised, UnrecognisedError, look_within, recognise
from warroom.parse.shapes import ParseContext, Parsed, Reject

__all__ = [
    "ParseContext",
    "Parsed",
    "Recognised",
    "Reject",
    "UnrecognisedError",
    "look_within",
    "parse",
    "recognise",
]
