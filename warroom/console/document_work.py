"""One document at work: its fields, its pages, its versions, and who signs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from warroom.access import Permission
from warroom.console import document_preview, document_versions, panels
from warroom.console.document_base import base_of
from warroom.console.form_filling import Filling, show_filling, typed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warroom.console.document_paper import Paper
    from warroom.console.room import Room, Tick
    from warroom.store.evidence_files import EvidenceFile


def show_work(room: Room, tick: Tick, paper: Paper, files: Sequence[EvidenceFile]) -> None:
    """Show the panels of a document; to who does not prepare reports, its versions alone.

    Args:
        room: the screen's.
        tick: the moment.
        paper: the document.
        files: the evidence that its fields can name.
    """
    if paper.open_to(room.person.actor, Permission.PREPARE_REPORTS):
        filling = Filling(paper.form, paper.place, base_of(room, tick, paper), files)
        now = typed(room, filling)
        left, right = st.columns([1.28, 1], gap="small")
        with left:
            show_filling(room, filling, now)
        with right:
            document_preview.show_making(room, paper, filling, now)
            document_versions.show_versions(room, paper)
        return
    document_versions.show_versions(room, paper)
    with panels.panel("paper_form", room.words("paper.looking_on")):
        panels.empty(room.words("paper.looking_on"), room.words("paper.looking_on_do"))
