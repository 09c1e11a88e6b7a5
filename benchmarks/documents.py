"""What printing costs: one form, and a document of two hundred pages, as PDF and as DOCX, in CPU-seconds.

PYTHONPATH=. .venv/bin/python benchmarks/documents.py [pages]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from warroom.catalog.forms import load_forms
from warroom.report.layout import Block, Heading, Page, PageBreak, Sheet, line, rows
from warroom.report.marking import Tlp
from warroom.report.printing import print_pdf
from warroom.report.sheets import Print, sheet_of
from warroom.report.word import print_docx

_AT = 1_795_334_400_000_000
_TEXT = "ตรวจพบการเข้าถึงระบบลงทะเบียนโดยไม่ได้รับอนุญาตจากหลายหมายเลขไอพี และได้ฟื้นฟูระบบจากข้อมูลสำรองแล้ว "


def a_form() -> Sheet:
    """Give form Kor-2 with long answers in every field that takes text."""
    form = load_forms()["ncsa_k2"]
    answers = {one.key: _TEXT * 3 for one in form.fields if one.type == "text"}
    how = Print("th", Tlp.AMBER_STRICT, "secret", 1, "partial", _AT, _AT, "สมชาย", case="17", digits=True)
    return sheet_of(form, answers, how)


def a_report(pages: int) -> Sheet:
    """Give a report whose every page has a heading, a paragraph and a full table."""
    header = ("เหตุการณ์", "แพลตฟอร์ม", "ระดับ", "สรุป")
    table = [(f"#{number}", "ทางรัฐ", "ร้ายแรง", _TEXT) for number in range(11)]
    blocks: list[Block] = []
    for number in range(pages):
        blocks += [Heading(2, f"วันที่ {number + 1}"), line(_TEXT * 2), rows(header, table, (1, 2, 1, 5)), PageBreak()]
    page = Page("th", Tlp.AMBER, "ลับ", ("ฉบับที่ 1", "ข้อมูล ณ วันที่ 22 พฤศจิกายน พ.ศ. 2569"), "รายงานประจำเดือน")
    return Sheet("รายงานประจำเดือน", page, tuple(blocks[:-1]), made_at=_AT)


def measure(what: str, make: Callable[[Sheet], bytes], sheet: Sheet) -> None:
    """Print a sheet and say what it cost."""
    start = time.process_time()
    data = make(sheet)
    pages = f", {data.count(b'/Type/Page') or data.count(b'/Type /Page')} page objects" if data[:4] == b"%PDF" else ""
    print(f"{what}: {time.process_time() - start:.2f} CPU-s, {len(data) / 1024:.0f} KiB{pages}")


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    print_pdf(a_report(1))  # the fonts are read once
    for name, one in (("form Kor-2", a_form()), (f"{count} pages", a_report(count))):
        measure(f"{name}, PDF", print_pdf, one)
        measure(f"{name}, DOCX", print_docx, one)
