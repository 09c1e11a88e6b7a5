"""Roles that ask for a second factor do not work without one, and end the sessions in which nobody is there early."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from access.people import ADMIN, NOW, PASSWORD, after, enters, make, stored
from access.test_second_factor import Authenticator

from warroom import access
from warroom.access import accounts
from warroom.access.roles import FIRST_ROLES, Role
from warroom.access.session_policy import STANDARD, Proof, SessionPolicy, policy_from
from warroom.access.sessions import Session, open_session, open_sessions
from warroom.errors import UsageError
from warroom.settings import Settings
from warroom.store.database import State

NONE = SessionPolicy(guarded=frozenset())


def found(state: State, token: str, at: datetime = NOW, policy: SessionPolicy = STANDARD) -> Session:
    session = access.find_session(state, token, at, policy=policy)
    assert session is not None
    return session


def opened(state: State, name: str, proof: Proof) -> str:
    with state.write() as connection:
        return open_session(connection, stored(state, name), proof, language="en", now=NOW)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.DPO])
def test_a_guarded_role_does_not_work_with_a_password_alone_and_the_others_do(state: State, role: Role) -> None:
    make(state, "anong", role, Role.SHIFT_LEAD, password=PASSWORD)
    session = found(state, enters(state, "anong"))
    assert (session.actor.roles, session.missing) == ({Role.SHIFT_LEAD}, {role})
    for permission in access.Permission:
        assert session.actor.can(permission) == (permission in access.Actor("x", session.actor.roles).permissions)


def test_no_role_is_guarded_where_the_settings_name_none(state: State) -> None:
    make(state, "anong", Role.ADMINISTRATOR, password=PASSWORD)
    session = found(state, enters(state, "anong"), policy=NONE)
    assert (session.actor.roles, session.missing, session.is_guarded) == ({Role.ADMINISTRATOR}, frozenset(), False)


@pytest.mark.parametrize("proof", Proof)
def test_which_proofs_are_enough(state: State, proof: Proof) -> None:
    make(state, "anong", Role.ADMINISTRATOR)
    if proof is Proof.OIDC:
        return  # needs a provider's word besides: access/test_oidc.py
    enough = proof in {Proof.TWO_FACTORS, Proof.LINK}
    assert found(state, opened(state, "anong", proof)).actor.roles == ({Role.ADMINISTRATOR} if enough else frozenset())


def test_enrolling_puts_the_role_in_force_here_and_ends_what_was_opened_by_less(state: State) -> None:
    make(state, "anong", Role.ADMINISTRATOR, password=PASSWORD)
    here, thief = enters(state, "anong"), enters(state, "anong")
    device = Authenticator(state, "anong", session=here)
    assert found(state, here).actor.roles == {Role.ADMINISTRATOR}
    assert access.find_session(state, thief, NOW) is None
    later = after(minutes=5)
    assert found(state, enters(state, "anong", at=later, code=device.code(later)), later).missing == frozenset()


def test_somebody_elses_session_is_not_lifted_by_enrolling(state: State) -> None:
    make(state, "anong", Role.ADMINISTRATOR, password=PASSWORD)
    make(state, "somchai", Role.ADMINISTRATOR, password=PASSWORD)
    other = enters(state, "somchai")
    Authenticator(state, "anong", session=other)
    assert found(state, other).missing == {Role.ADMINISTRATOR}


@pytest.mark.parametrize(
    ("role", "minutes"), [(Role.ADMINISTRATOR, 30), (Role.DPO, 30), (Role.ANALYST, 120), (Role.VIEWER, 120)]
)
def test_how_long_nobody_may_be_there(state: State, role: Role, minutes: int) -> None:
    make(state, "anong", role, password=PASSWORD)
    token = enters(state, "anong")
    assert found(state, token, after(minutes=minutes)).is_guarded == (minutes == 30)
    late = after(minutes=minutes, seconds=1)
    assert access.find_session(state, token, late) is None
    assert open_sessions(state, ADMIN, "anong", after(minutes=minutes)) != []
    assert open_sessions(state, ADMIN, "anong", late) == []


def test_the_limit_follows_a_role_that_is_given_in_between(state: State) -> None:
    make(state, "anong", Role.ANALYST, password=PASSWORD)
    token, at = enters(state, "anong"), after(minutes=45)
    assert access.find_session(state, token, at) is not None
    accounts.set_roles(state, ADMIN, "anong", [Role.DPO], at)
    assert access.find_session(state, token, at) is None


def test_a_drills_link_opens_everything_for_as_long_as_ever(state: State) -> None:
    link = access.create_signin_link(state, NOW)
    token = access.sign_in(state, link, name="วิภา", language="th", now=NOW) or ""
    session = found(state, token, NOW + timedelta(minutes=access.IDLE_MINUTES))
    assert (session.actor.roles, session.missing, session.is_guarded) == (FIRST_ROLES, frozenset(), False)


def test_the_settings_are_read() -> None:
    told = policy_from(Settings(guarded_roles=" dpo , shift_lead", guarded_idle_minutes=15, idle_minutes=60))
    assert told == SessionPolicy(frozenset({Role.DPO, Role.SHIFT_LEAD}), 60, 15)
    assert policy_from(Settings()) == STANDARD
    assert policy_from(Settings(guarded_roles="")).guarded == frozenset()
    # A guarded session never lasts longer than the others.
    assert policy_from(Settings(guarded_idle_minutes=90, idle_minutes=60)).idle_minutes_of({"dpo"}, "password") == 60
    with pytest.raises(UsageError, match="no role 'root'"):
        policy_from(Settings(guarded_roles="root"))
    for minutes in (4, 121):
        with pytest.raises(UsageError, match="WARROOM_IDLE_MINUTES"):
            Settings(idle_minutes=minutes)
