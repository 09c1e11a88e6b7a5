"""Legal clocks that run out are told once for each light, in words that name them."""

from __future__ import annotations

from pathlib import Path

import pytest
from making import somebody
from responding import HOUR, LIAISON, open_one

from warroom.errors import LeaseError
from warroom.model import Severity
from warroom.notify.wording import write
from warroom.respond.beginning import begin_response
from warroom.respond.sending import record_sending
from warroom.respond.warning import warn
from warroom.store import incidents as store
from warroom.store import outbox
from warroom.store.database import State, now_us
from warroom.store.lease import Lease
from warroom.store.outbox import Channel, Message
from warroom.store.sendings import SendingDetails

ANONG = somebody("anong")


@pytest.fixture
def room(state: State) -> int:
    channel = Channel(0, "room", "json", Severity.LOW, None, "th", False, None, None, 60, True, 0)
    with state.write() as connection:
        return outbox.add_channel(connection, channel, "anong")


def messages(state: State, incident_id: int, clock: str) -> list[Message]:
    return [one for one in outbox_all(state) if (one.incident_id, one.told.get("clock")) == (incident_id, clock)]


def outbox_all(state: State) -> list[Message]:
    with state.read() as connection:
        return outbox.newest(connection, 500)[::-1]


def test_each_light_of_a_clock_is_told_once(state: State, lease: Lease, room: int) -> None:
    assert room
    began = now_us()
    one = open_one(state, began)
    begin_response(state, one, ANONG, ["breach"])
    seen = []
    for hours in (1, 36, 37, 58, 59, 72, 73, 200):
        warn(state, lease, now=began + hours * HOUR)
        seen.append([message.kind for message in messages(state, one, "PDPC_72H")])
    assert [len(told) for told in seen] == [0, 1, 1, 2, 2, 2, 3, 3]
    assert seen[-1] == ["clock_amber", "clock_red", "clock_passed"]
    last = messages(state, one, "PDPC_72H")[-1]
    assert last.severity is Severity.CRITICAL
    told = write(last, "th")
    assert "แจ้ง สคส. ภายใน 72 ชั่วโมง" in told.subject
    assert f"#{one}" in told.subject
    with state.read() as connection:
        actions = [entry.action for entry in store.log_of(connection, one)]
    assert actions.count("clock_passed") >= 1


def test_a_worker_that_was_away_tells_how_a_clock_stands_now(state: State, lease: Lease, room: int) -> None:
    assert room
    began = now_us()
    one = open_one(state, began)
    begin_response(state, one, ANONG, ["breach"])
    warn(state, lease, now=began + 80 * HOUR)
    assert [message.kind for message in messages(state, one, "PDPC_72H")] == ["clock_passed"]


def test_a_clock_that_was_stopped_and_a_drill_are_silent(state: State, lease: Lease, room: int) -> None:
    assert room
    began = now_us() - HOUR
    one, drill = open_one(state, began), open_one(state, began, drill=True)
    begun = begin_response(state, one, ANONG, ["breach"])
    begin_response(state, drill, ANONG, ["breach"])
    sent = SendingDetails("PDPC_72H", began + 1, "สคส.", "email", "12/2569")
    record_sending(state, one, LIAISON, begun.controller_id, sent)
    warn(state, lease, now=began + 80 * HOUR)
    assert messages(state, one, "PDPC_72H") == []
    assert [message for message in outbox_all(state) if message.incident_id == drill] == []


def test_who_lost_the_lease_tells_nothing(state: State, lease: Lease, data_dir: Path, room: int) -> None:
    assert room
    assert lease
    began = now_us()
    begin_response(state, open_one(state, began), ANONG, ["breach"])
    lost = Lease(state, data_dir)  # never took it
    with pytest.raises(LeaseError):
        warn(state, lost, now=began + 80 * HOUR)
    assert outbox_all(state) == []
