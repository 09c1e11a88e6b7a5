"""Events with listed values become alerts: one for each log feed, indicator, main entity and five minutes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from warroom.detect.listed import Indicator, listed_alerts
from warroom.model import UTC_MICROSECONDS, Alert, Entity, Severity

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
EVIL = Indicator("ipv4", "198.51.100.7", "ipsum", "Listed", "อยู่ในรายการ", Severity.MEDIUM, ("attack.t1071",))


def batch(rows: Sequence[dict[str, Any]]) -> pa.RecordBatch:
    usual = {"feed_id": "web", "platform_id": "tang_rat", "ts": NOON, "source_ip": "192.0.2.1", "user_name": None}
    schema = pa.schema([
        ("event_id", pa.int64()), ("ts", UTC_MICROSECONDS), ("feed_id", pa.string()), ("platform_id", pa.string()),
        ("source_ip", pa.string()), ("user_name", pa.string()),
    ])  # fmt: skip
    return pa.RecordBatch.from_pylist(
        [usual | {"event_id": number} | row for number, row in enumerate(rows)], schema=schema
    )


def alerts(rows: Sequence[dict[str, Any]], *indicators: Indicator, of: Sequence[int] | None = None) -> list[Alert]:
    which = np.array(of if of is not None else [0] * len(rows), np.int64)
    found = listed_alerts(batch(rows), np.arange(len(rows)), which, indicators or (EVIL,), drill=False)
    return [alert for alert, _ in found]


def test_an_alert_says_what_the_list_does() -> None:
    (alert,) = alerts([{}, {"ts": NOON + timedelta(minutes=4)}])
    assert (alert.rule_id, alert.rule_title, alert.rule_title_th) == ("intel.ipsum", "Listed", "อยู่ในรายการ")
    assert (alert.severity, alert.tags, alert.count) == (Severity.MEDIUM, ("attack.t1071",), 2)
    assert (alert.feed_id, alert.platform_id, alert.event_ids) == ("web", "tang_rat", (0, 1))
    assert alert.entities == (Entity("address", "192.0.2.1"),)


def test_feed_entity_and_five_minutes_part_alerts() -> None:
    rows: list[dict[str, Any]] = [
        {}, {"feed_id": "mail"}, {"source_ip": "192.0.2.2"}, {"ts": NOON + timedelta(minutes=5)}, {},
    ]  # fmt: skip
    assert sorted(alert.count for alert in alerts(rows)) == [1, 1, 1, 2]


def test_another_lister_or_severity_makes_no_other_alert() -> None:
    (first,) = alerts([{}])
    (second,) = alerts([{}], replace(EVIL, feed_id="threatfox", title="Other", severity=Severity.HIGH))
    assert (first.alert_id, second.rule_id) == (second.alert_id, "intel.threatfox")
    (other,) = alerts([{}], replace(EVIL, value="198.51.100.8"))
    assert other.alert_id != first.alert_id


def test_of_one_value_seen_in_both_directions_the_more_severe_speaks() -> None:
    (alert,) = alerts([{}, {}], EVIL, replace(EVIL, severity=Severity.HIGH), of=[0, 1])
    assert (alert.severity, alert.count) == (Severity.HIGH, 2)


def test_an_event_may_have_several_listed_values() -> None:
    rows = np.array([0, 0])
    other = replace(EVIL, kind="domain", value="evil.example")
    found = listed_alerts(batch([{}]), rows, np.array([0, 1]), [EVIL, other], drill=True)
    assert [places for _, places in found] == [[0], [1]]
    assert all(alert.drill for alert, _ in found)


def test_the_same_events_give_the_same_ids_in_whatever_batches_they_come() -> None:
    rows: list[dict[str, Any]] = [{"source_ip": f"192.0.2.{number % 3}"} for number in range(9)]
    whole = {alert.alert_id for alert in alerts(rows)}
    parts = {alert.alert_id for start in range(0, 9, 2) for alert in alerts(rows[start : start + 2])}
    assert whole == parts


def test_nothing_listed_is_no_alert() -> None:
    assert not listed_alerts(batch([{}]), np.zeros(0, np.int64), np.zeros(0, np.int64), [], drill=False)
