"""The first administrator by a set-up link; new passwords by a link."""

from __future__ import annotations

import threading

import pytest
from access.people import ADMIN, CHEAP, KEY, NOW, PASSWORD, after, enter, enters, make, stored
from access.test_second_factor import Authenticator

from warroom import access
from warroom.access import first_run
from warroom.access.first_run import Chosen, choose_password, has_accounts, set_up
from warroom.access.links import LINK_MINUTES, LinkPurpose
from warroom.access.roles import FIRST_ROLES, Role
from warroom.access.signing_in import Refusal
from warroom.errors import ForbiddenError, UsageError
from warroom.store.database import State

OTHER = "seven oak trams nimble"
CHOSEN = Chosen(PASSWORD, "anong", "อนงค์ แสงทอง", "en")


def set_up_link(state: State) -> str:
    return access.create_signin_link(state, NOW, purpose=LinkPurpose.SET_UP)


def test_the_link_makes_the_first_administrator_and_signs_in(state: State) -> None:
    assert not has_accounts(state)
    token = set_up(state, set_up_link(state), CHOSEN, NOW, hashing=CHEAP)
    session = access.find_session(state, token or "", NOW)
    assert session is not None
    # Who is administrator shows a second factor first; the shift can begin.
    assert (session.actor.name, session.actor.roles, session.language) == ("anong", {Role.SHIFT_LEAD}, "en")
    assert stored(state, "anong").roles == FIRST_ROLES
    assert session.missing == {Role.ADMINISTRATOR}
    assert stored(state, "anong").display_name == "อนงค์ แสงทอง"
    assert has_accounts(state)
    enters(state, "anong")


def test_there_is_one_first_administrator(state: State) -> None:
    one, two = set_up_link(state), set_up_link(state)
    assert set_up(state, one, CHOSEN, NOW, hashing=CHEAP) is not None
    for link in (one, two, "guess"):
        assert set_up(state, link, Chosen(OTHER, "mallory"), NOW, hashing=CHEAP) is None
    assert enter(state, "mallory", OTHER) == Refusal()


def test_of_two_at_the_same_moment_one_wins(state: State) -> None:
    links, opened = [set_up_link(state) for _ in range(4)], []
    threads = [
        threading.Thread(
            target=lambda link=link, n=n: opened.append(
                set_up(state, link, Chosen(PASSWORD, f"p{n}"), NOW, hashing=CHEAP)
            )
        )
        for n, link in enumerate(links)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(token is not None for token in opened) == 1


def test_a_bad_choice_is_told_and_leaves_the_link_good(state: State) -> None:
    link = set_up_link(state)
    for chosen, told in (
        (Chosen("short", "anong"), "at least 12"),
        (Chosen(PASSWORD, "worker"), "no program's"),
        (Chosen(PASSWORD, ""), "1 to 40"),
        (Chosen("anong-anong-1", "anong"), "among the first"),
    ):
        with pytest.raises(UsageError, match=told):
            set_up(state, link, chosen, NOW, hashing=CHEAP)
    assert set_up(state, link, CHOSEN, NOW, hashing=CHEAP) is not None
    assert PASSWORD not in repr(CHOSEN)


def test_other_links_and_late_ones_set_nothing_up(state: State) -> None:
    assert set_up(state, access.create_signin_link(state, NOW), CHOSEN, NOW, hashing=CHEAP) is None
    late = after(minutes=LINK_MINUTES, seconds=1)
    assert set_up(state, set_up_link(state), CHOSEN, late, hashing=CHEAP) is None
    assert not has_accounts(state)


def test_a_password_link_is_for_one_account_and_one_use(state: State) -> None:
    make(state, "anong", Role.ANALYST, password=PASSWORD)
    session = enters(state, "anong")
    link = access.create_password_link(state, ADMIN, "anong", NOW)
    with pytest.raises(UsageError, match="at least 12"):
        choose_password(state, KEY, link, Chosen("short"), NOW, hashing=CHEAP)
    token = choose_password(state, KEY, link, Chosen(OTHER), NOW, hashing=CHEAP)
    opened = access.find_session(state, token or "", NOW)
    assert opened is not None
    assert (opened.actor.name, opened.actor.roles) == ("anong", {Role.ANALYST})
    assert access.find_session(state, session, NOW) is None
    enters(state, "anong", OTHER)
    for again in (link, "guess", access.create_signin_link(state, NOW)):
        assert choose_password(state, KEY, again, Chosen(PASSWORD), NOW, hashing=CHEAP) is None
    assert set_up(state, access.create_password_link(state, ADMIN, "anong", NOW), CHOSEN, NOW) is None


def test_a_second_password_link_takes_the_first_ones_place(state: State) -> None:
    make(state, "anong")
    first, second = (access.create_password_link(state, ADMIN, "anong", NOW) for _ in range(2))
    assert choose_password(state, KEY, first, Chosen(OTHER), NOW, hashing=CHEAP) is None
    assert choose_password(state, KEY, second, Chosen(OTHER), NOW, hashing=CHEAP) is not None


def test_an_authenticator_is_asked_for_as_well_and_not_to_be_guessed(state: State) -> None:
    make(state, "anong", password=PASSWORD)
    device, later = Authenticator(state, "anong"), after(minutes=5)
    for code in ("", "000000"):
        link = access.create_password_link(state, ADMIN, "anong", NOW)
        assert choose_password(state, KEY, link, Chosen(OTHER), later, code=code, hashing=CHEAP) is None
        assert not access.opens(state, link, later)
    link = access.create_password_link(state, ADMIN, "anong", NOW)
    right = device.code(later)
    assert choose_password(state, KEY, link, Chosen(OTHER), later, code=right, hashing=CHEAP) is not None


def test_only_who_manages_accounts_makes_password_links(state: State) -> None:
    set_up(state, set_up_link(state), CHOSEN, NOW, hashing=CHEAP)
    make(state, "somchai", Role.DPO)
    access.create_password_link(state, first_run.actor_of(stored(state, "anong")), "somchai", NOW)
    somchai = first_run.actor_of(stored(state, "somchai"))
    with pytest.raises(ForbiddenError, match="manage_accounts"):
        access.create_password_link(state, somchai, "anong", NOW)
