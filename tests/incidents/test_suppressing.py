from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from making import NOW, an_alert, events, somebody
from sqlalchemy import update

from warroom.access import Role
from warroom.errors import ConflictError, ForbiddenError, NotFoundError, UsageError
from warroom.incidents import actions, suppressing
from warroom.incidents.grouping import group
from warroom.model import Alert, Disposition, Entity
from warroom.store import incidents as store
from warroom.store import tables
from warroom.store.audit import AuditAction, Filter, read
from warroom.store.commit import Batch, EventIds, commit
from warroom.store.database import State, now_us
from warroom.store.lease import Lease
from warroom.store.suppressions import Pattern

LEAD = somebody("lead", Role.SHIFT_LEAD)
RULE = "11111111-1111-4111-8111-111111111111"
ADDRESS = Entity("address", "203.0.113.9")
NOISE = Pattern(RULE, "tang_rat", ADDRESS)
WHY = "health check of the load balancer"
HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US

Raise = Callable[..., None]


@pytest.fixture
def raise_alerts(state: State, data_dir: Path, lease: Lease) -> Raise:
    ids = EventIds(state)

    def raised(*alerts: Alert) -> None:
        made = events(1, ids.take(1), first_offset=ids.last)
        commit(state, data_dir, Batch("web", f"source-{ids.last}", None, "{}", 1, made, 1, alerts=alerts), ids, lease)
        group(state, timedelta(hours=1))

    return raised


def queue(state: State) -> list[int]:
    with state.read() as connection:
        return [one.alert_count for one in store.find(connection)]


def suppress(state: State, pattern: Pattern = NOISE, **changes: object) -> int:
    values = {"reason": WHY, "expires_at": now_us() + HOUR_US} | changes
    return suppressing.suppress(state, LEAD, pattern, **values)  # type: ignore[arg-type]


def actions_told(state: State) -> list[str]:
    with state.read() as connection:
        return [entry.action for entry in read(connection, Filter(), limit=20).entries]


def test_the_preview_says_what_would_have_been_hidden_and_how_much_of_it_was_true(
    state: State, raise_alerts: Raise
) -> None:
    raise_alerts(*(an_alert(alert_id=f"{n}", count=3) for n in range(4)))
    actions.close(state, 1, LEAD, Disposition.TRUE_POSITIVE, "it was real")
    raise_alerts(
        an_alert(alert_id="new", first_at=NOW + timedelta(hours=3), last_at=NOW + timedelta(hours=3)),
        an_alert(alert_id="other rule", rule_id="x", entities=(Entity("user", "somchai"),)),
        an_alert(alert_id="two addresses", entities=(ADDRESS, Entity("address", "198.51.100.1"))),
        an_alert(alert_id="other platform", platform_id="gdx"),
    )
    told = suppressing.preview(state, LEAD, NOISE)
    assert (told.alerts, told.events, told.true, told.undecided, told.worst) == (5, 13, 4, 1, "high")
    assert sum(count for _, count in told.by_day) == 5
    assert {one.id for one in told.newest} == {"0", "1", "2", "3", "new"}
    assert suppressing.preview(state, LEAD, NOISE, now=now_us() + 8 * DAY_US).alerts == 0


def test_true_ones_must_have_been_seen(state: State, raise_alerts: Raise) -> None:
    raise_alerts(an_alert())
    actions.close(state, 1, LEAD, Disposition.TRUE_POSITIVE, "it was real")
    with pytest.raises(ConflictError, match="1 alerts of true incidents"):
        suppress(state)
    assert suppress(state, true_ones_seen=True) == 1


