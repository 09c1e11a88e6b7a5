"""An incident as a STIX 2.1 bundle: OASIS' incident extension, what was observed, indicators, techniques, marks.

Identifiers are made of what they name (UUID version 5): the same incident has the same ones in every export.
Sources: STIX 2.1 (OASIS standard, 10 June 2021); the incident core extension and TLP 2.0 in OASIS' common objects.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import stix2

from warroom.catalog.exports import load_export_words
from warroom.model import Disposition, Severity, Status
from warroom.report.marking import Marking, Tlp
from warroom.report.observing import (
    address_of,
    case_uuid,
    changed_at,
    is_indicator,
    lasting_uuid,
    operator,
    summary,
    technique_name,
)
from warroom.report.plain import tidy
from warroom.store.database import from_us

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warroom.store.views.case_rows import NamedEntity
    from warroom.store.views.casefile import CaseFile

INCIDENT_CORE: Final = "extension-definition--ef765651-680c-498d-9894-99799f2fa126"
TLP_2: Final = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
#: The marking definitions that OASIS publishes for TLP 2.0.
MARKS: Final = {
    Tlp.CLEAR: "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    Tlp.GREEN: "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    Tlp.AMBER: "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    Tlp.AMBER_STRICT: "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    Tlp.RED: "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}
#: When what outlives an incident was made, such as the identity of an agency: the same in every export.
_LASTING: Final = 1_767_225_600_000_000  # 2026-01-01 UTC
_MARKS_MADE: Final = "2022-10-01T00:00:00.000Z"
_DETERMINED: Final = {
    Disposition.FALSE_POSITIVE: "false-positive",
    Disposition.BENIGN: "false-positive",
    Disposition.TRUE_POSITIVE: "successful-attempt",
}
_LOWEST: Final = 25  # of four steps of severity above informational, in percent
_COMMENTS: Final = frozenset({"noted", "entered"})
_COMMENT_LIMIT: Final = 200
_ROLES: Final = {"controller": "data controller", "joint": "joint data controller", "processor": "data processor"}


def to_stix(case: CaseFile, marking: Marking) -> bytes:
    """Write a bundle as JSON, the same bytes for the same case and marking."""
    clean = tidy(case)
    marks = [_tlp(marking.tlp), _statement(clean, marking)]
    maker = _Maker(clean, [one["id"] for one in marks])
    objects = [*marks, *maker.objects()]
    unique = {one["id"]: one for one in objects}
    bundle = {
        "type": "bundle",
        "id": f"bundle--{case_uuid(clean, 'bundle', marking.at)}",
        "objects": [*unique.values()],
    }
    return (json.dumps(bundle, ensure_ascii=False, indent=1) + "\n").encode()


class _Maker:
    """Makes the objects of one incident, all marked and made by the same identity."""

    def __init__(self, case: CaseFile, marks: list[str]) -> None:
        self.case = case
        self.marks = marks
        self.incident_id = f"incident--{case_uuid(case)}"
        producer = load_export_words().text("producer", "en")
        self.producer = f"identity--{lasting_uuid('identity', producer)}"
        self.operator = f"identity--{lasting_uuid('identity', operator(case))}"

    def objects(self) -> Iterator[dict[str, Any]]:
        """Give everything but the marks."""
        case = self.case
        yield self._identity(load_export_words().text("producer", "en"), "system")
        yield self._identity(operator(case), "organization")
        for one in case.controllers:
            yield self._identity(one.agency or "?", "organization", roles=[_ROLES.get(one.role, one.role)])
        yield self._incident()
        for technique in case.techniques:
            yield from self._technique(technique)
        for entity in case.entities:
            yield from self._observed(entity)
        for entry in [one for one in case.log if one.action in _COMMENTS and one.body.get("text")][-_COMMENT_LIMIT:]:
            yield self._made(
                stix2.Note,
                ("note", entry.id),
                at=entry.at,
                content=entry.body["text"],
                authors=[entry.actor],
                object_refs=[self.incident_id],
            )

    def _incident(self) -> dict[str, Any]:
        case, incident = self.case, self.case.incident
        determination = "suspected" if incident.disposition is None else _DETERMINED.get(incident.disposition)
        status = {Status.NEW: "new", Status.CLOSED: "closed"}.get(incident.status, "open")
        core = {
            "extension_type": "property-extension",
            "determination": determination or "suspected",
            "investigation_status": status,
            "criticality": Severity(incident.severity).rank * _LOWEST,
            "detection_methods": ["automated-tool", *(["external-notification"] if case.reports else [])],
            "scores": [{"name": "war room risk", "value": incident.risk, "description": "0 to 100"}],
        }
        labels = [
            *(["drill"] if incident.drill else []),
            *(f"tag:{one}" for one in case.tags),
            f"platform:{incident.platform_id}",
        ]
        return self._made(
            stix2.Incident,
            (),
            name=incident.title or "?",
            description=summary(case) + (f"\n{incident.title_th}" if incident.title_th else ""),
            labels=labels,
            external_references=[{"source_name": "warroom", "external_id": str(incident.id)}],
            extensions={INCIDENT_CORE: core},
        )

    def _identity(self, name: str, kind: str, **more: object) -> dict[str, Any]:
        return self._object(
            stix2.Identity,
            f"identity--{lasting_uuid('identity', name)}",
            at=_LASTING,
            name=name,
            identity_class=kind,
            **more,
        )

    def _technique(self, technique: str) -> Iterator[dict[str, Any]]:
        told = {"source_name": "mitre-attack", "external_id": technique}
        found = self._object(
            stix2.AttackPattern,
            f"attack-pattern--{lasting_uuid('attack', technique)}",
            at=_LASTING,
            name=technique_name(technique),
            external_references=[told],
        )
        yield found
        yield self._related(self.incident_id, found["id"])

    def _observed(self, entity: NamedEntity) -> Iterator[dict[str, Any]]:
        address = address_of(entity)
        if address is None and entity.kind != "user":
            machine = self._identity(entity.value or "?", "system")
            yield from (machine, self._related(self.incident_id, machine["id"]))
            return
        if address is not None:
            kind = stix2.IPv4Address if address.version == 4 else stix2.IPv6Address  # noqa: PLR2004 - of the protocol
            thing = _told(kind(value=str(address), object_marking_refs=self.marks))
        else:
            thing = _told(stix2.UserAccount(account_login=entity.value, object_marking_refs=self.marks))
        yield thing
        named = (entity.kind, entity.value)
        data = self._made(
            stix2.ObservedData,
            ("observed", *named),
            first_observed=from_us(entity.first_at),
            last_observed=from_us(max(entity.first_at, entity.last_at)),
            number_observed=min(max(entity.alerts, 1), 999_999_999),
            object_refs=[thing["id"]],
        )
        yield from (data, self._related(self.incident_id, data["id"]))
        if address is not None and is_indicator(self.case, entity):
            yield from self._indicator(entity, thing, data["id"])

    def _indicator(self, entity: NamedEntity, thing: dict[str, Any], data_id: str) -> Iterator[dict[str, Any]]:
        sure = self.case.incident.disposition is Disposition.TRUE_POSITIVE
        found = self._made(
            stix2.Indicator,
            ("indicator", entity.kind, entity.value),
            name=f"{thing['type']} {thing['value']}",
            description=f"Named by {entity.alerts} alerts of this incident.",
            indicator_types=["malicious-activity" if sure else "anomalous-activity"],
            pattern=f"[{thing['type']}:value = '{thing['value']}']",
            pattern_type="stix",
            pattern_version="2.1",
            valid_from=from_us(entity.first_at),
        )
        yield from (found, self._related(found["id"], self.incident_id))
        yield self._made(
            stix2.Sighting,
            ("sighting", entity.kind, entity.value),
            sighting_of_ref=found["id"],
            observed_data_refs=[data_id],
            where_sighted_refs=[self.operator],
            first_seen=from_us(entity.first_at),
            last_seen=from_us(max(entity.first_at, entity.last_at)),
            count=min(max(entity.alerts, 1), 999_999_999),
        )

    def _related(self, source: str, target: str) -> dict[str, Any]:
        return self._made(
            stix2.Relationship,
            ("related", source, target),
            relationship_type="related-to",
            source_ref=source,
            target_ref=target,
        )

    def _made(self, kind: Any, named: tuple[object, ...], *, at: int = 0, **told: object) -> dict[str, Any]:  # noqa: ANN401 - a class of stix2
        """Make an object of this incident."""
        of = kind._type  # noqa: SLF001 - stix2 has no other name for it
        own = self.incident_id if of == "incident" else f"{of}--{case_uuid(self.case, *named)}"
        return self._object(kind, own, at=at or self.case.incident.opened_at, **told)

    def _object(self, kind: Any, own: str, *, at: int, **told: object) -> dict[str, Any]:  # noqa: ANN401 - likewise
        changed = changed_at(self.case) if kind is stix2.Incident else at
        by = {} if own == self.producer else {"created_by_ref": self.producer}
        return _told(
            kind(
                id=own,
                created=from_us(at),
                modified=from_us(changed),
                object_marking_refs=self.marks,
                **by,
                **told,
            )
        )


def _tlp(tlp: Tlp) -> dict[str, Any]:
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": MARKS[tlp],
        "created": _MARKS_MADE,
        "name": tlp.label,
        "extensions": {TLP_2: {"extension_type": "property-extension", "tlp_2_0": tlp.value}},
    }


def _statement(case: CaseFile, marking: Marking) -> dict[str, Any]:
    words = load_export_words()
    said = [words.text(f"marks.{marking.tlp}", language) for language in ("en", "th")]
    if case.incident.drill:
        said = [*(words.text("drill", language) for language in ("en", "th")), *said]
    text = " / ".join([*said, *([marking.statement] if marking.statement else [])])
    found = stix2.MarkingDefinition(
        id=f"marking-definition--{lasting_uuid('statement', text)}",
        created=from_us(_LASTING),
        definition_type="statement",
        definition=stix2.StatementMarking(statement=text),
    )
    return _told(found)


def _told(made: Any) -> dict[str, Any]:  # noqa: ANN401 - an object of stix2
    told: dict[str, Any] = json.loads(made.serialize())
    return told
