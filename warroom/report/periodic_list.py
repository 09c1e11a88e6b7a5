"""The list at the end of a periodic report: every incident of the period, a row each."""

from __future__ import annotations

from typing import Final

from warroom.catalog.thai import BUDDHIST_ERA, moment
from warroom.report.layout import Block, Paragraph, Run
from warroom.report.periodic_told import Told, masked, table
from warroom.store.views.periodic import Line

_SIZE: Final = 9.0
_WIDTHS: Final = (0.9, 1.4, 3.6, 3.1, 1.6, 2.9, 0.9)


def list_of(told: Told) -> list[Block]:
    """Give every incident that was listed, and say how many were not."""
    lines = told.lines
    head = tuple(map(told, ("number", "severity", "title", "platform", "state", "when", "alerts")))
    rows = [_row(told, one) for one in lines.rows]
    blocks: list[Block] = [
        Paragraph((Run(told("list_total", total=lines.total), faint=True),), size=10.0),
        table(head, rows, _WIDTHS, numbers=1, size=_SIZE),
    ]
    if len(rows) < lines.total:
        blocks.append(Paragraph((Run(told("list_cut", shown=len(rows), total=lines.total), bold=True),)))
    return blocks


def _row(told: Told, one: Line) -> tuple[str, ...]:
    title = masked((one.title_th if told.language == "th" else "") or one.title)
    marks = []
    if one.drill and not told.figures.exercise:
        marks.append(told("drill"))
    if one.categories:
        marks.append(f"{told('category')} {', '.join(map(str, one.categories))}")
    state = one.disposition or one.status
    kind = "disposition" if one.disposition else "status"
    ended = f"\n{_short(one.closed_at, told.language)}" if one.closed_at is not None else ""
    return (
        str(one.id),
        told.either(f"severity.{one.severity}", one.severity),
        f"{title}\n{' · '.join(marks)}" if marks else title,
        told.platform(one.platform_id),
        told.either(f"{kind}.{state}", state),
        _short(one.opened_at, told.language) + ended,
        f"{one.alert_count:,}",
    )


def _short(at_us: int, language: str) -> str:
    """``22/11/2569 14.30`` or ``2026-11-22 14:30``."""
    at = moment(at_us)
    if language == "th":
        return f"{at.day}/{at.month}/{at.year + BUDDHIST_ERA} {at:%H.%M}"
    return f"{at:%Y-%m-%d %H:%M}"
