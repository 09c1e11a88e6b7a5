"""Open links are for drills and beginnings: they never open an account that proves itself."""

from __future__ import annotations

from access.people import ADMIN, NOW, PASSWORD, make
from sqlalchemy import update

from warroom import access
from warroom.access import accounts
from warroom.access.links import LinkPurpose
from warroom.access.roles import Role
from warroom.store.account_tables import signin_links
from warroom.store.database import State
from warroom.store.tables import feed_states


def use(state: State, name: str, link: str | None = None) -> str | None:
    return access.sign_in(state, link or access.create_signin_link(state, NOW), name=name, language="th", now=NOW)


def become_a_drill(state: State) -> None:
    with state.write() as connection:
        connection.execute(update(feed_states).values(drill=True))


def test_open_links_stop_working_when_somebody_has_a_password(state: State) -> None:
    early = access.create_signin_link(state, NOW)
    assert use(state, "วิภา") is not None
    make(state, "anong", Role.ADMINISTRATOR, password=PASSWORD)
    assert use(state, "วิภา") is None
    assert use(state, "วิภา", early) is None


def test_a_drill_stays_open_but_not_for_accounts_that_prove_themselves(state: State) -> None:
    become_a_drill(state)
    make(state, "anong", Role.ADMINISTRATOR, password=PASSWORD)
    assert use(state, "วิภา") is not None
    assert use(state, "ANONG") is None


def test_a_link_does_not_open_a_disabled_account(state: State) -> None:
    become_a_drill(state)
    assert use(state, "วิภา") is not None
    make(state, "anong", Role.ADMINISTRATOR)
    accounts.disable(state, ADMIN, "วิภา", NOW)
    assert use(state, "วิภา") is None


def test_the_same_name_is_the_same_account(state: State) -> None:
    tokens = [use(state, name) for name in ("Anong K.", "ＡＮＯＮＧ  k.")]
    found = [access.find_session(state, token or "", NOW) for token in tokens]
    assert found[0] is not None
    assert found[1] is not None
    assert found[0].actor == found[1].actor


def test_a_demos_link_gives_every_role(state: State) -> None:
    token = use(state, "วิภา", access.create_signin_link(state, NOW, roles=frozenset(Role)))
    session = access.find_session(state, token or "", NOW)
    assert session is not None
    assert session.actor.roles == frozenset(Role)


def test_a_link_for_something_else_opens_no_session(state: State) -> None:
    link = access.create_signin_link(state, NOW, purpose=LinkPurpose.SET_UP)
    assert use(state, "วิภา", link) is None
    assert access.purpose_of(state, link, NOW) is LinkPurpose.SET_UP


def test_old_links_are_forgotten(state: State) -> None:
    access.create_signin_link(state, NOW)
    with state.write() as connection:
        connection.execute(update(signin_links).values(expires_at=0))
    access.create_signin_link(state, NOW)
    with state.read() as connection:
        assert len(connection.execute(signin_links.select()).all()) == 1
