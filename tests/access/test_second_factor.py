"""The second factor: in force after its first code, each code once, recovery codes once, none without the key."""

from __future__ import annotations

import base64
import threading
from datetime import datetime

import pytest
from access.people import ADMIN, KEY, NOW, PASSWORD, after, audited, enter, enters, make, stored
from sqlalchemy import select

from warroom import access
from warroom.access import second_factor, totp
from warroom.access.actor import Actor
from warroom.access.keys import SecretKey
from warroom.access.roles import Role
from warroom.access.sessions import actor_of
from warroom.access.signing_in import Refusal
from warroom.errors import ConflictError, ForbiddenError, StoreError, UsageError
from warroom.store.account_tables import accounts as account_table
from warroom.store.account_tables import recovery_codes
from warroom.store.database import State

WRONG = Refusal(0)


class Authenticator:
    """Somebody's authenticator, enrolled."""

    def __init__(self, state: State, name: str, *, session: str = "") -> None:
        self.actor = actor_of(stored(state, name))
        shown = second_factor.begin_enrolment(state, self.actor, KEY)
        self.seed = base64.b32decode(shown.seed_text)
        self.recovery = second_factor.confirm_enrolment(state, self.actor, KEY, self.code(NOW), NOW, session=session)

    def code(self, at: datetime) -> str:
        return totp.code_at(self.seed, totp.step_at(at))


@pytest.fixture
def anong(state: State) -> Actor:
    return actor_of(make(state, "anong", Role.ADMINISTRATOR, password=PASSWORD))


def test_a_seed_is_in_force_only_after_a_code_of_it(state: State, anong: Actor) -> None:
    second_factor.begin_enrolment(state, anong, KEY)
    assert not stored(state, "anong").has_totp
    enters(state, "anong")
    with pytest.raises(UsageError, match="not of this moment"):
        second_factor.confirm_enrolment(state, anong, KEY, "000000", NOW)
    Authenticator(state, "anong")
    assert stored(state, "anong").has_totp
    assert enter(state, "anong") == WRONG


def test_a_code_works_once(state: State, anong: Actor) -> None:
    device = Authenticator(state, "anong")
    # The code of the enrolment is used up too.
    assert enter(state, "anong", code=device.code(NOW)) == WRONG
    later = after(minutes=5)
    enters(state, "anong", at=later, code=device.code(later))
    assert enter(state, "anong", at=later, code=device.code(later)) == WRONG
    before = after(minutes=4, seconds=31)
    assert enter(state, "anong", at=later, code=device.code(before)) == WRONG
    assert anong.account_id == 1


def test_a_code_without_the_password_opens_nothing_and_is_not_used_up(state: State, anong: Actor) -> None:
    device, later = Authenticator(state, anong.name), after(minutes=5)
    assert enter(state, "anong", "a wrong password", at=later, code=device.code(later)) == WRONG
    enters(state, "anong", at=later, code=device.code(later))


def test_guessing_codes_is_slowed_down_like_guessing_passwords(state: State, anong: Actor) -> None:
    Authenticator(state, anong.name)
    answers = [enter(state, "anong", at=after(minutes=5), code=f"{number:06d}") for number in range(5)]
    assert answers[:3] == [WRONG] * 3
    assert answers[3] != WRONG


def test_each_recovery_code_works_once(state: State, anong: Actor) -> None:
    device = Authenticator(state, anong.name)
    one, two = device.recovery[:2]
    enters(state, "anong", code=one)
    assert enter(state, "anong", code=one) == WRONG
    enters(state, "anong", code=two.lower().replace("-", " "))


@pytest.mark.parametrize("kind", ["code", "recovery"])
def test_of_two_who_use_one_code_at_once_one_gets_in(state: State, anong: Actor, kind: str) -> None:
    device, later = Authenticator(state, anong.name), after(minutes=5)
    code = device.code(later) if kind == "code" else device.recovery[0]
    answers: list[str | Refusal] = []
    threads = [
        threading.Thread(
            target=lambda number=number: answers.append(
                enter(state, "anong", at=later, code=code, address=f"192.0.2.{number}")
            )
        )
        for number in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(answer, str) for answer in answers) == 1


def test_a_recovery_code_is_its_accounts_alone(state: State, anong: Actor) -> None:
    make(state, "somchai", password=PASSWORD)
    device, _ = Authenticator(state, anong.name), Authenticator(state, "somchai")
    assert enter(state, "somchai", code=device.recovery[0]) == WRONG


def test_new_recovery_codes_take_a_code_and_replace_the_old_ones(state: State, anong: Actor) -> None:
    device, later = Authenticator(state, anong.name), after(minutes=5)
    with pytest.raises(ForbiddenError, match="wrong or was used"):
        second_factor.new_recovery_codes(state, anong, KEY, "000000", later)
    fresh = second_factor.new_recovery_codes(state, anong, KEY, device.code(later), later)
    assert enter(state, "anong", at=later, code=device.recovery[0]) == WRONG
    enters(state, "anong", at=later, code=fresh[0])


def test_the_store_alone_gives_neither_codes_nor_seeds(state: State, anong: Actor) -> None:
    device = Authenticator(state, anong.name)
    with state.read() as connection:
        rows = [*connection.execute(select(account_table)), *connection.execute(select(recovery_codes))]
    sealed = stored(state, "anong").totp_sealed
    assert sealed is not None
    assert device.seed not in sealed
    assert device.recovery[0].replace("-", "") not in repr(rows)
    with pytest.raises(StoreError, match="does not open with this key"):
        second_factor.new_recovery_codes(state, anong, SecretKey(b"x" * 32), "000000", NOW)


def test_a_seed_copied_to_another_account_opens_nothing(state: State, anong: Actor) -> None:
    Authenticator(state, anong.name)
    make(state, "somchai", password=PASSWORD)
    with state.write() as connection:
        connection.exec_driver_sql(
            "UPDATE accounts SET totp_confirmed_at = 1, totp_sealed = (SELECT totp_sealed FROM accounts WHERE id = 1) "
            "WHERE id = 2"
        )
    with pytest.raises(StoreError, match="does not open"):
        enter(state, "somchai", code="000000")


def test_an_enrolled_authenticator_is_not_replaced_by_who_holds_the_session(state: State, anong: Actor) -> None:
    device = Authenticator(state, anong.name)
    with pytest.raises(ConflictError, match="already"):
        second_factor.begin_enrolment(state, anong, KEY)
    with pytest.raises(ConflictError, match="already"):
        second_factor.confirm_enrolment(state, anong, KEY, device.code(after(minutes=5)), after(minutes=5))


def test_an_administrator_removes_a_lost_one_and_the_sessions_with_it(state: State, anong: Actor) -> None:
    make(state, "somchai", password=PASSWORD)
    device, later = Authenticator(state, "somchai"), after(minutes=5)
    token = enters(state, "somchai", at=later, code=device.code(later))
    with pytest.raises(ForbiddenError, match="manage_accounts"):
        second_factor.remove(state, device.actor, "somchai", later)
    second_factor.remove(state, anong, "somchai", later)
    assert access.find_session(state, token, later) is None
    enters(state, "somchai", at=later)
    with pytest.raises(ConflictError, match="has no authenticator"):
        second_factor.remove(state, anong, "somchai", later)
    assert ("anong", "totp_changed", "somchai") in audited(state)


def test_who_has_no_account_has_no_authenticator(state: State) -> None:
    with pytest.raises(ForbiddenError, match="no account"):
        second_factor.begin_enrolment(state, ADMIN, KEY)
