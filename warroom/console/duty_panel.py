"""Which clocks apply to a controller: what was ruled and why, and the forms to rule, to exempt, to explain a delay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.catalog.assessment import load_assessment
from warroom.catalog.legal import load_law
from warroom.console import doing, drafted, log_words, panels, snapshot
from warroom.console.clock_rows import clock_name
from warroom.console.drafted import Form, Input
from warroom.console.markup import Markup, show, tag, visible
from warroom.console.masking import masked
from warroom.console.times import date_time
from warroom.errors import UsageError
from warroom.respond import duties
from warroom.respond.duties import PROOF_LIMIT, REASON_LIMIT
from warroom.store.duties import APPLIES, NOT_APPLICABLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warroom.access import Actor
    from warroom.console.room import Room, Tick
    from warroom.console.texts import Words
    from warroom.store.duties import Ruling
    from warroom.store.views.response import ResponseView

PLACE: Final = "law_act"
_LIMIT_LETTERS: Final = 20


def show_rulings(room: Room, view: ResponseView, controller_id: int) -> None:
    """List what was ruled for a controller, and all that was ruled before."""
    words = room.words
    found = view.ruled(controller_id)
    order = [one.id for one in load_law().clocks]
    counting = sorted(found.values(), key=lambda one: order.index(one.clock) if one.clock in order else len(order))
    with panels.panel("law_rulings", words("duty_ruling.title"), words("duty_ruling.told")):
        if not counting:
            panels.empty(words("duty_ruling.none"), words("duty_ruling.none_do"))
            return
        show(tag("div", tag("ul", *(_row(words, one) for one in counting), cls="wr-law"), cls="wr-scroll"))
        every = [one for one in view.rulings if one.controller_id == controller_id]
        if len(every) > len(counting):
            with st.popover(words("duty_ruling.history", count=len(every)), width="stretch"):
                show(tag("div", tag("ul", *(_row(words, one) for one in every), cls="wr-law"), cls="wr-scroll"))


def reason_of(ruling: Ruling, words: Words) -> str:
    """Give a ruling's reason; that of a rule in the person's language."""
    if words.language != "th":
        rule = next((one for one in load_law().duties if one.th == ruling.reason), None)
        if rule is not None:
            return rule.en
    return masked(ruling.reason)


def _row(words: Words, one: Ruling) -> Markup:
    pieces: list[Markup | str] = [
        tag("span", words.either(f"duty_ruling.{one.ruling}", one.ruling), cls=f"ruling {one.ruling}"),
        tag("b", clock_name(one.clock, words.language)),
    ]
    ground = one.because.get("ground")
    if isinstance(ground, str):
        known = load_assessment().grounds.get(ground)
        pieces.append(tag("em", ground if known is None else known.th if words.language == "th" else known.en))
    if one.because.get("late") is True:
        pieces.append(tag("em", words("duty_ruling.late")))
    if isinstance(limit := one.because.get("limit"), str):
        pieces.append(tag("em", words("duty_ruling.limit_is", limit=limit)))
    name = log_words.actor_name(one.actor, words)
    entered = words("law.entered", name=name, at=date_time(one.at, words.language))
    pieces += [" ", tag("em", entered), tag("p", reason_of(one, words))]
    return tag("li", *pieces)


def show_ruling(room: Room, incident_id: int, controller_id: int, start: str) -> None:
    """Show the form to rule that a clock applies, or does not."""
    words = room.words
    clocks = [one for one in load_law().clocks if one.track != "standing"]
    names = {one.id: clock_name(one.id, words.language) for one in clocks}
    form = Form(
        f"incident/{incident_id}/ruling/{controller_id}/{start}",
        f"ruling_form_{controller_id}_{start or 0}",
        (
            _clock(room, names, start),
            Input(
                "ruling",
                words("duty_ruling.ruling"),
                "choice",
                options=tuple((one, words(f"duty_ruling.{one}")) for one in (APPLIES, NOT_APPLICABLE)),
                needed=True,
            ),
            Input("limit", words("duty_ruling.limit"), hint=words("duty_ruling.limit_hint"), limit=_LIMIT_LETTERS),
            Input("reason", words("law.reason"), "text", limit=REASON_LIMIT, needed=True),
        ),
    )
    show(tag("p", words("duty_ruling.who"), cls="wr-hint"))
    drafted.show_form(room, form)
    st.button(
        words("duty_ruling.do"),
        key="law_ruling_do",
        type="primary",
        on_click=doing.do,
        args=(room, PLACE, lambda me: _rule(room, me, incident_id, controller_id, form), "law.done"),
        width="stretch",
    )


def _clock(room: Room, names: dict[str, str], start: str) -> Input:
    return Input(
        "clock",
        room.words("sending.clock"),
        "choice",
        options=tuple(names.items()),
        needed=True,
        wide=True,
        start=start if start in names else "",
    )


def _rule(room: Room, me: Actor, incident_id: int, controller_id: int, form: Form) -> None:
    told = _filled(room, form)
    limit = told["limit"].strip() or None
    duties.rule_duty(
        room.state, incident_id, me, controller_id, told["clock"], told["ruling"], told["reason"], limit=limit
    )
    drafted.sent(room, form)


def show_exemption(room: Room, tick: Tick, incident_id: int, controller_id: int) -> None:
    """Show the record of exemption: by which ground nothing is notified, and what proves it."""
    words = room.words
    case = snapshot.case(room.state, room.seen, tick.version("incidents"), incident_id)
    files = () if case is None else case.files
    form = Form(
        f"incident/{incident_id}/exemption/{controller_id}",
        f"exemption_form_{controller_id}",
        (
            Input(
                "ground",
                words("exemption.ground"),
                "choice",
                options=tuple(
                    (one.code, one.th if words.language == "th" else one.en)
                    for one in load_assessment().grounds.values()
                ),
                needed=True,
                wide=True,
            ),
            Input(
                "proof", words("exemption.proof"), "text", hint=words("exemption.hint"), limit=PROOF_LIMIT, needed=True
            ),
            *(
                [
                    Input(
                        "evidence",
                        words("exemption.evidence"),
                        "many",
                        options=tuple((str(one.id), visible(masked(one.name))) for one in files),
                        wide=True,
                    )
                ]
                if files
                else []
            ),
        ),
    )
    show(tag("p", words("exemption.told"), cls="wr-hint"))
    drafted.show_form(room, form)
    st.button(
        words("exemption.do"),
        key="law_exemption_do",
        type="primary",
        on_click=doing.do,
        args=(room, PLACE, lambda me: _exempt(room, me, incident_id, controller_id, form), "exemption.done"),
        width="stretch",
    )


def _exempt(room: Room, me: Actor, incident_id: int, controller_id: int, form: Form) -> None:
    told = _filled(room, form)
    files = [int(one) for one in drafted.chosen(told.get("evidence", "")) if one.isdecimal()]
    duties.decide_not_notifiable(room.state, incident_id, me, controller_id, told["ground"], told["proof"], files)
    drafted.sent(room, form)


def show_delay(room: Room, incident_id: int, controller_id: int, late: Sequence[str]) -> None:
    """Show the form to say why a limit passed; the law's clocks that did are named."""
    words = room.words
    form = Form(
        f"incident/{incident_id}/delay/{controller_id}",
        f"delay_form_{controller_id}",
        (
            _clock(room, {one: clock_name(one, words.language) for one in late}, late[0]),
            Input("reason", words("delay.reason"), "text", limit=REASON_LIMIT, needed=True),
        ),
    )
    show(tag("p", words("delay.told"), cls="wr-hint"))
    drafted.show_form(room, form)
    st.button(
        words("delay.do"),
        key="law_delay_do",
        type="primary",
        on_click=doing.do,
        args=(room, PLACE, lambda me: _explain(room, me, incident_id, controller_id, form), "law.done"),
        width="stretch",
    )


def _explain(room: Room, me: Actor, incident_id: int, controller_id: int, form: Form) -> None:
    told = _filled(room, form)
    duties.explain_delay(room.state, incident_id, me, controller_id, told["clock"], told["reason"])
    drafted.sent(room, form)


def _filled(room: Room, form: Form) -> dict[str, str]:
    """Give what stands in a form. Raises UsageError where something that is needed is missing."""
    told = drafted.values(room, form)
    missing = [one.label for one in form.inputs if one.needed and not told[one.name].strip()]
    if missing:
        raise UsageError(room.words("intake.missing", fields=", ".join(missing)))
    return told
