"""What is new since the last sending to somebody, and everything that left before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.catalog.exports import load_export_words
from warroom.console import panels
from warroom.console.files_panel import size
from warroom.console.log_words import actor_name, deed, micros
from warroom.console.markup import Markup, show, tag, visible
from warroom.console.masking import masked
from warroom.console.times import date_time
from warroom.report.comparing import Change
from warroom.report.exporting import changes_since
from warroom.report.plain import stamp
from warroom.report.timeline import OCCURRED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from warroom.access import Actor
    from warroom.console.room import Room, Tick
    from warroom.console.snapshot import Seen
    from warroom.store.database import State
    from warroom.store.exports import Export
    from warroom.store.views import IncidentView

_SHOWN: Final = 120
_LOG: Final = "log"
_EXPORTS: Final = 30
_HASH: Final = 16
#: Topics whose change may change what is new.
_TOPICS: Final = ("incidents", "clocks", "documents", "exports")


@st.cache_data(show_spinner=False, max_entries=64, ttl=3600)
def _news(_state: State, seen: Seen, versions: tuple[int, ...], export_id: int, _actor: Actor) -> tuple[Change, ...]:  # noqa: ARG001 - part of the key
    """Give what is new since an export; asked for by who may export, which is looked at before."""
    return changes_since(_state, export_id, _actor)


def show_news(
    room: Room, tick: Tick, view: IncidentView, earlier: Sequence[Export], recipient: tuple[int | None, str]
) -> None:
    """Show what is new since the last sending to whom the form names; to nobody named: since the last one at all."""
    words = room.words
    contact, name = recipient
    same = [one for one in earlier if (one.contact_id == contact if contact else one.recipient == name)]
    last = next(iter(same if contact or name else earlier), None)
    with panels.panel("share_news", words("share.news"), "" if last is None else date_time(last.at, words.language)):
        if last is None:
            panels.empty(words("share.first"), words("share.first_do"))
            return
        versions = tuple(tick.version(topic) for topic in _TOPICS)
        changes = _news(room.state, room.seen, versions, last.id, room.person.actor)
        told = words("share.since", recipient=masked(last.recipient)) if last.recipient else words("share.since_nobody")
        show(tag("p", told, cls="wr-hint"))
        if not changes:
            panels.empty(words("share.no_news"), words("share.no_news_do"))
            return
        spoken = _spoken(room, view)
        lines = [_change(room, one, spoken) for one in changes[:_SHOWN]]
        if len(changes) > _SHOWN:
            lines.append(tag("li", tag("em", words("share.more_news", count=len(changes) - _SHOWN))))
        show(tag("div", tag("ul", *lines, cls="wr-news"), cls="wr-scroll"))


def show_earlier(room: Room, earlier: Sequence[Export], total: int) -> None:
    """Show what left before, newest first."""
    words = room.words
    with panels.panel("share_earlier", words("share.earlier"), str(total) if total else ""):
        if not earlier:
            panels.empty(words("share.none"), words("share.none_do"))
            return
        rows = [_export(room, one) for one in earlier[:_EXPORTS]]
        if total > _EXPORTS:
            rows.append(tag("p", words("share.more", count=total - _EXPORTS), cls="wr-hint"))
        show(tag("div", *rows, cls="wr-scroll"))


def _export(room: Room, one: Export) -> Markup:
    words = room.words
    said = [
        words("share.masked" if one.masked else "share.unmasked"),
        words("share.was_encrypted" if one.encrypted else "share.not_encrypted"),
        ", ".join(words.either(f"format.{each}", each) for each in one.formats),
        size(one.bytes),
    ]
    files = [
        tag("li", tag("span", name), tag("code", digest[:_HASH], title=digest))
        for name, digest in sorted(one.manifest.items())
    ]
    return tag(
        "details",
        tag(
            "summary",
            tag("time", date_time(one.at, words.language)),
            tag("b", masked(one.recipient) or "—"),
            tag("i", one.tlp, cls=f"tlp {one.tlp.removeprefix('TLP:').split('+')[0].lower()}"),
            tag("span", f"{one.actor} · {' · '.join(said)}"),
        ),
        tag("p", f"SHA-256 {one.sha256}", cls="wr-sha"),
        tag("ul", *files),
        cls="wr-left",
    )


def _spoken(room: Room, view: IncidentView) -> dict[str, str]:
    """Give what the entries of the incident's log say in words, by what the snapshots call them."""
    said = {}
    for one in view.log:
        when = micros(one.body.get(OCCURRED)) or one.at
        actor = actor_name(one.actor, room.words)
        said[f"{stamp(when)} {one.action}"] = (
            f"{date_time(when, room.words.language)} · {visible(actor)}: {deed(one, room.words)}"
        )
    return said


def _change(room: Room, one: Change, spoken: Mapping[str, str]) -> Markup:
    words, language = load_export_words(), room.words.language
    section = words.texts.get(f"sections.{one.section}", {}).get(language, one.section)
    told = {"key": masked(one.key), "before": masked(one.before) or "—", "after": masked(one.after) or "—"}
    said = spoken.get(one.key, "") if one.section == _LOG else ""
    return tag(
        "li",
        tag("b", section),
        tag("span", said or words.text(f"changes.{one.kind}", language, **told)),
        cls=str(one.kind),
    )
