"""The wizard for a new feed: pasted lines, a proposed feed, what becomes of them, and a draft to be put in place."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.collect.feed_drafts import FOLDER, MOST_LINES, SAMPLES, save_draft, take_draft
from warroom.collect.proposing import propose
from warroom.collect.trying import Preview, try_feed
from warroom.console import doing, feed_folder, feed_form, feed_result, onboarding_panel, panels
from warroom.console.feed_form import ID, KIND, PLATFORM, TRANSPORT, YAML
from warroom.console.giving import giving
from warroom.console.markup import show, tag
from warroom.console.screens.platforms import seen_platforms
from warroom.store.database import now_us
from warroom.store.drafts import DRAFT_LIMIT, load_draft
from warroom.store.drafts import save_draft as keep_typed

if TYPE_CHECKING:
    from warroom.access import Actor
    from warroom.console.room import Room

_PLACE: Final = "feed_wizard"
_LINES: Final = "feed_lines"
_SAVED: Final = "feed_saved"
_TRIED: Final = "feed_tried"
_BEGUN: Final = "feed_begun"
#: What was typed is kept under these names until it is saved.
_KEPT: Final = (_LINES, YAML, ID)


def show_screen(room: Room) -> None:
    """Lay the screen out."""
    _begin(room)
    words = room.words
    show(tag("p", tag("a", words("wizard.back"), href="/?screen=onboarding", target="_self"), cls="wr-crumb"))
    left, centre, right = st.columns([1, 1.04, 1.1], gap="small")
    with left, panels.panel("feed_lines", words("wizard.paste"), words("wizard.paste_hint", most=MOST_LINES >> 10)):
        st.text_area(
            words("wizard.paste"), key=_LINES, height=316, max_chars=MOST_LINES, label_visibility="collapsed",
            placeholder=words("wizard.paste_here"), on_change=_pasted, args=(room,),
        )  # fmt: skip
        st.button(
            words("wizard.propose"), key="feed_propose", on_click=_propose, width="stretch",
            disabled=not (st.session_state.get(_LINES) or "").strip(),
        )  # fmt: skip
    with centre, panels.panel("feed_fields", words("wizard.say")):
        feed_form.show_fields(room)
    preview = _tried()
    with right, panels.panel("feed_yaml", words("wizard.yaml"), _file_name()):
        st.text_area(
            words("wizard.yaml"), key=YAML, height=206, max_chars=DRAFT_LIMIT, label_visibility="collapsed",
            placeholder=words("wizard.yaml_here"), on_change=_keep, args=(room,),
        )  # fmt: skip
        if (st.session_state.get(YAML) or "").strip():
            feed_result.show_faults(room, preview)
    with right:
        _saving(room, preview)
    feed_result.show_result(room, preview)


def _begin(room: Room) -> None:
    """Take over what was being typed, and what the address says of platform and kind of log; once for a page."""
    asked = tuple(st.query_params.get(name, "") for name in ("platform", "kind"))
    for key in (*_KEPT, PLATFORM, KIND, TRANSPORT):  # a widget that was not on the last page is forgotten otherwise
        if key in st.session_state:
            st.session_state[key] = st.session_state[key]
    if st.session_state.get(_BEGUN) == asked:
        return
    st.session_state[_BEGUN] = asked
    st.session_state.setdefault(TRANSPORT, "file")
    me = room.person.actor.name
    for key in _KEPT:
        st.session_state.setdefault(key, load_draft(room.state, me, f"{_PLACE}/{key}"))
    platform, kind = asked
    if platform in seen_platforms(room):
        st.session_state[PLATFORM] = platform
    if kind in onboarding_panel.log_sources():
        st.session_state[KIND] = kind
    feed_form.renew()


def _file_name() -> str:
    return f"{st.session_state.get(ID) or 'feed'}.yml"


def _pasted(room: Room) -> None:
    """Propose at once where nothing was proposed yet."""
    if (st.session_state.get(_LINES) or "").strip() and not (st.session_state.get(YAML) or "").strip():
        _propose()
    _keep(room)


def _propose() -> None:
    lines = _bytes(st.session_state.get(_LINES) or "")
    found = propose(lines, datetime.now(UTC), platform=st.session_state.get(PLATFORM))
    st.session_state[YAML] = feed_form.apply_all(found.yaml)


def _keep(room: Room) -> None:
    """Keep what is typed, as long as it takes: a reload brings it back."""
    person = room.person_now()
    if person is None:
        return
    for key in _KEPT:
        text = (st.session_state.get(key) or "").replace("\0", "")
        keep_typed(room.state, person.actor.name, f"{_PLACE}/{key}", text[:DRAFT_LIMIT], now_us())


def _forget(room: Room) -> None:
    """Forget what was typed: the draft has it, without personal data in its lines."""
    for key in _KEPT:
        keep_typed(room.state, room.person.actor.name, f"{_PLACE}/{key}", "", now_us())


def _tried() -> Preview:
    """Give what becomes of the lines with the YAML; tried again only when one of them changed."""
    key = (st.session_state.get(YAML) or "", st.session_state.get(_LINES) or "", _file_name())
    if not key[0].strip():
        return Preview()
    before = st.session_state.get(_TRIED)
    if before is None or before[0] != key:
        before = (key, try_feed(key[0], _bytes(key[1]), datetime.now(UTC), Path(key[2])))
        st.session_state[_TRIED] = before
    found: Preview = before[1]
    return found


def _bytes(text: str) -> bytes:
    """Give what was pasted as bytes; half a character, which JSON can tell, becomes a question mark."""
    return text.encode("utf-8", "replace")


def _saving(room: Room, preview: Preview) -> None:
    words = room.words
    with panels.panel("feed_save", words("wizard.save"), words("wizard.save_hint")):
        doing.say(_PLACE)
        ready = bool(st.session_state.get(ID)) and bool(preview.events) and not preview.faults
        st.button(
            words("wizard.save_do"), key="feed_save", type="primary", disabled=not ready, width="stretch",
            on_click=_save, args=(room,),
        )  # fmt: skip
        if not ready:
            show(tag("p", words("wizard.not_ready"), cls="wr-hint"))
        if saved := st.session_state.get(_SAVED):
            _taking(room, saved)


def _save(room: Room) -> None:
    """Save the draft as it stands now."""
    name, text = st.session_state.get(ID) or "", st.session_state.get(YAML) or ""
    lines = st.session_state.get(_LINES) or ""

    def save(me: Actor) -> None:
        save_draft(room.state, room.settings.data_dir, me, name, text, lines, datetime.now(UTC))
        st.session_state[_SAVED] = name

    if doing.attempt(room, _PLACE, save, "wizard.saved"):
        _forget(room)


def _taking(room: Room, name: str) -> None:
    """Offer what was saved, and say how it is put in place."""
    words, settings = room.words, room.settings
    left, right = st.columns(2, gap="small")

    def file(me: Actor) -> bytes:
        return take_draft(room.state, settings.data_dir, me, name)

    def sample(me: Actor) -> bytes:
        return take_draft(room.state, settings.data_dir, me, name, sample=True)

    with left:
        st.download_button(
            f"{name}.yml", giving(room, file), f"{name}.yml", "application/yaml", key="feed_take", on_click="ignore",
            width="stretch",
        )  # fmt: skip
    with right:
        st.download_button(
            f"{name}.log", giving(room, sample), f"{name}.log", "text/plain", key="feed_take_sample",
            on_click="ignore", width="stretch",
        )  # fmt: skip
    show(tag("p", words("wizard.place"), cls="wr-hint"))
    st.code(_commands(room, name), language=None, wrap_lines=True)


def _commands(room: Room, name: str) -> str:
    """Give the commands that put a draft in place: over the feed of this name where there is one, and try it there."""
    settings = room.settings
    feeds, _ = feed_folder.feeds_of(settings.feeds, settings.data_dir)
    target = next((feed.file for feed in feeds if feed.id == name), settings.feeds / f"{name}.yml")
    drafts = settings.data_dir / FOLDER
    samples = target.parent / SAMPLES
    lines = (
        ("mkdir", "-p", samples),
        ("cp", drafts / f"{name}.yml", target),
        ("cp", drafts / SAMPLES / f"{name}.log", samples),
        ("./run", "feeds", "test", name),
    )
    return "\n".join(shlex.join(map(str, line)) for line in lines)
