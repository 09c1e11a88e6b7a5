"""What was sent to whom by which way: the only thing that stops a legal clock; entered with its proof, or withdrawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.catalog.forms import load_forms
from warroom.console import doing, drafted, panels, snapshot
from warroom.console.clock_rows import clock_name
from warroom.console.drafted import Form, Input
from warroom.console.markup import Markup, show, tag, visible
from warroom.console.masking import masked
from warroom.console.shared import Shared
from warroom.console.times import date_time
from warroom.errors import UsageError
from warroom.respond import sending
from warroom.respond.sending import CHANNELS, LINE_LIMIT, NOTE_LIMIT
from warroom.store.sendings import Sending, SendingDetails
from warroom.store.views.documents import DocumentsView, documents_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warroom.access import Actor
    from warroom.console.room import Room, Tick
    from warroom.store.documents import Version

PLACE: Final = "law_act"
_LONGEST_NUMBER: Final = 18
_PARTIAL: Final = "partial"
#: The number of the version that was sent, in the address.
ADDRESS: Final = "version"
_DOCUMENTS: Final = Shared[DocumentsView](32)


def show_sendings(room: Room, found: Sequence[Sending]) -> None:
    """List what was sent for a controller, newest first, what was withdrawn among it."""
    words = room.words
    with panels.panel("law_sent", words("sending.title"), str(len(found)) if found else ""):
        if not found:
            panels.empty(words("sending.none"), words("sending.none_do"))
            return
        rows = [_row(room, one) for one in sorted(found, key=lambda one: (-one.sent_at, -one.id))]
        show(tag("div", tag("ul", *rows, cls="wr-law"), cls="wr-scroll"))


def _row(room: Room, one: Sending) -> Markup:
    words, language = room.words, room.words.language
    state = "withdrawn" if one.withdrawn_at is not None else "partial" if one.partial else "complete"
    channel = words.either(f"sending_channel.{one.channel}", masked(one.channel))
    proof = [masked(one.reference)] if one.reference else []
    if one.evidence_id is not None:
        proof.append(words("sending.proof_file", number=one.evidence_id))
    if one.version_id is not None:
        proof.append(words("sending.proof_version", number=one.version_id))
    pieces: list[Markup | str] = [
        tag("span", words(f"sending.{state}"), cls=f"ruling {state}"),
        tag("time", date_time(one.sent_at, language)),
        tag("b", clock_name(one.clock, language)),
        tag("span", f"{masked(one.recipient)} · {channel} · {' · '.join(proof)}"),
        " ",
        tag("em", words("law.entered", name=one.entered_by, at=date_time(one.entered_at, language))),
    ]
    if one.note:
        pieces.append(tag("p", masked(one.note)))
    if one.withdrawn_at is not None:
        at = date_time(one.withdrawn_at, language)
        why = words("sending.withdrawn_by", name=one.withdrawn_by or "", at=at, reason=masked(one.withdrawn_why or ""))
        pieces.append(tag("p", why))
    return tag("li", *pieces, cls="over" if one.withdrawn_at is not None else "")


def show_form(room: Room, tick: Tick, incident_id: int, controller_id: int, clocks: Sequence[str], start: str) -> None:
    """Show the form for a sending.

    Args:
        room: the screen's.
        tick: the moment.
        incident_id: the incident.
        controller_id: for whom it was sent.
        clocks: what can have been sent: the clocks that apply.
        start: which of them stands in the form at first; empty for none.
    """
    words, language = room.words, room.words.language
    case = snapshot.case(room.state, room.seen, tick.version("incidents"), incident_id)
    files = () if case is None else case.files
    versions = _versions(room, tick, incident_id, controller_id)
    sent = next((one for number, one in versions.items() if number == st.query_params.get(ADDRESS)), None)
    if sent is not None and not start:
        start = _clock_of(sent)
    form = Form(
        f"incident/{incident_id}/sending/{controller_id}/{start}",
        f"sending_form_{controller_id}_{start or 0}",
        (
            Input(
                "clock",
                words("sending.clock"),
                "choice",
                options=tuple((one, clock_name(one, language)) for one in clocks),
                needed=True,
                wide=True,
                start=start if start in clocks else "",
            ),
            Input("sent_at", words("sending.sent_at"), "moment", needed=True),
            Input(
                "channel",
                words("sending.channel"),
                "choice",
                options=tuple((one, words(f"sending_channel.{one}")) for one in CHANNELS),
                needed=True,
            ),
            Input("recipient", words("sending.recipient"), limit=LINE_LIMIT, needed=True, wide=True),
            Input("reference", words("sending.reference"), hint=words("sending.reference_hint"), limit=LINE_LIMIT),
            Input(
                "partial",
                words("sending.whole"),
                "choice",
                options=((_PARTIAL, words("sending.partial")), ("complete", words("sending.complete"))),
                needed=True,
                start=_PARTIAL if sent is not None and sent.version.kind == _PARTIAL else "complete",
            ),
            Input(
                "evidence",
                words("sending.evidence"),
                "choice",
                options=tuple((str(one.id), visible(masked(one.name))) for one in files),
            ),
            Input(
                "version",
                words("sending.version"),
                "choice",
                options=tuple((number, _version_name(room, one)) for number, one in versions.items()),
                start="" if sent is None else str(sent.version.id),
            ),
            Input("note", words("sending.note"), "text", limit=NOTE_LIMIT),
            Input("late", words("sending.late"), "text", hint=words("sending.late_hint"), limit=NOTE_LIMIT),
        ),
    )
    show(tag("p", words("sending.told"), cls="wr-hint"))
    drafted.show_form(room, form)
    st.button(
        words("sending.do"),
        key="law_sending_do",
        type="primary",
        on_click=doing.do,
        args=(room, PLACE, lambda me: _record(room, me, incident_id, controller_id, form), "sending.done"),
        width="stretch",
    )


@dataclass(frozen=True, slots=True)
class _Made:
    """A version, and of which form."""

    form: str
    version: Version


def _versions(room: Room, tick: Tick, incident_id: int, controller_id: int) -> dict[str, _Made]:
    """Give the versions of a controller's documents by their numbers, the newest first: one of them was sent."""
    key = (*room.sight(tick, "incidents", "documents"), incident_id)
    found = _DOCUMENTS.get(key, lambda: documents_of(room.state, incident_id, scope=room.seen.scope))
    return {
        str(each.version.id): _Made(one.document.form, each.version)
        for one in found.documents
        if one.document.controller_id in {None, controller_id}
        for each in one.versions
    }


