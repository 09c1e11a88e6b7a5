"""Escalation: every step once and in its time, whatever dies and whoever works; and what is announced."""

from __future__ import annotations

import json
import shutil
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import new_store, somebody
from sqlalchemy import insert, select

from warroom.catalog import Escalation, load_service_targets
from warroom.errors import LeaseError
from warroom.incidents import actions
from warroom.incidents.announcing import announce
from warroom.incidents.escalating import escalate, most_steps, tier_of
from warroom.incidents.targets import SECOND
from warroom.model import Severity, Status
from warroom.store import duty, outbox
from warroom.store import incidents as store
from warroom.store.database import State
from warroom.store.duty import Turn
from warroom.store.duty_tables import escalations
from warroom.store.lease import Lease
from warroom.store.outbox import Channel, Message
from warroom.store.tables import incidents

ANONG = somebody("anong")
PLAN: Final = Escalation(Severity.MEDIUM, 600, 2, 3)
START: Final = 1_795_000_000 * SECOND
FAR: Final = START * 2


def open_one(state: State, severity: Severity = Severity.CRITICAL, at: int = START, platform: str = "gdx") -> int:
    values = {
        "title": "SQL injection",
        "title_th": "ฝังคำสั่ง SQL",
        "severity": severity,
        "status": Status.NEW,
        "platform_id": platform,
        "drill": False,
        "opened_at": at,
        "first_at": at,
        "last_at": at,
        "alert_count": 1,
        "event_count": 1,
        "version": 1,
        "updated_at": at,
    }
    with state.write("incidents") as connection:
        return int(connection.scalars(insert(incidents).values(**values).returning(incidents.c.id)).one())


def a_channel(state: State, name: str = "room", **changes: object) -> int:
    told: dict[str, object] = {
        "id": 0,
        "name": name,
        "scheme": "json",
        "least_severity": Severity.LOW,
        "platforms": None,
        "language": "th",
        "personal": False,
        "quiet_from": None,
        "quiet_to": None,
        "per_minute": 5,
        "enabled": True,
        "made_at": START - 1,
    }
    with state.write() as connection:
        return outbox.add_channel(connection, Channel(**(told | changes)), "wipa")  # type: ignore[arg-type]


def on_call(state: State, tier: int, person: str, channel: int | None = None) -> None:
    with state.write() as connection:
        duty.add_turn(connection, Turn(0, tier, person, channel, 0, FAR, None), "wipa", START)


def log(state: State, number: int) -> list[dict[str, str]]:
    with state.read() as connection:
        return [one.body for one in store.log_of(connection, number) if one.action.startswith("escalated")]


def steps(state: State, number: int) -> list[tuple[int, int, int, list[str]]]:
    table = escalations.c
    wanted = select(table.step, table.at, table.tier, table.told).where(table.incident_id == number)
    with state.read() as connection:
        found = connection.execute(wanted.order_by(table.step)).all()
    return [(step, at, tier, json.loads(told)) for step, at, tier, told in found]


def messages(state: State) -> list[Message]:
    with state.read() as connection:
        return outbox.newest(connection, 500)


