"""Official letters as Thai offices write them: number and agency, date, subject, to whom, the matter, the signature.

The layout is the external letter (หนังสือภายนอก) of the Regulation of the Office of the Prime Minister on
Correspondence B.E. 2526 (1983) as amended. The national emblem stands in the first three centimetres of the first page:
its picture is the agency's to give.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from warroom.catalog.answers import Answer, shown
from warroom.catalog.forms import Form
from warroom.catalog.letters import PLACE, Letter, LetterText, load_letters
from warroom.catalog.thai import letter_date, long_date
from warroom.report.layout import Block, Gap, Paragraph, Picture, Run, Table, line, text
from warroom.report.wording import Wording

#: Points. Sixteen is what the regulation's practice asks for in TH Sarabun, whose letters are smaller on their body:
#: these are as high in Sarabun.
SIZE: Final = 13.0
_EMBLEM: Final = 3.0
_INDENT: Final = 2.5
#: What stands in Thai digits in a letter that has them, though people typed it.
_FIGURES: Final = frozenset({"letter_number", "letter_address", "letter_phone"})
_LABEL: Final = (0.21, 0.79)


def letter_blocks(
    form: Form, answers: Mapping[str, Answer], words: Wording, *, emblem: bytes = b"", enclosed: tuple[str, ...] = ()
) -> tuple[Block, ...]:
    """Give the blocks of a form's letter, or of its announcement where it is told to all.

    Args:
        form: whose letter; it has one.
        answers: of the form, and of the letter's head.
        words: in the document's language.
        emblem: a picture as PNG; empty: its place is left empty.
        enclosed: what else goes with it.
    """
    letter = load_letters()[form.letter]
    told = letter.texts[words.language]
    filled = _Filled(form, answers, words)
    if letter.public and answers.get(letter.public[0]) in letter.public[1]:
        return _announcement(told, filled, words, emblem)
    return _letter(form, letter, told, filled, words, emblem, enclosed)


class _Filled:
    """A letter's texts with their places filled."""

    def __init__(self, form: Form, answers: Mapping[str, Answer], words: Wording) -> None:
        self._fields = {one.key: one for one in (*form.fields, *form.head)}
        self._answers = answers
        self._words = words

    def value(self, key: str) -> str:
        """Give an answer in words; empty where there is none."""
        field = self._fields.get(key)
        if field is None or key not in self._answers:
            return ""
        if key == "letter_date":
            date = letter_date if self._words.language == "th" else _english
            return self._words.figures(date(self._answers[key]))
        told = shown(field, self._answers[key], self._words.language, digits=self._words.digits)
        if key in _FIGURES:
            told = self._words.figures(told)
        return " ".join(told.split("\n")) if field.type != "text" else told

    def runs(self, template: str) -> tuple[Run, ...]:
        """Fill the places of a text; what is missing is said."""
        made: list[Run] = []
        at = 0
        for place in PLACE.finditer(template):
            made.append(Run(self._words.figures(template[at : place.start()])))
            value = self.value(place[1])
            made.append(Run(value) if value else Run(self._words("missing"), faint=True))
            at = place.end()
        made.append(Run(self._words.figures(template[at:])))
        return tuple(one for one in made if one.text)


def _english(at_us: int) -> str:
    return long_date(at_us, "en")


def _emblem(emblem: bytes, words: Wording) -> Block:
    return Picture(_EMBLEM, words("emblem"), png=emblem) if emblem else Gap(_EMBLEM)


def _paragraph(runs: tuple[Run, ...], **how: object) -> Paragraph:
    return Paragraph(runs, size=SIZE, **how)  # type: ignore[arg-type]


