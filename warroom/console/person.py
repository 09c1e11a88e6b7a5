"""Who is behind this run of a script: re-checked at every one, fragments included."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

import streamlit as st

from warroom import access
from warroom.access import Actor, Permission, Role
from warroom.console.gate import GATED_HEADER
from warroom.console.signin import COOKIE
from warroom.store import views

if TYPE_CHECKING:
    from warroom.settings import Settings
    from warroom.store.database import State


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at the console, with what they may do now; ``token`` is empty where there is no gate (drills only)."""

    actor: Actor
    language: str
    token: str

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
    person = person_of(state, st.context.cookies.to_dict().get(COOKIE, ""), present=present)
    if person is not None:
        return person
    if is_gated() or not (settings.drill or views.is_drill(state)):
        return None
    return Person(Actor("operator", frozenset(Role)), settings.language, "")


def person_of(state: State, token: str, *, present: bool = False) -> Person | None:
    """Give whose session a token opens now; None where it opens none."""
    session = access.find_session(state, token, datetime.now(UTC), present=present)
    return None if session is None else Person(session.actor, session.language, token)


def is_gated() -> bool:
    """Whether this page came through the gate."""
    return GATED_HEADER in st.context.headers.to_dict()
