"""Signing in by password: who gets in, who waits, and that no answer tells which part was wrong."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from access.people import ADMIN, CHEAP, HOME, KEY, NOW, PASSWORD, after, audited, enter, enters, make, stored

from warroom import access
from warroom.access import accounts, lockout
from warroom.access.names import name_key
from warroom.access.passwords import Hashing
from warroom.access.roles import Role
from warroom.access.signing_in import Credentials, Refusal, sign_in_with_password
from warroom.store import accounts as rows
from warroom.store.attempts import find, forget
from warroom.store.database import State, to_us

WRONG = Refusal(0)


@pytest.fixture
def anong(state: State) -> State:
    make(state, "Anong", Role.ANALYST, password=PASSWORD)
    return state


def guess(state: State, at: datetime, name: str = "anong", address: str = "203.0.113.9") -> str | Refusal:
    return enter(state, name, "a wrong password", at=at, address=address)


def test_name_and_password_open_a_session(anong: State) -> None:
    session = access.find_session(anong, enters(anong, " ANONG "), NOW)
    assert session is not None
    assert (session.actor.name, session.language, session.must_change_password) == ("Anong", "en", False)
    assert stored(anong, "anong").signed_in_at is not None


def test_wrong_unknown_disabled_and_without_password_are_refused_alike(anong: State) -> None:
    make(anong, "robot")
    make(anong, "somchai", password=PASSWORD)
    accounts.disable(anong, ADMIN, "somchai", NOW)
    assert enter(anong, "anong", "a wrong password") == WRONG
    for name in ("nobody", "robot", "somchai", "", "\ud800", "x" * 100_000):
        assert enter(anong, name) == WRONG
        assert enter(anong, name, "") == WRONG


def test_a_refusal_shows_nothing_that_was_typed() -> None:
    assert PASSWORD not in repr(Credentials("anong", PASSWORD, HOME))


def test_guessing_gets_slower_and_slower_and_starts_afresh_after_a_day(anong: State) -> None:
    at, waits = NOW, []
    for _ in range(16):
        assert guess(anong, at) == WRONG
        refused = guess(anong, at)
        if isinstance(refused, Refusal) and refused.wait_seconds:
            waits.append(refused.wait_seconds)
            # Even the right one has to wait, and waiting makes it no longer.
            assert enter(anong, "anong", at=at, address="203.0.113.9") == refused
            assert guess(anong, at) == refused
            at += timedelta(seconds=refused.wait_seconds)
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900, 900, 900][: len(waits)]
    assert len(waits) >= 10
    assert guess(anong, at + timedelta(days=1, hours=1)) == WRONG
    assert guess(anong, at + timedelta(days=1, hours=1)) == WRONG


def test_unknown_names_wait_like_known_ones(anong: State) -> None:
    answers = {name: [guess(anong, after(seconds=n), name) for n in range(40)] for name in ("anong", "nobody")}
    assert answers["anong"] == answers["nobody"]


def test_a_hundred_guesses_in_an_hour_are_the_most_from_however_many_addresses(anong: State) -> None:
    enters(anong, "anong")
    tried = 0
    for second in range(0, 3600, 36):
        for address in (f"203.0.{second % 113}.{second % 251}", HOME):
            tried += guess(anong, after(days=1, seconds=second), address=address) == WRONG
    assert 40 < tried <= 100


def test_many_machines_that_guess_do_not_keep_the_person_out(anong: State) -> None:
    enters(anong, "anong")
    for number in range(200):
        guess(anong, after(minutes=1), address=f"203.0.113.{number}")
    # A new address waits with the strangers; the usual one does not.
    refused = enter(anong, "anong", at=after(minutes=1), address="198.51.100.1")
    assert isinstance(refused, Refusal)
    assert 0 < refused.wait_seconds <= 144
    assert isinstance(enter(anong, "anong", at=after(minutes=1)), str)
    # And a stranger who waits gets in between the guesses.
    assert isinstance(enter(anong, "anong", at=after(minutes=4), address="198.51.100.1"), str)


def test_an_address_is_not_known_for_ever(anong: State) -> None:
    enters(anong, "anong")
    later = NOW + timedelta(days=31)
    for number in range(30):
        guess(anong, later, address=f"203.0.113.{number}")
    refused = enter(anong, "anong", at=later)
    assert isinstance(refused, Refusal)
    assert refused.wait_seconds > 0


def test_an_attempt_counts_before_its_password_was_looked_at(anong: State) -> None:
    """Guesses sent all at once are not checked all at once."""
    name = lockout.name_hash(name_key("anong"))
    with anong.write() as connection:
        answers = [lockout.claim(connection, name, "203.0.113.9", NOW) for _ in range(20)]
    assert answers.count(0) == 3


def test_success_clears_the_failures_of_its_address(anong: State) -> None:
    for _ in range(2):
        guess(anong, NOW, address=HOME)
    enters(anong, "anong")
    assert [guess(anong, NOW, address=HOME) for _ in range(3)] == [WRONG] * 3


def test_one_network_of_ipv6_is_one_address(anong: State) -> None:
    answers = [guess(anong, NOW, address=f"2001:db8::{number:x}") for number in range(9)]
    assert answers.count(WRONG) == 3
    assert guess(anong, NOW, address="2001:db8:1::1") == WRONG
    mapped = [guess(anong, NOW, "nobody", f"::ffff:192.0.2.{number}") for number in range(4)]
    assert mapped == [WRONG] * 4


def test_an_administrator_ends_the_waits(anong: State) -> None:
    for _ in range(4):
        guess(anong, NOW, address=HOME)
    assert enter(anong, "anong") != WRONG
    accounts.enable(anong, ADMIN, "anong", NOW)
    assert isinstance(enter(anong, "anong"), str)


def test_what_was_tried_is_kept_bounded_and_not_as_text(anong: State) -> None:
    enters(anong, "anong")
    for number in range(20):
        guess(anong, after(seconds=number), f"typed-{number}")
    with anong.write() as connection:
        forget(connection, before=0, most=10)
        kept = connection.exec_driver_sql("SELECT * FROM signin_attempts").all()
        home = find(connection, lockout.name_hash(name_key("anong")), HOME)
        forget(connection, before=to_us(after(days=40)))
        assert connection.exec_driver_sql("SELECT * FROM signin_attempts").all() == []
    assert len(kept) == 10
    assert "typed" not in repr(kept)
    # Guesses at other names do not push out where the person signs in from.
    assert home.succeeded_at is not None


def test_a_hash_of_older_parameters_is_made_anew_at_sign_in(anong: State) -> None:
    stronger, before = Hashing(memory_kib=16, rounds=2), stored(anong, "anong").password_hash
    given = Credentials("anong", PASSWORD, HOME)
    assert isinstance(sign_in_with_password(anong, KEY, given, NOW, hashing=stronger), str)
    renewed = stored(anong, "anong").password_hash
    assert renewed is not None
    assert renewed != before
    assert not stronger.is_outdated(renewed)
    assert isinstance(sign_in_with_password(anong, KEY, given, NOW, hashing=stronger), str)
    assert stored(anong, "anong").password_hash == renewed


def test_every_refusal_costs_one_hash(anong: State) -> None:
    """What takes as long cannot be told apart; the time itself is not for a test to measure."""

    class Counting(Hashing):
        """Counts its checks."""

        checks = 0

        def fits(self, stored: str | None, password: str) -> bool:
            self.checks += 1
            return super().fits(stored, password)

    make(anong, "robot")
    for name in ("anong", "robot", "nobody", ""):
        hashing = Counting(memory_kib=8, rounds=1)
        given = Credentials(name, "a wrong password", HOME)
        assert sign_in_with_password(anong, KEY, given, NOW, hashing=hashing) == WRONG
        assert hashing.checks == 1


def test_who_is_disabled_while_the_password_is_checked_does_not_get_in(anong: State) -> None:
    class Meanwhile(Hashing):
        """Takes long enough for somebody to disable the account."""

        def fits(self, stored: str | None, password: str) -> bool:
            accounts.disable(anong, ADMIN, "anong", NOW)
            return super().fits(stored, password)

    given = Credentials("anong", PASSWORD, HOME)
    assert sign_in_with_password(anong, KEY, given, NOW, hashing=Meanwhile(memory_kib=8, rounds=1)) == WRONG


def test_a_first_password_gives_no_role_until_it_was_changed(state: State) -> None:
    make(state, "anong", Role.SHIFT_LEAD, password=PASSWORD, due=True)
    session = access.find_session(state, enters(state, "anong"), NOW)
    assert session is not None
    assert session.must_change_password
    assert session.actor.permissions == frozenset()
    accounts.change_password(state, session.actor, PASSWORD, "seven oak trams nimble", NOW, hashing=CHEAP)
    again = access.find_session(state, enters(state, "anong", "seven oak trams nimble"), NOW)
    assert again is not None
    assert again.actor.roles == {Role.SHIFT_LEAD}


def test_failures_and_lock_outs_are_in_the_audit_but_not_the_names_of_nobody(anong: State) -> None:
    for second in (0, 0, 0, 10, 20, 40, 80, 160, 300):
        guess(anong, after(seconds=second))
    guess(anong, NOW, PASSWORD)
    told = audited(anong)[1:]
    assert told[:2] == [("Anong", "sign_in_failed", "Anong")] * 2
    assert ("Anong", "locked_out", "Anong") in told
    assert told[-1] == ("unknown", "sign_in_failed", "")


def test_rows_that_no_version_of_ours_wrote_open_nothing(anong: State) -> None:
    with anong.write() as connection:
        rows.change(connection, 1, password_hash="plain")  # noqa: S106
    assert enter(anong, "anong", "plain") == WRONG
