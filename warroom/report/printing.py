"""Sheets as PDF: set by Typst in memory, with the fonts of the reference data alone and nothing from the network."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

import typst

from warroom.errors import UsageError
from warroom.report.layout import Sheet
from warroom.report.typst_source import files
from warroom.settings import REFERENCE

FONTS: Final = REFERENCE / "fonts"
_REMEDY: Final = "nothing was printed: put the files of data/reference/fonts of this release back"
#: Thai in its four faces, and the boxes to tick.
FILES: Final = (
    "Sarabun-Regular.ttf",
    "Sarabun-Bold.ttf",
    "Sarabun-Italic.ttf",
    "Sarabun-BoldItalic.ttf",
    "DejaVuSans.ttf",
)
FAMILIES: Final = ("Sarabun", "DejaVu Sans")


def read_fonts(folder: Path) -> typst.Fonts:
    """Give the fonts of a folder. Raises UsageError where one is missing or is none: boxes for letters say nothing."""
    absent = [name for name in FILES if not (folder / name).is_file()]
    if absent:
        raise UsageError(f"fonts are missing in {folder}: {', '.join(absent)}; {_REMEDY}")
    return _read(folder)


@cache
def _read(folder: Path) -> typst.Fonts:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])
    if absent := sorted(set(FAMILIES) - set(fonts.families())):
        raise UsageError(f"the files of {', '.join(absent)} in {folder} are no fonts; {_REMEDY}")
    return fonts


def print_pdf(sheet: Sheet, *, fonts: Path = FONTS) -> bytes:
    """Give a sheet as PDF. Raises UsageError where a picture is none or a font is missing."""
    source: Any = files(sheet)  # typst takes files by name, which its stubs do not tell
    made_at, faces = sheet.made_at // 1_000_000, read_fonts(fonts)
    try:
        made = typst.compile(source, font_paths=faces, format="pdf", timestamp=made_at)
    except typst.TypstError as problem:
        raise UsageError(f"the document cannot be printed: {problem.message}") from problem
    return bytes(made)


def print_pictures(sheet: Sheet, *, dots: int = 96, fonts: Path = FONTS) -> tuple[bytes, ...]:
    """Give a sheet's pages as PNG, as they will print, with so many dots to the inch.

    Raises:
        UsageError: as ``print_pdf``.
    """
    source: Any = files(sheet)
    made_at, faces = sheet.made_at // 1_000_000, read_fonts(fonts)
    try:
        made = typst.compile(source, font_paths=faces, format="png", ppi=dots, timestamp=made_at)
    except typst.TypstError as problem:
        raise UsageError(f"the document cannot be printed: {problem.message}") from problem
    return tuple(map(bytes, made)) if isinstance(made, list) else (bytes(made),)
