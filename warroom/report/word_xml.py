"""Paragraphs and tables as WordprocessingML, written as text: a report of two hundred pages has fifty thousand of them.

Every text goes through ``printed`` and is escaped; nothing else in here comes from outside. Elements stand in the order
of the schema of ECMA-376. Thai is a complex script to Word: it takes the face and size of ``w:cs`` and ``w:szCs``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final
from xml.sax.saxutils import escape

from warroom.report.layout import Align, Block, Gap, Heading, PageBreak, Paragraph, Picture, Run, Table
from warroom.report.thai_text import printed

FACE: Final = "Sarabun"
#: Has the boxes to tick; Word takes its own symbols where it is not installed.
BOXES: Final = "DejaVu Sans"
TICKED: Final = {True: "☑", False: "☐"}
GREY: Final = "5F6368"
_ALIGN: Final[dict[Align, str]] = {
    "left": "left",
    "center": "center",
    "right": "right",
    "justify": "thaiDistribute",
}
_HEADINGS: Final = (1.3, 1.12, 1.0)
_HANGING: Final = 0.6
#: What a cell keeps free at its sides.
_INSET: Final = 0.4
_BORDERS: Final = "".join(
    f'<w:{one} w:val="single" w:sz="4" w:space="0" w:color="444444"/>'
    for one in ("top", "left", "bottom", "right", "insideH", "insideV")
)
_EMPTY: Final = "<w:p/>"


def _tag(name: str, **values: object) -> str:
    """Write an element without content."""
    told = "".join(f' w:{key}="{value}"' for key, value in values.items())
    return f"<w:{name}{told}/>"


def twips(centimetres: float) -> int:
    """Give a length as Word counts it: twentieths of a point."""
    return round(centimetres * 1440 / 2.54)


@lru_cache(maxsize=256)
def look(
    size: float, face: str = FACE, colour: str = "", fill: str = "", *, bold: bool = False, italic: bool = False
) -> str:
    """Give the properties of a run; ``size`` in points, colours as six digits."""
    half = round(2 * size)
    told = _tag("rFonts", ascii=face, hAnsi=face, cs=face, eastAsia=face)
    if bold:
        told += "<w:b/><w:bCs/>"
    if italic:
        told += "<w:i/><w:iCs/>"
    if colour:
        told += _tag("color", val=colour)
    told += _tag("sz", val=half) + _tag("szCs", val=half)
    if fill:
        told += _tag("shd", val="clear", color="auto", fill=fill)
    return f"<w:rPr>{told}</w:rPr>"


def run(one: Run, size: float, face: str = FACE, colour: str = "", fill: str = "") -> str:
    """Write some text; line breaks in it are line breaks."""
    how = look(size, face, colour or (GREY if one.faint else ""), fill, bold=one.bold, italic=one.italic or one.faint)
    parts = escape(printed(one.text)).split("\n")
    told = "<w:br/>".join(f'<w:t xml:space="preserve">{part}</w:t>' for part in parts)
    return f"<w:r>{how}{told}</w:r>"


def number(name: str, size: float) -> str:
    """Write a field that Word fills: ``PAGE``, or ``NUMPAGES``."""
    how = look(size)
    kinds = {one: f'<w:r>{how}<w:fldChar w:fldCharType="{one}"/></w:r>' for one in ("begin", "separate", "end")}
    asked = f'<w:r>{how}<w:instrText xml:space="preserve"> {name} </w:instrText></w:r>'
    return f"{kinds['begin']}{asked}{kinds['separate']}<w:r>{how}<w:t>1</w:t></w:r>{kinds['end']}"


def paragraph(
    runs: str,
    *,
    align: Align = "left",
    before: float = 0.0,
    after: float = 0.0,
    line: float = 0.0,
    indent: tuple[float, float] = (0.0, 0.0),
    together: bool = False,
    level: int = 0,
) -> str:
    """Write a paragraph.

    Args:
        runs: its runs, written.
        align: of its lines.
        before: points above it.
        after: points below it.
        line: points of a line, exactly; 0 is what the face needs.
        indent: centimetres of its lines, and of its first line against them.
        together: with what follows, on one page.
        level: of a heading; 0 for none.
    """
    told = "<w:keepNext/>" if together else ""
    exact = {"line": round(20 * line), "lineRule": "exact"} if line else {}
    told += _tag("spacing", before=round(20 * before), after=round(20 * after), **exact)
    if any(indent):
        left, first = map(twips, indent)
        told += _tag("ind", left=left, **{"hanging" if first < 0 else "firstLine": abs(first)})
    told += _tag("jc", val=_ALIGN[align])
    if level:
        told += _tag("outlineLvl", val=level - 1)
    return f"<w:p><w:pPr>{told}</w:pPr>{runs}</w:p>"


def table(rows: Sequence[str], widths: Sequence[float], *, lines: bool) -> str:
    """Write a table of written rows; ``widths`` in centimetres."""
    how = _tag("tblW", type="auto", w=0) + _tag("jc", val="center")
    if lines:
        how += f"<w:tblBorders>{_BORDERS}</w:tblBorders>"
    how += _tag("tblLayout", type="fixed")
    grid = "".join(_tag("gridCol", w=twips(one)) for one in widths)
    return f"<w:tbl><w:tblPr>{how}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"


def row(cells: Sequence[str], widths: Sequence[float], *, whole: bool = False, head: bool = False) -> str:
    """Write a row of written cells, each ending with a paragraph."""
    how = "<w:cantSplit/>" * whole + "<w:tblHeader/>" * head
    shade = _tag("shd", val="clear", color="auto", fill="E8ECF2") if head else ""
    told = "".join(
        f'<w:tc><w:tcPr><w:tcW w:type="dxa" w:w="{twips(width)}"/>{shade}</w:tcPr>{cell}</w:tc>'
        for cell, width in zip(cells, widths, strict=True)
    )
    return f"<w:tr><w:trPr>{how}</w:trPr>{told}</w:tr>" if how else f"<w:tr>{told}</w:tr>"


class Writer:
    """Writes blocks in the size of a page; ``draw`` puts a picture of a width into the file and gives its element."""

    def __init__(self, size: float, draw: Callable[[Picture, float], str]) -> None:
        self._size = size
        self._draw = draw

    def block(self, one: Block, width: float) -> str:
        """Write a block into a place so wide, in centimetres."""
        match one:
            case Table():
                return self._table(one, width)
            case PageBreak():
                return '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'
            case Picture():
                return paragraph(f"<w:r>{self._draw(one, min(one.width, width))}</w:r>", align="center")
            case Gap():
                return paragraph("", line=one.height * 72 / 2.54)
            case Heading():
                first = one.level == 1
                told = run(Run(one.text, bold=True), self._size * _HEADINGS[one.level - 1])
                return paragraph(
                    told,
                    align="center" if first else "left",
                    before=0 if first else 8,
                    after=4,
                    together=True,
                    level=one.level,
                )
            case Paragraph():
                return self._paragraph(one)

    def _paragraph(self, one: Paragraph) -> str:
        size = one.size or self._size
        told, indent = "", (0.0, one.indent)
        if one.ticked is not None:
            told, indent = run(Run(TICKED[one.ticked]), size, BOXES) + run(Run(" "), size), (_HANGING, -_HANGING)
        told += "".join(run(part, size) for part in one.runs)
        return paragraph(told, align=one.align, after=one.after, indent=indent, together=one.together)

    def _table(self, one: Table, width: float) -> str:
        widths = [width * share / sum(one.widths) for share in one.widths]
        rows = [
            row([self._cell(cell, own) for cell, own in zip(cells, widths, strict=True)], widths, whole=one.kept(cells))
            for cells in one.rows
        ]
        if one.header:
            names = tuple((Paragraph((Run(told, bold=True),), align="center"),) for told in one.header)
            cells = [self._cell(cell, own) for cell, own in zip(names, widths, strict=True)]
            rows.insert(0, row(cells, widths, whole=one.whole, head=True))
        return table(rows, widths, lines=one.lines)

    def _cell(self, blocks: tuple[Block, ...], width: float) -> str:
        told = "".join(self.block(one, width - _INSET) for one in blocks)
        return told + _EMPTY if not blocks or isinstance(blocks[-1], Table) else told
