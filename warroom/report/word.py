"""Sheets as DOCX, for whoever must edit what is sent: the same tree as the PDF, with fields for the page numbers.

Thai is a complex script to Word: it takes the face and size of ``w:cs`` and ``w:szCs``, and breaks lines by ``th-TH``.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.text.paragraph import Paragraph as Written

from warroom.report.layout import (
    TEXT_WIDTH,
    Align,
    Block,
    Gap,
    Heading,
    Page,
    PageBreak,
    Paragraph,
    Picture,
    Run,
    Sheet,
    Table,
)
from warroom.report.thai_text import printed
from warroom.report.typst_source import PAGE_WORD, TLP_COLOURS

FACE: Final = "Sarabun"
#: Has the boxes to tick; Word takes its own symbols where it is not installed.
BOXES: Final = "DejaVu Sans"
TICKED: Final = {True: "☑", False: "☐"}
_RED: Final = RGBColor(0xB0, 0x00, 0x20)
_GREY: Final = RGBColor(0x5F, 0x63, 0x68)
_ALIGN: Final[dict[Align, WD_ALIGN_PARAGRAPH]] = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
    "justify": WD_ALIGN_PARAGRAPH.THAI_JUSTIFY,
}
_HEADINGS: Final = (1.3, 1.12, 1.0)
_MARK_SIZE: Final = 12.0
_SMALL: Final = 9.0
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def print_docx(sheet: Sheet) -> bytes:
    """Give a sheet as DOCX."""
    made = docx.Document()
    _styles(made, sheet.page)
    about = made.core_properties
    about.title, about.author = printed(sheet.title)[:255], printed(sheet.author)[:255]
    about.created = about.modified = _EPOCH + timedelta(microseconds=sheet.made_at)
    about.comments, about.language = "", "th-TH"
    _page(made.sections[0], sheet.page)
    writer = _Writer(sheet.page)
    for one in sheet.blocks:
        writer.block(made, one, TEXT_WIDTH)
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def _styles(made: Any, page: Page) -> None:  # noqa: ANN401 - python-docx has no types
    normal = made.styles["Normal"]
    normal.font.name, normal.font.size = FACE, Pt(page.size)
    own = normal.element.get_or_add_rPr()
    _face(own, FACE)
    _add(own, "w:szCs", val=str(round(2 * page.size)))
    _add(own, "w:lang", val="en-US", bidi="th-TH", eastAsia="th-TH")
    form = normal.element.get_or_add_pPr()
    for name in ("w:autoSpaceDE", "w:autoSpaceDN"):  # no blanks of Word's own between Thai and Latin letters
        _add(form, name, val="0")
    told = normal.paragraph_format
    told.space_before, told.space_after, told.line_spacing = Pt(0), Pt(0), 1.0


def _face(properties: Any, face: str) -> None:  # noqa: ANN401 - an XML element
    fonts = properties.find(qn("w:rFonts"))
    if fonts is None:
        fonts = OxmlElement("w:rFonts")
        properties.insert(0, fonts)
    for name in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{name}"), face)


def _add(parent: Any, name: str, **values: str) -> Any:  # noqa: ANN401 - XML elements
    made = OxmlElement(name)
    for key, value in values.items():
        made.set(qn(f"w:{key}"), value)
    parent.append(made)
    return made


class _Writer:
    """Writes blocks in the face and size of a page."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def block(self, place: Any, one: Block, width: float, *, first: Written | None = None) -> None:  # noqa: ANN401
        """Write a block at the end of a place; ``first`` is an empty paragraph that is there already."""
        match one:
            case Table():
                self._table(place, one, width)
            case PageBreak():
                (first or place.add_paragraph()).add_run().add_break(WD_BREAK.PAGE)
            case Picture():
                told = first or place.add_paragraph()
                told.alignment = WD_ALIGN_PARAGRAPH.CENTER
                shape = told.add_run().add_picture(io.BytesIO(one.png), width=Cm(min(one.width, width)))
                shape._inline.docPr.set("descr", printed(one.alt))  # noqa: SLF001 - python-docx has no other way
            case Gap():
                told = first or place.add_paragraph()
                told.paragraph_format.line_spacing = Cm(one.height)
            case Heading():
                told = first or place.add_paragraph()
                told.alignment = _ALIGN["center" if one.level == 1 else "left"]
                told.paragraph_format.space_before = Pt(0 if one.level == 1 else 8)
                told.paragraph_format.space_after = Pt(4)
                told.paragraph_format.keep_with_next = True
                _add(told._p.get_or_add_pPr(), "w:outlineLvl", val=str(one.level - 1))  # noqa: SLF001 - likewise
                self.run(told, Run(one.text, bold=True), size=self._page.size * _HEADINGS[one.level - 1])
            case Paragraph():
                self._paragraph(first or place.add_paragraph(), one)

    def run(
        self,
        told: Written,
        one: Run,
        *,
        size: float | None = None,
        face: str = FACE,
        colour: RGBColor | None = None,
        fill: str = "",
    ) -> None:
        """Write some text; line breaks in it are line breaks."""
        made = told.add_run(printed(one.text))
        size = size or self._page.size
        made.bold, made.italic, made.font.size = one.bold or None, one.italic or one.faint or None, Pt(size)
        own = made._r.get_or_add_rPr()  # noqa: SLF001 - python-docx has no other way
        _face(own, face)
        if colour or one.faint:
            made.font.color.rgb = colour or _GREY
        if fill:
            _add(own, "w:shd", val="clear", color="auto", fill=fill)
        made.font.complex_script = None
        made.font.cs_bold, made.font.cs_italic = made.bold, made.italic
        _after(own, "w:szCs", val=str(round(2 * size)))

    def _paragraph(self, told: Written, one: Paragraph) -> None:
        told.alignment = _ALIGN[one.align]
        form = told.paragraph_format
        form.space_after, form.keep_with_next = Pt(one.after), one.together or None
        if one.indent:
            form.first_line_indent = Cm(one.indent)
        if one.ticked is not None:
            form.left_indent, form.first_line_indent = Cm(0.6), Cm(-0.6)
            self.run(told, Run(TICKED[one.ticked]), size=one.size, face=BOXES)
            self.run(told, Run(" "), size=one.size)
        for run in one.runs:
            self.run(told, run, size=one.size)

    def _table(self, place: Any, one: Table, width: float) -> None:  # noqa: ANN401 - a document or a cell
        count = len(one.rows) + bool(one.header)
        made = place.add_table(count, len(one.widths))
        made.alignment, made.autofit = WD_TABLE_ALIGNMENT.CENTER, False
        if one.lines:
            _borders(made)
        shares = [width * share / sum(one.widths) for share in one.widths]
        for column, share in zip(made.columns, shares, strict=True):
            column.width = Cm(share)
        head = (
            [tuple((Paragraph((Run(told, bold=True),), align="center"),) for told in one.header)] if one.header else []
        )
        for number, (row, cells) in enumerate(zip(made.rows, [*head, *one.rows], strict=True)):
            if one.kept(cells):
                _add(row._tr.get_or_add_trPr(), "w:cantSplit")  # noqa: SLF001 - python-docx has no other way
            if head and number == 0:
                _add(row._tr.get_or_add_trPr(), "w:tblHeader")  # noqa: SLF001 - likewise
            for cell, blocks, share in zip(row.cells, cells, shares, strict=True):
                cell.width = Cm(share)
                if head and number == 0:
                    _add(cell._tc.get_or_add_tcPr(), "w:shd", val="clear", color="auto", fill="E8ECF2")  # noqa: SLF001
                for place_of, block in enumerate(blocks):
                    first = cell.paragraphs[0] if place_of == 0 and not isinstance(block, Table) else None
                    self.block(cell, block, share - 0.4, first=first)
        if hasattr(place, "sections"):
            gap = place.add_paragraph()
            gap.paragraph_format.line_spacing = Pt(6)


