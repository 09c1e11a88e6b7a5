"""Compares events with intelligence: what comes now as what is stored already, with the same alerts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import numpy as np
import pyarrow as pa

from warroom.detect.listed import Indicator, listed_alerts
from warroom.intel.index import Index
from warroom.intel.listing import Listed, tell
from warroom.intel.matching import Hits, match, without
from warroom.model import Alert, Severity
from warroom.store.intel.findings import Findings, Match


def compare(events: pa.RecordBatch, index: Index, now: datetime, *, drill: bool) -> tuple[list[Alert], Findings]:
    """Give the alerts of events in which something is listed, and what they rest on.

    Args:
        events: with the envelope.
        index: what is listed.
        now: our clock.
        drill: the events' feed is marked as a drill: it is compared with feeds of drills, too.
    """
    if not events.num_rows or not (len(index) and (drill or not index.drill_only)):
        return [], Findings()
    alerts, findings, _ = _told(events, match(events, index), index, now, drill=drill)
    return alerts, findings


def compare_stored(
    events: pa.RecordBatch,
    hits: Hits,
    index: Index,
    now: datetime,
    known: Callable[[list[str]], set[str]],
    *,
    drill: bool,
) -> tuple[list[Alert], Findings]:
    """Give the same of stored events, as far as it was not known before.

    Args:
        events: with the envelope.
        hits: what was found in them, as far as it is wanted.
        index: what is listed.
        now: our clock.
        known: names those of some alerts whose events were counted before.
        drill: the events' feed is marked as a drill.
    """
    alerts, findings, places = _told(events, hits, index, now, drill=drill, looked_back=True)
    if before := known([alert.alert_id for alert in alerts]):
        old = [place for alert, own in zip(alerts, places, strict=True) if alert.alert_id in before for place in own]
        alerts, findings, _ = _told(events, without(hits, old), index, now, drill=drill, looked_back=True)
    return alerts, findings


def _told(
    events: pa.RecordBatch, hits: Hits, index: Index, now: datetime, *, drill: bool, looked_back: bool = False
) -> tuple[list[Alert], Findings, list[list[int]]]:
    """Give the alerts of hits, what they rest on, and the places among the hits of each alert."""
    told = tell(events, hits, index, now, drill=drill)
    loud = [place for place, one in enumerate(told.listed) if one.severity is not None]
    kept = np.isin(told.of, loud)
    places, of = told.places[kept], np.searchsorted(np.array(loud, np.int64), told.of[kept])
    indicators = [_indicator(told.listed[place]) for place in loud]
    found = listed_alerts(events, hits.rows[places], of, indicators, drill=drill)
    matches = []
    for alert, members in found:
        one, place = told.listed[loud[of[members[0]]]], int(places[members[0]])
        column, observed = hits.names[hits.columns[place]], hits.observed[place].as_py()
        matches.append(Match(alert.alert_id, one.kind, one.value, observed, column, one.score, one.listed, looked_back))
    findings = Findings(matches, told.sightings, told.held_back)
    return [alert for alert, _ in found], findings, [places[members].tolist() for _, members in found]


def _indicator(one: Listed) -> Indicator:
    severity = one.severity or Severity.INFORMATIONAL
    return Indicator(one.kind, one.value, one.feed_id, one.title, one.title_th, severity, one.tags)
