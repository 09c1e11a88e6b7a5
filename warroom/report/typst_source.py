"""A sheet as the data that the page's drawing reads: JSON and pictures, never a line of its language."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from warroom.catalog.thai import MONTHS
from warroom.report.layout import Block, Gap, Heading, Page, PageBreak, Paragraph, Picture, Run, Sheet, Table
from warroom.report.thai_text import printed

#: The drawing: it names the data's files and nothing else.
SOURCE: Final = Path(__file__).with_name("page.typ")
#: What the Traffic Light Protocol 2.0 asks for: these colours on black.
TLP_COLOURS: Final = {
    "clear": "#FFFFFF",
    "green": "#33FF00",
    "amber": "#FFC000",
    "amber+strict": "#FFC000",
    "red": "#FF2B2B",
}
PAGE_WORD: Final = {"th": "หน้า", "en": "Page"}


def files(sheet: Sheet) -> dict[str, bytes]:
    """Give the files of a sheet: the drawing, its data and its pictures, by name."""
    found: dict[str, bytes] = {"main.typ": SOURCE.read_bytes()}
    data = {
        "title": printed(sheet.title),
        "author": printed(sheet.author),
        "page": _page(sheet.page),
        "blocks": [_block(one, found) for one in sheet.blocks],
    }
    found["sheet.json"] = json.dumps(data, ensure_ascii=False).encode()
    return found


def _page(page: Page) -> dict[str, Any]:
    return {
        "whole": MONTHS["th"],
        "language": page.language,
        "tlp": page.tlp.label,
        "tlp_colour": TLP_COLOURS[page.tlp],
        "secrecy": printed(page.secrecy),
        "left": [printed(one) for one in page.left],
        "name": printed(page.name),
        "numbers": page.numbers,
        "page_word": PAGE_WORD[page.language],
        "size": page.size,
        "digits": page.digits,
        "top": page.top,
        "bottom": page.bottom,
        "start": page.start,
        "end": page.end,
    }


def _run(one: Run) -> dict[str, Any]:
    told: dict[str, Any] = {"text": printed(one.text)}
    return told | {name: True for name in ("bold", "italic", "faint") if getattr(one, name)}


def _block(one: Block, found: dict[str, bytes]) -> dict[str, Any]:
    match one:
        case Paragraph():
            return {
                "kind": "paragraph",
                "runs": [_run(run) for run in one.runs],
                "align": one.align,
                "indent": one.indent,
                "ticked": one.ticked,
                "size": one.size,
                "after": one.after,
                "together": one.together,
            }
        case Heading():
            return {"kind": "heading", "level": one.level, "text": printed(one.text)}
        case Gap():
            return {"kind": "gap", "height": one.height}
        case PageBreak():
            return {"kind": "break"}
        case Picture():
            name = f"picture-{len(found)}.{'svg' if one.svg else 'png'}"
            found[name] = one.svg or one.png
            return {"kind": "picture", "file": name, "width": one.width, "alt": printed(one.alt)}
        case Table():
            return {
                "kind": "table",
                "widths": one.widths,
                "header": [printed(told) for told in one.header],
                "lines": one.lines,
                "kept": [one.kept(row) for row in one.rows],
                "rows": [[[_block(inner, found) for inner in cell] for cell in row] for row in one.rows],
            }
