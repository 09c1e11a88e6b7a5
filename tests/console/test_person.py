"""Who may look at the screens: a role that reads."""

from __future__ import annotations

import pytest
from making import somebody
from streamlit.runtime.context import StreamlitHeaders

from warroom.access import Role
from warroom.console.cookie import SECURE_COOKIE
from warroom.console.gate import GATED_HEADER
from warroom.console.person import Person, header


@pytest.mark.parametrize("role", Role)
def test_every_role_but_the_administrator_sees_the_screens(role: Role) -> None:
    assert Person(somebody("anong", role), "th", "").may_look is (role is not Role.ADMINISTRATOR)


@pytest.mark.parametrize("name", [GATED_HEADER, "sec-websocket-key"])
def test_what_the_gate_says_is_heard(name: str) -> None:
    """Unheard, a drill's store would take who has no session any more for its operator."""
    assert header(StreamlitHeaders([(name, SECURE_COOKIE), ("host", "x")]), name) == SECURE_COOKIE
    assert header(StreamlitHeaders([("host", "x")]), name) == ""


def test_who_is_confined_looks_at_some_platforms() -> None:
    assert Person(somebody("anong", platforms=frozenset({"gdx"})), "th", "").may_look
