"""Taking an incident out: as what, how marked, for whom, masked or cleared; nothing is sent by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access import Permission
from warroom.catalog.exports import load_export_words
from warroom.console import doing, drafted, panels
from warroom.console.drafted import Form, Input
from warroom.console.files_panel import size
from warroom.console.markup import Markup, show, tag, visible
from warroom.errors import UsageError
from warroom.report import openpgp
from warroom.report.clearance import MOST_REASON, Wanted
from warroom.report.exporting import PACK, Package, export_case
from warroom.report.formats import FORMATS
from warroom.report.marking import Tlp
from warroom.store.views.contacts import register

if TYPE_CHECKING:
    from warroom.access import Actor
    from warroom.console.room import Room, Tick
    from warroom.store.contacts import Contact
    from warroom.store.views import IncidentView

PLACE: Final = "share"
_MADE: Final = "share_made"
_STATEMENT: Final = 1_000
_RECIPIENT: Final = 300
_HASH: Final = 16


def show_form(room: Room, tick: Tick, view: IncidentView) -> None:
    """Show the panel that makes a pack, and the pack once it is made."""
    words, incident = room.words, view.incident
    contacts = _contacts(room, tick)
    form = _form(room, view, contacts)
    told = drafted.values(room, form)
    chosen = contacts.get(_number(told["contact"]))
    with panels.panel("share", words("share.title"), words("share.hint")):
        doing.say(PLACE, live=True)
        show(tag("p", words("share.nothing_sent"), cls="wr-warning calm"))
        drafted.show_form(room, form)
        show(*_said(room, told, chosen, tick.now_us))
        st.button(
            words("share.make"),
            key="share_make",
            type="primary",
            on_click=doing.do,
            args=(room, PLACE, lambda me: _make(room, me, incident.id, form), "share.made"),
            width="stretch",
        )
    made = st.session_state.get(_MADE)
    if made is not None and made[0] == incident.id:
        _package(room, made[1])


def recipient_of(room: Room, view: IncidentView) -> tuple[int | None, str]:
    """Give whom the form names now: a contact's number, or somebody who is in no register."""
    told = drafted.values(room, _form(room, view, {}))
    return _number(told["contact"]) or None, told["recipient"].strip()


def _contacts(room: Room, tick: Tick) -> dict[int, Contact]:
    found = register(room.state, now=tick.now_us, stale_days=load_export_words().stale_days)
    return {one.contact.id: one.contact for one in found.rows}


def _form(room: Room, view: IncidentView, contacts: dict[int, Contact]) -> Form:
    words, incident = room.words, view.incident
    actor = room.person.actor
    key = words("share.with_key")
    people = tuple(
        (str(number), visible(f"{one.label}{f' · {key}' if one.told.pgp_key else ''}"))
        for number, one in contacts.items()
    )
    wide = actor.can(Permission.SEND_REPORTS, incident.platform_id)
    marks = tuple((one.value, f"{one.label} · {_mark(room, one)}") for one in Tlp if wide or one.rank > Tlp.GREEN.rank)
    inputs = [
        Input(
            "formats",
            words("share.formats"),
            "many",
            options=((PACK, words("share.all")), *((one, words(f"format.{one}")) for one in FORMATS)),
            start=PACK,
        ),
        Input("tlp", words("share.tlp"), "choice", options=marks, needed=True, start=Tlp.AMBER_STRICT.value),
        Input("contact", words("share.contact"), "choice", options=people),
        Input("recipient", words("share.recipient"), hint=words("share.recipient_hint"), limit=_RECIPIENT),
        Input("statement", words("share.statement"), hint=words("share.statement_hint"), limit=_STATEMENT, wide=True),
    ]
    if actor.can(Permission.REVEAL_PERSONAL_DATA, incident.platform_id):
        inputs.append(
            Input("reveal", words("share.reveal"), hint=words("share.reveal_hint"), limit=MOST_REASON, wide=True)
        )
    inputs.append(Input("open", words("share.key"), "many", options=(("open", words("share.open")),)))
    return Form(f"incident/{incident.id}/export/{actor.name}", f"share_form_{incident.id}", tuple(inputs))


def _said(room: Room, told: dict[str, str], contact: Contact | None, now: int) -> list[Markup]:
    """Say what will happen with this choice: masked or not, encrypted or not."""
    words = room.words
    chips = [
        tag("span", words("share.unmasked"), cls="wr-mark open")
        if told.get("reveal", "").strip()
        else tag("span", words("share.masked"), cls="wr-mark")
    ]
    if contact is not None and contact.told.pgp_key and not told["open"]:
        try:
            key = openpgp.read_key(contact.told.pgp_key)
            fault = key.fault(now)
            told_key = (
                words("share.bad_key") if fault else words("share.encrypted", fingerprint=key.fingerprint[-_HASH:])
            )
        except UsageError:
            fault, told_key = "bad", words("share.bad_key")
        chips.append(tag("span", told_key, cls="wr-mark open" if fault else "wr-mark"))
    else:
        chips.append(tag("span", words("share.not_encrypted"), cls="wr-mark open"))
    return [tag("div", *chips, cls="wr-tags")]


def _make(room: Room, me: Actor, incident_id: int, form: Form) -> None:
    told = drafted.values(room, form)
    formats = tuple(drafted.chosen(told["formats"]))
    wanted = Wanted(
        formats=(PACK,) if PACK in formats else formats,
        tlp=Tlp.of(told["tlp"]),
        recipient=told["recipient"],
        contact_id=_number(told["contact"]) or None,
        statement=told["statement"],
        reveal=told.get("reveal", ""),
        encrypt=not told["open"],
    )
    st.session_state[_MADE] = (incident_id, export_case(room.state, room.settings.data_dir, incident_id, me, wanted))


def _package(room: Room, made: Package) -> None:
    """Show what was made, and the way to take it along."""
    words = room.words
    with panels.panel("share_made", words("share.ready"), size(len(made.data))):
        show(
            tag("p", tag("b", made.name), cls="wr-told"),
            tag("p", f"SHA-256 {made.sha256}", cls="wr-sha"),
            tag("p", ", ".join(made.files), cls="wr-hint"),
        )
        if made.left_out:
            missing = [tag("li", tag("b", one.name), f" {one.why}") for one in made.left_out]
            show(tag("p", words("share.left_out"), cls="wr-hint"), tag("ul", *missing, cls="wr-why"))
        with st.container(horizontal=True, gap="small"):
            st.download_button(
                words("share.download"),
                data=made.data,
                file_name=made.name,
                mime="application/octet-stream",
                key=f"share_download_{made.export_id}",
                on_click="ignore",
                type="primary",
                width="stretch",
            )
            st.button(words("share.done"), key="share_done", on_click=_forget, width="stretch")


def _forget() -> None:
    st.session_state.pop(_MADE, None)


def _mark(room: Room, mark: Tlp) -> str:
    return load_export_words().text(f"marks.{mark.value}", room.words.language)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0  # noqa: PLR2004 - a row's number
