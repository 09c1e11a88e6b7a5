"""Makes alerts of events in which something stands that intelligence lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from warroom.detect.alerts import Raised, grouped_alerts

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from warroom.model import Alert, Severity


@dataclass(frozen=True, slots=True)
class Indicator:
    """A listed value, and what an alert about it says.

    Attributes:
        kind, value: the indicator; with the log's feed, the main entity and five minutes they make an alert's id, so
            that it is the same whoever lists the value by then, and whenever the event is looked at.
        feed_id: of intelligence: whose word the alert is.
    """

    kind: str
    value: str
    feed_id: str
    title: str
    title_th: str
    severity: Severity
    tags: tuple[str, ...]


def listed_alerts(
    batch: pa.RecordBatch,
    rows: npt.NDArray[Any],
    of: npt.NDArray[np.int64],
    indicators: Sequence[Indicator],
    *,
    drill: bool,
) -> list[tuple[Alert, list[int]]]:
    """Give an alert for each log feed, indicator, main entity and five minutes, and its places in ``rows``.

    Args:
        batch: the events, with the envelope columns ``event_id``, ``ts``, ``feed_id`` and ``platform_id``.
        rows: rows in which something is listed, ascending; one may come several times.
        of: for each of them which of ``indicators`` it is.
        indicators: what is listed; the same value may stand there several times, with other severities.
        drill: the events' feed is marked as a drill.
    """
    if not len(rows):
        return []
    raised = [
        Raised(f"intel {one.kind} {one.value}", rule_of(one.feed_id), one.title, one.title_th, one.severity, one.tags)
        for one in indicators
    ]
    return grouped_alerts(batch, rows, of, raised, drill=drill)


def rule_of(feed_id: str) -> str:
    """Give the id under which a feed of intelligence raises alerts."""
    return f"intel.{feed_id}"