def test_what_is_hidden_is_counted_and_returns_after_expiry(state: State, raise_alerts: Raise) -> None:
    number = suppress(state)
    raise_alerts(an_alert(alert_id="1", count=4), an_alert(alert_id="2", entities=(Entity("address", "198.51.100.1"),)))
    raise_alerts(an_alert(alert_id="1", count=2))  # the same alert grows: still one
    assert queue(state) == [1]
    ((one, held, counted),) = suppressing.list_suppressions(state, LEAD)
    assert (one.id, held, counted, one.ended_at) == (number, 1, 6, None)
    assert [alert.id for alert in suppressing.hidden_alerts(state, LEAD, number)] == ["1"]

    assert suppressing.give_back_expired(state, now_us()) == {}
    assert suppressing.give_back_expired(state, one.expires_at) == {number: 1}
    group(state, timedelta(hours=1))
    assert sorted(queue(state)) == [1, 1]
    assert suppressing.give_back_expired(state, one.expires_at) == {}
    ((one, held, counted),) = suppressing.list_suppressions(state, LEAD)
    assert (held, counted, one.ended_by) == (1, 6, "worker")  # what it hid stays known
    assert [action for action in actions_told(state) if action.startswith("suppress")] == [
        AuditAction.SUPPRESSION_EXPIRED,
        AuditAction.SUPPRESSED,
    ]


def test_lifting_gives_back_at_once_and_prolonging_does_not(state: State, raise_alerts: Raise) -> None:
    number = suppress(state)
    raise_alerts(an_alert())
    longer = suppressing.prolong(state, LEAD, number, now_us() + 5 * HOUR_US, "still being replaced")
    group(state, timedelta(hours=1))
    assert queue(state) == []
    assert [(one.id, held) for one, held, _ in suppressing.list_suppressions(state, LEAD)] == [(longer, 1), (number, 0)]
    assert suppressing.lift(state, LEAD, longer, "replaced it last night") == 1
    group(state, timedelta(hours=1))
    assert queue(state) == [1]
    for over in (number, longer):
        with pytest.raises(ConflictError, match="over already"):
            suppressing.lift(state, LEAD, over, "once more, please")
    with pytest.raises(NotFoundError):
        suppressing.lift(state, LEAD, 99, "there is none of it")


def test_what_is_in_an_incident_stays_there(state: State, raise_alerts: Raise) -> None:
    raise_alerts(an_alert())
    suppress(state)
    raise_alerts(an_alert(count=9))
    with state.read() as connection:
        assert [one.event_count for one in store.find(connection)] == [10]


@pytest.mark.parametrize(
    ("pattern", "changes", "told"),
    [
        (Pattern(), {}, "nothing hides everything"),
        (Pattern(platform_id="gdx"), {}, "nothing hides everything"),
        (Pattern(entity=Entity("colour", "red")), {}, "an entity is one of"),
        (Pattern(entity=Entity("user", "")), {}, "1 to 1000"),
        (NOISE, {"reason": "noise"}, "10 to 500"),
        (NOISE, {"reason": "a reason with \x07 in it"}, "one line"),
        (NOISE, {"expires_at": 0}, "ends by itself"),
        (NOISE, {"expires_at": now_us() + 31 * DAY_US}, "30 days"),
        (NOISE, {"owner": "x" * 101}, "100 characters"),
    ],
)
def test_what_is_no_suppression_is_refused(
    state: State, pattern: Pattern, changes: dict[str, object], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        suppress(state, pattern, **changes)
    assert suppressing.list_suppressions(state, LEAD) == []


def test_who_may(state: State, raise_alerts: Raise) -> None:
    number = suppress(state)
    everywhere = suppress(state, Pattern(RULE))
    raise_alerts(an_alert())
    with pytest.raises(ForbiddenError):
        suppressing.lift(state, somebody("anong", Role.ANALYST), number, "I would like to see them")
    confined = somebody("anong", Role.ANALYST, platforms=frozenset({"gdx"}))
    assert [(one.id, held) for one, held, _ in suppressing.list_suppressions(state, confined)] == [(everywhere, 0)]


def test_the_entity_of_a_pattern_is_text_for_the_database(state: State, raise_alerts: Raise) -> None:
    odd = [Entity("user", value) for value in ('a"], ["user", "b', "100%_", "[\\]", "สมชาย", "x' OR '1'='1")]
    raise_alerts(*(an_alert(alert_id=f"{n}", entities=(one,)) for n, one in enumerate(odd)))
    with state.write() as connection:
        connection.execute(update(tables.alerts).values(raised_at=now_us()))
    for one in odd:
        assert suppressing.preview(state, LEAD, Pattern(entity=one)).alerts == 1
    assert suppressing.preview(state, LEAD, Pattern(entity=Entity("user", "b"))).alerts == 0
