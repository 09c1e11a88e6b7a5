"""One contact: what the register says, their key, drills, and the forms that enter, change and check them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.catalog.legal import load_clocks
from warroom.console import doing, drafted, panels, snapshot
from warroom.console.drafted import Form, Input
from warroom.console.markup import Markup, show, tag, visible
from warroom.console.times import date, date_time
from warroom.errors import UsageError
from warroom.report import contacts, openpgp
from warroom.report.contacts import LINE_LIMIT, NOTE_LIMIT, ContactKind, Told
from warroom.respond.durations import after
from warroom.store.database import now_us
from warroom.store.views.contacts import in_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from warroom.access import Actor
    from warroom.console.room import Room
    from warroom.store.contacts import Contact, ReachDrill
    from warroom.store.views.contacts import Listed

PLACE: Final = "contact"
#: The clock that says how soon emergency contacts of critical infrastructure answer.
_REACH: Final = "REACH_60MIN"
_MINUTE: Final = 60_000_000
_TEXTS: Final = ("agency", "name", "position", "email", "phone", "channel")
_GROUP: Final = 4


def within_us() -> int:
    """Give how soon emergency contacts answer, by the reference data, in microseconds."""
    return after(0, next(one.duration for one in load_clocks()[_REACH].limits if one.duration))


def _minutes() -> int:
    return within_us() // _MINUTE


def show_contact(room: Room, one: Listed, now: int, *, may: bool, close: Callable[[], None]) -> None:
    """Show the panels of a contact; forms to who may."""
    words, told = room.words, one.contact.told
    kind = words.either(f"contact_kind.{told.kind}", told.kind)
    with panels.panel("contact", words("contact.one"), tag("span", kind, cls="wr-mark")):
        doing.say(PLACE, live=True)
        show(
            tag("p", visible(told.agency), cls="wr-ask"),
            tag("dl", *_facts(room, one.contact, now), cls="wr-facts tight"),
        )
        if one.stale:
            show(tag("p", words("contact.ask_again"), cls="wr-warning"))
        with st.container(horizontal=True, gap="small"):
            if may:
                st.button(
                    words("contact.check"),
                    key="contact_check",
                    type="primary" if one.stale else "secondary",
                    help=words("contact.check_hint"),
                    on_click=doing.do,
                    args=(
                        room,
                        PLACE,
                        lambda me: contacts.check_contact(room.state, me, one.contact.id),
                        "contact.noted",
                    ),
                    width="stretch",
                )
            st.button(words("contact.close"), key="contact_close", on_click=close, width="stretch")
    _drills(room, one, may=may)
    if may:
        _change(room, one.contact)


def show_new(room: Room) -> None:
    """Show the form for somebody new."""
    words = room.words
    form = Form(f"contacts/new/{room.person.actor.name}", "contact_new_form", _inputs(room, None))

    def add(me: Actor) -> None:
        contacts.add_contact(room.state, me, _told(room, form))
        drafted.sent(room, form)

    with panels.panel("contact_new", words("contact.new")):
        doing.say(PLACE, live=True)
        drafted.show_form(room, form)
        st.button(
            words("contact.add"),
            key="contact_add",
            type="primary",
            on_click=doing.do,
            args=(room, PLACE, add, "contact.added"),
            width="stretch",
        )


def _change(room: Room, one: Contact) -> None:
    words = room.words
    form = Form(
        f"contacts/{one.id}/{room.person.actor.name}/{one.changed_at}",
        f"contact_form_{one.id}",
        _inputs(room, one.told),
    )

    def change(me: Actor) -> None:
        contacts.change_contact(room.state, me, one, _told(room, form))
        drafted.sent(room, form)

    with panels.panel("contact_change", words("contact.change")):
        with st.expander(words("contact.change_open")):
            drafted.show_form(room, form)
            st.button(
                words("contact.change_do"),
                key="contact_change_do",
                type="primary",
                on_click=doing.do,
                args=(room, PLACE, change, "contact.changed"),
                width="stretch",
            )
        doing.show_confirmed(
            room,
            PLACE,
            "remove_contact",
            lambda me: contacts.remove_contact(room.state, me, one.id),
            "contact.removed",
        )


def _facts(room: Room, one: Contact, now: int) -> list[Markup]:
    words, language, told = room.words, room.words.language, one.told
    platforms = ", ".join(room.platform(each) for each in told.platforms) or words("contact.all_platforms")
    pairs: list[tuple[str, str | Markup]] = [
        (name, visible(getattr(told, name))) for name in (*_TEXTS[1:], "address") if getattr(told, name)
    ]
    pairs += [("platforms", platforms)]
    if told.cii:
        pairs.append(("cii", words("contact.cii_yes", minutes=_minutes())))
    if told.note:
        pairs.append(("note", visible(told.note)))
    if told.pgp_key:
        pairs += _key(room, told.pgp_key, now)
    pairs.append(("checked", f"{date_time(one.checked_at, language)} · {visible(one.checked_by)}"))
    return [tag("div", tag("dt", words(f"contact.{name}")), tag("dd", value)) for name, value in pairs]


def _key(room: Room, armoured: str, now: int) -> list[tuple[str, str | Markup]]:
    """Say what a key says of itself: its fingerprint in groups, as people compare it aloud."""
    words = room.words
    try:
        key = openpgp.read_key(armoured)
    except UsageError as problem:
        return [("key", tag("em", str(problem), cls="red"))]
    groups = [key.fingerprint[at : at + _GROUP] for at in range(0, len(key.fingerprint), _GROUP)]
    if key.fault(now):
        until: str | Markup = tag("em", words("contact.key_unusable"), cls="red")
    elif key.expires_at is None:
        until = words("contact.key_never")
    else:
        until = date(key.expires_at, words.language)
    return [("fingerprint", tag("code", " ".join(groups), cls="wr-key")), ("expires", until)]


def _drills(room: Room, one: Listed, *, may: bool) -> None:
    words = room.words
    with panels.panel("contact_drills", words("contact.drills"), words("contact.drills_hint", minutes=_minutes())):
        if one.drills:
            show(tag("ul", *(_drill(room, each) for each in one.drills), cls="wr-past"))
        else:
            show(tag("p", words("contact.no_drills"), cls="wr-hint"))
        if not may:
            return
        form = Form(
            f"contacts/{one.contact.id}/drill/{room.person.actor.name}",
            f"contact_drill_form_{one.contact.id}",
            (
                Input("called", words("contact.called"), "moment", needed=True),
                Input("reached", words("contact.reached"), "moment", needed=False),
                Input("note", words("contact.note"), limit=NOTE_LIMIT, wide=True),
            ),
        )

        def enter(me: Actor) -> None:
            typed = drafted.values(room, form)
            called = drafted.moment(typed["called"])
            reached = drafted.moment(typed["reached"])
            contacts.enter_drill(
                room.state, me, one.contact.id, now_us() if called is None else called, reached, typed["note"]
            )
            drafted.sent(room, form)

        with st.popover(words("contact.drill_open"), width="stretch"):
            st.caption(words("contact.drill_told"))
            drafted.show_form(room, form)
            st.button(
                words("contact.drill_do"),
                key="contact_drill_do",
                on_click=doing.do,
                args=(room, PLACE, enter, "contact.drilled"),
                width="stretch",
            )


def _drill(room: Room, drill: ReachDrill) -> Markup:
    words = room.words
    if drill.reached_at is None:
        said, look = words("contact.not_reached"), "bad"
    else:
        minutes = (drill.reached_at - drill.called_at) // _MINUTE
        good = in_time(drill, within_us())
        said, look = (
            words("contact.reached_in" if good else "contact.reached_late", minutes=minutes),
            "done" if good else "bad",
        )
    note = [tag("p", visible(drill.note))] if drill.note else []
    return tag(
        "li",
        tag("time", date_time(drill.called_at, words.language)),
        tag("b", visible(drill.entered_by)),
        tag("i", said, cls=look),
        *note,
    )


def _inputs(room: Room, told: Told | None) -> tuple[Input, ...]:
    words = room.words
    kinds = tuple((kind.value, words(f"contact_kind.{kind}")) for kind in ContactKind)
    platforms = tuple((one, room.platform(one)) for one in snapshot.platforms())
    before = Told("", "") if told is None else told
    texts = {
        name: Input(
            name, words(f"contact.{name}"), limit=LINE_LIMIT, needed=name == "agency", start=getattr(before, name)
        )
        for name in _TEXTS
    }
    return (
        Input("kind", words("contact.kind"), "choice", options=kinds, needed=True, start=before.kind),
        *texts.values(),
        Input("address", words("contact.address"), limit=NOTE_LIMIT, wide=True, start=before.address),
        Input("platforms", words("contact.platforms"), "many", options=platforms, start=",".join(before.platforms)),
        Input(
            "cii",
            words("contact.cii"),
            "many",
            options=(("yes", words("contact.cii_yes", minutes=_minutes())),),
            start="yes" if before.cii else "",
        ),
        Input(
            "pgp_key", words("contact.pgp_key"), "text", words("contact.pgp_hint"), limit=20_000, start=before.pgp_key
        ),
        Input("note", words("contact.note"), "text", limit=NOTE_LIMIT, start=before.note),
    )


def _told(room: Room, form: Form) -> Told:
    typed = drafted.values(room, form)
    return Told(
        kind=typed["kind"],
        platforms=tuple(drafted.chosen(typed["platforms"])),
        cii=bool(typed["cii"]),
        **{name: typed[name] for name in (*_TEXTS, "address", "pgp_key", "note")},
    )
