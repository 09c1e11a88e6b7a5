"""An incident as an OCSF event of the class Incident Finding (2005), for SIEMs and data lakes.

Source: Open Cybersecurity Schema Framework, schema 1.6.0, category Findings. Its times are milliseconds since 1970.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from warroom.catalog.exports import load_export_words
from warroom.model import Disposition, Severity, Status
from warroom.report.observing import address_of, case_uuid, changed_at, summary, technique_name
from warroom.report.plain import tidy
from warroom.version import version

if TYPE_CHECKING:
    from warroom.report.marking import Marking
    from warroom.store.views.case_rows import NamedEntity
    from warroom.store.views.casefile import CaseFile

VERSION: Final = "1.6.0"
CLASS: Final = 2005
_PROFILE: Final = "incident"
_ACTIVITIES: Final = {Status.NEW: (1, "Create"), Status.CLOSED: (3, "Close")}
_UPDATE: Final = (2, "Update")
_STATUSES: Final = {
    Status.NEW: (1, "New"),
    Status.CONTAINED: (2, "In Progress"),
    Status.RECOVERED: (4, "Resolved"),
    Status.CLOSED: (5, "Closed"),
}
_IN_PROGRESS: Final = (2, "In Progress")
_SEVERITIES: Final = {
    Severity.INFORMATIONAL: (1, "Informational"),
    Severity.LOW: (2, "Low"),
    Severity.MEDIUM: (3, "Medium"),
    Severity.HIGH: (4, "High"),
    Severity.CRITICAL: (5, "Critical"),
}
_IMPACTS: Final = {
    Severity.LOW: (1, "Low"),
    Severity.MEDIUM: (2, "Medium"),
    Severity.HIGH: (3, "High"),
    Severity.CRITICAL: (4, "Critical"),
}
_UNKNOWN: Final = (0, "Unknown")
_VERDICTS: Final = {
    Disposition.TRUE_POSITIVE: (2, "True Positive"),
    Disposition.FALSE_POSITIVE: (1, "False Positive"),
    Disposition.BENIGN: (5, "Benign"),
    Disposition.DRILL: (6, "Test"),
    Disposition.DUPLICATE: (10, "Duplicate"),
}
_OBSERVABLES: Final = {"address": (2, "IP Address"), "user": (4, "User Name"), "host": (1, "Hostname")}
_OTHER: Final = (99, "Other")
_RULE: Final = 1


def to_ocsf(case: CaseFile, marking: Marking) -> bytes:
    """Write an event as JSON, the same bytes for the same case and marking."""
    return (json.dumps(_event(tidy(case), marking), ensure_ascii=False, indent=1) + "\n").encode()


def _event(case: CaseFile, marking: Marking) -> dict[str, Any]:
    incident = case.incident
    activity, activity_name = _ACTIVITIES.get(incident.status, _UPDATE)
    verdict = _VERDICTS.get(incident.disposition, _UNKNOWN) if incident.disposition else _UNKNOWN
    event: dict[str, Any] = {
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": CLASS,
        "class_name": "Incident Finding",
        "activity_id": activity,
        "activity_name": activity_name,
        "type_uid": CLASS * 100 + activity,
        "type_name": f"Incident Finding: {activity_name}",
        "time": _ms(changed_at(case)),
        "start_time": _ms(incident.first_at),
        "end_time": _ms(incident.last_at),
        "message": incident.title,
        "desc": summary(case),
        **_named("severity", *_SEVERITIES[incident.severity]),
        **_named("impact", *_IMPACTS.get(incident.severity, _UNKNOWN)),
        **_named("status", *_STATUSES.get(incident.status, _IN_PROGRESS)),
        **_named("verdict", *((6, "Test") if incident.drill else verdict)),
        "impact_score": incident.risk,
        "count": max(1, incident.event_count),
        "finding_info_list": _findings(case),
        "attacks": [_attack(one) for one in case.techniques],
        "observables": [_observable(one) for one in case.entities],
        "metadata": _metadata(case, marking),
        "unmapped": {"tlp": marking.tlp.label, "drill": incident.drill, "platform": incident.platform_id},
    }
    if incident.assignee:
        event["assignee"] = {"name": incident.assignee}
    return event


def _metadata(case: CaseFile, marking: Marking) -> dict[str, Any]:
    drill = ["drill"] if case.incident.drill else []
    return {
        "version": VERSION,
        "profiles": [_PROFILE],
        "uid": case_uuid(case),
        "correlation_uid": str(case.incident.id),
        "labels": [marking.tlp.label, *drill, *(f"tag:{one}" for one in case.tags)],
        "logged_time": _ms(marking.at),
        "product": {
            "name": "warroom",
            "vendor_name": load_export_words().text("producer", "en"),
            "version": version(),
        },
    }


def _findings(case: CaseFile) -> list[dict[str, Any]]:
    found = [
        {
            "uid": case_uuid(case, "rule", rule.rule_id),
            "title": rule.title,
            "first_seen_time": _ms(rule.first_at),
            "last_seen_time": _ms(rule.last_at),
            "related_events_count": rule.events,
            "analytic": {"uid": rule.rule_id, "name": rule.title, "type": "Rule", "type_id": _RULE},
        }
        for rule in case.rules
    ]
    # an incident that somebody reported has no detector, and the list may not be empty
    return found or [
        {"uid": case_uuid(case), "title": case.incident.title, "created_time": _ms(case.incident.opened_at)}
    ]


def _attack(technique: str) -> dict[str, Any]:
    own = {"uid": technique, "name": technique_name(technique)}
    whole, dot, _ = technique.partition(".")
    if not dot:
        return {"technique": own}
    return {"technique": {"uid": whole, "name": technique_name(whole)}, "sub_technique": own}


def _observable(entity: NamedEntity) -> dict[str, Any]:
    number, name = _OBSERVABLES.get(entity.kind, _OTHER)
    if entity.kind == "address" and address_of(entity) is None:
        number, name = _OTHER
    return {"name": entity.kind, "type_id": number, "type": name, "value": entity.value}


def _named(of: str, number: int, name: str) -> dict[str, Any]:
    return {f"{of}_id": number, of: name}


def _ms(micros: int) -> int:
    return micros // 1000