def _letter(
    form: Form,
    letter: Letter,
    told: LetterText,
    filled: _Filled,
    words: Wording,
    emblem: bytes,
    enclosed: tuple[str, ...],
) -> tuple[Block, ...]:
    head = Table(
        (0.5, 0.5),
        (
            (
                (_paragraph(text(f"{words('number')} {filled.value('letter_number')}"), after=0.0),),
                tuple(
                    _paragraph(text(filled.value(key)), after=0.0)
                    for key in ("letter_agency", "letter_address")
                    if filled.value(key)
                )
                or (_paragraph(text(words("missing"), faint=True)),),
            ),
        ),
        lines=False,
    )
    date = filled.value("letter_date")
    blocks: list[Block] = [
        *((line(told.speed, bold=True, size=SIZE + 3),) if told.speed else ()),
        _emblem(emblem, words),
        head,
        Gap(0.2),
        Table((0.5, 0.5), (((line(""),), (_paragraph(text(date or words("missing"), faint=not date)),)),), lines=False),
        _entry(words("subject"), filled.runs(told.subject)),
        _entry(words("to"), text(filled.value("letter_to")) if filled.value("letter_to") else filled.runs(told.to)),
    ]
    if filled.value("letter_reference"):
        blocks.append(_entry(words("reference"), text(filled.value("letter_reference"))))
    names = [*([form.th if words.language == "th" else form.en] if letter.form_enclosed else []), *enclosed]
    if names:
        blocks.append(_entry(words("enclosed"), *(text(one) for one in _numbered(names, words))))
    blocks.append(Gap(0.2))
    blocks += [_paragraph(filled.runs(one), align="justify", indent=_INDENT, after=6.0) for one in told.body]
    blocks += _signature(told.closing, filled, words)
    blocks.append(Gap(0.5))
    unit = [filled.value("letter_unit"), filled.value("letter_phone"), filled.value("letter_email")]
    lines = [unit[0], unit[1] and words("telephone", phone=unit[1]), unit[2] and words("email", email=unit[2])]
    copies = filled.value("letter_copies")
    lines.append(copies and words("copies", names=copies))
    blocks += [_paragraph(text(one), after=0.0) for one in lines if one]
    return tuple(blocks)


def _announcement(told: LetterText, filled: _Filled, words: Wording, emblem: bytes) -> tuple[Block, ...]:
    heading = tuple(Run(one.text, bold=True, faint=one.faint) for one in filled.runs(told.announcement))
    subject = (Run(f"{words('subject')} ", bold=True), *(Run(one.text, bold=True) for one in filled.runs(told.subject)))
    return (
        _emblem(emblem, words),
        _paragraph(heading, align="center"),
        _paragraph(subject, align="center", after=12.0),
        *(_paragraph(filled.runs(one), align="justify", indent=_INDENT, after=6.0) for one in told.body[:-1]),
        Gap(0.4),
        _paragraph(filled.runs(told.announced), align="center", together=True),
        *_signature("", filled, words),
    )


def _entry(label: str, *lines: tuple[Run, ...]) -> Table:
    """Give a line of the letter's head: its label, and what stands beside it."""
    cell = tuple(_paragraph(one, after=0.0) for one in lines)
    return Table(_LABEL, (((_paragraph(text(label)),), cell),), lines=False)


def _numbered(names: list[str], words: Wording) -> list[str]:
    sets = [words("one_set", name=one) for one in names]
    return sets if len(sets) == 1 else [f"{words.figures(str(at))}. {one}" for at, one in enumerate(sets, 1)]


def _signature(closing: str, filled: _Filled, words: Wording) -> list[Block]:
    signer, position = filled.value("letter_signer"), filled.value("letter_position")
    lines = [
        *([closing] if closing else []),
        "",
        "",
        words("name", name=signer) if signer else words("no_name"),
        position or words("position"),
    ]
    cell = tuple(
        _paragraph(text(one), align="center", after=2.0, together=number < len(lines) - 1)
        for number, one in enumerate(lines)
    )
    return [Gap(0.3), Table((0.42, 0.58), (((line(""),), cell),), lines=False, whole=True)]
