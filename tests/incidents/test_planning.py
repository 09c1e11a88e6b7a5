from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import NOW, an_alert, events, somebody

from warroom.access import Role
from warroom.errors import ConflictError, ForbiddenError, UsageError
from warroom.incidents import planning
from warroom.incidents.grouping import group
from warroom.model import Alert, Entity
from warroom.store import incidents as store
from warroom.store import planned
from warroom.store.commit import Batch, EventIds, commit
from warroom.store.database import State, now_us
from warroom.store.lease import Lease
from warroom.store.planned import Plan

LEAD = somebody("lead", Role.SHIFT_LEAD)
MINUTE_US = 60_000_000
BEGIN = now_us() - 30 * MINUTE_US
END = BEGIN + 90 * MINUTE_US  # far enough: a whole run of the tests may lie between
SCANNER = Entity("address", "203.0.113.9")


def plan(**changes: object) -> Plan:
    values: dict[str, object] = {
        "kind": "scan",
        "title": "Yearly penetration test",
        "platform_id": "tang_rat",
        "sources": (SCANNER, Entity("address", "198.51.100.0/28")),
        "starts_at": BEGIN,
        "ends_at": END,
        "approved_by": "CISO",
        "reference": "DGA 0301/2569",
        "announced": "web scan, no load test",
    }
    return Plan(**(values | changes))  # type: ignore[arg-type]


def at(minutes: int, **changes: object) -> Alert:
    """An alert so many minutes after the window's begin."""
    when = NOW.fromtimestamp((BEGIN + minutes * MINUTE_US) / 1e6, NOW.tzinfo)
    return an_alert(first_at=when, last_at=when, **changes)


Raise = Callable[..., None]


@pytest.fixture
def raise_alerts(state: State, data_dir: Path, lease: Lease) -> Raise:
    ids = EventIds(state)

    def raised(*alerts: Alert) -> None:
        made = events(1, ids.take(1), first_offset=ids.last)
        commit(state, data_dir, Batch("web", f"source-{ids.last}", None, "{}", 1, made, 1, alerts=alerts), ids, lease)
        group(state, timedelta(hours=1))

    return raised


def in_queue(state: State) -> set[str]:
    with state.read() as connection:
        return {alert.id for one in store.find(connection) for alert in store.alerts_of(connection, one.id)}


def test_what_was_announced_is_folded_apart_and_strangers_are_not(state: State, raise_alerts: Raise) -> None:
    number = planning.announce(state, LEAD, plan())
    network = (Entity("address", "198.51.100.7"),)
    raise_alerts(
        at(5, alert_id="scanner"),
        at(6, alert_id="network", entities=network),
        at(7, alert_id="stranger", entities=(Entity("address", "192.0.2.1"),)),
        at(8, alert_id="with a stranger", entities=(SCANNER, Entity("address", "192.0.2.2"))),
        at(9, alert_id="nobody", entities=(Entity("user", "root"),)),
        at(-1, alert_id="early"),
        at(10, alert_id="elsewhere", platform_id="gdx"),
    )
    assert in_queue(state) == {"stranger", "with a stranger", "nobody", "early", "elsewhere"}
    ((window, held, _),) = planning.list_windows(state, LEAD)
    assert (window.id, held, window.sources) == (number, 2, plan().sources)

    found = planning.compare(state, LEAD, number)
    assert [alert.id for alert in found.folded] == ["scanner", "network"]
    assert found.unseen == ()
    assert {alert.id for alert in found.early_or_late} == {"early", "with a stranger"}
    assert [alert.id for alert in found.elsewhere] == ["elsewhere"]
    assert (found.others, found.cut) == (2, False)


def test_a_source_that_never_came_is_told(state: State, raise_alerts: Raise) -> None:
    number = planning.announce(state, LEAD, plan())
    raise_alerts(at(5))
    assert planning.compare(state, LEAD, number).unseen == (Entity("address", "198.51.100.0/28"),)


