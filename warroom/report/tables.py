"""A case file as tables for spreadsheets: alerts, entities and the timeline, in which no cell is a formula."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

from warroom.report.plain import stamp, tidy
from warroom.report.timeline import timeline

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from warroom.report.marking import Marking
    from warroom.store.views.casefile import CaseFile

#: With what a spreadsheet lets a formula begin.
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
#: It tells spreadsheets that this is UTF-8: without it Thai is garbled.
_MARK: Final = b"\xef\xbb\xbf"
_ALERTS: Final = (
    *("alert", "raised", "first", "last", "events", "severity", "rule", "rule_title", "rule_title_th"),
    *("platform", "feed", "entities", "tags", "drill"),
)
_ENTITIES: Final = ("kind", "value", "alerts", "first", "last")
_TIMELINE: Final = ("when", "entered", "what", "who", "detail")


def alerts_table(case: CaseFile, marking: Marking) -> bytes:
    """Write the alerts as CSV, oldest first."""
    rows = (
        (
            one.id,
            stamp(one.raised_at),
            stamp(one.first_at),
            stamp(one.last_at),
            one.count,
            one.severity,
            one.rule_id,
            one.rule_title,
            one.rule_title_th,
            one.platform_id,
            one.feed_id,
            "; ".join(f"{entity.kind}={entity.value}" for entity in one.entities),
            " ".join(one.tags),
            one.drill,
        )
        for one in tidy(case).alerts
    )
    return _written(_ALERTS, rows, marking, len(case.alerts), case.alert_count)


def entities_table(case: CaseFile, marking: Marking) -> bytes:
    """Write what the incident is about as CSV, by kind, what most alerts name first."""
    rows = ((one.kind, one.value, one.alerts, stamp(one.first_at), stamp(one.last_at)) for one in tidy(case).entities)
    return _written(_ENTITIES, rows, marking, len(case.entities), case.entity_count)


def timeline_table(case: CaseFile, marking: Marking) -> bytes:
    """Write what happened as CSV by when it happened: what detectors saw, and the incident's log."""
    cells = ((stamp(one.when), stamp(one.entered), one.what, one.who, one.detail) for one in timeline(tidy(case)))
    return _written(_TIMELINE, cells, marking, len(case.log), case.log_count)


def safe_cell(value: object) -> object:
    """Give a cell that no spreadsheet takes for the beginning of a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _written(
    heads: Sequence[str], rows: Iterable[Sequence[object]], marking: Marking, listed: int, total: int
) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(heads)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    if listed < total:
        writer.writerow([f"… {total - listed} of {total} rows are not in this file"])
    writer.writerow([marking.tlp.label])
    return _MARK + file.getvalue().encode()
