"""An incident as a MISP event: attributes, objects, tags of TLP 2.0 and ATT&CK; it comes in unpublished.

``to_ids`` is set for nothing but indicators. Source: MISP core format (draft-dulaunoy-misp-core-format).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from warroom.catalog.exports import load_export_words
from warroom.model import Severity, Status
from warroom.report.marking import Marking, Tlp
from warroom.report.observing import (
    address_of,
    case_uuid,
    changed_at,
    is_indicator,
    lasting_uuid,
    summary,
    technique_name,
)
from warroom.report.plain import tidy
from warroom.store.database import from_us

if TYPE_CHECKING:
    from warroom.store.evidence_files import EvidenceFile
    from warroom.store.incidents import LogEntry
    from warroom.store.views.case_rows import NamedEntity
    from warroom.store.views.casefile import CaseFile

_SECOND: Final = 1_000_000
_THREAT: Final = {Severity.CRITICAL: "1", Severity.HIGH: "1", Severity.MEDIUM: "2", Severity.LOW: "3"}
_UNDEFINED: Final = "4"
#: Who of a MISP community gets it when somebody publishes it: this organisation (0), its community (1), all (3).
_DISTRIBUTION: Final = {Tlp.GREEN: "1", Tlp.CLEAR: "3"}
_ANALYSIS: Final = {Status.NEW: "0", Status.CLOSED: "2"}
_KINDS: Final = {
    "user": ("target-user", "Targeting data"),
    "host": ("target-machine", "Targeting data"),
    "device": ("target-machine", "Targeting data"),
}
#: MISP's templates of objects: name → category, UUID, version.
_TEMPLATES: Final = {
    "file": ("file", "688c46fb-5edb-40a3-8273-1af7923e2215", "25"),
    "annotation": ("misc", "5d8dc046-15a1-4ca3-a09f-ed4ede7c4487", "3"),
}
_COMMENTS: Final = frozenset({"noted", "entered"})
_COMMENT_LIMIT: Final = 200


def to_misp(case: CaseFile, marking: Marking) -> bytes:
    """Write an event as JSON, the same bytes for the same case and marking."""
    clean = tidy(case)
    return (json.dumps({"Event": _event(clean, marking)}, ensure_ascii=False, indent=1) + "\n").encode()


def _event(case: CaseFile, marking: Marking) -> dict[str, Any]:
    incident = case.incident
    words = load_export_words()
    producer = words.text("producer", "en")
    drill = f"{words.text('drill', 'en')}: " if incident.drill else ""
    comments = [one for one in case.log if one.action in _COMMENTS and one.body.get("text")][-_COMMENT_LIMIT:]
    return {
        "uuid": case_uuid(case),
        "info": f"{drill}{incident.title}",
        "date": f"{from_us(incident.first_at):%Y-%m-%d}",
        "timestamp": str(changed_at(case) // _SECOND),
        "threat_level_id": _THREAT.get(incident.severity, _UNDEFINED),
        "analysis": _ANALYSIS.get(incident.status, "1"),
        "distribution": _DISTRIBUTION.get(marking.tlp, "0"),
        "published": False,
        "Orgc": {"name": producer, "uuid": lasting_uuid("identity", producer)},
        "Tag": [{"name": name} for name in _tags(case, marking)],
        "Attribute": [
            *(_entity(case, one) for one in case.entities),
            _attribute(case, "text", "Other", summary(case), ("summary",), comment="summary"),
            *(
                _attribute(case, "text", "Internal reference", one.rule_id, ("rule", one.rule_id), comment=one.title)
                for one in case.rules
            ),
            *([_marked(case, marking)] if marking.statement else []),
        ],
        "Object": [*(_file(case, one) for one in case.evidence), *(_note(case, one) for one in comments)],
    }


def _tags(case: CaseFile, marking: Marking) -> list[str]:
    named = [f"tlp:{marking.tlp}", f"warroom:platform={json.dumps(case.incident.platform_id)}"]
    if case.incident.drill:
        named.append('exercise:generic="drill"')
    told = [f"{technique_name(one)} - {one}".replace('"', "'") for one in case.techniques]
    return [*named, *(f'misp-galaxy:mitre-attack-pattern="{one}"' for one in told), *map(_own_tag, case.tags)]


def _own_tag(tag: str) -> str:
    """Give what people call an incident a name of its own: it must not become a mark of TLP."""
    return f"warroom:tag={json.dumps(tag, ensure_ascii=False)}"


def _entity(case: CaseFile, entity: NamedEntity) -> dict[str, Any]:
    address = address_of(entity)
    kind, category = _KINDS.get(entity.kind, ("text", "Other"))
    value = entity.value
    if address is not None:
        kind, category, value = "ip-src", "Network activity", str(address)
    found = _attribute(
        case,
        kind,
        category,
        value or "-",
        ("entity", entity.kind, entity.value),
        comment=f"{entity.kind}, in {entity.alerts} alerts",
        to_ids=is_indicator(case, entity),
    )
    seen = {"first_seen": entity.first_at, "last_seen": max(entity.first_at, entity.last_at)}
    return found | {name: from_us(at).isoformat(timespec="microseconds") for name, at in seen.items()}


def _marked(case: CaseFile, marking: Marking) -> dict[str, Any]:
    return _attribute(case, "text", "Other", marking.statement, ("statement",), comment="statement")


def _attribute(
    case: CaseFile,
    kind: str,
    category: str,
    value: str,
    named: tuple[object, ...],
    *,
    comment: str = "",
    to_ids: bool = False,
    relation: str = "",
) -> dict[str, Any]:
    found = {
        "uuid": case_uuid(case, "attribute", *named),
        "type": kind,
        "category": category,
        "value": value,
        "comment": comment,
        "to_ids": to_ids,
        "disable_correlation": not to_ids,
        "distribution": "5",  # as its event
        "timestamp": str(changed_at(case) // _SECOND),
    }
    return found | {"object_relation": relation} if relation else found


def _file(case: CaseFile, file: EvidenceFile) -> dict[str, Any]:
    told = (
        ("filename", "filename", "Payload delivery", file.name),
        ("sha256", "sha256", "Payload delivery", file.sha256),
        ("size-in-bytes", "size-in-bytes", "Other", str(file.bytes)),
    )
    return _object(case, "file", ("evidence", file.id), told, comment=file.note)


def _note(case: CaseFile, entry: LogEntry) -> dict[str, Any]:
    told = (
        ("text", "text", "Other", entry.body["text"]),
        ("creation-date", "datetime", "Other", from_us(entry.at).isoformat(timespec="microseconds")),
    )
    return _object(case, "annotation", ("log", entry.id), told, comment=entry.actor)


def _object(
    case: CaseFile, name: str, named: tuple[object, ...], told: tuple[tuple[str, str, str, str], ...], *, comment: str
) -> dict[str, Any]:
    category, template, version = _TEMPLATES[name]
    return {
        "uuid": case_uuid(case, "object", *named),
        "name": name,
        "meta-category": category,
        "template_uuid": template,
        "template_version": version,
        "comment": comment,
        "distribution": "5",
        "timestamp": str(changed_at(case) // _SECOND),
        "Attribute": [
            _attribute(case, kind, of, value, (*named, relation), relation=relation)
            for relation, kind, of, value in told
        ],
    }
