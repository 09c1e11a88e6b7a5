"""Making a version of a document: how it is marked, its pages as they will print, and the version itself."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from warroom.console import doing, form_filling, panels
from warroom.console.markup import show, tag
from warroom.errors import UsageError
from warroom.report.documents import Wanted, make_version, preview_pages
from warroom.report.marking import Tlp
from warroom.report.sheets import LANGUAGES, SECRECIES

if TYPE_CHECKING:
    from warroom.access import Actor
    from warroom.console.document_paper import Paper
    from warroom.console.form_filling import Filling, Typed
    from warroom.console.room import Room

PLACE: Final = "paper"
_PAGES: Final = "paper_pages"
_HEIGHT: Final = 560


def show_making(room: Room, paper: Paper, filling: Filling, now: Typed) -> None:
    """Show the panel: the choices of a version, its pages, and the button that makes it."""
    words = room.words
    with panels.panel("paper_make", words("paper.make_title"), words("paper.make_hint")):
        doing.say(PLACE, live=True)
        wanted = _wanted(room, paper, now)
        mark = _mark(paper, wanted)
        told, pages = st.session_state.get(_PAGES, (("", ""), ()))
        with st.container(horizontal=True, gap="small"):
            st.button(
                words("paper.preview"),
                key="paper_preview",
                on_click=doing.do,
                args=(room, PLACE, lambda me: _print(room, me, mark, wanted, now), "paper.previewed"),
                shortcut="p",
                width="stretch",
            )
            st.button(
                words("paper.make"),
                key="paper_make",
                type="primary",
                on_click=doing.do,
                args=(room, PLACE, lambda me: _make(room, me, wanted, filling, now), "paper.made"),
                width="stretch",
            )
        if not pages or told[0] != paper.name:
            show(tag("p", words("paper.no_pages"), cls="wr-hint"))
            return
        if told != mark:
            show(tag("p", words("paper.old_pages"), cls="wr-warning"))
        show(tag("p", words("paper.pages", count=len(pages)), cls="wr-hint"))
        with st.container(height=_HEIGHT, key="paper_pages"):
            for page in pages:
                st.image(page, width="stretch")


def _wanted(room: Room, paper: Paper, now: Typed) -> Wanted:
    """Show the choices and give the version that they ask for."""
    words, form = room.words, paper.form
    place = paper.name

    def choice(name: str, options: list[str], start: str, labels: dict[str, str]) -> str:
        return str(
            st.selectbox(
                words(f"paper.{name}"),
                options,
                index=options.index(start),
                key=f"paper_{name}_{place}",
                format_func=lambda one: labels.get(one, one),
            )
        )

    kinds = {one: words(f"paper_kind.{one}") for one in form.kinds}
    first = next(iter(kinds))
    left, right = st.columns(2, gap="small")
    with left:
        kind = choice("kind", list(kinds), first, kinds)
        tlp = choice("tlp", [one.value for one in Tlp], Tlp.AMBER_STRICT.value, {one.value: one.label for one in Tlp})
    with right:
        language = choice("language", list(LANGUAGES), "th", {one: words(f"paper.in_{one}") for one in LANGUAGES})
        secrecy = choice("secrecy", list(SECRECIES), "secret", {one: words(f"secrecy.{one}") for one in SECRECIES})
    with st.container(horizontal=True, gap="small"):
        digits = st.checkbox(words("paper.digits"), key=f"paper_digits_{place}")
        letter = bool(form.letter) and st.checkbox(words("paper.letter"), key=f"paper_letter_{place}")
    return Wanted(
        form=form.id,
        answers=now.answers,
        kind=kind,
        incident_id=paper.incident_id,
        controller_id=paper.controller_id,
        period=paper.period,
        language=language,
        tlp=Tlp(tlp),
        secrecy=secrecy,
        digits=digits,
        letter=letter,
    )


def _print(room: Room, me: Actor, mark: tuple[str, str], wanted: Wanted, now: Typed) -> None:
    _refuse_faults(room, now)
    st.session_state[_PAGES] = (mark, preview_pages(room.state, me, wanted))


def _make(room: Room, me: Actor, wanted: Wanted, filling: Filling, now: Typed) -> None:
    _refuse_faults(room, now)
    make_version(room.state, room.settings.data_dir, me, wanted)
    form_filling.forget(room, filling)
    st.session_state.pop(_PAGES, None)


def _refuse_faults(room: Room, now: Typed) -> None:
    if now.faults:
        raise UsageError(room.words("paper.faults", count=len(now.faults)))


def _mark(paper: Paper, wanted: Wanted) -> tuple[str, str]:
    """Tell two papers apart, and two versions that would print differently."""
    told: dict[str, Any] = {
        "answers": wanted.answers,
        "how": [wanted.kind, wanted.language, wanted.tlp, wanted.secrecy, wanted.digits, wanted.letter],
    }
    text = json.dumps(told, sort_keys=True, default=str)
    return paper.name, hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
