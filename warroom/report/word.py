"""Sheets as DOCX, for whoever must edit what is sent: the same tree as the PDF, with fields for the page numbers.

python-docx gives the file, its styles and its pictures; ``word_xml`` writes what stands in it.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import docx
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt

from warroom.report.layout import TEXT_WIDTH, Page, Picture, Run, Sheet, Table
from warroom.report.thai_text import printed
from warroom.report.typst_source import PAGE_WORD, TLP_COLOURS
from warroom.report.word_xml import FACE, GREY, Writer, number, paragraph, row, run, table

_RED: Final = "B00020"
_BLACK: Final = "000000"
_MARK_SIZE: Final = 12.0
_SMALL: Final = 9.0
_HEAD: Final = (5.0, 3.0, 8.0)
_FOOT: Final = (8.0, 8.0)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: Word puts two tables that touch together, and a table must not end a header: a line between, as low as it can be.
_BETWEEN: Final = paragraph("", line=6.0)
_LAST: Final = paragraph("", line=1.0)


def print_docx(sheet: Sheet) -> bytes:
    """Give a sheet as DOCX."""
    made = docx.Document()
    _styles(made, sheet.page)
    about = made.core_properties
    about.title, about.author = printed(sheet.title)[:255], printed(sheet.author)[:255]
    about.created = about.modified = _EPOCH + timedelta(microseconds=sheet.made_at)
    about.comments, about.language = "", "th-TH"
    section = made.sections[0]
    _page(section, sheet.page)

    def draw(one: Picture, width: float) -> str:
        shape = made.part.new_pic_inline(io.BytesIO(one.png), width=Cm(width))
        shape.docPr.set("descr", printed(one.alt))
        return f"<w:drawing>{shape.xml}</w:drawing>"

    writer = Writer(sheet.page.size, draw)
    told = "".join(writer.block(one, TEXT_WIDTH) + (_BETWEEN if isinstance(one, Table) else "") for one in sheet.blocks)
    # read as one: to move a tree of fifty thousand paragraphs from one document into another takes minutes
    skeleton, last, end = made.element.xml.rpartition("<w:sectPr")
    made.part._element = parse_xml(f"{skeleton}{told}{last}{end}")  # noqa: SLF001 - python-docx has no other way
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def _parsed(told: str) -> list[Any]:
    """Give written elements as python-docx has them."""
    return list(parse_xml(f"<w:body {nsdecls('w')}>{told}</w:body>"))


def _styles(made: Any, page: Page) -> None:  # noqa: ANN401 - python-docx has no types
    normal = made.styles["Normal"]
    normal.font.name, normal.font.size = FACE, Pt(page.size)
    own = normal.element.get_or_add_rPr()
    fonts = own.find(qn("w:rFonts"))
    for name in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{name}"), FACE)
    _add(own, "w:szCs", val=str(round(2 * page.size)))
    _add(own, "w:lang", val="en-US", bidi="th-TH", eastAsia="th-TH")
    form = normal.element.get_or_add_pPr()
    for name in ("w:autoSpaceDE", "w:autoSpaceDN"):  # no blanks of Word's own between Thai and Latin letters
        _add(form, name, val="0")
    told = normal.paragraph_format
    told.space_before, told.space_after, told.line_spacing = Pt(0), Pt(0), 1.0


def _add(parent: Any, name: str, **values: str) -> None:  # noqa: ANN401 - XML elements
    made = OxmlElement(name)
    for key, value in values.items():
        made.set(qn(f"w:{key}"), value)
    parent.append(made)


def _page(section: Any, page: Page) -> None:  # noqa: ANN401 - a section
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.top_margin, section.bottom_margin = Cm(page.top), Cm(page.bottom)
    section.left_margin, section.right_margin = Cm(page.start), Cm(page.end)
    section.header_distance, section.footer_distance = Cm(1.0), Cm(0.8)
    if page.digits:
        _add(section._sectPr, "w:pgNumType", fmt="thaiNumbers")  # noqa: SLF001 - python-docx has no other way
    _put(section.header, _head(page, counted=page.numbers == "letter"))
    _put(section.footer, _foot(page))
    if page.numbers == "letter":
        section.different_first_page_header_footer = True
        _put(section.first_page_header, _head(page, counted=False))
        _put(section.first_page_footer, _foot(page))


def _put(place: Any, told: str) -> None:  # noqa: ANN401 - a header or footer
    place.is_linked_to_previous = False
    own = place._element  # noqa: SLF001 - python-docx has no other way
    for one in list(own):
        own.remove(one)
    own.extend(_parsed(told + _LAST))


def _head(page: Page, *, counted: bool) -> str:
    middle = run(Run("- "), page.size) + number("PAGE", page.size) + run(Run(" -"), page.size) if counted else ""
    cells = [
        paragraph(run(Run(page.name), _SMALL, colour=GREY)),
        paragraph(middle, align="center"),
        _marks(page),
    ]
    return table([row(cells, _HEAD)], _HEAD, lines=False)


def _foot(page: Page) -> str:
    left = [paragraph(run(Run(told), _SMALL)) for told in page.left]
    if page.numbers == "form":
        told = run(Run(f"{PAGE_WORD[page.language]} "), _SMALL) + number("PAGE", _SMALL)
        if not page.digits:  # Word and LibreOffice disagree on how a field is written in Thai digits
            told += run(Run("/"), _SMALL) + number("NUMPAGES", _SMALL)
        left.append(paragraph(told))
    return table([row(["".join(left) or "<w:p/>", _marks(page)], _FOOT)], _FOOT, lines=False)


def _marks(page: Page) -> str:
    told = ""
    if page.secrecy:
        told = run(Run(page.secrecy, bold=True), _MARK_SIZE + 2, colour=_RED) + run(Run("  "), _MARK_SIZE)
    colour = TLP_COLOURS[page.tlp].removeprefix("#")
    told += run(Run(f" {page.tlp.label} ", bold=True), _MARK_SIZE, colour=colour, fill=_BLACK)
    return paragraph(told, align="right")
