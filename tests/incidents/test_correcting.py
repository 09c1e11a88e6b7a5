"""The timeline by hand: entered with its own time, corrected without being erased."""

from __future__ import annotations

import pytest
from making import somebody

from warroom.errors import ConflictError, NotFoundError, UsageError
from warroom.incidents import actions, correcting
from warroom.incidents.correcting import ENTRY_LIMIT, EntryKind
from warroom.store import incidents as store
from warroom.store.database import State, now_us
from warroom.store.incidents import LogEntry

ANONG, SOMCHAI = somebody("anong"), somebody("somchai")
MINUTE = 60_000_000


def log(state: State, number: int) -> list[LogEntry]:
    with state.read() as connection:
        return store.log_of(connection, number)


def test_what_happened_outside_has_its_own_time(state: State, one: int) -> None:
    then = now_us() - 45 * MINUTE
    number = correcting.enter(state, one, ANONG, EntryKind.ACTION, "called the agency", then)
    entry = log(state, one)[-1]
    assert (entry.id, entry.action, entry.actor) == (number, "entered", "anong")
    assert (entry.body["kind"], entry.body["text"], entry.body["occurred_at"]) == (
        "action",
        "called the agency",
        str(then),
    )
    assert entry.at > then + 40 * MINUTE


def test_a_correction_refers_to_the_old_entry_which_stays(state: State, one: int) -> None:
    then = now_us() - MINUTE
    wrong = correcting.enter(state, one, ANONG, EntryKind.EVENT, "Somsri answered", then)
    right = correcting.correct(state, one, SOMCHAI, wrong, "Somsak answered", "the name was wrong")
    old, new = log(state, one)[-2:]
    assert old.body["text"] == "Somsri answered"
    assert (new.id, new.action) == (right, "corrected")
    assert (new.body["entry"], new.body["kind"], new.body["occurred_at"]) == (str(wrong), "event", str(then))
    assert (new.body["text"], new.body["reason"]) == ("Somsak answered", "the name was wrong")
    again = correcting.correct(state, one, ANONG, right, "Somsak", "again", occurred_at=then - MINUTE)
    assert log(state, one)[-1].id == again
    assert log(state, one)[-1].body["occurred_at"] == str(then - MINUTE)


def test_a_note_can_be_corrected_what_the_system_wrote_cannot(state: State, one: int) -> None:
    actions.note(state, one, ANONG, "blocked")
    opened, note = log(state, one)[0], log(state, one)[-1]
    correcting.correct(state, one, ANONG, note.id, "not blocked", "checked again")
    assert log(state, one)[-1].body["kind"] == "note"
    with pytest.raises(ConflictError, match="corrected already"):
        correcting.correct(state, one, SOMCHAI, note.id, "blocked after all", "no")
    with pytest.raises(ConflictError, match="the system"):
        correcting.correct(state, one, ANONG, opened.id, "never opened", "no")
    with pytest.raises(NotFoundError, match="no entry 999"):
        correcting.correct(state, one, ANONG, 999, "x", "y")


@pytest.mark.parametrize("ahead", [-40 * 365 * 24 * 60, 10, 10**9])
def test_times_that_cannot_be_are_refused(state: State, one: int, ahead: int) -> None:
    with pytest.raises(UsageError, match="time"):
        correcting.enter(state, one, ANONG, EntryKind.EVENT, "x", now_us() + ahead * MINUTE)


@pytest.mark.parametrize("text", ["", "  ", "x" * (ENTRY_LIMIT + 1), "y" * 1_000_000, "a\0b", "\ud800"])
def test_texts_that_are_none_are_refused(state: State, one: int, text: str) -> None:
    before = log(state, one)
    with pytest.raises(UsageError, match="an entry"):
        correcting.enter(state, one, ANONG, EntryKind.EVENT, text, now_us())
    assert log(state, one) == before


def test_another_incidents_entry_is_not_corrected_here(state: State, two: tuple[int, int]) -> None:
    actions.note(state, two[1], ANONG, "elsewhere")
    with pytest.raises(NotFoundError):
        correcting.correct(state, two[0], ANONG, log(state, two[1])[-1].id, "here", "wrong")