def _after(own: Any, name: str, **values: str) -> None:  # noqa: ANN401 - an XML element
    """Put ``w:szCs`` behind ``w:sz``: the schema has an order."""
    made = OxmlElement(name)
    for key, value in values.items():
        made.set(qn(f"w:{key}"), value)
    own.find(qn("w:sz")).addnext(made)


def _borders(made: Any) -> None:  # noqa: ANN401 - a table
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        _add(borders, f"w:{side}", val="single", sz="4", space="0", color="444444")
    made._tbl.tblPr.append(borders)  # noqa: SLF001 - python-docx has no other way


def _page(section: Any, page: Page) -> None:  # noqa: ANN401 - a section
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.top_margin, section.bottom_margin = Cm(page.top), Cm(page.bottom)
    section.left_margin, section.right_margin = Cm(page.start), Cm(page.end)
    section.header_distance, section.footer_distance = Cm(1.0), Cm(0.8)
    if page.digits:
        _add(section._sectPr, "w:pgNumType", fmt="thaiNumbers")  # noqa: SLF001 - python-docx has no other way
    _head(section.header, page, number=page.numbers == "letter")
    _foot(section.footer, page)
    if page.numbers == "letter":
        section.different_first_page_header_footer = True
        _head(section.first_page_header, page, number=False)
        _foot(section.first_page_footer, page)


