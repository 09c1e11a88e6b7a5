"""A version of a form as a sheet to print: its letter, its pages, and what stands on each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from warroom.catalog.answers import Answer
from warroom.catalog.forms import Form
from warroom.catalog.letters import load_letters
from warroom.catalog.thai import long_moment
from warroom.errors import UsageError
from warroom.report.form_pages import form_blocks
from warroom.report.layout import Block, Page, PageBreak, Sheet
from warroom.report.letters import letter_blocks
from warroom.report.marking import Tlp
from warroom.report.wording import Wording

#: Classes of the Regulation on the Keeping of Official Secrets B.E. 2544 (2001); words in printed_words.yaml.
SECRECIES: Final = ("none", "secret", "very_secret", "top_secret")
LANGUAGES: Final = ("th", "en")


@dataclass(frozen=True, slots=True)
class Print:
    """How a version is printed; ``number`` 0 is a draft.

    ``letter``: with its covering letter, or as the letter that it is; ``emblem`` is the agency's picture as PNG.
    """

    language: str
    tlp: Tlp
    secrecy: str
    number: int
    kind: str
    data_at: int
    made_at: int
    made_by: str
    case: str = ""
    digits: bool = False
    letter: bool = False
    drill: bool = False
    emblem: bytes = b""


def sheet_of(form: Form, answers: Mapping[str, Answer], how: Print) -> Sheet:
    """Give a version as a sheet. Raises UsageError: no such language, class of secrecy, or letter of this form."""
    if how.language not in LANGUAGES or how.secrecy not in SECRECIES:
        raise UsageError(f"languages: {', '.join(LANGUAGES)}; classes of secrecy: {', '.join(SECRECIES)}")
    if how.letter and not form.letter:
        raise UsageError(f"the form {form.id} has no letter")
    words = Wording(how.language, digits=how.digits)
    notice = words("drill") if how.drill else ""
    pages = form_blocks(form, answers, words, prepared=how.made_by, notice=notice)
    blocks: tuple[Block, ...] = pages
    if how.letter:
        blocks = letter_blocks(form, answers, words, emblem=how.emblem)
        if load_letters()[form.letter].form_enclosed:
            blocks = (*blocks, PageBreak(), *pages)
    short = form.short_th if how.language == "th" else form.short_en
    return Sheet(
        title=form.th if how.language == "th" else form.en,
        page=Page(
            language=how.language,
            tlp=how.tlp,
            secrecy=words(f"secrecy.{how.secrecy}"),
            left=(_version(how, words), _data_at(how, words)),
            name=notice or ("" if how.letter else words.figures(short)),
            numbers="letter" if how.letter else "form",
            digits=how.digits,
        ),
        blocks=blocks,
        made_at=how.made_at,
        author=how.made_by,
    )


def _version(how: Print, words: Wording) -> str:
    kind = words(f"kind.{how.kind}")
    number = words.figures(str(how.number)) if how.number else words("draft")
    if how.case:
        return words("version", case=words.figures(how.case), number=number, kind=kind)
    return words("version_alone", number=number, kind=kind)


def _data_at(how: Print, words: Wording) -> str:
    return words("data_at", at=words.figures(long_moment(how.data_at, how.language)))
