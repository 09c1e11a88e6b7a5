"""What a document is made of before it is printed: pages' marks, paragraphs, tables, boxes to tick, pictures.

The same tree feeds the writer of PDF and the writer of DOCX. Texts in it are what people read and nothing else: no
writer takes markup out of them. Lengths are centimetres, sizes points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from warroom.report.marking import Tlp

Align = Literal["left", "center", "right", "justify"]

#: A page of A4: 21 cm less the margins of an official letter.
TEXT_WIDTH: Final = 16.0
#: Lines of a row that is kept on one page, and characters of a line of one of its cells.
_SHORT: Final = 14
_LINE: Final = 40


@dataclass(frozen=True, slots=True)
class Run:
    """Some text in one face."""

    text: str
    bold: bool = False
    italic: bool = False
    faint: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; ``indent`` is of its first line, ``ticked`` puts a box before it, ``size`` None is the page's."""

    runs: tuple[Run, ...]
    align: Align = "left"
    indent: float = 0.0
    ticked: bool | None = None
    size: float | None = None
    after: float = 4.0  # points below it
    together: bool = False  # with what follows, on one page


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 to 3."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Gap:
    """An empty space."""

    height: float


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows begins a new page."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, its bytes as PNG or SVG; DOCX takes ``png``, so a chart gives both. ``alt`` is what it shows."""

    width: float
    alt: str
    png: bytes = b""
    svg: bytes = b""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, each of blocks; ``widths`` are shares of the text's width, ``header`` is told on every page."""

    widths: tuple[float, ...]
    rows: tuple[tuple[tuple[Block, ...], ...], ...]
    header: tuple[str, ...] = ()
    lines: bool = True
    whole: bool = False  # no row breaks over a page
    gentle: bool = False  # short rows break over no page; it costs half as much again to set

    def kept(self, row: tuple[tuple[Block, ...], ...]) -> bool:
        """Whether a row stays on one page: a long one may have to go on."""
        return self.whole or (self.gentle and sum(_lines(one) for cell in row for one in cell) <= _SHORT)


Block = Paragraph | Heading | Gap | PageBreak | Picture | Table


@dataclass(frozen=True, slots=True)
class Page:
    """What stands on every page: the mark of the circle, the class of secrecy, version and data time.

    ``numbers`` is how pages are counted: ``form`` under each page, ``letter`` over each but the first ("- ๒ -").
    """

    language: str
    tlp: Tlp
    secrecy: str
    left: tuple[str, ...]  # lines at the left of the footer
    name: str = ""  # at the left of the header
    numbers: Literal["form", "letter"] = "form"
    size: float = 12.0
    digits: bool = False
    top: float = 2.5
    bottom: float = 2.0
    start: float = 3.0
    end: float = 2.0


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document to print; ``made_at`` in microseconds is told in the file's properties."""

    title: str
    page: Page
    blocks: tuple[Block, ...] = field(repr=False)
    made_at: int = 0
    author: str = ""


def _lines(block: Block) -> int:
    """Estimate how many lines a block takes."""
    match block:
        case Paragraph():
            return 1 + sum(len(run.text) for run in block.runs) // _LINE
        case Table():
            return sum(_lines(one) for row in block.rows for cell in row for one in cell)
    return _SHORT


def text(words: str, *, bold: bool = False, faint: bool = False) -> tuple[Run, ...]:
    """Give one run of text."""
    return (Run(words, bold=bold, faint=faint),)


def line(words: str, *, bold: bool = False, align: Align = "left", size: float | None = None) -> Paragraph:
    """Give a paragraph of one run."""
    return Paragraph(text(words, bold=bold), align=align, size=size)


def rows(header: tuple[str, ...], values: Sequence[tuple[str, ...]], widths: tuple[float, ...] = ()) -> Table:
    """Give a table of plain texts, as reports have them."""
    cells = tuple(tuple((line(one),) for one in row) for row in values)
    return Table(widths or (1.0,) * len(header), cells, header)
