"""Channels: listed, made, changed, tried and removed. An address goes in and never comes out."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access.keys import load_key
from warroom.console import components, doing, panels, snapshot
from warroom.console.markup import show, tag
from warroom.console.texts import LANGUAGES
from warroom.incidents import channels as deeds
from warroom.incidents.channels import LONGEST_NAME, MOST_PER_MINUTE
from warroom.model import Severity
from warroom.notify.addresses import SCHEMES
from warroom.store.outbox import Channel

if TYPE_CHECKING:
    from collections.abc import Callable

    from warroom.access import Actor
    from warroom.console.room import Room

_PLACE: Final = "channel"
_ROUND: Final = "channel_round"
_USUAL: Final = Channel(
    0,
    "",
    "",
    Severity.HIGH,
    None,
    "th",
    personal=False,
    quiet_from=None,
    quiet_to=None,
    per_minute=10,
    enabled=True,
    made_at=0,
)
_NIGHT: Final = (time(22), time(6))
_COLUMNS: Final = (
    ("name", "", "main", ""),
    ("service", "96px", "", ""),
    ("least", "104px", "", ""),
    ("platforms", "17%", "quiet", "first"),
    ("language", "86px", "", "second"),
    ("quiet", "108px", "quiet", "second"),
    ("pace", "92px", "n", "first"),
    ("state", "104px", "chip", ""),
)


def show_channels(room: Room, channels: list[Channel], chosen: Channel | None) -> str:
    """Show the channels; gives the number of the one that was asked for just now, empty where none was."""
    words = room.words
    on = sum(one.enabled for one in channels)
    with panels.panel("channels", words("tell.title"), words("tell.count", on=on, total=len(channels))):
        if not channels:
            panels.empty(words("tell.empty"), words("tell.empty_do"))
            return ""
        data = {
            "label": words("tell.title"),
            "height": "max(150px, calc(40vh - 110px))",
            "chosen": str(chosen.id) if chosen else "",
            "columns": [
                {"title": words(f"tell.{name}"), "width": width, "look": look, "yields": yields}
                for name, width, look, yields in _COLUMNS
            ],
            "rows": [_row(room, one) for one in channels],
        }
        asked = components.listing(key="channels_listing", data=data, on_open_change=components.noted).open
    return asked if isinstance(asked, str) and asked in {str(one.id) for one in channels} else ""


def _row(room: Room, channel: Channel) -> dict[str, object]:
    words = room.words
    where = words("accounts.everywhere")
    if channel.platforms is not None:
        where = ", ".join(sorted(room.platform(one) for one in channel.platforms))
    quiet = "—"
    if channel.quiet_from is not None and channel.quiet_to is not None:
        quiet = f"{_clock(channel.quiet_from):%H:%M}–{_clock(channel.quiet_to):%H:%M}"
    state = "off" if not channel.enabled else "personal" if channel.personal else "on"
    return {
        "id": str(channel.id),
        "look": "" if channel.enabled else "off",
        "chip": "" if channel.enabled else "off",
        "cells": [
            channel.name,
            channel.scheme,
            words("tell.all_severities") if channel.personal else words(f"severity.{channel.least_severity}"),
            words("tell.rota_only") if channel.personal else where,
            words(f"tell.{channel.language}"),
            quiet,
            str(channel.per_minute),
            words(f"tell.{state}"),
        ],
    }


def show_making(room: Room) -> None:
    """Show the form for a new channel."""
    words = room.words
    with panels.panel("channel_new", words("tell.make_title")):
        doing.say(_PLACE)
        key = f"new_{st.session_state.get(_ROUND, 0)}"
        _fields(room, _USUAL, key)
        _address_field(room, key)
        st.button(
            words("tell.make"),
            key="channel_make",
            type="primary",
            width="stretch",
            on_click=_make,
            args=(room, key),
        )


def _make(room: Room, key: str) -> None:
    def make(me: Actor) -> None:
        address = str(st.session_state.get(f"channel_address_{key}") or "").strip()
        deeds.add_channel(room.state, me, load_key(room.settings.data_dir), _typed(_USUAL, key), address)

    if doing.attempt(room, _PLACE, make, "tell.was_made"):
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def show_channel(room: Room, channel: Channel, *, close: Callable[[], None]) -> None:
    """Show one channel: try it, change it, give it another address, remove it."""
    words, key = room.words, f"{channel.id}_{st.session_state.get(_ROUND, 0)}"
    with panels.panel("channel_chosen", channel.name, f"{channel.scheme} · #{channel.id}"):
        with st.container(horizontal=True, gap="small"):
            st.button(
                words("tell.try"),
                key="channel_try",
                type="primary",
                width="stretch",
                on_click=doing.do,
                args=(room, _PLACE, lambda me: deeds.try_channel(room.state, me, channel.id), "tell.was_tried"),
            )
            st.button(words("tell.back"), key="channel_close", on_click=close, width="stretch")
        doing.say(_PLACE)
        _fields(room, channel, key)
        st.button(
            words("tell.save"),
            key="channel_save",
            width="stretch",
            on_click=lambda: doing.do(
                room,
                _PLACE,
                lambda me: deeds.change_channel(room.state, me, _typed(channel, key)),
                "tell.was_saved",
            ),
        )
        _address_field(room, key)
        st.button(
            words("tell.readdress"),
            key="channel_readdress",
            width="stretch",
            on_click=_readdress,
            args=(room, channel, key),
        )
        doing.show_confirmed(
            room,
            _PLACE,
            "channel_remove",
            lambda me: deeds.remove_channel(room.state, me, channel.id),
            "tell.was_removed",
        )


def _readdress(room: Room, channel: Channel, key: str) -> None:
    def change(me: Actor) -> None:
        address = str(st.session_state.get(f"channel_address_{key}") or "").strip()
        deeds.change_address(room.state, me, load_key(room.settings.data_dir), channel.id, address)

    if doing.attempt(room, _PLACE, change, "tell.was_readdressed"):
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def _address_field(room: Room, key: str) -> None:
    words = room.words
    st.text_input(
        words("tell.address"),
        key=f"channel_address_{key}",
        type="password",
        placeholder="mailtos://…",
        autocomplete="off",
    )
    services = ", ".join(f"{one}://" for one in SCHEMES)
    show(tag("p", words("tell.address_told"), " ", tag("code", services), cls="wr-hint"))


def _fields(room: Room, channel: Channel, key: str) -> None:
    words = room.words
    st.text_input(words("tell.name"), channel.name, key=f"channel_name_{key}", max_chars=LONGEST_NAME)
    left, right = st.columns(2, gap="small")
    left.selectbox(
        words("tell.least"),
        list(Severity),
        index=channel.least_severity.rank,
        key=f"channel_least_{key}",
        format_func=lambda one: words(f"severity.{one}"),
    )
    right.selectbox(
        words("tell.language"),
        LANGUAGES,
        index=LANGUAGES.index(channel.language),
        key=f"channel_language_{key}",
        format_func=lambda one: words(f"tell.{one}"),
    )
    st.multiselect(
        words("tell.platforms"),
        sorted(snapshot.platforms()),
        default=sorted(channel.platforms or ()),
        key=f"channel_platforms_{key}",
        placeholder=words("accounts.everywhere"),
        format_func=room.platform,
    )
    begin, end = _NIGHT if channel.quiet_from is None else (_clock(channel.quiet_from), _clock(channel.quiet_to or 0))
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        quiet = st.toggle(words("tell.has_quiet"), channel.quiet_from is not None, key=f"channel_has_quiet_{key}")
        st.time_input(words("tell.quiet_from"), begin, key=f"channel_quiet_from_{key}", disabled=not quiet, step=900)
        st.time_input(words("tell.quiet_to"), end, key=f"channel_quiet_to_{key}", disabled=not quiet, step=900)
    show(tag("p", words("tell.quiet_told"), cls="wr-hint"))
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        st.number_input(words("tell.pace_long"), 1, MOST_PER_MINUTE, channel.per_minute, key=f"channel_pace_{key}")
        st.toggle(words("tell.personal_long"), channel.personal, key=f"channel_personal_{key}")
        st.toggle(words("tell.enabled"), channel.enabled, key=f"channel_enabled_{key}")


def _typed(channel: Channel, key: str) -> Channel:
    """Give the channel as its form says it is to be."""

    def told(name: str) -> object:
        return st.session_state.get(f"channel_{name}_{key}")

    quiet = told("has_quiet")
    platforms = told("platforms")
    return replace(
        channel,
        name=str(told("name") or ""),
        least_severity=Severity(str(told("least"))),
        language=str(told("language")),
        platforms=frozenset(map(str, platforms)) if isinstance(platforms, list) and platforms else None,
        quiet_from=_minute(told("quiet_from")) if quiet else None,
        quiet_to=_minute(told("quiet_to")) if quiet else None,
        per_minute=int(str(told("pace") or 0)),
        personal=bool(told("personal")),
        enabled=bool(told("enabled")),
    )


def _clock(minute: int) -> time:
    return time(minute // 60, minute % 60)


def _minute(clock: object) -> int | None:
    return clock.hour * 60 + clock.minute if isinstance(clock, time) else None
