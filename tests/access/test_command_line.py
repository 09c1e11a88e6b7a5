"""Who acts on the command line."""

from __future__ import annotations

import os
import pwd

import pytest
from access.people import ADMIN, NOW, PASSWORD, make

from warroom.access import accounts
from warroom.access.command_line import command_line_actor, os_user
from warroom.access.roles import Permission, Role
from warroom.errors import ForbiddenError
from warroom.store.audit import Via
from warroom.store.database import State


def test_without_accounts_it_is_the_local_operator(state: State) -> None:
    make(state, "robot")  # proves nothing, so it is nobody's
    actor = command_line_actor(state, "root")
    assert (actor.name, actor.roles, actor.via) == ("root@command-line", frozenset(Role), Via.COMMAND_LINE)
    assert actor.account_id is None


def test_a_mapped_user_is_the_account_with_its_roles_and_platforms(state: State) -> None:
    made = make(state, "anong", Role.ANALYST)
    accounts.map_os_user(state, ADMIN, "anong", "ang", NOW)
    accounts.set_platforms(state, ADMIN, "anong", ["gdx"], NOW)
    actor = command_line_actor(state, "ang")
    assert (actor.name, actor.roles, actor.platforms) == ("anong", {Role.ANALYST}, {"gdx"})
    assert actor.account_id == made.id


def test_where_there_are_accounts_an_unmapped_user_makes_accounts_and_works_no_case(state: State) -> None:
    make(state, "anong", Role.ANALYST, password=PASSWORD)
    actor = command_line_actor(state, "root")
    assert actor.can(Permission.MANAGE_ACCOUNTS)
    assert not actor.can(Permission.ACT_ON_INCIDENTS)
    assert not actor.can(Permission.READ_INCIDENTS)


def test_a_disabled_accounts_user_is_refused_not_raised_to_operator(state: State) -> None:
    make(state, "anong", Role.ANALYST)
    accounts.map_os_user(state, ADMIN, "anong", "ang", NOW)
    accounts.disable(state, ADMIN, "anong", NOW)
    with pytest.raises(ForbiddenError, match="`anong` of the operating-system user `ang` is disabled"):
        command_line_actor(state, "ang")


def test_the_environment_does_not_say_who_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "anong")
    assert os_user() == pwd.getpwuid(os.getuid()).pw_name
