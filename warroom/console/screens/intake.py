"""The intake screen: a report from outside, kept as it is typed, opens an incident or joins one."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.console import doing, drafted, panels, snapshot
from warroom.console.drafted import Form, Input
from warroom.console.markup import Markup, show, tag
from warroom.console.masking import masked
from warroom.console.queue_panel import title_of
from warroom.console.times import age
from warroom.errors import UsageError
from warroom.incidents import taking_in
from warroom.incidents.taking_in import CLAIM_LIMIT, LINE_LIMIT, Channel, Told
from warroom.model import Severity
from warroom.store import shared_drafts

if TYPE_CHECKING:
    from warroom.access import Actor
    from warroom.console.room import Room, Tick
    from warroom.store.shared_drafts import Begun

_PLACE: Final = "intake"
_PREFIX: Final = "intake/"
_DRAFT: Final = "draft"
_NAME: Final = re.compile(r"[0-9a-f]{8}")
_OPENED: Final = "intake_opened"
_SHOWN: Final = 80
_SIMILAR: Final = 12
_SECOND: Final = 1_000_000
_CONTACT_LIMIT: Final = 500
_EVIDENCE_LIMIT: Final = 5_000


def show_screen(room: Room) -> None:
    """Lay the screen out."""
    if st.session_state.get(_OPENED) is not None:
        st.query_params.clear()
        st.query_params["incident"] = str(st.session_state.pop(_OPENED))
        st.rerun()
    draft = _draft(room)
    left, right = st.columns([2.1, 1], gap="small")
    with left:
        room.live("2s", lambda _tick: _report(room, draft))
    with right:
        room.live("2s", lambda tick: _drafts(room, tick, draft))
        room.live("4s", lambda tick: _similar(room, tick, draft))


def _draft(room: Room) -> str:
    """Give the draft that the address names; else the one that the person typed into last, else a new one."""
    asked = st.query_params.get(_DRAFT, "")
    if not _NAME.fullmatch(asked):
        mine = (one for one in _begun(room) if room.person.actor.name in one.authors)
        last = next(mine, None)
        asked = secrets.token_hex(4) if last is None else last.place.removeprefix(_PREFIX)
        st.query_params[_DRAFT] = asked
    return asked


def _begun(room: Room) -> list[Begun]:
    """Give the drafts that the person may see: those about a platform of theirs, or begun by themselves."""
    actor = room.person.actor
    return [
        one
        for one in shared_drafts.begun(room.state, _PREFIX)
        if actor.platforms is None or actor.name in one.authors or _platform(one) in actor.platforms
    ]


def _platform(one: Begun) -> str:
    return one.fields["platform"].text if "platform" in one.fields else ""


def _form(room: Room, draft: str) -> Form:
    words = room.words

    def line(name: str, *, needed: bool = False) -> Input:
        return Input(name, words(f"intake.{name}"), limit=LINE_LIMIT, needed=needed)

    seen = room.person.actor.sees
    platforms = tuple((key, room.platform(key)) for key in snapshot.platforms() if seen(key))
    return Form(
        f"{_PREFIX}{draft}",
        f"intake_form_{draft}",
        (
            Input(
                "channel",
                words("intake.channel"),
                "choice",
                options=tuple((one.value, words(f"channel.{one}")) for one in Channel),
                needed=True,
            ),
            Input("informed", words("intake.informed"), "moment", needed=True),
            line("reporter"),
            Input("contact", words("intake.contact"), limit=_CONTACT_LIMIT),
            line("reference"),
            Input("platform", words("intake.platform"), "choice", options=platforms, needed=True),
            Input(
                "claim",
                words("intake.claim"),
                "text",
                words("intake.claim_hint"),
                limit=CLAIM_LIMIT,
                needed=True,
                half=True,
            ),
            Input(
                "evidence",
                words("intake.evidence"),
                "text",
                words("intake.evidence_hint"),
                limit=_EVIDENCE_LIMIT,
                half=True,
            ),
            line("name", needed=True),
            Input(
                "severity",
                words("intake.severity"),
                "choice",
                options=tuple((one.value, words(f"severity.{one}")) for one in reversed(Severity)),
                needed=True,
            ),
            Input("attach", words("intake.attach"), hint=words("intake.attach_hint"), limit=18, wide=True),
        ),
    )


def _report(room: Room, draft: str) -> None:
    words, form = room.words, _form(room, draft)
    if st.session_state.get(_OPENED) is not None:
        st.rerun()
    with panels.panel("intake", words("intake.title"), words("intake.told")):
        doing.say(_PLACE)
        drafted.show_form(room, form)
        show(tag("p", words("intake.clock"), cls="wr-hint"))
        told = drafted.values(room, form)
        number = told["attach"].strip().lstrip("#")
        label = words("intake.join", number=number) if number.isdecimal() else words("intake.open")
        st.button(
            label,
            key="intake_do",
            type="primary",
            on_click=doing.do,
            args=(room, _PLACE, lambda me: _take_in(room, me, form), "intake.opened"),
            width="stretch",
        )


def _take_in(room: Room, me: Actor, form: Form) -> None:
    told = {name: text.strip() for name, text in drafted.values(room, form).items()}
    number = told["attach"].lstrip("#")
    # Who attaches a report to what there is names neither platform nor title.
    optional = {"platform", "name", "severity"} if number else set()
    missing = [one.label for one in form.inputs if one.needed and one.name not in optional and not told[one.name]]
    at = drafted.moment(told["informed"])
    known = told["channel"] in set(Channel) and (number or told["severity"] in set(Severity))
    if missing or at is None or not known:
        raise UsageError(room.words("intake.missing", fields=", ".join(missing)))
    report = Told(
        channel=Channel(told["channel"]),
        claim=told["claim"],
        informed_at=at,
        reporter=told["reporter"],
        contact=told["contact"],
        reference=told["reference"],
        evidence=told["evidence"],
    )
    if number:
        if not number.isdecimal():
            raise UsageError(room.words("case.not_a_number"))
        taking_in.attach_report(room.state, me, report, int(number))
        opened = int(number)
    else:
        severity, platform = Severity(told["severity"]), told["platform"]
        if platform not in snapshot.platforms():
            raise UsageError(room.words("intake.missing", fields=room.words("intake.platform")))
        opened = taking_in.open_from_report(room.state, me, report, told["name"], severity, platform, drill=room.drill)
    drafted.sent(room, form)
    st.session_state[_OPENED] = opened


def _drafts(room: Room, tick: Tick, draft: str) -> None:
    words, found = room.words, _begun(room)
    with panels.panel("intake_drafts", words("intake.drafts"), str(len(found)) if found else ""):
        if not found:
            panels.empty(words("intake.no_drafts"), words("intake.no_drafts_do"))
        rows = [_begun_row(room, tick, one, draft) for one in found]
        show(tag("div", tag("ul", *rows, cls="wr-drafts"), cls="wr-scroll"))
        with st.container(horizontal=True, gap="small"):
            st.button(words("intake.new"), key="intake_new", on_click=_begin, width="stretch")
            if any(one.place == f"{_PREFIX}{draft}" for one in found):
                with st.popover(words("intake.discard"), width="stretch"):
                    st.button(
                        words("intake.discard"),
                        key="intake_discard",
                        on_click=lambda: _discard(room, draft),
                        width="stretch",
                    )


def _begun_row(room: Room, tick: Tick, one: Begun, draft: str) -> Markup:
    words, name = room.words, one.place.removeprefix(_PREFIX)
    typed = next((one.fields[field].text for field in ("name", "claim") if field in one.fields), "")
    said = masked(typed.strip())[:_SHOWN] or words("intake.untitled")
    who = ", ".join(one.authors)
    ago = age((tick.now_us - one.saved_at) / _SECOND, words.language)
    here = [tag("em", words("intake.this"))] if name == draft else []
    link = tag("a", said, href=f"/?screen=intake&draft={name}", target="_self")
    return tag("li", link, tag("span", f"{who} · {ago}"), *here, cls="here" if here else "")


def _begin() -> None:
    st.query_params[_DRAFT] = secrets.token_hex(4)


def _discard(room: Room, draft: str) -> None:
    drafted.sent(room, _form(room, draft))
    _begin()


def _similar(room: Room, tick: Tick, draft: str) -> None:
    """Show what is open on the chosen platform: the same matter is often reported twice."""
    words = room.words
    fields = shared_drafts.load(room.state, f"{_PREFIX}{draft}")
    platform = fields["platform"].text if "platform" in fields else ""
    rows = snapshot.queue(room.state, room.seen, tick.version("incidents"), closed=False)
    found = [row for row in rows if row.platform_id == platform][:_SIMILAR]
    with panels.panel("intake_similar", words("intake.similar"), room.platform(platform) if platform else ""):
        if not found:
            panels.empty(words("intake.similar_none") if platform else "—", words("intake.similar_do"))
            return
        items = [
            tag(
                "li",
                panels.severity_chip(row.severity, words),
                tag("a", f"#{row.id}", href=f"/?incident={row.id}", target="_blank", rel="noopener"),
                tag("span", title_of(room, row), title=title_of(room, row)),
                tag("em", words(f"status.{row.status}")),
            )
            for row in found
        ]
        show(tag("div", tag("ul", *items, cls="wr-related"), cls="wr-scroll"))