def _version_name(room: Room, one: _Made) -> str:
    known = load_forms().get(one.form)
    thai = room.words.language == "th"
    name = one.form if known is None else known.short_th if thai else known.short_en
    return f"{name} · {one.version.number}"


def _clock_of(one: _Made) -> str:
    """Give the clock that the sending of a version answers; empty where it answers none."""
    known = load_forms().get(one.form)
    return "" if known is None else known.kinds.get(one.version.kind, "")


def _record(room: Room, me: Actor, incident_id: int, controller_id: int, form: Form) -> None:
    told = drafted.values(room, form)
    at = drafted.moment(told["sent_at"])
    missing = [one.label for one in form.inputs if one.needed and not told[one.name].strip()]
    if missing or at is None:
        raise UsageError(room.words("intake.missing", fields=", ".join(missing)))
    details = SendingDetails(
        clock=told["clock"],
        sent_at=at,
        recipient=told["recipient"],
        channel=told["channel"],
        reference=told["reference"],
        evidence_id=_number(room, told["evidence"]),
        version_id=_number(room, told["version"]),
        partial=told["partial"] == _PARTIAL,
        note=told["note"],
    )
    sending.record_sending(room.state, incident_id, me, controller_id, details, late_reason=told["late"])
    drafted.sent(room, form)
    st.query_params.pop(ADDRESS, None)


def _number(room: Room, text: str) -> int | None:
    """Give the number that was chosen; None where none was. Raises UsageError: it comes from no choice of ours."""
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()) or len(text) > _LONGEST_NUMBER:
        raise UsageError(room.words("sending.not_a_number"))
    return int(text)


def show_withdrawal(room: Room, incident_id: int, found: Sequence[Sending]) -> None:
    """Show the form to say that a sending was entered by mistake: its clock runs again."""
    words, language = room.words, room.words.language
    names = {
        one.id: visible(
            f"{date_time(one.sent_at, language)} · {clock_name(one.clock, language)} · {masked(one.recipient)}"
        )
        for one in found
        if one.withdrawn_at is None
    }
    if not names:
        return
    with st.popover(words("sending.withdraw"), width="stretch"):
        chosen = st.selectbox(
            words("sending.which"),
            list(names),
            key=f"law_sending_which_{incident_id}",
            format_func=lambda one: names.get(one, str(one)),
        )
        form = Form(
            f"incident/{incident_id}/sending/{chosen}/withdrawal",
            f"withdrawal_form_{chosen}",
            (Input("reason", words("sending.why_withdrawn"), "text", limit=NOTE_LIMIT, needed=True),),
        )
        drafted.show_form(room, form)
        st.button(
            words("sending.withdraw_do"),
            key="law_sending_withdraw",
            on_click=doing.do,
            args=(room, PLACE, lambda me: _withdraw(room, me, chosen, form), "sending.withdrawn_told"),
            width="stretch",
        )


def _withdraw(room: Room, me: Actor, number: int, form: Form) -> None:
    sending.withdraw_sending(room.state, number, me, drafted.values(room, form)["reason"])
    drafted.sent(room, form)