def _head(place: Any, page: Page, *, number: bool) -> None:  # noqa: ANN401 - a header
    table = place.add_table(1, 3, Cm(TEXT_WIDTH))
    left, middle, right = table.rows[0].cells
    for cell, width in ((left, 5.0), (middle, 3.0), (right, 8.0)):
        cell.width = Cm(width)
    writer = _Writer(page)
    writer.run(left.paragraphs[0], Run(page.name), size=_SMALL, colour=_GREY)
    if number:
        told = middle.paragraphs[0]
        told.alignment = WD_ALIGN_PARAGRAPH.CENTER
        writer.run(told, Run("- "))
        _number(told, "PAGE", page)
        writer.run(told, Run(" -"))
    _marks(right.paragraphs[0], page)
    _drop_first(place)


def _foot(place: Any, page: Page) -> None:  # noqa: ANN401 - a footer
    table = place.add_table(1, 2, Cm(TEXT_WIDTH))
    left, right = table.rows[0].cells
    left.width, right.width = Cm(8.0), Cm(8.0)
    writer = _Writer(page)
    for number, told in enumerate(page.left):
        writer.run(left.paragraphs[0] if number == 0 else left.add_paragraph(), Run(told), size=_SMALL)
    if page.numbers == "form":
        told_at = left.add_paragraph() if page.left else left.paragraphs[0]
        writer.run(told_at, Run(f"{PAGE_WORD[page.language]} "), size=_SMALL)
        _number(told_at, "PAGE", page, _SMALL)
        if not page.digits:  # Word and LibreOffice disagree on how a field is written in Thai digits
            writer.run(told_at, Run("/"), size=_SMALL)
            _number(told_at, "NUMPAGES", page, _SMALL)
    _marks(right.paragraphs[0], page)
    _drop_first(place)


def _drop_first(place: Any) -> None:  # noqa: ANN401 - a header or footer
    """Put the empty paragraph that every header has behind the table, as small as it can be: one must end it."""
    empty = place.paragraphs[0]
    place._element.append(empty._p)  # noqa: SLF001 - python-docx has no other way
    empty.paragraph_format.line_spacing = Pt(1)


def _marks(told: Written, page: Page) -> None:
    told.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    writer = _Writer(page)
    if page.secrecy:
        writer.run(told, Run(page.secrecy, bold=True), size=_MARK_SIZE + 2, colour=_RED)
        writer.run(told, Run("  "), size=_MARK_SIZE)
    colour = RGBColor.from_string(TLP_COLOURS[page.tlp].removeprefix("#"))
    writer.run(told, Run(f" {page.tlp.label} ", bold=True), size=_MARK_SIZE, colour=colour, fill="000000")


def _number(told: Written, name: str, page: Page, size: float | None = None) -> None:
    """Write a field that Word fills: the number of the page, or of all."""
    writer = _Writer(page)
    for kind in ("begin", name, "separate", "1", "end"):
        writer.run(told, Run("1" if kind == "1" else ""), size=size)
        own = told.runs[-1]._r  # noqa: SLF001 - python-docx has no other way
        if kind in ("begin", "separate", "end"):
            _add(own, "w:fldChar", fldCharType=kind)
        elif kind != "1":
            _add(own, "w:instrText").text = f" {kind} "
