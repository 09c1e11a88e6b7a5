"""Filling a form of the law: its sections, every field of it, where each answer is from, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from warroom.catalog.answers import AnswerError, asked, lacking, missing
from warroom.console import drafted, panels
from warroom.console.drafted import Form as Sheet
from warroom.console.drafted import Input
from warroom.console.form_inputs import answer_of, inputs_of, label_of, other_of
from warroom.console.markup import Markup, show, tag

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from warroom.catalog.forms import Form, FormField
    from warroom.console.document_base import Base
    from warroom.console.room import Room
    from warroom.console.texts import Words
    from warroom.store.evidence_files import EvidenceFile

#: The fields of a letter's head: number, date, who signs.
HEAD: Final = "head"
_NAMED: Final = 6


@dataclass(frozen=True, slots=True)
class Filling:
    """A form as it is being filled in, and what it stands for.

    Attributes:
        form: which.
        place: of its drafts; each section has its own under it.
        base: what stands in it before anybody typed.
        files: the incident's evidence.
    """

    form: Form
    place: str
    base: Base
    files: Sequence[EvidenceFile]

    def fields(self, section: str) -> tuple[FormField, ...]:
        """Give the fields of a section."""
        return self.form.head if section == HEAD else self.form.part(section)

    @property
    def sections(self) -> tuple[str, ...]:
        """Every section, the letter's head last."""
        return (*(one.id for one in self.form.sections), *([HEAD] if self.form.head else []))


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in a form now; ``faults``: what was typed and is no answer, by its field's key."""

    answers: Mapping[str, Any]
    faults: Mapping[str, AnswerError]


def sheet_of(words: Words, filling: Filling, section: str, answers: Mapping[str, Any]) -> Sheet:
    """Give the screen's form of a section: only the fields that are asked for by the answers."""
    inputs: list[Input] = []
    for field in filling.fields(section):
        if asked(field, answers):
            base = filling.base.answers
            other = str(base.get(field.other_key, "")) if field.other_key else ""
            source = filling.base.sources.get(field.key, "")
            told = words.either(f"source.{source}", source) if source and field.key in base else ""
            inputs += inputs_of(words, field, base.get(field.key), other, filling.files, told)
    return Sheet(f"{filling.place}/{section}", f"paper_{filling.form.id}_{section}", tuple(inputs))


def typed(room: Room, filling: Filling) -> Typed:
    """Give what stands in every section now."""
    answers: dict[str, Any] = {}
    faults: dict[str, AnswerError] = {}
    base = filling.base.answers
    for section in filling.sections:
        sheet = sheet_of(room.words, filling, section, {**base, **answers})
        told = drafted.values(room, sheet)
        untouched = {one.name for one in sheet.inputs if told[one.name] == one.start}
        for field in filling.fields(section):
            own = [one.name for one in sheet.inputs if one.name.partition(".")[0] == field.key]
            if own and all(one in untouched for one in own):
                # As it was, to the second: the screen shows minutes.
                found = {key: base[key] for key in (field.key, field.other_key) if key in base}
                answers |= found
                continue
            try:
                answer = answer_of(field, told, filling.files)
            except AnswerError as problem:
                faults[field.key] = problem
                continue
            if answer is not None:
                answers[field.key] = answer
            if other := other_of(field, told):
                answers[field.other_key] = other
    return Typed(answers, faults)


def show_filling(room: Room, filling: Filling, now: Typed) -> None:
    """Show the panel: sections with how much is missing in each, and the fields of the chosen one."""
    words, form = room.words, filling.form
    thai = words.language == "th"
    absent = set(missing(form, now.answers))
    needed = set(lacking(form, now.answers, "complete"))
    names = {one.id: one.th if thai else one.en for one in form.sections} | {HEAD: words("form.head")}
    counts = {one: sum(field.key in absent for field in filling.fields(one)) for one in filling.sections}
    with panels.panel("paper_form", form.th if thai else form.en, _count(room, form, absent, needed)):
        show(tag("p", form.basis_th if thai else form.basis_en, *_uncertain(room, form), cls="wr-hint"))
        if note := form.note_th if thai else form.note_en:
            show(tag("p", note, cls="wr-hint"))
        key = f"paper_section_{filling.place}"
        # Its labels count what is missing: a choice with other labels is another one to Streamlit, and begins anew.
        chosen = st.session_state.get(f"{key}_chosen", "")
        section = st.segmented_control(
            words("form.sections"),
            list(filling.sections),
            default=chosen if chosen in filling.sections else filling.sections[0],
            key=key,
            format_func=lambda one: f"{names.get(one, one)}{f' ({counts[one]})' if counts.get(one) else ''}",
            label_visibility="collapsed",
        )
        if now.faults:
            show(tag("ul", *(_fault(room, filling, key, fault) for key, fault in now.faults.items()), cls="wr-why bad"))
        section = section or filling.sections[0]
        st.session_state[f"{key}_chosen"] = section
        sheet = sheet_of(room.words, filling, section, now.answers)
        drafted.show_form(room, sheet)
        if needed:
            show(tag("p", words("form.needed", names=_names(room, form, needed)), cls="wr-hint"))


def forget(room: Room, filling: Filling) -> None:
    """Empty every section: what was typed is in a version now."""
    for section in filling.sections:
        drafted.sent(room, sheet_of(room.words, filling, section, filling.base.answers))


def _count(room: Room, form: Form, absent: set[str], needed: set[str]) -> Markup:
    words = room.words
    if not absent:
        return tag("span", words("form.all_there", total=len(form.fields)), cls="wr-mark")
    told = words("form.missing", count=len(absent), total=len(form.fields))
    return tag("span", words("form.lacking", count=len(needed), told=told) if needed else told, cls="wr-mark open")


def _uncertain(room: Room, form: Form) -> list[Markup]:
    return [] if form.certain else [tag("em", room.words("playbook.uncertain"))]


def _fault(room: Room, filling: Filling, key: str, fault: AnswerError) -> Markup:
    field = next(one for one in (*filling.form.fields, *filling.form.head) if one.key == key)
    said = room.words.either(f"fault.{fault.code}", fault.code)
    return tag("li", tag("b", label_of(room.words, field)), f" {said}")


def _names(room: Room, form: Form, keys: set[str]) -> str:
    """Name the first fields that the law asks for and that have no answer."""
    named = [label_of(room.words, one) for one in form.fields if one.key in keys]
    more = room.words("form.more_fields", count=len(named) - _NAMED) if len(named) > _NAMED else ""
    return "; ".join(named[:_NAMED]) + more
