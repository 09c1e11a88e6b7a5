"""Case files for the tests of exports: whole, and with any text in any place."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Final

from warroom.model import Disposition, Entity, Severity, Status
from warroom.store.containments import Containment
from warroom.store.evidence_files import EvidenceFile
from warroom.store.incidents import AlertRow, Incident, LogEntry
from warroom.store.outside_reports import OutsideReport
from warroom.store.rulings import Classified
from warroom.store.views.case_rows import (
    AssessmentRow,
    ControllerRow,
    Moment,
    NamedEntity,
    RuleSeen,
    RulingRow,
    RunRow,
    SendingRow,
    VersionRow,
)
from warroom.store.views.casefile import CaseFile

AT: Final = 1_795_334_400_123_456  # 2026-11-22 08:00 UTC
HOUR: Final = 3_600_000_000
#: A citizen's, as somebody wrote it into a note.
PHONE: Final = "081-234-5678"
RULE: Final = "11111111-1111-4111-8111-111111111111"


def a_case(text: str = "SQL injection", *, alerts: int = 3, addresses: int = 3, **incident: object) -> CaseFile:
    """A case file; ``text`` stands wherever people or logs write."""
    values: dict[str, object] = {
        "id": 17,
        "title": text,
        "title_th": "แทรกคำสั่ง SQL",
        "severity": Severity.HIGH,
        "status": Status.INVESTIGATING,
        "disposition": None,
        "platform_id": "tang_rat",
        "drill": False,
        "assignee": "somchai",
        "opened_at": AT - 5 * HOUR,
        "first_at": AT - 6 * HOUR,
        "last_at": AT - HOUR,
        "acknowledged_at": AT - 4 * HOUR,
        "closed_at": None,
        "alert_count": alerts,
        "event_count": 40 * alerts,
        "version": 3,
        "updated_at": AT - HOUR,
        "risk": 71,
        "risk_parts": (("severity", 50), ("alerts", 21)),
        "folded": {"rules": 1, "address": addresses},
        "lead_kind": "address",
        "lead_value": "203.0.113.9",
    }
    entities = [
        *(NamedEntity("address", _address(one), 2, AT - 6 * HOUR, AT - HOUR) for one in range(addresses)),
        NamedEntity("address", "10.1.2.3", 1, AT - 6 * HOUR, AT - 6 * HOUR),
        NamedEntity("address", "2001:db8::9", 1, AT - 6 * HOUR, AT - 6 * HOUR),
        NamedEntity("user", text, 1, AT - 6 * HOUR, AT - 6 * HOUR),
        NamedEntity("host", "web-1.example.go.th", 3, AT - 6 * HOUR, AT - HOUR),
    ]
    return CaseFile(
        incident=Incident(**(values | incident)),  # type: ignore[arg-type]
        read_at=AT,
        masked=False,
        entities=tuple(entities),
        entity_count=len(entities),
        rules=(RuleSeen(RULE, text, "", "high", alerts, 40 * alerts, AT - 6 * HOUR, AT - HOUR),),
        rule_count=1,
        techniques=("T1110.004", "T1190"),
        alerts=tuple(_alert(one, text) for one in range(alerts)),
        alert_count=alerts,
        log=_log(text),
        log_count=4,
        tags=("registration", text[:40] or "tag"),
        classified=Classified(AT - 2 * HOUR, "somchai", (5, 7), "serious", text, {"category": [8]}),
        moments=(
            Moment("informed_at", None, AT - 5 * HOUR, AT - 5 * HOUR, "somchai", text),
            Moment("aware_at", 1, AT - 3 * HOUR, AT - 3 * HOUR, "wipa", text),
        ),
        controllers=(
            ControllerRow(
                *(1, "controller", "กรมตัวอย่าง", "Bangkok", text, "Somsri", "Director", "dpo@example.go.th"),
                *("02-123-4567", "Wipa", "Bangkok", "dpo@example.go.th", True, "ETDA"),
            ),
        ),
        rulings=(RulingRow(1, "PDPC_72H", "applies", text, AT - 3 * HOUR, "wipa"),),
        sendings=(
            SendingRow(
                *(1, 1, "PDPC_72H", AT - HOUR, text, "email", "ดศ 1234/2569", None, None, True, text),
                *(AT - HOUR, "wipa"),
            ),
        ),
        assessments=(
            AssessmentRow(1, 1, "breach_risk", json.dumps({"subjects": 200_000}), "{}", "high", text, AT, "wipa"),
        ),
        containments=(_containment(text),),
        evidence=(EvidenceFile(1, 17, "ab" * 32, 512, "access.log", "text", text, AT - 2 * HOUR, "somchai"),),
        reports=(OutsideReport("phone", "7/2569", "Somying", "081-234-5678", AT - 5 * HOUR, text, text, AT, "malee"),),
        documents=(
            VersionRow(
                *(9, 4, 1, "pdpc_notification", 2, "partial", "th", "TLP:AMBER+STRICT", "ลับ", AT - 2 * HOUR),
                *("cd" * 32, "ef" * 32, AT - 2 * HOUR, "wipa", "somchai", "somchai"),
            ),
        ),
        runs=(RunRow(1, "pdpa_breach", "1", "00" * 32, "{}", AT - 4 * HOUR, "somchai", None),),
    )


def closed(case: CaseFile, disposition: Disposition) -> CaseFile:
    """The case when it is over."""
    incident = replace(case.incident, status=Status.CLOSED, disposition=disposition, closed_at=AT)
    return replace(case, incident=incident)


def _address(number: int) -> str:
    return f"203.0.{113 + number // 250}.{number % 250 + 1}"


def _alert(number: int, text: str) -> AlertRow:
    entities = (Entity("address", _address(number)), Entity("user", text))
    return AlertRow(
        *(f"{number:064x}", RULE, text, "", Severity.HIGH, "tang_rat", "web", AT - 6 * HOUR, AT - HOUR, AT - 5 * HOUR),
        *(40, entities, (1_882_000_000_000_000_123,), ("attack.t1190",), False, 17, {"why": text}, 40),
    )


def _log(text: str) -> tuple[LogEntry, ...]:
    return (
        LogEntry(AT - 5 * HOUR, "worker", "opened", {"rule": text}, 1),
        LogEntry(AT - 4 * HOUR, "somchai", "noted", {"text": text}, 2),
        LogEntry(AT - 3 * HOUR, "somchai", "entered", {"text": text, "occurred_at": str(AT - 7 * HOUR)}, 3),
        LogEntry(AT - HOUR, "somchai", "informed", {"moment": str(AT - 5 * HOUR)}, 4),
    )


def _containment(text: str) -> Containment:
    return Containment(
        measure="block_address",
        target=text,
        asked_of="NOC",
        reason=text,
        asked_at=AT - 2 * HOUR,
        asked_by="somchai",
        due_at=AT,
        ends_at=None,
        id=1,
        incident_id=17,
        state="asked",
        state_at=AT - 2 * HOUR,
        state_by="somchai",
        answer="",
    )
