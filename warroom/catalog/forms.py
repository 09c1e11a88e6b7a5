"""Forms of the law, field by field, out of the reference data."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from warroom.catalog.documents import Document, read_yaml
from warroom.catalog.values import meant
from warroom.errors import ContentError, Fault
from warroom.settings import REFERENCE

FILE: Final = REFERENCE / "forms.yaml"
#: What an answer can be; ``answers.py`` says what each holds.
TYPES: Final = (
    *("text", "email", "user", "signature", "datetime", "datetime_or_unknown", "int", "int_or_unknown", "money"),
    *("bool", "enum", "multi", "enum+text", "enum+datetime", "score+text", "files", "timeline", "table"),
)
#: Required by the law's text or form; as far as possible; a field of the form; an addition of ours.
NEEDS: Final = ("L", "F", "O", "D")
#: A version with what is known so far, with all that is asked, with news, with the end.
KINDS: Final = ("partial", "complete", "update", "closure")
SCOPES: Final = ("incident", "period", "agency")
#: Who approves a version: whoever may send reports, or the data protection officer.
APPROVERS: Final = ("send", "decide")
#: How clauses are told in English, in this order: items and parts of a form, paragraphs, the letters of parts.
_CLAUSES_EN: Final = (
    (r"ก(\d) ข้อ", r"Kor-\1 item"),
    (r"ส่วนที่ (\d)(?: หมวด)?", r"part \1,"),
    (r"ว\.ท้าย", "last para."),
    (r"ว\.", "para. "),
    *zip("กขคง", "ABCD", strict=True),
)
_WITH_OPTIONS: Final = frozenset({"enum", "multi", "enum+text", "enum+datetime", "table"})


@dataclass(frozen=True, slots=True)
class Option:
    """One of the answers of a field; ``free``: whoever chooses it adds words, under ``FormField.other_key``."""

    code: str
    th: str
    en: str
    free: bool = False


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of a form; ``when``: another field's key and the answers of it that make this one asked for."""

    key: str
    th: str
    en: str
    type: str
    need: str
    clause: str
    section: str
    options: tuple[Option, ...] = ()
    when: tuple[str, frozenset[str]] | None = None

    @property
    def other_key(self) -> str:
        """Under which key the words lie that a free option asks for; empty where none does."""
        return f"{self.key}_other" if any(one.free for one in self.options) else ""

    @property
    def clause_en(self) -> str:
        """The clause as English texts of the forms name it: ``Kor-1 item 2``, ``B3``, ``9 para. 2``."""
        told = self.clause
        for thai, english in _CLAUSES_EN:
            told = re.sub(thai, english, told)
        return told

    def option(self, code: str) -> Option | None:
        """Give the option of a code."""
        return next((one for one in self.options if one.code == code), None)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a form; those of part 2 may be empty in a partial version."""

    id: str
    part: int
    th: str
    en: str


@dataclass(frozen=True, slots=True)
class Form:
    """A form of the law; ``kinds`` is which versions there are, each with the clock that its sending answers, or none.

    ``letter`` names the letter that it goes out with or is; ``closing``: what a closure must also tell; ``certain`` is
    false where the official text was not read; ``head`` is what a letter has besides: number, date, who signs.
    """

    id: str
    th: str
    en: str
    short_th: str
    short_en: str
    basis_th: str
    basis_en: str
    source: str
    certain: bool
    note_th: str
    note_en: str
    scope: str
    approve: str
    letter: str
    kinds: Mapping[str, str]
    closing: frozenset[str]
    sections: tuple[Section, ...]
    fields: tuple[FormField, ...]
    head: tuple[FormField, ...] = ()

    @property
    def partial(self) -> bool:
        """Whether the law lets it go before all of it is known."""
        return "partial" in self.kinds

    @property
    def answers_clock(self) -> str:
        """The clock that its sending answers; empty where it answers none."""
        return self.kinds.get("complete", "")

    def field(self, key: str) -> FormField:
        """Give a field. Raises KeyError."""
        return _by_key(self.fields)[key]

    def part(self, section: str) -> tuple[FormField, ...]:
        """Give the fields of a section, in the order of the form."""
        return tuple(one for one in self.fields if one.section == section)


@functools.cache
def _by_key(fields: tuple[FormField, ...]) -> dict[str, FormField]:
    return {one.key: one for one in fields}


@functools.cache
def load_forms(path: Path = FILE) -> dict[str, Form]:
    """Read every form by its id, in the order of the file.

    Raises:
        ContentError: the file is at fault; says at which line.
    """
    (document,) = read_yaml(path)
    forms = document.data.get("forms")
    if not isinstance(forms, dict) or not forms:
        raise ContentError(Fault(str(path), document.line, "expected forms by their id under `forms`"))
    at = _Place(document, ("letter",))
    told = document.data.get("letter")
    head = tuple(
        _field(at.down(number), one, ["letter"]) for number, one in enumerate(told if isinstance(told, list) else ())
    )
    if not head:
        at.fail("expected the fields of a letter's head")
    return {key: _form(document, key, one, head) for key, one in forms.items()}


_FORM_TEXTS: Final = (
    *("th", "en", "short_th", "short_en", "basis_th", "basis_en", "source", "note_th", "note_en"),
    *("scope", "approve", "letter"),
)
_EMPTY: Final = frozenset({"note_th", "note_en", "letter", "clause"})


def _form(document: Document, key: str, told: object, head: tuple[FormField, ...]) -> Form:
    at = _Place(document, ("forms", key))
    lists = ("kinds", "sections", "fields")
    found = at.mapping(told, (*_FORM_TEXTS, "certain", *lists), ("closing",))
    texts = {name: at.text(found, name) for name in _FORM_TEXTS}
    at.known(texts["scope"], SCOPES, "scope")
    at.known(texts["approve"], APPROVERS, "approve")
    if not isinstance(found["certain"], bool):
        at.fail("`certain` is true or false", "certain")
    kinds = at.mapping(found["kinds"], (), KINDS, "kinds")
    sections = tuple(
        _section(at.down("sections", number), one) for number, one in enumerate(at.several(found, "sections"))
    )
    known = [one.id for one in sections]
    fields = tuple(
        _field(at.down("fields", number), one, known) for number, one in enumerate(at.several(found, "fields"))
    )
    keys = [one.key for one in fields]
    for number, field in enumerate(fields):
        if keys.index(field.key) != number:
            at.fail(f"the key `{field.key}` stands twice", "fields", number)
        if field.when and field.when[0] not in keys:
            at.fail(f"`when` asks for `{field.when[0]}`, which is no field", "fields", number)
    closing = frozenset(map(str, found.get("closing") or ()))
    if strange := sorted(closing - set(keys)):
        at.fail(f"`closing` names `{strange[0]}`, which is no field", "closing")
    if not kinds or any(not isinstance(clock, str) for clock in kinds.values()):
        at.fail("`kinds` names at least one kind and the clock it answers, or an empty text", "kinds")
    return Form(
        id=key,
        certain=found["certain"],
        kinds=kinds,
        closing=closing,
        sections=sections,
        fields=fields,
        head=head if texts["letter"] else (),
        **texts,
    )


def _section(at: _Place, told: object) -> Section:
    found = at.mapping(told, ("id", "part", "th", "en"), ())
    if found["part"] not in (1, 2):
        at.fail("`part` is 1 or 2", "part")
    return Section(at.text(found, "id"), found["part"], at.text(found, "th"), at.text(found, "en"))


def _field(at: _Place, told: object, sections: list[str]) -> FormField:
    names = ("key", "th", "en", "type", "need", "clause", "section")
    found = at.mapping(told, names, ("options", "when"))
    texts: dict[str, Any] = {name: at.text(found, name) for name in names}
    at.known(texts["type"], TYPES, "type")
    at.known(texts["need"], NEEDS, "need")
    at.known(texts["section"], sections, "section")
    options = tuple(
        _option(at.down("options", number), one) for number, one in enumerate(at.several(found, "options", least=0))
    )
    codes = [one.code for one in options]
    if bool(options) != (texts["type"] in _WITH_OPTIONS) or len(set(codes)) < len(codes):
        at.fail(f"a field of type {texts['type']} has options where it is a choice, each code once", "options")
    when = found.get("when")
    asked: tuple[str, frozenset[str]] | None = None
    if isinstance(when, dict) and len(when) == 1:
        ((key, answers),) = when.items()
        asked = (str(key), frozenset(map(str, answers))) if isinstance(answers, list) else None
    if when is not None and asked is None:
        at.fail("`when` is one field's key and the list of its answers", "when")
    return FormField(options=options, when=asked, **texts)


def _option(at: _Place, told: object) -> Option:
    found = at.mapping(told, ("code", "th", "en"), ("free",))
    return Option(at.text(found, "code"), at.text(found, "th"), at.text(found, "en"), found.get("free") is True)


@dataclass(frozen=True, slots=True)
class _Place:
    """A place in the file, which knows its line."""

    document: Document
    path: tuple[str | int, ...]

    def down(self, *path: str | int) -> _Place:
        return _Place(self.document, (*self.path, *path))

    def fail(self, reason: str, *path: str | int) -> None:
        line = self.document.line_of(*self.path, *path)
        raise ContentError(Fault(str(self.document.file), line, f"{'.'.join(map(str, self.path))}: {reason}"))

    def mapping(self, told: object, must: tuple[str, ...], may: tuple[str, ...], *path: str) -> dict[str, Any]:
        found: dict[str, Any] = told if isinstance(told, dict) else {}
        if not isinstance(told, dict):
            self.fail("expected `key: value` lines", *path)
        for name in found:
            if name not in (*must, *may):
                self.fail(f"unknown key `{name}`{meant(str(name), (*must, *may))}", *path, str(name))
        for name in must:
            if name not in found:
                self.fail(f"`{name}` is missing", *path)
        return found

    def text(self, found: dict[str, Any], name: str) -> str:
        text = found[name]
        if not isinstance(text, str) or not (text.strip() or name in _EMPTY):
            self.fail(f"`{name}` is no text", name)
        return str(text)

    def several(self, found: dict[str, Any], name: str, *, least: int = 1) -> list[Any]:
        told = found.get(name, [])
        if not isinstance(told, list) or len(told) < least:
            self.fail(f"`{name}` is a list", name)
        return list(told)

    def known(self, name: str, known: Sequence[str], what: str) -> None:
        if name not in known:
            self.fail(f"there is no {what} `{name}`{meant(name, known)}; known: {', '.join(known)}", what)
