r"""Pairs of names and values: ``name=value name="a value with \"quotes\""``, logfmt and what is like it.

Format: https://brandur.org/logfmt; signs between pairs, and between a name and its value, are the feed's.
"""

from __future__ import annotations

import functools
import itertools
import re
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from warroom.parse.columns import events
from warroom.parse.flatten import Fields
from warroom.parse.shapes import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warroom.parse.shapes import ParseContext, Part

#: Where the words that belong to no pair stay.
REST: Final = "unpaired"
#: More pairs no log line has; what stands behind them stays as it is.
_MOST_PAIRS: Final = 1_000
# possessive, and a mark that is not closed takes the rest: a line is gone through once, whoever wrote it
_QUOTED: Final = r'"((?:[^"\\]|\\.)*+)(?:"|\\?$)'
_PAIR: Final = re.compile(rf'([A-Za-z_][\w.-]{{0,127}})=(?:{_QUOTED}|([^\s",]*+))', re.DOTALL)
_ESCAPE: Final = re.compile(r'\\(["\\])')
_ESCAPES: Final = re.compile(r"\\(.)", re.DOTALL)
_CONTROLS: Final = {"n": "\n", "t": "\t", "r": "\r"}


def pairs(text: str) -> dict[str, str]:
    """Read all pairs; what stands between them is left out, and of a name that comes twice the first value counts."""
    found: dict[str, str] = {}
    for name, quoted, bare in _PAIR.findall(text):
        found.setdefault(name, _ESCAPE.sub(r"\1", quoted) if quoted else bare)
    return found


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read lines of pairs; rows are indices into ``text``. Of a name that comes twice all values stay, as a list."""
    rows: list[int] = []
    rejects: list[Reject] = []
    fields = Fields(len(text))
    fields.add(itertools.count(), _objects(text, context, rows, rejects))
    return events(pa.array(rows, pa.int32()), fields.columns(len(rows)), context), rejects


def _objects(
    text: pa.Array, context: ParseContext, rows: list[int], rejects: list[Reject]
) -> Iterator[dict[str, str | list[str] | None]]:
    expression = _expression(context.options.delimiter, context.options.assigns or "=")
    reason = f"no pair: expected `name{context.options.assigns or '='}value`"
    for row, line in enumerate(text.to_pylist()):
        found, rest = _read(line, expression)
        if not found:
            rejects.append(Reject(row, reason))
            continue
        rows.append(row)
        yield {**found, REST: rest} if rest else found


def _read(line: str, expression: re.Pattern[str]) -> tuple[dict[str, str | list[str] | None], str]:
    found: dict[str, str | list[str] | None] = {}
    between: list[str] = []
    end = 0
    for match in itertools.islice(expression.finditer(line), _MOST_PAIRS):
        between.append(line[end : match.start()])
        end = match.end()
        name, quoted, single, bare = match.groups()
        value = _ESCAPES.sub(_unescaped, quoted) if quoted is not None else single if single is not None else bare
        _keep(found, name.strip(), value.strip() or None)
    between.append(line[end:])
    return found, " ".join(bare for piece in between if (bare := piece.strip(" \t\r\n,;|")))


def _keep(found: dict[str, str | list[str] | None], name: str, value: str | None) -> None:
    before = found.get(name)
    if before is None or value is None:
        found[name] = before or value
    elif isinstance(before, list):
        before.append(value)
    else:
        found[name] = [before, value]


def _unescaped(match: re.Match[str]) -> str:
    return _CONTROLS.get(match[1], match[1])


@functools.cache
def _expression(delimiter: str, assigns: str) -> re.Pattern[str]:
    """Give what finds a pair: name, value in double quotes, in single ones, or bare."""
    sign = re.escape(assigns)
    between = re.escape(delimiter)
    blank = not delimiter.strip(" ")
    forbidden = "".join({re.escape(char) for char in f"{assigns[:1]}{delimiter[:1]}\"'"})
    # a name begins where something ends: else a long word without a sign would be tried from each of its characters
    begins = rf"(?<![^\s,;|\"\[({{{between[:2]}])(?![\[({{<])"
    name = rf"[^\s{forbidden}]{{1,128}}+" if blank else rf"[^{forbidden}\r\n]{{1,128}}+"
    bare = r"[^\s]*?(?=[,;]?(?:\s|$))" if blank else rf"(?:(?!{between}).)*+"
    single = r"'([^']*+)'(?=[\s,;]|$)" if blank else rf"'([^']*+)'(?=\s*(?:{between}|$))"
    gap = "" if blank else r"\s*"
    return re.compile(rf"{begins}({name}){gap}{sign}{gap}(?:{_QUOTED}|{single}|({bare}))", re.DOTALL)
