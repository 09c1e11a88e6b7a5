"""Feeds of intelligence that fail or grow stale are told once, and so is it when they are back."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from warroom.incidents.intel_news import tell_intel_feeds
from warroom.model import Severity
from warroom.notify.wording import write
from warroom.store import outbox
from warroom.store.database import State, now_us
from warroom.store.intel import feeds
from warroom.store.intel.tables import intel_feeds
from warroom.store.lease import Lease
from warroom.store.outbox import Channel, Message

MINUTE = 60_000_000
DAY = 86_400_000_000


def a_feed(name: str, **changes: object) -> feeds.Registered:
    told: dict[str, object] = {
        "feed_id": name,
        "title_th": f"รายการ {name}",
        "title_en": f"List {name}",
        "way": "http",
        "format": "list",
        "licence": "",
        "about": "",
        "confidence": 50,
        "tlp": "clear",
        "severity": "medium",
        "lifetime_us": None,
        "mark": "",
        "drill": False,
        "every_us": 3600_000_000,
        "stale_after_us": 2 * DAY,
        "enabled": True,
    }
    return feeds.Registered(**(told | changes))  # type: ignore[arg-type]


@pytest.fixture
def now(state: State) -> int:
    """Switch two feeds on that were polled a moment ago."""
    at = now_us()
    feeds.register(state, [a_feed("ipsum"), a_feed("tor"), a_feed("exercise", drill=True)])
    polled(state, at, "ipsum", "tor", "exercise")
    with state.write() as connection:
        outbox.add_channel(
            connection, Channel(0, "room", "json", Severity.LOW, None, "en", False, None, None, 60, True, 0), "x"
        )
        outbox.add_channel(
            connection,
            Channel(0, "gdx", "json", Severity.LOW, frozenset({"gdx"}), "th", False, None, None, 60, True, 0),
            "x",
        )
    return at


def polled(state: State, at: int, *names: str) -> None:
    with state.write() as connection:
        for name in names:
            feeds.succeeded(connection, name, at, "", None, changed=False)


def failed(state: State, at: int, name: str) -> None:
    with state.write() as connection:
        feeds.failed(connection, name, at, "the server does not answer")


def messages(state: State) -> list[Message]:
    with state.read() as connection:
        return outbox.newest(connection, 100)[::-1]


def test_one_failure_is_bad_luck_and_two_are_told_once(state: State, lease: Lease, now: int) -> None:
    failed(state, now, "ipsum")
    assert [tell_intel_feeds(state, lease, now=now + one * MINUTE) for one in range(3)] == [0, 0, 0]
    failed(state, now, "ipsum")
    assert [tell_intel_feeds(state, lease, now=now + one * MINUTE) for one in range(3, 7)] == [0, 1, 0, 0]
    (message,) = messages(state)
    written = write(message, "en")
    assert message.severity is Severity.LOW
    assert written.subject == "Threat intelligence: 1 failing"
    assert "1 failing: List ipsum" in written.body
    assert "รายการ ipsum" in write(message, "th").body


def test_what_grows_stale_is_told_again_and_told_when_it_is_back(state: State, lease: Lease, now: int) -> None:
    for _ in range(2):
        failed(state, now, "ipsum")
    late = now + 3 * DAY
    assert [tell_intel_feeds(state, lease, now=late + one) for one in range(3)] == [0, 2, 0]
    polled(state, late, "ipsum", "tor", "exercise")
    assert [tell_intel_feeds(state, lease, now=late + one) for one in range(3, 6)] == [0, 2, 0]
    lost, back = messages(state)
    assert write(lost, "en").subject == "Threat intelligence: 2 stale"
    assert write(back, "en").subject == "Threat intelligence: 2 back"
    assert back.severity is lost.severity is Severity.MEDIUM


def test_a_drill_and_a_feed_that_is_switched_off_are_not_told_of(state: State, lease: Lease, now: int) -> None:
    with state.write() as connection:
        connection.execute(update(intel_feeds).where(intel_feeds.c.feed_id != "exercise").values(enabled=False))
    assert [tell_intel_feeds(state, lease, now=now + 9 * DAY + one) for one in range(3)] == [0, 0, 0]
    assert messages(state) == []
