"""Rules, moments and the words of an audit entry, as people of each language read them."""

from __future__ import annotations

import json

import pytest

from warroom.catalog import load_platforms
from warroom.console.audit_words import pairs
from warroom.console.log_words import deed
from warroom.console.rule_words import rule_title
from warroom.console.texts import words
from warroom.console.times import day
from warroom.model import Severity
from warroom.store.audit import Stored
from warroom.store.incidents import AlertRow
from warroom.store.views import LogEntry

NOON = 1_795_323_600_000_000  # 22 November 2026, 12:00 in Bangkok


def an_alert(title_th: str) -> AlertRow:
    times = (NOON, NOON, NOON)
    return AlertRow(
        "1", "r", "SQL injection", title_th, Severity.HIGH, "gdx", "api", *times, 1, (), (), (), False, None, {}
    )


@pytest.mark.parametrize(
    ("language", "title_th", "title"),
    [("th", "ฝังคำสั่ง SQL", "ฝังคำสั่ง SQL"), ("en", "ฝังคำสั่ง SQL", "SQL injection"), ("th", "", "SQL injection")],
)
def test_a_rule_has_its_name_in_the_persons_language(language: str, title_th: str, title: str) -> None:
    assert rule_title(an_alert(title_th), words(language)) == title


def test_an_agency_that_is_known_has_its_name_in_the_persons_language() -> None:
    known = next(one for one in load_platforms().values() if one.operator_th and one.operator_en)

    def told(name: str, language: str) -> str:
        return deed(LogEntry(NOON, "worker", "controller_added", {"of": name}), words(language))

    assert told(known.operator_th, "en") == f"entered the controller or processor {known.operator_en}"
    assert told(known.operator_th, "th") == f"เพิ่มผู้ควบคุมหรือผู้ประมวลผล {known.operator_th}"
    assert told("เทศบาล", "en").endswith(" เทศบาล")


def test_a_day_of_the_calendar_has_its_era() -> None:
    assert day("2027-01-31", "th") == "31 ม.ค. 2570"
    assert day("2027-01-31", "en") == "31 Jan 2027"


def test_an_audit_entry_names_what_was_planned_and_tells_its_times() -> None:
    body = json.dumps({"approved_by": "the board", "from": NOON, "kind": "scan", "alerts": 41})
    entry = Stored(1, NOON, "wipa", "console", "plan_entered", "planned_window", "1", body, "", "")
    assert dict(pairs(entry, words("th"))) == {
        "ผู้อนุมัติ": "the board",
        "ตั้งแต่": "22 พ.ย. 2569 12.00 น.",
        "ชนิด": "การสแกน",
        "การแจ้งเตือน": "41",
    }
    assert "22 Nov 2026 12:00" in dict(pairs(entry, words("en"))).values()
