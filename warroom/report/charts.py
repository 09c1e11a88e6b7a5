"""Charts as SVG: columns over time and bars side by side, the same bytes for the same figures.

They are read in grey, too: the shades of severities differ in lightness, one of them by its hatching. Texts lie in the
chart as texts, escaped; the fonts are those of whoever sets the page.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

import typst

from warroom.model import Severity
from warroom.report.layout import Picture
from warroom.report.printing import FONTS, read_fonts
from warroom.report.thai_text import printed

#: Points: a chart as wide as the text of a page, at a scale where its letters are those of a table.
WIDTH: Final = 480.0
_FACE: Final = "Sarabun"
_INK, _FAINT, _GRID = "#1d2733", "#5f6b7a", "#d5dbe3"
#: From dark to light; what is low is hatched besides.
SHADES: Final[dict[Severity, str]] = {
    Severity.CRITICAL: "#7d0a1a",
    Severity.HIGH: "#d9541e",
    Severity.MEDIUM: "#f2b632",
    Severity.LOW: "url(#low)",
    Severity.INFORMATIONAL: "#dfe5ec",
}
PLAIN: Final = "#2a6f97"
_HATCH: Final = (
    '<pattern id="low" width="5" height="5" patternUnits="userSpaceOnUse">'
    '<rect width="5" height="5" fill="#e3effb"/><path d="M0 5L5 0" stroke="#1f5fa8" stroke-width="1.4"/></pattern>'
)
_PPI: Final = 160
#: How wide a letter of a label is at most, in points, on the average.
_LETTER: Final = 5.1
#: Steps of an axis: one of these, times a power of ten.
_STEPS: Final = (1, 2, 5, 10)
_LINES: Final = 4
_TOP, _BOTTOM, _LEFT = 30.0, 20.0, 42.0


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one colour, and what they are."""

    label: str
    colour: str
    values: tuple[int, ...]


def columns(series: Sequence[Series], labels: Sequence[str], *, height: float = 150.0) -> str:
    """Draw stacked columns over time, with a legend above.

    Args:
        series: from the bottom up; all as long as ``labels``.
        labels: under the columns; every so many are written where all do not fit.
        height: of the whole, in points.
    """
    totals = [sum(one.values[place] for one in series) for place in range(len(labels))]
    top, step = _scale(max(totals, default=0))
    bottom, room = height - _BOTTOM, height - _BOTTOM - _TOP
    wide = (WIDTH - _LEFT - 6) / max(1, len(labels))
    drawn = [_legend(series)]
    for value in range(0, top + 1, step):
        y = bottom - room * value / top
        drawn += [_line(_LEFT, y, WIDTH - 6, y), _text(_LEFT - 5, y + 3, f"{value:,}", "end", faint=True)]
    every = -(-len(labels) // 31)
    for place, label in enumerate(labels):
        x, y = _LEFT + wide * (place + 0.14), bottom
        for one in series:
            tall = room * one.values[place] / top
            if tall:
                y -= tall
                drawn.append(_box(x, y, wide * 0.72, tall, one.colour))
        if place % every == 0:
            drawn.append(_text(x + wide * 0.36, height - 7, label, "middle", faint=True))
    drawn.append(_line(_LEFT, bottom, WIDTH - 6, bottom, _INK))
    return _svg(height, drawn)


def bars(entries: Sequence[tuple[str, str, int]], *, label_share: float = 0.44) -> str:
    """Draw horizontal bars with their figures; an entry is a label, a colour and a value."""
    pitch = 17.0
    height = pitch * max(1, len(entries)) + 4
    begin = WIDTH * label_share
    room = WIDTH - begin - 54
    most = max((value for *_, value in entries), default=0) or 1
    drawn = []
    for place, (label, colour, value) in enumerate(entries):
        y = 2 + pitch * place
        drawn.append(_text(begin - 6, y + 12, shortened(label, begin - 8), "end"))
        drawn.append(_box(begin, y + 3, max(0.6, room * value / most), pitch - 5, colour))
        drawn.append(_text(begin + room * value / most + 5, y + 12, f"{value:,}", "start"))
    drawn.append(_line(begin, 1, begin, height - 1, _INK))
    return _svg(height, drawn)


def severity_series(course: Sequence[Mapping[str, int]], names: Mapping[str, str]) -> list[Series]:
    """Give the columns of counts by severity, the worst at the bottom; a severity that never comes is left out."""
    return [
        Series(names[one], SHADES[one], tuple(part.get(one, 0) for part in course))
        for one in reversed(Severity)
        if any(part.get(one) for part in course)
    ]


def picture(svg: str, alt: str, width: float) -> Picture:
    """Give a chart as a document takes it, ``width`` in centimetres; a DOCX shows it as pixels."""
    return Picture(width, alt, svg=svg.encode(), png=png(svg))


def png(svg: str) -> bytes:
    """Give a chart's pixels."""
    page = f'#set page(width: {WIDTH}pt, height: auto, margin: 0pt)\n#image("chart.svg", width: {WIDTH}pt)\n'
    files = {"main.typ": page.encode(), "chart.svg": svg.encode()}
    made = typst.compile(files, font_paths=read_fonts(FONTS), format="png", ppi=_PPI)  # type: ignore[call-overload] # its types lack files by name
    return bytes(made)


def shortened(label: str, room: float) -> str:
    """Give a label that fits beside its bar, in points; the whole of it stands in the table under the chart."""
    text = " ".join(label.split())
    wide = 0.0
    for place, one in enumerate(text):
        wide += _LETTER * (unicodedata.category(one) != "Mn") * (1 + (unicodedata.east_asian_width(one) in "WF"))
        if wide > room:
            return f"{text[:place]}…"
    return text


def _scale(most: int) -> tuple[int, int]:
    """Give the top of an axis and the distance of its lines: whole numbers, at most five lines."""
    unit = 1
    while True:
        for step in _STEPS:
            if step * unit * _LINES >= most:
                lines = max(1, -(-most // (step * unit)))
                return step * unit * lines, step * unit
        unit *= 10


def _legend(series: Sequence[Series]) -> str:
    drawn, x = [], _LEFT
    for one in series:
        drawn += [_box(x, 6, 9, 9, one.colour), _text(x + 13, 14, one.label, "start")]
        x += 30 + 5.4 * len(one.label)
    return "".join(drawn)


def _svg(height: float, drawn: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {height:g}" width="{WIDTH:g}pt" '
        f'height="{height:g}pt"><defs>{_HATCH}</defs>{"".join(drawn)}</svg>'
    )


def _box(x: float, y: float, width: float, height: float, colour: str) -> str:
    return (
        f'<rect x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}" fill="{colour}" '
        f'stroke="{_INK}" stroke-width="0.3"/>'
    )


def _line(x: float, y: float, to_x: float, to_y: float, colour: str = _GRID) -> str:
    return f'<path d="M{x:.2f} {y:.2f}L{to_x:.2f} {to_y:.2f}" stroke="{colour}" stroke-width="0.6" fill="none"/>'


def _text(x: float, y: float, text: str, anchor: str, *, faint: bool = False) -> str:
    colour = _FAINT if faint else _INK
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" font-family="{_FACE}" font-size="9.5" fill="{colour}" '
        f'text-anchor="{anchor}">{escape(printed(text))}</text>'
    )
