"""Forms filled in for the tests of printing: as people would, and as attackers would."""

from __future__ import annotations

from typing import Any, Final

from warroom.catalog.answers import Answers
from warroom.catalog.forms import Form, FormField, load_forms
from warroom.report.marking import Tlp
from warroom.report.sheets import Print

AT: Final = 1_795_334_400_000_000  # 2026-11-22 15:00 in Bangkok
#: What the specification asks every printer of Thai to set right.
THAI: Final = ("ที่", "ป้องกันภัยคุกคามทางไซเบอร์", "น้ำ", "ปู่", "ผู้ใหญ่", "ฟื้นฟู", "สำนักงาน")
HOSTILE: Final = (
    '#import "@preview/x:1.0.0": *\n#panic("out")',
    '$ x^2 $ *bold* _it_ `raw` <label> @ref \\ // comment /* x */ [ ] { } #eval("1")',
    '</w:t></w:r><script>alert(1)</script>&amp;<!DOCTYPE x [<!ENTITY y "z">]>]]>',
    "\u202egnp.exe\u202c \u2066left\u2069",
    "\x07\x1b[31m\ufffe\uffff",
    "😀👨‍👩‍👧 日本語 中文 مرحبا עברית Ж ∑ ☑",
    "{missing} %s {0} \\u0041 __import__",
)


def how(**changed: Any) -> Print:  # noqa: ANN401 - any of Print's
    values: dict[str, Any] = {
        "language": "th",
        "tlp": Tlp.AMBER_STRICT,
        "secrecy": "secret",
        "number": 2,
        "kind": "partial",
        "data_at": AT,
        "made_at": AT,
        "made_by": "นายสมชาย ใจดี",
        "case": "17",
    }
    return Print(**(values | changed))


def one_answer(field: FormField, text: str) -> Any:  # noqa: ANN401 - an answer
    codes = [one.code for one in field.options]
    known = {
        "email": "soc@dga.or.th",
        "datetime": AT,
        "datetime_or_unknown": AT,
        "int": 2569,
        "int_or_unknown": 200_000,
        "money": "1234.50",
        "bool": True,
        "enum": codes[:1] and codes[0],
        "multi": codes[:2],
        "enum+text": {"choice": codes[:1] and codes[0], "text": text},
        "enum+datetime": {"choice": codes[-1:] and codes[-1], "at": AT},
        "score+text": {"score": 2, "text": text},
        "files": [{"id": 3, "name": text}],
        "timeline": [{"at": AT, "text": text}, {"at": AT, "text": "จบ"}],
        "table": dict.fromkeys(codes, 4),
    }
    return known.get(field.type, text)


def answered(form: Form | str, text: str = "ทดสอบ") -> Answers:
    """Every field of a form answered; ``text`` wherever people write."""
    told = load_forms()[form] if isinstance(form, str) else form
    answers = {field.key: one_answer(field, text) for field in (*told.fields, *told.head)}
    return answers | {field.other_key: text for field in told.fields if field.other_key}
