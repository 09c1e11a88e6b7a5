"""Who is given an incident or is named in a note hears of it: by a channel of their own, and nobody else does."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from incidents.test_escalating import a_channel, on_call, open_one
from making import somebody

from warroom.access import Role, accounts
from warroom.access.passwords import Hashing
from warroom.catalog.messages import LANGUAGES
from warroom.incidents import actions
from warroom.notify.wording import write
from warroom.store import outbox
from warroom.store.database import State

LEAD = somebody("wipha")
NOTE = "@anong please look; @malee and @wipha know why"


@pytest.fixture
def channel(state: State) -> int:
    """The own channel of anong, who is on call; malee is confined to another platform, and has one, too."""
    for name, platforms in (("anong", None), ("malee", frozenset({"nsw"})), ("wipha", None)):
        wanted = accounts.Newcomer(name, frozenset({Role.ANALYST}), name, platforms, password="trams nimble oak seven")  # noqa: S106  of nobody
        boss = somebody("boss", Role.ADMINISTRATOR)
        accounts.create(state, boss, wanted, datetime.now(UTC), hashing=Hashing(memory_kib=8, rounds=1))
    a_channel(state, "room")
    for name in ("malee", "wipha"):
        on_call(state, 1, name, a_channel(state, f"of {name}", personal=True))
    own = a_channel(state, "of anong", personal=True)
    on_call(state, 1, "anong", own)
    on_call(state, 2, "anong", own)
    return own


def told(state: State) -> list[tuple[int, str]]:
    with state.read() as connection:
        return [(one.channel_id, one.kind) for one in outbox.newest(connection, 9)]


def test_who_is_given_an_incident_is_told_once(state: State, channel: int) -> None:
    number = open_one(state)
    for name in ("wipha", "malee", "ThaiCERT", "anong"):  # oneself; one who does not see it; no account
        actions.assign(state, number, LEAD, name)
    assert told(state) == [(channel, "assigned")]


def test_who_is_named_in_a_note_is_told_without_its_text(state: State, channel: int) -> None:
    number = open_one(state)
    actions.note(state, number, LEAD, NOTE)
    assert told(state) == [(channel, "mentioned")]
    with state.read() as connection:
        (message,) = outbox.newest(connection, 9)
    for language in LANGUAGES:
        written = write(message, language)
        assert f"#{number}" in written.subject
        assert "wipha" in written.body
        assert "please look" not in written.body


def test_who_has_no_channel_in_use_is_told_nothing(state: State, channel: int) -> None:
    with state.write() as connection:
        outbox.remove_channel(connection, channel, 1)
    actions.assign(state, open_one(state), LEAD, "anong")
    assert told(state) == []
