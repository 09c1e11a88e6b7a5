"""Who is behind this run of a script: re-checked at every one, fragments included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Protocol

import streamlit as st

from warroom import access
from warroom.access import Actor, Permission, Role
from warroom.access.session_policy import STANDARD, policy_from
from warroom.console.cookie import COOKIE, SECURE_COOKIE
from warroom.console.gate import GATED_HEADER
from warroom.store import views

if TYPE_CHECKING:
    from warroom.access.session_policy import SessionPolicy
    from warroom.settings import Settings
    from warroom.store.database import State

#: Another one for each WebSocket (RFC 6455, section 4.1).
_LINE: Final = "sec-websocket-key"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at the console, with what they may do now; ``token`` is empty where there is no gate (drills only)."""

    actor: Actor
    language: str
    token: str
    missing: frozenset[Role] = frozenset()
    """Roles that do not work in this session: they ask for a second factor."""
    is_guarded: bool = False
    """The session ends early when nobody is there, and a display does not keep it open."""

    @property
    def may_look(self) -> bool:
        """Whether the screens of incidents open; they show those of the platforms in the actor's scope."""
        return self.actor.can(Permission.READ_INCIDENTS)


class Doorkeeper(Protocol):
    """Says who is there: from the page's cookie, or from elsewhere in a test."""

    def __call__(self, state: State, settings: Settings, *, present: bool = False) -> Person | None:
        """Give who runs this script; None for nobody who may."""
        ...


def person_at_console(state: State, settings: Settings, *, present: bool = False) -> Person | None:
    """Give who runs this script; None for nobody who may.

    Without the gate (``streamlit run dashboard.py``) a drill's store opens to anybody on this machine, any other to
    nobody. The gate's header can only take rights away, so forging it gains nothing.

    Args:
        state: where the sessions are.
        settings: whether the state folder is declared a drill, and the language to begin with.
        present: a person did something just now, which starts the idle limit afresh.
    """
    # The name is the gate's, which knows whether the browser came by TLS; forging it leads to a cookie of one's own.
    name = SECURE_COOKIE if header(st.context.headers, GATED_HEADER) == SECURE_COOKIE else COOKIE
    token = st.context.cookies.to_dict().get(name, "")
    person = person_of(state, token, present=present, policy=policy_from(settings))
    if person is not None:
        return person
    if is_gated() or not (settings.drill or views.is_drill(state)):
        return None
    return Person(Actor("operator", frozenset(Role)), settings.language, "")


def person_of(state: State, token: str, *, present: bool = False, policy: SessionPolicy = STANDARD) -> Person | None:
    """Give whose session a token opens now; None where it opens none."""
    session = access.find_session(state, token, datetime.now(UTC), present=present, policy=policy)
    if session is None:
        return None
    return Person(session.actor, session.language, token, session.missing, session.is_guarded)


def is_deed() -> bool:
    """Whether a run of the whole script is something that a person did.

    A click or an address is. A browser that connects again to the page it had, after sleep or because a proxy dropped
    an idle line, is not: it would keep a session open in which nobody is there.
    """
    line = header(st.context.headers, _LINE)
    before = st.session_state.get(_LINE, line)
    st.session_state[_LINE] = line
    return bool(before == line)


def is_gated() -> bool:
    """Whether this page came through the gate."""
    return bool(header(st.context.headers, GATED_HEADER))


def header(headers: Mapping[str, str], name: str) -> str:
    """Give a header of the page's request; empty where there is none.

    Streamlit's mapping finds a name however it is written; its ``to_dict`` has names rewritten (``X-Warroom-Gated``),
    and there ours would never be found.
    """
    return headers.get(name, "")
