"""Forms as paper has them: parts, fields with their clause, boxes to tick, and what is not known yet said as such."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from warroom.catalog.answers import Answer, asked, missing, shown_lines
from warroom.catalog.forms import Form, FormField, Section
from warroom.catalog.thai import long_moment
from warroom.report.layout import Block, Gap, Heading, Paragraph, Run, Table, line, text
from warroom.report.wording import Wording

_WIDTHS: Final = (0.36, 0.64)
#: More options than this stand in two columns.
_ONE_COLUMN: Final = 8
_SMALL: Final = 9.5


def form_blocks(
    form: Form, answers: Mapping[str, Answer], words: Wording, *, prepared: str = "", notice: str = ""
) -> tuple[Block, ...]:
    """Give the blocks of a form.

    Args:
        form: which.
        answers: what is known of it.
        words: in the document's language.
        prepared: who made it; verified and approved is signed by hand and in the war room.
        notice: what stands under the title, such as that this is a drill.
    """
    thai = words.language == "th"
    basis = words("basis", basis=words.figures(form.basis_th if thai else form.basis_en))
    absent = missing(form, answers)
    return (
        Heading(1, words.figures(form.th if thai else form.en)),
        *((Paragraph(text(notice, bold=True), align="center"),) if notice else ()),
        Paragraph(text(basis), align="center", size=_SMALL, after=2.0),
        *(
            (
                Paragraph(
                    text(words("missing_count", count=words.figures(str(len(absent)))), faint=True), align="center"
                ),
            )
            if absent
            else ()
        ),
        *(block for one in form.sections for block in _section(form, one, answers, words)),
        Gap(0.4),
        _signatures(words, prepared),
    )


def _section(form: Form, section: Section, answers: Mapping[str, Answer], words: Wording) -> tuple[Block, ...]:
    told = [
        (_label(one, words), _answer(one, answers, words))
        for one in form.part(section.id)
        if asked(one, answers) or one.key in answers
    ]
    title = words.figures(section.th if words.language == "th" else section.en)
    return (Heading(2, title), Table(_WIDTHS, tuple(told), gentle=True)) if told else ()


def _label(field: FormField, words: Wording) -> tuple[Block, ...]:
    thai = words.language == "th"
    name, clause = (field.th, field.clause) if thai else (field.en, field.clause_en)
    of_law = (Run(f" ({words.figures(clause)})", faint=True),) if clause else ()
    return (Paragraph((Run(words.figures(name)), *of_law)),)


def _answer(field: FormField, answers: Mapping[str, Answer], words: Wording) -> tuple[Block, ...]:
    answer: Any = answers.get(field.key)
    if answer is None and not field.options and field.type != "bool":
        return (Paragraph(text(words("missing"), faint=True)),)
    other = str(answers.get(field.other_key, "")) if field.other_key else ""
    match field.type:
        case "bool":
            return tuple(_box(words(one), answer is (one == "yes")) for one in ("yes", "no"))
        case "enum" | "multi" | "enum+text" | "enum+datetime":
            return _options(field, answer, other, words)
        case "table":
            return (_counts(field, answer, words),)
        case "timeline":
            return tuple(
                Paragraph(
                    (Run(words.figures(long_moment(one["at"], words.language)) + "  ", bold=True), Run(one["text"]))
                )
                for one in answer
            )
    return tuple(map(line, shown_lines(field, answer, words.language, digits=words.digits) or [""]))


def _box(told: str, ticked: bool, more: str = "") -> Paragraph:  # noqa: FBT001 - a box is ticked or not
    return Paragraph(text(f"{told}: {more}" if more else told), ticked=ticked, after=1.0)


def _options(field: FormField, answer: Answer, other: str, words: Wording) -> tuple[Block, ...]:
    chosen = answer["choice"] if isinstance(answer, dict) else answer
    codes = set(chosen if isinstance(chosen, list) else [chosen] if isinstance(chosen, str) else [])
    boxes: list[Block] = []
    for one in field.options:
        name = one.th if words.language == "th" else one.en
        if field.key in ("categories", "by_category") and one.code.isdigit():
            name = f"{words.figures(one.code)} {name}"
        more = other if one.free else ""
        if one.code in codes and isinstance(answer, dict) and "at" in answer:
            more = words.figures(long_moment(answer["at"], words.language))
        boxes.append(_box(name, one.code in codes, more if one.code in codes else ""))
    if isinstance(answer, dict) and answer.get("text"):
        boxes += map(line, answer["text"].splitlines())
    if not codes:
        boxes.append(Paragraph(text(words("missing"), faint=True)))
    if len(field.options) <= _ONE_COLUMN:
        return tuple(boxes)
    half = (len(boxes) + 1) // 2
    return (Table((0.5, 0.5), ((tuple(boxes[:half]), tuple(boxes[half:])),), lines=False),)


def _counts(field: FormField, answer: Mapping[str, int] | None, words: Wording) -> Table:
    cells: list[tuple[tuple[Block, ...], ...]] = []
    for one in field.options:
        name = one.th if words.language == "th" else one.en
        if one.code.isdigit():
            name = f"{words.figures(one.code)} {name}"
        count = (answer or {}).get(one.code)
        told = text(words("missing"), faint=True) if count is None else text(words.figures(f"{count:,}"))
        cells.append(((line(name),), (Paragraph(told, align="right"),)))
    total = words("missing") if answer is None else words.figures(f"{sum(answer.values()):,}")
    cells.append(((line(words("total"), bold=True),), (line(total, bold=True, align="right"),)))
    return Table((0.7, 0.3), tuple(cells), (words("option"), words("count")))


def _signatures(words: Wording, prepared: str) -> Table:
    columns = []
    for step, name in (("prepared", prepared), ("verified", ""), ("approved", "")):
        lines = [
            words("signature"),
            words("name", name=name) if name else words("no_name"),
            words("position"),
            words("date"),
        ]
        own = [Paragraph(text(words(step), bold=True), align="center", size=_SMALL, after=14.0)]
        own += [Paragraph(text(one), align="center", size=_SMALL, after=2.0) for one in lines]
        columns.append(tuple(own))
    return Table((1.0, 1.0, 1.0), (tuple(columns),), whole=True)
