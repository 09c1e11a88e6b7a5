"""The figures of rules: one source for screens and command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from making import somebody
from sqlalchemy import insert

from warroom.access import Role
from warroom.bench import stages
from warroom.catalog.stages import Stage
from warroom.store.database import State
from warroom.store.feed_tables import feed_hours
from warroom.store.grouping_tables import incident_rules
from warroom.store.rules import loaded
from warroom.store.rules.loaded import Loaded
from warroom.store.rules.tables import rule_hits, rule_stages
from warroom.store.tables import incidents
from warroom.store.views.rules import RuleRow, alerts_by_hour, rule_row, rule_rows

HOUR_US = 3_600_000_000
HOUR = 500_000
NOW = HOUR * HOUR_US + 1234
DAY_US = 24 * HOUR_US
NIDA = somebody("nida", Role.DETECTION_ENGINEER)


def a_rule(rule_id: str, *feeds: str, stage: str = "production") -> Loaded:
    return Loaded(rule_id, f"Rule {rule_id}", "", "high", "rule", "test", True, stage, "web/a.yml", None, (), (), feeds)


def hit(
    state: State, rule_id: str, hours_ago: int, alerts: int, stage: str = "production", platform: str = "a"
) -> None:
    with state.write() as connection:
        connection.execute(
            insert(rule_hits).values(
                rule_id=rule_id,
                hour=HOUR - hours_ago,
                stage=stage,
                platform_id=platform,
                alerts=alerts,
                events=10 * alerts,
                last_at=NOW - hours_ago * HOUR_US,
            )
        )


def incident(state: State, *rules: str, disposition: str | None, days_ago: int = 1, platform: str = "a") -> None:
    at = NOW - days_ago * DAY_US
    values = {
        "title": "t",
        "title_th": "",
        "severity": "high",
        "status": "closed" if disposition else "new",
        "disposition": disposition,
        "platform_id": platform,
        "drill": False,
        "opened_at": at,
        "first_at": at,
        "last_at": at,
        "closed_at": at if disposition else None,
        "alert_count": 1,
        "event_count": 1,
        "version": 1,
        "updated_at": at,
    }
    with state.write() as connection:
        number = connection.execute(insert(incidents).values(**values).returning(incidents.c.id)).scalar_one()
        for rule_id in rules:
            for severity in ("high", "low"):  # a rule whose severity was changed is one rule
                connection.execute(
                    insert(incident_rules).values(
                        incident_id=number,
                        rule_id=rule_id,
                        severity=severity,
                        title="t",
                        title_th="",
                        alerts=1,
                        events=1,
                        first_at=at,
                        last_at=at,
                        raised_at=at,
                    )
                )


def rows(state: State, **more: object) -> dict[str, RuleRow]:
    return {one.rule_id: one for one in rule_rows(state, now=NOW, **more)}  # type: ignore[arg-type]


def test_alerts_are_told_by_day_week_and_month_and_by_stage(state: State) -> None:
    loaded.tell(state, [a_rule("r"), a_rule("quiet")])
    for hours, alerts in ((0, 1), (23, 2), (24, 4), (167, 8), (168, 16), (719, 32), (720, 64)):
        hit(state, "r", hours, alerts)
    hit(state, "r", 5, 7, "shadow")
    hit(state, "gone", 5, 7)
    hit(state, "intel.listed", 3, 9)
    found = rows(state)
    assert set(found) == {"r", "quiet", "intel.listed"}
    counts = found["r"].raised
    assert (counts.day, counts.week, counts.month, counts.events) == (3, 15, 63, 630)
    assert (found["r"].shadow.day, found["r"].shadow.month) == (7, 7)
    assert found["r"].last_at == NOW
    assert found["quiet"].last_at is None
    assert found["intel.listed"].rule.kind == "intel"
    assert [(rule, stage, count) for rule, hour, stage, count in alerts_by_hour(state, HOUR - 4)] == [
        ("intel.listed", "production", 9),
        ("r", "production", 1),
    ]
    assert len(alerts_by_hour(state, 0, rule_id="r")) == 8


def test_who_is_confined_to_platforms_sees_their_figures(state: State) -> None:
    loaded.tell(state, [a_rule("r")])
    hit(state, "r", 1, 5, platform="a")
    hit(state, "r", 1, 3, platform="b")
    incident(state, "r", disposition="true_positive", platform="b")
    assert rows(state)["r"].raised.day == 8
    own = rows(state, scope=("a",))["r"]
    assert (own.raised.day, own.true, own.opened) == (5, 0, 0)
    assert alerts_by_hour(state, 0, scope=("b",)) == [("r", HOUR - 1, "production", 3)]


def test_precision_is_of_what_people_judged_lately(state: State) -> None:
    loaded.tell(state, [a_rule("r"), a_rule("q"), a_rule("n")])
    for disposition in ("true_positive", "benign", "false_positive", "false_positive", "duplicate", None):
        incident(state, "r", "q", disposition=disposition)
    incident(state, "r", disposition="false_positive", days_ago=40)
    incident(state, "r", disposition="false_positive", days_ago=91)
    found = rows(state)
    assert (found["r"].true, found["r"].false, found["r"].opened) == (2, 3, 6)
    assert found["r"].precision == pytest.approx(0.4)
    assert found["q"].precision == pytest.approx(0.5)
    assert found["n"].precision is None
    assert (found["r"].noisy, found["q"].noisy, found["n"].noisy) == (True, False, False)


def test_noise_is_alerts_for_each_true_incident(state: State) -> None:
    loaded.tell(state, [a_rule("r"), a_rule("q"), a_rule("n")])
    hit(state, "r", 1, 900)
    hit(state, "q", 1, 500)
    for _ in range(3):
        incident(state, "r", disposition="true_positive")
    found = rows(state)
    assert [(found[one].noise, found[one].noise_rank) for one in "rqn"] == [(300, 2), (500, 1), (0, None)]
    assert not found["r"].noisy
    hit(state, "q", 2, 100)
    assert rows(state)["q"].noisy  # 20 a day, and none was ever true


def test_a_rule_is_silent_only_where_there_is_something_to_see(state: State) -> None:
    loaded.tell(
        state,
        [a_rule("silent", "web"), a_rule("unfed", "dead"), a_rule("hits", "web"), a_rule("off", "web", stage="draft")],
    )
    hit(state, "hits", 24 * 13, 1)
    hit(state, "silent", 24 * 20, 1)
    with state.write() as connection:
        for feed, hour in (("web", HOUR - 5), ("dead", HOUR - 24 * 15)):
            connection.execute(insert(feed_hours).values(feed_id=feed, hour=hour, received=9))
    assert {name for name, one in rows(state).items() if one.silent} == {"silent"}
    with state.write() as connection:
        new = {"stage": "shadow", "since": NOW - DAY_US, "changed_by": "nida", "version": 1}
        connection.execute(insert(rule_stages).values(rule_id="silent", **new))
    assert not rows(state)["silent"].silent  # it is there since yesterday


def test_the_stage_is_what_somebody_chose_else_what_its_status_says(state: State, data_dir: Path) -> None:
    loaded.tell(state, [a_rule("r"), a_rule("s", stage="shadow")])
    assert data_dir.exists()
    stages.move(state, NIDA, "r", Stage.RETIRED, "it is of no use")
    found = {one.rule_id: one for one in rule_rows(state)}
    assert (found["r"].stage, found["s"].stage) == ("retired", "shadow")
    assert found["s"].put is None
    assert found["r"].put is not None
    assert found["r"].put.changed_by == "nida"
    assert rule_row(state, "nobody's") is None
