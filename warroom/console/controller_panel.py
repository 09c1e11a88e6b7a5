"""Whose data or systems an incident is about: listed, added, changed, removed; each has clocks of its own."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.console import doing, drafted
from warroom.console.drafted import Form, Input
from warroom.console.markup import show, tag, visible
from warroom.console.masking import masked
from warroom.errors import UsageError
from warroom.respond import controllers
from warroom.respond.controllers import ADDRESS_LIMIT, LINE_LIMIT, REASON_LIMIT, ROLES
from warroom.store.controllers import Controller, ControllerDetails

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warroom.access import Actor
    from warroom.console.room import Room

PLACE: Final = "law_act"
_NEW: Final = 0
_WHICH: Final = "law_controller_which"
_YES: Final = "yes"
_WIDE: Final = frozenset({"address", "mission", "dpo_address"})
_REASON: Final = "why"


def show_controllers(room: Room, incident_id: int, found: Sequence[Controller]) -> None:
    """Show the form of one controller, or of a new one."""
    words = room.words
    names = {_NEW: words("controller.new")} | {one.id: visible(masked(one.agency)) for one in found}
    chosen = st.selectbox(
        words("controller.which"),
        list(names),
        key=f"{_WHICH}_{incident_id}",
        format_func=lambda one: names.get(one, str(one)),
    )
    before = next((one for one in found if one.id == chosen), None)
    form = _form(room, incident_id, before)
    drafted.show_form(room, form)
    told = "controller.change" if before else "controller.add"
    st.button(
        words(told),
        key="law_controller_do",
        type="primary",
        on_click=doing.do,
        args=(room, PLACE, lambda me: _enter(room, me, incident_id, form, before), "law.done"),
        width="stretch",
    )
    if before is not None:
        _removal(room, incident_id, before)
    show(tag("p", words("controller.told"), cls="wr-hint"))


def _form(room: Room, incident_id: int, before: Controller | None) -> Form:
    words = room.words
    inputs = []
    for one in fields(ControllerDetails):
        now = getattr(before, one.name, "")
        label = words(f"controller.{one.name}")
        if one.name == "role":
            options = tuple((role, words(f"controller_role.{role}")) for role in ROLES)
            inputs.append(Input("role", label, "choice", options=options, needed=True, start=now or ROLES[0]))
        elif one.name == "cii":
            options = ((_YES, words("controller.cii_yes")), ("no", words("controller.cii_no")))
            inputs.append(Input("cii", label, "choice", options=options, start=_YES if now else "no"))
        else:
            wide = one.name in _WIDE
            limit = ADDRESS_LIMIT if one.name in {"address", "dpo_address"} else LINE_LIMIT
            inputs.append(
                Input(one.name, label, limit=limit, needed=one.name == "agency", wide=wide, start=str(now or ""))
            )
    inputs.append(Input(_REASON, words("law.reason"), "text", limit=REASON_LIMIT, needed=True))
    number = before.id if before else _NEW
    # Who changed it since somebody began to type gets a form of its own: nobody overwrites what they never saw.
    version = before.changed_at if before else 0
    return Form(
        f"incident/{incident_id}/controller/{number}/{version}", f"controller_form_{number}_{version}", tuple(inputs)
    )


def _enter(room: Room, me: Actor, incident_id: int, form: Form, before: Controller | None) -> None:
    told = drafted.values(room, form)
    if told["role"] not in ROLES or not told["agency"].strip():
        raise UsageError(room.words("intake.missing", fields=room.words("controller.agency")))
    texts = {one.name: told[one.name] for one in fields(ControllerDetails) if one.name != "cii"}
    details = ControllerDetails(**texts, cii=told["cii"] == _YES)
    why = told[_REASON]
    if before is None:
        controllers.add_controller(room.state, incident_id, me, details, why)
    else:
        seen = before.changed_at
        controllers.change_controller(room.state, incident_id, before.id, me, details, why, changed_at=seen)
    drafted.sent(room, form)


def _removal(room: Room, incident_id: int, before: Controller) -> None:
    words = room.words
    form = Form(
        f"incident/{incident_id}/controller/{before.id}/removal",
        f"controller_removal_{before.id}",
        (Input("reason", words("controller.why_removed"), "text", limit=REASON_LIMIT, needed=True),),
    )
    with st.popover(words("controller.remove"), width="stretch"):
        drafted.show_form(room, form)
        st.button(
            words("controller.remove_do"),
            key="law_controller_remove",
            on_click=doing.do,
            args=(room, PLACE, lambda me: _remove(room, me, incident_id, before, form), "law.done"),
            width="stretch",
        )


def _remove(room: Room, me: Actor, incident_id: int, before: Controller, form: Form) -> None:
    controllers.remove_controller(room.state, incident_id, before.id, me, drafted.values(room, form)["reason"])
    drafted.sent(room, form)
