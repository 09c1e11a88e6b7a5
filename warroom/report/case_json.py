"""A case file as JSON of our own: everything that is known, by the schema in data/reference/incident.schema.json.

Times are ISO 8601 in UTC. Each list that may be cut stands with its whole length: ``{"total": 4120, "rows": […]}``.
"""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from warroom.catalog.platforms import load_platforms
from warroom.report.plain import stamp, tidy
from warroom.version import version

if TYPE_CHECKING:
    from warroom.report.marking import Marking
    from warroom.store.views.casefile import CaseFile

SCHEMA: Final = "warroom-incident/1"
#: Lists of a case file that may be cut, each with the field that counts them.
_BOUNDED: Final = {
    "entities": "entity_count",
    "rules": "rule_count",
    "alerts": "alert_count",
    "log": "log_count",
}
_LISTS: Final = (
    *("moments", "controllers", "rulings", "sendings", "assessments", "containments", "evidence", "reports"),
    *("documents", "runs"),
)
_MOMENTS: Final = frozenset({"at", "moment"})
_JSON: Final = frozenset({("assessments", "body"), ("assessments", "proposed"), ("runs", "body")})


def to_json(case: CaseFile, marking: Marking) -> bytes:
    """Write a case file as JSON, the same bytes for the same case and marking."""
    return (json.dumps(told(tidy(case), marking), ensure_ascii=False, indent=1) + "\n").encode()


def told(case: CaseFile, marking: Marking) -> dict[str, Any]:
    """Give a case file as values of JSON; its texts as they are."""
    incident = case.incident
    platform = load_platforms().get(incident.platform_id)
    return {
        "schema": SCHEMA,
        "made": {
            "at": stamp(marking.at),
            "by": marking.by,
            "recipient": marking.recipient,
            "tlp": marking.tlp.label,
            "statement": marking.statement,
            "personal_data": "masked" if case.masked else "as it is",
            "tool": f"warroom {version()}",
        },
        "drill": incident.drill,
        "read_at": stamp(case.read_at),
        "incident": _row("incident", incident) | {"risk_parts": dict(incident.risk_parts)},
        "platform": {
            "id": incident.platform_id,
            "name_th": platform.name_th if platform else incident.platform_id,
            "name_en": platform.name_en if platform else incident.platform_id,
            "operator_th": platform.operator_th if platform else "",
            "operator_en": platform.operator_en if platform else "",
        },
        "tags": list(case.tags),
        "techniques": list(case.techniques),
        "classification": None if case.classified is None else _row("classified", case.classified),
        **{
            name: {"total": getattr(case, count), "rows": [_row(name, one) for one in getattr(case, name)]}
            for name, count in _BOUNDED.items()
        },
        **{name: [_row(name, one) for one in getattr(case, name)] for name in _LISTS},
    }


def _row(name: str, row: Any) -> dict[str, Any]:  # noqa: ANN401 - a row of any kind
    return {one.name: _value(name, one.name, getattr(row, one.name)) for one in fields(row)}


def _value(of: str, name: str, value: Any) -> Any:  # noqa: ANN401 - a value of a row
    if isinstance(value, str):
        return _parsed(value) if (of, name) in _JSON else value
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return stamp(value) if name in _MOMENTS or name.endswith("_at") else value
    if name == "event_ids":  # longer than what JavaScript takes for a whole number
        return [str(one) for one in value]
    if name == "entities":
        return [{"kind": one.kind, "value": one.value} for one in value]
    return list(value) if isinstance(value, tuple) else value


def _parsed(text: str) -> Any:  # noqa: ANN401 - a value of JSON
    try:
        return json.loads(text)
    except ValueError:  # of a version to come
        return text
