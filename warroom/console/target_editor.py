"""Our targets by severity, changed in place; what differs from the reference can be put back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.catalog import load_service_targets
from warroom.console import doing, panels
from warroom.console.level_panel import duration
from warroom.console.markup import show, tag
from warroom.incidents.targets import Clock, reset_target, set_target, targets_now
from warroom.model import Severity, Target

if TYPE_CHECKING:
    from warroom.access import Actor
    from warroom.console.room import Room

_PLACE: Final = "targets"
_MINUTE: Final = 60
_MOST_MINUTES: Final = 365 * 1440


def show_targets(room: Room) -> None:
    """Show the targets in force with a field for each, in minutes."""
    words, told = room.words, targets_now(room.state)
    delivered = load_service_targets().targets
    with panels.panel("target_editor", words("sla.targets")):
        doing.say(_PLACE)
        show(tag("p", words("sla.no_law"), " ", words("target.minutes"), cls="wr-hint"))
        for severity in reversed(Severity):
            _severity(room, severity, told[severity], delivered[severity])


def _severity(room: Room, severity: Severity, target: Target, delivered: Target) -> None:
    words = room.words
    said = " · ".join(f"{words(f'clock.{clock}')} {duration(getattr(target, clock), words)}" for clock in Clock)
    with st.container(key=f"duty_target_{severity}", gap="small"):
        show(tag("div", panels.severity_chip(severity, words), tag("span", said), cls="wr-target"))
        fields = st.columns([1, 1, 1, 0.7, 0.5], gap="small", vertical_alignment="bottom")
        for field, clock in zip(fields, Clock, strict=False):
            field.number_input(
                words(f"clock.{clock}"),
                1,
                _MOST_MINUTES,
                getattr(target, clock) // _MINUTE,
                key=f"target_{severity}_{clock}_{getattr(target, clock)}",
            )
        fields[3].button(
            words("target.save"),
            key=f"target_save_{severity}",
            width="stretch",
            on_click=_save,
            args=(room, severity, target),
        )
        fields[4].button(
            "↺",
            key=f"target_reset_{severity}",
            help=words("target.reset"),
            width="stretch",
            disabled=target == delivered,
            on_click=doing.do,
            args=(room, _PLACE, lambda me: reset_target(room.state, me, severity), "target.was_reset"),
        )


def _save(room: Room, severity: Severity, target: Target) -> None:
    def save(me: Actor) -> None:
        minutes = [st.session_state.get(f"target_{severity}_{clock}_{getattr(target, clock)}") or 0 for clock in Clock]
        set_target(room.state, me, severity, Target(*(int(one) * _MINUTE for one in minutes)))

    doing.do(room, _PLACE, save, "target.was_saved")
