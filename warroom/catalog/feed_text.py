"""Changes a feed's YAML as text: one section or one line at a time, and everything else stays as a person wrote it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

#: A number or a flag, which stands without quotation marks.
_BARE: Final = re.compile(r"[0-9]{1,9}|true|false")
_TOP: Final = re.compile(r"[^\s#-]")


def scalar(text: str) -> str:
    """Write a text as YAML reads it back; a number or a flag stays one."""
    if _BARE.fullmatch(text):
        return text
    return _quoted(text)


def listed(texts: Sequence[str]) -> str:
    """Write a list of texts."""
    return f"[{', '.join(map(_quoted, texts))}]"


def with_section(text: str, name: str, values: Mapping[str, str]) -> str:
    """Replace a section, or add it at the end; ``values`` by key are written already."""
    begin, end, lines = _section(text, name)
    fresh = [f"{name}:", *(f"  {key}: {value}" for key, value in values.items())]
    return _joined([*lines[:begin], *fresh, *lines[end:]])


def with_line(text: str, name: str, value: str | None, *, after: str = "") -> str:
    """Set a line ``name: value`` that belongs to no section; None takes it out.

    A line that was not there comes behind the section ``after``, or at the end.
    """
    begin, end, lines = _section(text, name)
    if begin == len(lines) and after:
        _, begin, lines = _section(text, after)
        end = begin
    return _joined([*lines[:begin], *([] if value is None else [f"{name}: {value}"]), *lines[end:]])


def with_key(text: str, section: str, key: str, value: str | None) -> str:
    """Set a key of a section, which is made where it is missing; None takes the key out."""
    begin, end, lines = _section(text, section)
    own = lines[begin + 1 : end]
    at = next((place for place, line in enumerate(own) if line.startswith(f"  {key}:")), None)
    fresh = [] if value is None else [f"  {key}: {value}"]
    if at is None:
        own = [*own, *fresh]
    else:
        after = at + 1
        while after < len(own) and own[after].startswith("   "):
            after += 1  # what is indented further belongs to the key
        own = [*own[:at], *fresh, *own[after:]]
    head = lines[begin : begin + 1] or [f"{section}:"]
    return _joined([*lines[:begin], *(head if own else []), *own, *lines[end:]])


def _quoted(text: str) -> str:
    """Write a text in quotation marks; what does not print becomes an escape, which YAML has of its own."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    told = "".join(one if one.isprintable() else f"\\U{ord(one):08x}" for one in escaped)
    return f'"{told}"'


def _section(text: str, name: str) -> tuple[int, int, list[str]]:
    """Give where a section begins and ends among the lines; both behind the last where it is missing."""
    lines = text.splitlines()
    begin = next((place for place, line in enumerate(lines) if line.startswith(f"{name}:")), len(lines))
    end = begin + 1
    while end < len(lines) and not _TOP.match(lines[end]):
        end += 1
    return begin, min(end, len(lines)), lines


def _joined(lines: Sequence[str]) -> str:
    return "\n".join([*lines, ""])
