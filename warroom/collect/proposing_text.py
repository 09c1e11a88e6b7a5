"""Writes texts that come from a log as YAML."""

from __future__ import annotations

import re
from typing import Final

import orjson

#: A name that YAML reads as a text without quotation marks, apart from the words below.
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,60}")
_WORDS: Final = ("true", "false", "yes", "no", "on", "off", "null", "y", "n")


def quoted(text: str) -> str:
    """Write a text as YAML: plain where it is a simple name, else as JSON, which YAML reads too."""
    return text if _PLAIN.fullmatch(text) and text.lower() not in _WORDS else orjson.dumps(text).decode()
