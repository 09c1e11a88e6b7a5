"""What a person does on the screens about accounts: run for who they are now, told about, and shown once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access.passwords import PasswordError
from warroom.access.refusals import refusals_recorded
from warroom.console.fault_words import fault_told
from warroom.console.markup import show, tag
from warroom.errors import ForbiddenError, UsageError, WarroomError

if TYPE_CHECKING:
    from collections.abc import Callable

    from warroom.access import Actor
    from warroom.console.room import Room
    from warroom.console.ways import Way

_TOLD: Final = "doing_told"
_TOLD_AT: Final = "doing_told_at"
_ONCE: Final = "doing_once"
#: So long a message stands in a part that renews itself every few seconds.
_READ_SECONDS: Final = 8


def do(room: Room, place: str, action: Callable[[Actor], object], told: str) -> None:
    """Run an action from a button; see ``attempt``."""
    attempt(room, place, action, told)


def attempt(room: Room, place: str, action: Callable[[Actor], object], told: str, *, wrong: str = "") -> bool:
    """Run an action as who the person is now, not as who drew the button: a role may be gone since.

    Args:
        room: the screen's.
        place: where the outcome is told.
        action: what is done; raises WarroomError where it is not.
        told: the key of the text for its success.
        wrong: the key of the text for what was typed and is wrong, in place of the reason.

    Returns: whether it was done.
    """
    person = room.person_now()
    if person is None:
        return False
    try:
        with refusals_recorded(room.state, person.actor):
            action(person.actor)
    except PasswordError as problem:
        outcome = ("bad", room.words(f"password.{problem.fault}"))
    except (UsageError, ForbiddenError) as problem:
        outcome = (
            "bad",
            room.words(wrong) if wrong else room.words("act.refused", reason=fault_told(str(problem), room.words)),
        )
    except WarroomError as problem:
        outcome = ("bad", room.words("act.refused", reason=fault_told(str(problem), room.words)))
    else:
        outcome = ("good", room.words(told))
    st.session_state[_TOLD] = (place, *outcome)
    st.session_state.pop(_TOLD_AT, None)
    return outcome[0] == "good"


def taken(place: str) -> str:
    """Give the message of a place's last action, and leave it to the caller to show; empty where there is none."""
    where, _, text = st.session_state.get(_TOLD, ("", "", ""))
    if where != place:
        return ""
    del st.session_state[_TOLD]
    return str(text)


def tell(room: Room, place: str, key: str) -> None:
    """Leave a message of our own in place of an action that was not tried."""
    st.session_state[_TOLD] = (place, "bad", room.words(key))
    st.session_state.pop(_TOLD_AT, None)


def say(place: str, *, live: bool = False) -> None:
    """Show what became of the last action of this place: until the next run, in a live part for some seconds."""
    where, outcome, text = st.session_state.get(_TOLD, ("", "", ""))
    # Always there: what follows keeps its place on the page, so that an open popover with a half-typed form stays open.
    with st.container():
        if where == place:
            since = st.session_state.setdefault(_TOLD_AT, time.monotonic())
            if not live or time.monotonic() - since > _READ_SECONDS:
                del st.session_state[_TOLD]
                del st.session_state[_TOLD_AT]
            show(tag("div", text, cls="wr-warning" if outcome == "bad" else "wr-done", role="status"))


def keep(way: Way, place: str, secret: str) -> None:
    """Keep a secret of a screen until its person has noted it or leaves the screen; it is stored nowhere else."""
    st.session_state[_ONCE] = (way, place, secret)


def kept(place: str) -> str:
    """Give the secret that is kept for a place; empty where there is none."""
    _, where, secret = st.session_state.get(_ONCE, ("", "", ""))
    return str(secret) if where == place else ""


def forget(*, but: Way | None = None) -> None:
    """Drop the secret that is kept, unless it belongs to this screen."""
    if _ONCE in st.session_state and (but is None or st.session_state[_ONCE][0] != but):
        del st.session_state[_ONCE]


def show_once(room: Room, place: str, title: str) -> None:
    """Show the secret that is kept for a place, with a button to copy it and one to be done with it."""
    secret = kept(place)
    if not secret:
        return
    with st.container(key=f"once_{place}", gap="small"):
        show(tag("b", title), tag("p", room.words("once.told")))
        st.code(secret, language=None, wrap_lines=True)
        st.button(room.words("once.noted"), key=f"{place}_noted", on_click=forget, width="stretch")


def show_confirmed(room: Room, place: str, key: str, action: Callable[[Actor], object], told: str) -> None:
    """Show a button whose action cannot be undone: it says what will happen, and asks once more.

    Its texts are ``confirm.<key>``, with ``_told`` for what will happen and ``_do`` for the button that does it.
    """
    words = room.words
    with st.container(key=f"danger_{key}"), st.popover(words(f"confirm.{key}"), width="stretch"):
        st.caption(words(f"confirm.{key}_told"))
        st.button(
            words(f"confirm.{key}_do"),
            key=f"{key}_do",
            on_click=do,
            args=(room, place, action, told),
            width="stretch",
        )