def test_silence_goes_from_tier_to_tier_and_ends(state: State, lease: Lease) -> None:
    for tier, person in ((1, "anong"), (1, "somchai"), (2, "wipa"), (3, "niran")):
        on_call(state, tier, person)
    number = open_one(state)
    due = START + load_service_targets().targets[Severity.CRITICAL].acknowledge * SECOND
    assert escalate(state, lease, now=due - 1, plan=PLAN) == 0
    for minute in range(0, 100, 5):
        escalate(state, lease, now=due + minute * 60 * SECOND, plan=PLAN)
    assert [(at - due) // SECOND for _, at, _, _ in steps(state, number)] == [0, 600, 1200, 1800, 2400, 3000]
    assert [(tier, told) for _, _, tier, told in steps(state, number)] == [
        (1, ["anong", "somchai"]),
        (1, ["anong", "somchai"]),
        (2, ["wipa"]),
        (2, ["wipa"]),
        (3, ["niran"]),
        (3, ["niran"]),
    ]
    assert [(one["step"], one["tier"], one["to"]) for one in log(state, number)][2] == ("3", "2", "wipa")


def test_who_acknowledges_ends_it_and_mild_ones_never_begin(state: State, lease: Lease) -> None:
    number, mild = open_one(state), open_one(state, Severity.LOW)
    later = START + 86_400 * SECOND
    assert escalate(state, lease, now=later, plan=PLAN) == 1
    actions.acknowledge(state, number, ANONG)
    assert escalate(state, lease, now=later * 2, plan=PLAN) == 0
    assert log(state, mild) == []


def test_after_hours_without_a_worker_people_are_told_one_step_at_a_time(state: State, lease: Lease) -> None:
    number = open_one(state)
    later = START + 86_400 * SECOND
    assert [escalate(state, lease, now=later + second * SECOND, plan=PLAN) for second in (0, 1, 5, 599)] == [1, 0, 0, 0]
    assert len(steps(state, number)) == 1


def test_where_nobody_is_on_call_the_log_says_so_and_the_next_tier_is_asked(state: State, lease: Lease) -> None:
    number = open_one(state)
    later = START + 86_400 * SECOND
    escalate(state, lease, now=later, plan=PLAN)
    assert log(state, number)[0]["to"] == "—"
    with state.read() as connection:
        assert [one.action for one in store.log_of(connection, number)] == ["escalated_unheard"]
    a_channel(state)
    on_call(state, 2, "wipa")
    escalate(state, lease, now=later + 600 * SECOND, plan=PLAN)
    assert (log(state, number)[1]["tier"], log(state, number)[1]["to"]) == ("2", "wipa")
    with state.read() as connection:
        assert store.log_of(connection, number)[1].action == "escalated"


def test_messages_go_to_who_is_on_call_and_to_the_channels_that_want_them(state: State, lease: Lease) -> None:
    room, own = a_channel(state), a_channel(state, "anong's own", personal=True, least_severity=Severity.CRITICAL)
    a_channel(state, "another's own", personal=True)
    a_channel(state, "of other platforms", platforms=frozenset({"tang_rat"}))
    a_channel(state, "off", enabled=False)
    on_call(state, 1, "anong", own)
    open_one(state, Severity.HIGH)
    escalate(state, lease, now=START + 86_400 * SECOND, plan=PLAN)
    assert sorted((one.channel_id, one.kind, one.told["names"]) for one in messages(state)) == [
        (room, "escalated", "anong"),
        (own, "escalated", "anong"),
    ]


def test_a_worker_that_lost_its_lease_takes_no_step_and_announces_nothing(
    state: State, lease: Lease, data_dir: Path
) -> None:
    number = open_one(state)
    a_channel(state)
    lost = Lease(state, data_dir)  # never took it
    for job in (escalate, announce):
        with pytest.raises(LeaseError):
            job(state, lost, now=FAR)
    assert (steps(state, number), log(state, number), messages(state)) == ([], [], [])
    assert escalate(state, lease, now=FAR, plan=PLAN) == 1


def test_what_is_opened_or_gets_worse_is_announced_once(state: State, lease: Lease) -> None:
    room = a_channel(state)
    a_channel(state, "made later", made_at=START + 1)
    number = open_one(state, Severity.MEDIUM)
    assert [announce(state, lease, now=START) for _ in range(3)] == [1, 0, 0]
    with state.write() as connection:
        connection.execute(incidents.update().values(severity=Severity.CRITICAL))
    assert announce(state, lease, now=START) == 1
    with state.write() as connection:
        connection.execute(incidents.update().values(severity=Severity.LOW))
    assert [announce(state, lease, now=START) for _ in range(2)] == [1, 0]
    assert [(one.kind, one.channel_id, one.incident_id) for one in reversed(messages(state))] == [
        ("opened", room, number),
        ("raised", room, number),
    ]


deeds = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(1, 1800)),
        st.tuples(st.sampled_from(("restart", "usurp", "acknowledge", "open")), st.integers(0, 3)),
    ),
    max_size=16,
)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store of its own, migrated once: examples copy it."""
    path = tmp_path_factory.mktemp("fresh") / "state.db"
    new_store(path).close()
    return path


@pytest.mark.slow
@given(told=deeds)
@settings(max_examples=20)
def test_however_time_goes_and_workers_come_every_step_is_taken_once_in_order(
    fresh: Path, told: list[tuple[str, int]]
) -> None:
    """A hand-moved clock, workers that restart or are replaced while they sleep, incidents that come and are taken."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(fresh, folder)
        _live(Path(folder), told)


def _live(folder: Path, told: list[tuple[str, int]]) -> None:
    with State(f"sqlite:///{folder / 'state.db'}") as state:
        a_channel(state)
        on_call(state, 1, "anong")
        worker = Lease(state, folder)
        worker.take()
        now, taken, opened = START, {}, [open_one(state)]
        for deed, size in told:
            if deed == "wait":
                now += size * SECOND
            elif deed == "restart":
                worker.release()
                worker = Lease(state, folder)
                worker.take()
            elif deed == "usurp":
                asleep, worker = worker, Lease(state, folder / str(now))
                (folder / str(now)).mkdir(exist_ok=True)
                asleep.release()
                worker.take()
                with pytest.raises(LeaseError):
                    asleep.renew()
            elif deed == "open":
                opened.append(open_one(state, list(Severity)[size + 1], now))
            elif (number := opened[size % len(opened)]) not in taken:
                actions.acknowledge(state, number, ANONG)
                taken[number] = now
            escalate(state, worker, now=now, plan=PLAN)
        worker.release()
        _check(state, opened, taken)


def _check(state: State, opened: list[int], taken: dict[int, int]) -> None:
    sent = messages(state)
    for number in opened:
        found = steps(state, number)
        assert [step for step, *_ in found] == list(range(len(found)))
        assert len(found) <= most_steps(PLAN)
        assert [tier for _, _, tier, _ in found] == [tier_of(step, PLAN) for step in range(len(found))]
        times = [at for _, at, _, _ in found]
        assert all(later - earlier >= PLAN.every * SECOND for earlier, later in pairwise(times))
        assert all(at <= taken.get(number, FAR) for at in times)
        told = [one for one in sent if one.incident_id == number]
        assert len(log(state, number)) == len(found) == len(told)
