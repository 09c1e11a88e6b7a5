"""What the alert of a correlation tells: who, when, how often; and of which rules it is one."""

from __future__ import annotations

import pyarrow as pa
from detect import events as making
from detect.counting import Log, Seen, batches, correlation, named, rules

from warroom.detect import Detector


def test_an_alert_tells_who_when_and_how_often() -> None:
    detector = Detector(rules({"gte": 3}))
    log: Log = [
        Seen(10, "192.0.2.1", "u1"),
        Seen(20, "192.0.2.1", "u2"),
        Seen(30, "192.0.2.2"),
        Seen(40, "192.0.2.1", "u3"),
    ]
    (alert,) = detector.detect(*batches(log, []), drill=False).alerts
    assert (alert.count, alert.event_ids, alert.feed_id, alert.platform_id) == (3, (1, 2, 4), "feed", "platform")
    assert (alert.first_at.second, alert.last_at.second, str(alert.severity)) == (10, 40, "high")
    assert (alert.entities[0].kind, alert.entities[0].value) == ("address", "192.0.2.1")


def test_alerts_carry_the_rules_own_thai_title() -> None:
    base = {"name": "base", "detection": {"s": {"kind": "x"}, "condition": "s"}, "custom": {"title_th": "ฐาน"}}
    many = {
        "title": "Many",
        "author": "A. Nan",
        "custom": {"title_th": "หลายครั้ง"},
        "correlation": {
            "type": "event_count",
            "rules": ["base"],
            "group-by": ["c-ip"],
            "timespan": "1m",
            "condition": {"gte": 1},
            "generate": True,
        },
    }
    ruleset = making.ruleset(base, many)
    alerts = Detector(ruleset).detect(*batches([Seen(10, "192.0.2.1")], []), drill=False).alerts
    assert [alert.rule_title_th for alert in alerts] == ["ฐาน", "หลายครั้ง"]
    assert [rule.author for rule in (*ruleset.rules, *ruleset.correlations)] == ["", "A. Nan"]
    assert making.ruleset(base | {"custom": {"title_th": 7}}).rules[0].title_th == ""


def test_a_name_is_no_entity_of_failures_unless_grouped_by() -> None:
    log: Log = [Seen(10, "192.0.2.1", "victim"), Seen(20, "192.0.2.1", "victim")]
    for grouped, expected in ((["c-ip"], ["address"]), (["c-ip", "cs-username"], ["address", "user"])):
        (batch,) = batches(log, [])
        place = batch.schema.get_field_index("event_outcome")
        batch = batch.set_column(place, "event_outcome", pa.array(["failure"] * 2))
        (alert,) = Detector(rules({"gte": 2}, group_by=grouped)).detect(batch, drill=False).alerts
        assert [entity.kind for entity in alert.entities] == expected


def test_drill_and_real_events_never_count_together() -> None:
    first, second = batches([Seen(10, "192.0.2.1"), Seen(20, "192.0.2.1")], [1])
    detector = Detector(rules({"gte": 2}))
    assert not detector.detect(first, drill=True).alerts
    assert not detector.detect(second, drill=False).alerts


def test_base_rules_are_silent_unless_they_generate() -> None:
    (batch,) = batches([Seen(10, "192.0.2.1")], [])
    assert not Detector(rules({"gte": 2})).detect(batch, drill=False).alerts
    (alert,) = Detector(rules({"gte": 2}, generate=True)).detect(batch, drill=False).alerts
    assert alert.rule_title == "A rule"


def test_aliases_name_a_field_for_each_rule() -> None:
    one = {"name": "one", "detection": {"s": {"kind": "x"}, "condition": "s"}}
    two = {"name": "two", "detection": {"s": {"kind": "y"}, "condition": "s"}}
    both = {
        "title": "Both",
        "correlation": {
            "type": "event_count",
            "rules": ["one", "two"],
            "group-by": ["who"],
            "aliases": {"who": {"one": "from", "two": "to"}},
            "timespan": "1m",
            "condition": {"gte": 2},
        },
    }
    batch = making.batch([{"kind": "x", "from": "m"}, {"kind": "y", "from": "n", "to": "m"}, {"kind": "y", "to": "k"}])
    (alert,) = Detector(making.ruleset(one, two, both)).detect(batch, drill=False).alerts
    assert (alert.rule_title, alert.event_ids) == ("Both", (1, 2))


def failed_logins(successes: Log) -> list[str]:
    """The specification's example of a chain."""
    chain = making.ruleset(
        correlation("temporal_ordered", None, title="In", rules=["many", "s"], group_by=["cs-username"]),
        correlation("event_count", {"gte": 3}, name="many", rules=["f"], group_by=["cs-username"], generate=False),
        *named("f", "s"),
    )
    detector = Detector(chain)
    log = [Seen(second, user="u1", kind="f") for second in (1, 2, 3)] + successes
    alerts = [alert for batch in batches(log, [1, 2, 3]) for alert in detector.detect(batch, drill=False).alerts]
    return [f"{alert.rule_title} {alert.count}" for alert in alerts]


def test_a_correlation_of_a_correlation_is_found_and_the_inner_one_is_silent() -> None:
    assert failed_logins([]) == []
    assert failed_logins([Seen(4, user="u1", kind="s")]) == ["In 2"]
    assert failed_logins([Seen(4, user="u2", kind="s")]) == []
    assert failed_logins([Seen(2, user="u1", kind="s")]) == []
