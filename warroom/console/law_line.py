"""A picture of the law's time: what happened when, how long each clock runs, what was sent; drawn as HTML of our own.

Hours matter most at the beginning, and a limit of 15 days must fit beside one of an hour: the axis shows the square
root of the time since the first moment, and says so by its labels.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from warroom.console.markup import Markup, tag
from warroom.console.times import date_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warroom.console.texts import Words

_HOUR: Final = 3_600_000_000
#: Hours after the first moment that the axis may name.
_TICKS: Final = (0, 1, 6, 24, 72, 168, 360, 720, 2160, 8760)
_DAYS_FROM: Final = 168
_DAY: Final = 24
#: Per cent of the width that two labels of the axis, or a letter of a moment's name, take where the line is narrow.
_APART: Final = 7.0
_LETTER: Final = 1.05
#: Names of moments that lie close stand below one another, on so many levels at most, each so many pixels high.
_LEVELS: Final = 6
_LEVEL_PX: Final = 20
#: The right edge stays free for what begins there.
_WIDTH: Final = 96.0
_BACK: Final = 80.0


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment on the line, in microseconds; ``assumed``: nobody recorded it."""

    at: int
    label: str
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """A clock on the line; ``state`` is a light, ``sent`` or ``waiting``."""

    label: str
    starts_at: int
    due_at: int
    state: str
    internal: bool
    sent: tuple[tuple[int, str], ...] = ()


def picture(marks: Sequence[Mark], spans: Sequence[Span], now: int, words: Words) -> Markup:
    """Draw moments above, a row for each clock, and the axis below."""
    moments = [mark.at for mark in marks] + [at for span in spans for at in (span.starts_at, span.due_at)]
    moments += [at for span in spans for at, _ in span.sent]
    first, last = min([now, *moments]), max([now, *moments])
    scale = _Scale(first, max(last - first, _HOUR))
    here = tag("i", cls="now", style=f"left:{scale.place(now)}", title=words("law.now"))
    rows = [_marks(marks, scale, here, words)]
    rows += [_span(span, scale, here, words) for span in spans]
    axis = [
        tag("span", words(key, count=count), cls=scale.side(at), style=f"left:{scale.place(at)}")
        for at, key, count in _ticks(scale, first)
    ]
    rows.append(tag("div", tag("b", words("law.axis")), tag("div", *axis, cls="lane"), cls="row axis"))
    return tag("div", *rows, cls="wr-law-line", role="img", aria_label=words("law.line"))


@dataclass(frozen=True, slots=True)
class _Scale:
    first: int
    whole: int

    def share(self, at: int) -> float:
        """Give a moment's place in per cent of the width."""
        return _WIDTH * math.sqrt(max(0, at - self.first) / self.whole)

    def side(self, at: int) -> str:
        """Say that a label near the right edge stands before its place."""
        return "back" if self.share(at) > _BACK else ""

    def place(self, at: int) -> str:
        """Give the same as a style has it."""
        return f"{self.share(at):.2f}%"


def _marks(marks: Sequence[Mark], scale: _Scale, here: Markup, words: Words) -> Markup:
    taken: list[list[tuple[float, float]]] = []
    pieces, assumed = [here], words("law.assumed")
    for mark in sorted(marks, key=lambda one: one.at):
        level = _level(taken, _extent(mark, scale))
        told = f"{mark.label}: {date_time(mark.at, words.language)}"
        if mark.assumed:
            told = f"{told} ({assumed})"
        cls = f"mark {scale.side(mark.at)} {'assumed' if mark.assumed else ''}"
        style = f"left:{scale.place(mark.at)};top:{level * _LEVEL_PX + 1}px"
        pieces.append(tag("span", tag("i"), tag("b", mark.label), cls=cls, style=style, title=told))
    lane = tag("div", *pieces, cls="lane", style=f"min-height:{len(taken) * _LEVEL_PX + 2}px")
    return tag("div", tag("b", words("law.moments")), lane, cls="row marks")


def _extent(mark: Mark, scale: _Scale) -> tuple[float, float]:
    """Give from where to where a mark's name takes room, in per cent; marks above or below a letter take none."""
    at = scale.share(mark.at)
    wide = _LETTER * sum(unicodedata.category(letter) != "Mn" for letter in mark.label) + 1.5
    return (at - wide, at) if scale.side(mark.at) else (at, at + wide)


def _level(taken: list[list[tuple[float, float]]], extent: tuple[float, float]) -> int:
    """Take the first level that is free there, else the last."""
    begin, end = extent
    for level in range(_LEVELS):
        if level == len(taken):
            taken.append([])
        if level == _LEVELS - 1 or all(end <= one or other <= begin for one, other in taken[level]):
            taken[level].append(extent)
            break
    return level


def _span(span: Span, scale: _Scale, here: Markup, words: Words) -> Markup:
    begin, end = sorted((scale.share(span.starts_at), scale.share(span.due_at)))
    due = words("law.due_at", at=date_time(span.due_at, words.language))
    told = f"{span.label}: {due}"
    kind = "internal" if span.internal else "law"
    bar = tag("i", cls=f"span {span.state} {kind}", style=f"left:{begin:.2f}%;width:{end - begin:.2f}%", title=told)
    ticks = [
        tag("i", "✓", cls="sent", style=f"left:{scale.place(at)}", title=f"{label}: {date_time(at, words.language)}")
        for at, label in span.sent
    ]
    return tag("div", tag("b", span.label, title=span.label), tag("div", bar, *ticks, here, cls="lane"), cls="row")


def _ticks(scale: _Scale, first: int) -> list[tuple[int, str, int]]:
    found: list[tuple[int, str, int]] = []
    before = -_APART
    for hours in _TICKS:
        at = first + hours * _HOUR
        if at - first > scale.whole or scale.share(at) - before < _APART:
            continue
        before = scale.share(at)
        days = hours >= _DAYS_FROM
        found.append((at, "law.axis_days" if days else "law.axis_hours", hours // _DAY if days else hours))
    return found