def test_cancelling_and_taking_out_give_alerts_to_the_queue(state: State, raise_alerts: Raise) -> None:
    number = planning.announce(state, LEAD, plan())
    raise_alerts(at(1, alert_id="a"), at(2, alert_id="b"))
    assert planning.take_out(state, LEAD, number, ["a", "none"], "it wrote to the database") == 1
    group(state, timedelta(hours=1))
    assert in_queue(state) == {"a"}
    raise_alerts(at(3, alert_id="a", count=2))  # grows: stays where somebody put it
    assert in_queue(state) == {"a"}
    with pytest.raises(ConflictError, match="any more"):
        planning.take_out(state, LEAD, number, ["a"], "once more")
    assert planning.cancel(state, LEAD, number, "called off") == 1
    group(state, timedelta(hours=1))
    assert in_queue(state) == {"a", "b"}
    with pytest.raises(ConflictError, match="cancelled already"):
        planning.cancel(state, LEAD, number, "called off")
    raise_alerts(at(4, alert_id="c"))
    assert in_queue(state) == {"a", "b", "c"}


def test_an_alert_that_grows_past_the_end_is_no_longer_announced(state: State, raise_alerts: Raise) -> None:
    planning.announce(state, LEAD, plan())
    raise_alerts(at(89, alert_id="a"))
    assert in_queue(state) == set()
    raise_alerts(at(95, alert_id="a"))
    assert in_queue(state) == {"a"}
    assert [held for _, held, _ in planning.list_windows(state, LEAD)] == [0]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"kind": "party"}, "one of change, scan"),
        ({"title": " "}, "a title"),
        ({"approved_by": "x\ny\x00"}, "approved it"),
        ({"sources": ()}, "its sources"),
        ({"ends_at": BEGIN}, "ends after it begins"),
        ({"ends_at": BEGIN + 15 * 24 * 60 * MINUTE_US}, "within 14 days"),
        ({"starts_at": BEGIN - 60 * MINUTE_US, "ends_at": BEGIN}, "over already"),
        ({"announced": "x" * 5001}, "what was announced 5000"),
    ],
)
def test_what_is_no_plan_is_refused(state: State, changes: dict[str, object], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        planning.announce(state, LEAD, plan(**changes))


def test_sources_as_people_write_them() -> None:
    assert planning.parse_sources(
        " 192.0.2.1\n\n198.51.100.9/28 \nuser: deploy\nHOST:web-1\n2001:db8::1\n192.0.2.1"
    ) == (
        Entity("address", "192.0.2.1"),
        Entity("address", "198.51.100.0/28"),
        Entity("user", "deploy"),
        Entity("host", "web-1"),
        Entity("address", "2001:db8::1"),
    )
    for text, told in (
        ("", "1 to 100"),
        ("192.0.2.1\nsomewhere", "line 2: neither"),
        ("0.0.0.0/0", "too wide"),
        ("::/0", "too wide"),
        ("\n".join(f"10.0.0.{n}" for n in range(101)), "1 to 100"),
    ):
        with pytest.raises(UsageError, match=told):
            planning.parse_sources(text)


@given(st.text(max_size=60))
def test_any_text_is_sources_or_is_refused(text: str) -> None:
    try:
        found = planning.parse_sources(text)
    except UsageError:
        return
    again = planning.parse_sources("\n".join(f"{one.kind}:{one.value}" for one in found))
    assert again == found


@given(st.lists(st.sampled_from(["192.0.2.1", "198.51.100.3", "198.51.100.99", "x", "::1"]), max_size=4))
def test_only_announced_addresses_are_covered(values: list[str]) -> None:
    row = store.AlertRow(
        "a", "r", "", "", store.Severity.LOW, "tang_rat", "web", BEGIN, END, BEGIN, 1,
        tuple(Entity("address", value) for value in values), (), (), False, None, {},
    )  # fmt: skip
    announced = {"198.51.100.3"}
    assert plan().covers(row) == (bool(values) and set(values) <= announced)


def test_who_may(state: State) -> None:
    number = planning.announce(state, LEAD, plan())
    confined = somebody("anong", Role.ANALYST, platforms=frozenset({"gdx"}))
    assert planning.list_windows(state, confined) == []
    for refused in (
        lambda: planning.compare(state, confined, number),
        lambda: planning.take_out(state, confined, number, ["a"], "not announced"),
        lambda: planning.cancel(state, confined, number, "not announced"),
    ):
        with pytest.raises(ForbiddenError):
            refused()
    with state.read() as connection:
        assert planned.get(connection, number).cancelled_at is None
