"""The outbox: what was told to whom, what waits, and what was not taken and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.console import panels
from warroom.console.markup import Markup, show, tag
from warroom.console.times import date_time
from warroom.incidents import channels as deeds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warroom.console.room import Room, Tick
    from warroom.store.outbox import Channel, Message

_SHOWN: Final = 100
_COLUMNS: Final = ("at", "to", "what", "state", "tries", "reason")


def show_outbox(room: Room, _tick: Tick, channels: Sequence[Channel]) -> None:
    """Show the newest messages, or only those that wait or failed."""
    words = room.words
    unsent = bool(st.session_state.get("outbox_unsent"))
    found = deeds.list_messages(room.state, room.person.actor, _SHOWN + 1, unsent=unsent)
    hint = words("outbox.cut", count=_SHOWN) if len(found) > _SHOWN else words("outbox.count", count=len(found))
    with panels.panel("outbox", words("outbox.title"), hint):
        st.toggle(words("outbox.unsent"), key="outbox_unsent")
        if not found:
            panels.empty(words("outbox.none_unsent" if unsent else "outbox.empty"), words("outbox.empty_do"))
            return
        names = {one.id: one.name for one in channels}
        head = [tag("th", words(f"outbox.{name}"), cls=name) for name in _COLUMNS]
        body = [_line(room, one, names) for one in found[:_SHOWN]]
        table = tag("table", tag("thead", tag("tr", *head)), tag("tbody", *body), cls="wr-table outbox")
        show(tag("div", table, cls="wr-scroll"))


def _line(room: Room, message: Message, names: dict[int, str]) -> Markup:
    words = room.words
    what = [tag("span", words(f"outbox.kind_{message.kind}"))]
    if message.incident_id is not None:
        link = f"/?incident={message.incident_id}"
        what.append(tag("a", f"#{message.incident_id}", href=link, target="_self"))
    elif message.kind == "digest":
        what.append(tag("b", f"{int(message.told['count'])}"))
    state = "again" if message.state == "waiting" and message.tries else message.state
    reason = message.error or ""
    if state == "again":
        reason = words("outbox.next", at=date_time(message.due_at, words.language), reason=reason)
    return tag(
        "tr",
        tag("td", date_time(message.created_at, words.language)),
        tag("td", names.get(message.channel_id, words("outbox.gone"))),
        tag("td", *what, cls="what"),
        tag("td", tag("span", words(f"outbox.state_{state}"), cls=f"wr-state {state}")),
        tag("td", str(message.tries), cls="n"),
        tag("td", reason, title=reason),
    )
