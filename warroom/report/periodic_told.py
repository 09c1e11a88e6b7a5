"""What every section of a periodic report is written from: figures, list, language and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from warroom.catalog.reports import ReportKind, Reports
from warroom.privacy import mask
from warroom.report.figures import Figures
from warroom.report.layout import Align, Block, Paragraph, Run, Table
from warroom.store.views.periodic import Lines

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
#: Hours are told up to two days, minutes up to two hours.
_TWICE: Final = 2
#: A table of at most so many rows, each text of at most so many characters, keeps its rows whole.
_SHORT: Final = 60
_BRIEF: Final = 400


@dataclass(frozen=True, slots=True)
class Told:
    """What every section is written from: figures, the list, the language and its words."""

    figures: Figures
    lines: Lines
    language: str
    words: Reports
    kind: ReportKind
    platforms: Mapping[str, str]

    def __call__(self, key: str, **values: str | int) -> str:
        """Give a text."""
        return self.words.text(key, self.language, **values)

    def platform(self, platform_id: str) -> str:
        """Give a platform's name; its id where the reference lacks it."""
        return self.platforms.get(platform_id, platform_id)

    def either(self, key: str, fallback: str) -> str:
        """Give a text, or the fallback for a value of another version."""
        return self.words.either(key, self.language, fallback)

    def duration(self, seconds: float) -> str:
        """Write how long something took, in the unit that says it best."""
        for unit, size in (("days", _DAY), ("hours", _HOUR)):
            if seconds >= _TWICE * size:
                return self(unit, count=f"{seconds / size:.1f}".removesuffix(".0"))
        return self("minutes", count=str(round(seconds / _MINUTE)))

    @property
    def severities(self) -> dict[str, str]:
        """The names of severities."""
        return {
            key.removeprefix("severity."): entry[self.language]
            for key, entry in self.words.texts.items()
            if key.startswith("severity.")
        }


@cache
def masked(text: str) -> str:
    """Give a text with the personal data in it masked; a report says the same titles over and over."""
    return mask(text)


def cell(text: str, *, align: Align = "left", bold: bool = False, size: float | None = None) -> tuple[Block, ...]:
    """Give a table's cell of one text, close to its lines."""
    return (Paragraph((Run(text, bold=bold),), align=align, size=size, after=2.0),)


def table(
    header: tuple[str, ...],
    values: Sequence[tuple[str, ...]],
    widths: tuple[float, ...],
    *,
    numbers: int = 0,
    size: float | None = None,
    total: bool = False,
) -> Table:
    """Give a table of texts; the last ``numbers`` columns stand to the right, a ``total`` last row is bold."""
    first = len(header) - numbers
    made = tuple(
        tuple(
            cell(
                text,
                align="right" if place >= first else "left",
                bold=total and row is values[-1],
                size=size,
            )
            for place, text in enumerate(row)
        )
        for row in values
    )
    # rows that may not break cost the square of their number, and one longer than a page would leave it
    whole = len(values) <= _SHORT and all(len(text) <= _BRIEF for row in values for text in row)
    return Table(widths, made, header, whole=whole)
