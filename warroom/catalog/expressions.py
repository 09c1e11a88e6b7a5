"""Regular expressions that a feed brings: only those whose time is bounded, whoever writes the lines."""

from __future__ import annotations

import re
from typing import Final

#: Longer ones are a sign that a parser of its own is wanted.
LONGEST: Final = 4_000
MOST_GROUPS: Final = 200
#: The engine that finds the beginnings of records tries again where a match fails: twice over a line is bounded.
_MOST_OPEN: Final = 2
#: A class, an escape, a quantifier with no upper bound after a group, any such quantifier, any other sign.
_SIGN: Final = re.compile(
    r"\[\^?\]?(?:\\.|[^\]\\])*\]|\\.|(?P<group>\)(?:[*+]|\{[0-9]*,[0-9]*\}))|(?P<open>[*+]|\{[0-9]*,\})|.", re.DOTALL
)


def named_groups(pattern: str) -> tuple[list[str], str]:
    """Give the named groups of an expression in Rust's notation, and why it cannot be used; empty where it can."""
    import polars as pl  # noqa: PLC0415  a fifth of a second, for such feeds only

    if len(pattern) > LONGEST:
        return [], f"longer than {LONGEST} characters"
    try:
        found = pl.Series([""]).str.extract_groups(pattern)
    except pl.exceptions.PolarsError as problem:
        return [], _told(str(problem))
    names = [name for name in found.struct.fields if not name.isdecimal()]
    if not names:
        return [], "it names no group: write `(?P<src_ip>[0-9.]+)` around what a field holds"
    if len(names) > MOST_GROUPS:
        return [], f"more than {MOST_GROUPS} named groups"
    return names, ""


def beginning_fault(pattern: str) -> str:
    """Say why an expression cannot find where records begin; empty where it can."""
    if len(pattern) > LONGEST:
        return f"longer than {LONGEST} characters"
    try:
        re.compile(pattern.encode())
    except (re.error, OverflowError, RecursionError) as problem:
        return str(problem)
    import polars as pl  # noqa: PLC0415  as above

    try:
        pl.Series([""]).str.contains(pattern)
    except pl.exceptions.PolarsError as problem:
        return _told(str(problem))
    signs = list(_SIGN.finditer(pattern))
    if any(sign["group"] for sign in signs):
        return "a group repeated (`(…)*`, `(…)+`, `(…){2,9}`) can take for ever on some lines: write its content out"
    if sum(sign["open"] is not None for sign in signs) > _MOST_OPEN:
        return (
            f"more than {_MOST_OPEN} of `*`, `+` and `{{n,}}` can take for ever on some lines: bound them as `{{0,50}}`"
        )
    return ""


def _told(problem: str) -> str:
    """Give the line of the engine's message that says what is wrong."""
    lines = [line.strip() for line in problem.splitlines() if line.strip()]
    told = next((line for line in lines if line.startswith("error:")), lines[-1] if lines else "")
    return (
        f"{told.removeprefix('error:').strip()} (the engine is linear in the line: no look-around, no back-references)"
    )
