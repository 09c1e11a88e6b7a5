"""Personal data on the screens: masked, unless somebody revealed that of one incident a moment ago and still may."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access import Permission
from warroom.incidents.revealing import MOST_REASON, REVEAL_MINUTES, reveal
from warroom.privacy import mask
from warroom.store.database import now_us

if TYPE_CHECKING:
    from collections.abc import Callable

    from warroom.access import Actor
    from warroom.console.room import Room
    from warroom.store.incidents import Incident

_REVEALED: Final = "revealed"
_REASON: Final = "reveal_reason"
_MINUTE: Final = 60_000_000


@lru_cache(maxsize=1 << 13)
def masked(text: str) -> str:
    """Give a text as everybody may see it; a screen asks for the same texts at every tick."""
    return mask(text)


def shown(room: Room, incident: Incident) -> Callable[[str], str]:
    """Give what makes an incident's texts fit for this person's eyes now."""
    return _as_it_is if until(room, incident) else masked


def until(room: Room, incident: Incident) -> int:
    """Say until when this page shows the incident's personal data, in microseconds; 0 where it does not."""
    end = int(st.session_state.get(_REVEALED, {}).get(incident.id, 0))
    may = room.person.actor.can(Permission.REVEAL_PERSONAL_DATA, incident.platform_id)
    return end if may and end > now_us() else 0


def show_control(room: Room, incident: Incident, act: Callable[[Room, Callable[[Actor], None]], None]) -> None:
    """Show the way to reveal, or to hide again; nothing to somebody who may not.

    Args:
        room: the screen's.
        incident: whose personal data.
        act: runs an action for the person of this moment, and shows what it refuses.
    """
    words = room.words
    if not room.person.actor.can(Permission.REVEAL_PERSONAL_DATA, incident.platform_id):
        return
    if until(room, incident):
        st.button(words("reveal.hide"), key="reveal_hide", on_click=_hide, args=(incident.id,), width="stretch")
        return
    with st.popover(words("reveal.open"), width="stretch"):
        st.caption(words("reveal.told", minutes=REVEAL_MINUTES))
        st.text_input(
            words("reveal.reason"), key=_REASON, max_chars=MOST_REASON, placeholder=words("reveal.reason_hint")
        )
        st.button(
            words("reveal.do"),
            key="reveal_do",
            on_click=act,
            args=(room, lambda me: _reveal(room, incident.id, me)),
            width="stretch",
        )


def _reveal(room: Room, incident_id: int, me: Actor) -> None:
    reveal(room.state, incident_id, me, st.session_state.get(_REASON, ""))
    revealed = st.session_state.setdefault(_REVEALED, {})
    revealed[incident_id] = now_us() + REVEAL_MINUTES * _MINUTE
    st.session_state[_REASON] = ""


def _hide(incident_id: int) -> None:
    st.session_state.get(_REVEALED, {}).pop(incident_id, None)


def _as_it_is(text: str) -> str:
    return text
