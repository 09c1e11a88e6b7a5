"""Who may look at the screens: a role that reads."""

from __future__ import annotations

import pytest
from making import somebody

from warroom.access import Role
from warroom.console.person import Person


@pytest.mark.parametrize("role", Role)
def test_every_role_but_the_administrator_sees_the_screens(role: Role) -> None:
    assert Person(somebody("anong", role), "th", "").may_look is (role is not Role.ADMINISTRATOR)


def test_who_is_confined_looks_at_some_platforms() -> None:
    assert Person(somebody("anong", platforms=frozenset({"gdx"})), "th", "").may_look
