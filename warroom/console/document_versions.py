"""The versions of a document: their hashes, who read and approved them, their files, and the way to say it was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access import Permission
from warroom.console import doing, drafted, panels
from warroom.console.drafted import Form, Input
from warroom.console.markup import Markup, show, tag, visible
from warroom.console.times import date_time
from warroom.report.documents import sign
from warroom.report.marking import Tlp

if TYPE_CHECKING:
    from warroom.access import Actor
    from warroom.console.document_paper import Paper
    from warroom.console.room import Room
    from warroom.store.views.documents import VersionShown

_PLACE: Final = "paper_versions"
_HASH: Final = 16
_NOTE: Final = 2_000
_APPROVAL: Final = {"send": Permission.SEND_REPORTS, "decide": Permission.DECIDE_BREACH}


def show_versions(room: Room, paper: Paper) -> None:
    """Show the panel."""
    words, shown = room.words, paper.shown
    with panels.panel("paper_versions", words("paper.versions"), str(shown.count) if shown else ""):
        doing.say(_PLACE, live=True)
        if shown is None or not shown.versions:
            panels.empty(words("paper.no_versions"), words("paper.no_versions_do"))
            return
        show(tag("div", *(_version(room, paper, one) for one in shown.versions), cls="wr-scroll"))
        if shown.count > len(shown.versions):
            show(tag("p", words("paper.more_versions", count=shown.count - len(shown.versions)), cls="wr-hint"))
        _signing(room, paper, shown.versions[0])


def _version(room: Room, paper: Paper, one: VersionShown) -> Markup:
    words, language, version = room.words, room.words.language, one.version
    said = [
        words(f"paper_kind.{version.kind}"),
        words(f"paper.in_{version.language}"),
        Tlp(version.tlp).label,
        words(f"secrecy.{version.secrecy}"),
        words("paper.lacks", count=len(version.missing)) if version.missing else words("paper.whole"),
    ]
    signed = [
        tag(
            "li",
            tag("b", words(f"paper.was_{each.step}")),
            f" {visible(each.actor)} · {date_time(each.at, language)}",
            *([tag("p", visible(each.note))] if each.note else []),
        )
        for each in one.signatures
    ]
    links: list[Markup] = []
    if paper.open_to(room.person.actor, Permission.PREPARE_REPORTS):
        if room.person.token:
            links = [
                tag(
                    "a", label, href=f"/document/{version.id}/{media}", cls="wr-button", target="_blank", rel="noopener"
                )
                for media, label in (("pdf", "PDF"), ("docx", "DOCX"))
            ]
        if paper.incident_id is not None:
            href = f"/?incident={paper.incident_id}&part=law&version={version.id}"
            links.append(tag("a", words("paper.sent"), href=href, cls="wr-button", target="_self"))
    return tag(
        "div",
        tag("div", tag("b", f"#{version.number}"), tag("span", " · ".join(said)), cls="what"),
        tag("div", f"{visible(version.made_by)} · {date_time(version.made_at, language)}", cls="who"),
        tag("div", f"PDF {version.pdf_sha256[:_HASH]} · DOCX {version.docx_sha256[:_HASH]}", cls="wr-sha",
            title=f"PDF {version.pdf_sha256}\nDOCX {version.docx_sha256}"),
        tag("ul", *signed, cls="signed"),
        tag("div", *links, cls="links"),
        cls="wr-version",
    )  # fmt: skip


def _signing(room: Room, paper: Paper, newest: VersionShown) -> None:
    """Show the form to verify or approve the newest version, to somebody else than who made it."""
    words, actor = room.words, room.person.actor
    step = "verified" if newest.signed("verified") is None else "approved"
    if newest.signed("approved") is not None:
        return
    needed = Permission.PREPARE_REPORTS if step == "verified" else _APPROVAL[paper.form.approve]
    if newest.version.made_by == actor.name:
        show(tag("p", words(f"paper.others_{step}"), cls="wr-hint"))
        return
    if not paper.open_to(actor, needed):
        show(tag("p", words("paper.waits", permission=words(f"permission.{needed}")), cls="wr-hint"))
        return
    form = Form(
        f"{paper.place}/sign/{newest.version.id}/{actor.name}",
        f"paper_sign_{newest.version.id}",
        (Input("note", words("playbook.note"), limit=_NOTE, wide=True),),
    )

    def signed(me: Actor) -> None:
        sign(room.state, me, newest.version.id, step, drafted.values(room, form)["note"])
        drafted.sent(room, form)

    drafted.show_form(room, form)
    st.button(
        words(f"paper.do_{step}", number=newest.version.number),
        key=f"paper_sign_do_{step}",
        on_click=doing.do,
        args=(room, _PLACE, signed, f"paper.is_{step}"),
        width="stretch",
    )
