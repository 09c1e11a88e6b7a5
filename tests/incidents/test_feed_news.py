"""Feeds that go dark, and come back, are told once and together, with platforms and blind detectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, update

from warroom.errors import LeaseError
from warroom.incidents.feed_news import tell_feeds
from warroom.model import Severity
from warroom.notify.wording import write
from warroom.store import feedstate, outbox, watchers
from warroom.store.database import State, now_us
from warroom.store.feed_tables import losses
from warroom.store.lease import Lease
from warroom.store.outbox import Channel, Message
from warroom.store.tables import feed_states
from warroom.store.watchers import Sight, Watchers

if TYPE_CHECKING:
    from pathlib import Path

MINUTE = 60_000_000
FORTY = [f"feed{number:02}" for number in range(40)]


@pytest.fixture
def now(state: State) -> int:
    """Switch forty feeds of two platforms on, all of them well."""
    at = now_us()
    feedstate.register(
        state,
        [
            feedstate.Registration(one, "gdx" if number % 2 else "tang_rat", f"ฟีด {one}", f"Feed {one}", False, 900)
            for number, one in enumerate(FORTY)
        ],
    )
    heard(state, at)
    sights = (
        Sight(0b0111, ((4, "Web shell", "เว็บเชลล์"), (2, "Scanner", ""))),
        Sight(0b1100, ((3, "Stuffing", ""),)),
    )
    watchers.tell(state, Watchers({one: number % 2 for number, one in enumerate(FORTY)}, sights))
    return at


def heard(state: State, at: int, feeds: list[str] = FORTY) -> None:
    with state.write("feeds") as connection:
        connection.execute(update(feed_states).where(feed_states.c.feed_id.in_(feeds)).values(received_at=at))


def failed(state: State, feed_id: str, error: str | None) -> None:
    with state.write("feeds") as connection:
        connection.execute(update(feed_states).where(feed_states.c.feed_id == feed_id).values(error=error))


def channel(state: State, platforms: frozenset[str] | None = None, least: Severity = Severity.LOW) -> int:
    one = Channel(0, "room", "json", least, platforms, "th", False, None, None, 60, True, 0)
    with state.write() as connection:
        return outbox.add_channel(connection, one, "anong")


def messages(state: State, number: int) -> list[Message]:
    with state.read() as connection:
        return [one for one in outbox.newest(connection, 100)[::-1] if one.channel_id == number]


def look(state: State, lease: Lease, at: int) -> list[int]:
    """Look twice, as the worker does within two minutes."""
    return [tell_feeds(state, lease, now=at), tell_feeds(state, lease, now=at + MINUTE)]


def test_forty_silent_feeds_are_one_message_and_so_is_their_return(state: State, lease: Lease, now: int) -> None:
    room, calm = channel(state), channel(state, least=Severity.CRITICAL)
    assert look(state, lease, now) == [0, 0]
    assert look(state, lease, now + 16 * MINUTE) == [0, 40]
    assert look(state, lease, now + 20 * MINUTE) == [0, 0]
    (one,) = messages(state, room)
    assert one.severity is Severity.HIGH
    thai, english = write(one, "th"), write(one, "en")
    assert "เงียบ 40 ฟีด" in thai.subject
    assert "Feed feed00" in english.body
    assert "34 more" in english.body
    assert "Government Data Exchange" in english.body
    assert "Tang Rat" in english.body
    assert "4 detectors look at them, such as Web shell; Stuffing; Scanner" in english.body
    assert "เว็บเชลล์" in thai.body
    heard(state, now + 22 * MINUTE)
    assert look(state, lease, now + 22 * MINUTE) == [0, 40]
    back = messages(state, room)[1]
    assert write(back, "en").subject == "Logs that reach us: 40 back"
    assert back.severity is Severity.HIGH  # who heard the one hears the other
    assert "detectors" not in write(back, "en").body
    assert messages(state, calm) == []


def test_a_channel_hears_of_its_platforms_alone(state: State, lease: Lease, now: int) -> None:
    room = channel(state, frozenset({"gdx"}))
    look(state, lease, now + 16 * MINUTE)
    (one,) = messages(state, room)
    assert one.told["silent"] == 20
    assert one.told["platforms"] == ["gdx"]


def test_what_flickers_is_not_told_and_what_gets_worse_is(state: State, lease: Lease, now: int) -> None:
    room = channel(state)
    with state.write() as connection:
        lost = {"feed_id": FORTY[0], "kind": "kernel", "count": 7, "minute": now // MINUTE}
        connection.execute(insert(losses).values(lost))
    assert tell_feeds(state, lease, now=now) == 0
    failed(state, FORTY[1], "Permission denied")
    assert tell_feeds(state, lease, now=now + MINUTE) == 1
    failed(state, FORTY[1], None)
    assert look(state, lease, now + 2 * MINUTE) == [0, 0]
    failed(state, FORTY[0], "Permission denied")
    assert look(state, lease, now + 4 * MINUTE) == [0, 1]
    failed(state, FORTY[0], None)
    assert look(state, lease, now + 6 * MINUTE) == [0, 0]  # it still loses records
    assert [write(one, "en").subject for one in messages(state, room)] == [
        "Logs that reach us: 1 losing records",
        "Logs that reach us: 1 failing",
    ]


def test_drills_and_feeds_that_are_switched_off_are_nothing_new(state: State, lease: Lease, now: int) -> None:
    room = channel(state)
    look(state, lease, now + 16 * MINUTE)
    feedstate.register(state, [feedstate.Registration("drill", "gdx", "", "", True, 900)])
    failed(state, "drill", "away")
    assert look(state, lease, now + 18 * MINUTE) == [0, 0]
    assert len(messages(state, room)) == 1


def test_who_lost_the_lease_tells_nothing(state: State, lease: Lease, now: int, data_dir: Path) -> None:
    room = channel(state)
    tell_feeds(state, lease, now=now + 16 * MINUTE)
    lease.release()
    with pytest.raises(LeaseError):
        tell_feeds(state, lease, now=now + 17 * MINUTE)
    assert messages(state, room) == []
    assert data_dir.exists()


def test_detectors_that_look_at_several_feeds_are_counted_once(state: State) -> None:
    assert watchers.watchers(state).of(["nobody"]).count == 0
    sights = (Sight(0b0111, ((4, "A", ""),)), Sight(0b1100, ((3, "B", "ข"), (1, "C", ""))))
    watchers.tell(state, Watchers({"a": 0, "b": 1, "c": 1}, sights))
    found = watchers.watchers(state).of(["a", "b", "c"], most=2)
    assert (found.count, found.titles) == (4, (("A", ""), ("B", "ข")))
