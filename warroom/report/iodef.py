"""An incident as IODEF version 2 (RFC 7970): XML in which no text can end an element or begin one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from warroom.catalog.exports import load_export_words
from warroom.catalog.ncsa import load_ncsa
from warroom.model import Disposition, Severity, Status
from warroom.report.marking import Marking, Tlp
from warroom.report.observing import address_of, case_uuid, operator, summary, technique_name, technique_url
from warroom.report.plain import stamp, tidy
from warroom.report.timeline import timeline

if TYPE_CHECKING:
    from warroom.report.timeline import Happened
    from warroom.store.views.case_rows import ControllerRow, NamedEntity
    from warroom.store.views.casefile import CaseFile

NAMESPACE: Final = "urn:ietf:params:xml:ns:iodef-2.0"
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_STATUS: Final = {Status.NEW: "new", Status.CLOSED: "resolved"}
#: RFC 7970 knows the four marks of the first TLP; the fifth is an extension, and clear was once white.
_RESTRICTION: Final = {Tlp.CLEAR: "white", Tlp.GREEN: "green", Tlp.AMBER: "amber", Tlp.RED: "red"}
_SEVERITY: Final = {
    Severity.CRITICAL: "high",
    Severity.HIGH: "high",
    Severity.MEDIUM: "medium",
}
_ACTIONS: Final = {"noted": "status-new-info", "entered": "status-new-info", "containment_asked": "block-host"}


def to_iodef(case: CaseFile, marking: Marking) -> bytes:
    """Write an IODEF document, the same bytes for the same case and marking."""
    ET.register_namespace("", NAMESPACE)
    root = ET.Element(f"{{{NAMESPACE}}}IODEF-Document", {"version": "2.00", _LANG: "en", "format-id": "warroom"})
    _incident(root, tidy(case), marking)
    ET.indent(root, " ")
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _incident(root: ET.Element, case: CaseFile, marking: Marking) -> None:
    incident = case.incident
    told = {"purpose": "reporting", "status": _STATUS.get(incident.status, "in-progress"), **_restricted(marking.tlp)}
    made = _add(root, "Incident", **told)
    _add(made, "IncidentID", case_uuid(case), name="warroom")
    other = _add(made, "AlternativeID")
    _add(other, "IncidentID", str(incident.id), name="warroom", instance="number")
    _add(made, "DetectTime", stamp(incident.opened_at))
    _add(made, "StartTime", stamp(incident.first_at))
    if incident.closed_at is not None:
        _add(made, "EndTime", stamp(incident.last_at))
    _add(made, "ReportTime", stamp(marking.at))
    _add(made, "GenerationTime", stamp(marking.at))
    if incident.drill:
        _add(made, "Description", load_export_words().text("drill", "en"))
    _add(made, "Description", summary(case))
    if incident.title_th:
        _add(made, "Description", incident.title_th, lang="th")
    _discovery(made, case)
    _assessment(made, case)
    if case.techniques:
        method = _add(made, "Method")
        for technique in case.techniques:
            reference = _add(method, "Reference")
            _add(reference, "URL", technique_url(technique))
            _add(reference, "Description", f"{technique} {technique_name(technique)}")
    _contact(made, "creator", load_export_words().text("producer", "en"))
    _contact(made, "victim", operator(case))
    for controller in case.controllers:
        _controller(made, controller)
    _events(made, case)
    if happened := timeline(case):
        history = _add(made, "History")
        for one in happened:
            _history(history, one)
    if marking.statement:
        _add(made, "AdditionalData", marking.statement, dtype="string", name="statement")
    _add(made, "AdditionalData", marking.tlp.label, dtype="string", name="tlp-2.0")


def _restricted(tlp: Tlp) -> dict[str, str]:
    known = _RESTRICTION.get(tlp)
    return {"restriction": known} if known else {"restriction": "ext-value", "ext-restriction": str(tlp)}


def _discovery(made: ET.Element, case: CaseFile) -> None:
    found = _add(made, "Discovery", source="siem")
    for rule in case.rules:
        _add(found, "Description", f"{rule.title} ({rule.rule_id}): {rule.alerts} alerts, {rule.events} events")
    for report in case.reports:
        told = _add(made, "Discovery", source="external-notification")
        _add(told, "Description", f"{report.channel} {stamp(report.informed_at)}: {report.claim}")


def _assessment(made: ET.Element, case: CaseFile) -> None:
    potential = case.incident.disposition is not Disposition.TRUE_POSITIVE
    found = _add(made, "Assessment", occurrence="potential" if potential else "actual")
    categories = load_ncsa().categories
    for number in case.classified.categories if case.classified else ():
        known = categories.get(number)
        _add(found, "IncidentCategory", f"NCSA {number} {known.en if known else ''}".strip())
    severity = _SEVERITY.get(case.incident.severity, "low")
    impact = _add(found, "SystemImpact", severity=severity, type="unknown")
    if case.classified:
        _add(impact, "Description", f"NCSA level: {case.classified.level}")
    _add(impact, "Description", f"severity {case.incident.severity}, risk {case.incident.risk} of 100")


def _contact(made: ET.Element, role: str, name: str) -> ET.Element:
    found = _add(made, "Contact", role=role, type="organization")
    _add(found, "ContactName", name)
    return found


def _controller(made: ET.Element, one: ControllerRow) -> None:
    found = _contact(made, "victim", one.agency)
    _add(found, "Description", one.role)
    if one.address:
        _add(_add(found, "PostalAddress"), "PAddress", one.address)
    if one.contact_email:
        _add(_add(found, "Email"), "EmailTo", one.contact_email)
    if one.contact_phone:
        _add(_add(found, "Telephone"), "TelephoneNumber", one.contact_phone)


def _events(made: ET.Element, case: CaseFile) -> None:
    if not case.entities:
        return
    data = _add(made, "EventData")
    flow = _add(data, "Flow")
    for entity in case.entities:
        _system(flow, entity)


def _system(flow: ET.Element, entity: NamedEntity) -> None:
    address = address_of(entity)
    system = _add(flow, "System", category="target" if address is None else "source")
    node = _add(system, "Node")
    if address is not None:
        _add(node, "Address", str(address), category=f"ipv{address.version}-addr")
    else:
        _add(node, "Address", entity.value, **{"category": "ext-value", "ext-category": entity.kind})
    told = f"{entity.alerts} alerts, {stamp(entity.first_at)} to {stamp(entity.last_at)}"
    _add(system, "Description", told)


def _history(history: ET.Element, one: Happened) -> None:
    item = _add(history, "HistoryItem", action=_ACTIONS.get(one.what, "other"))
    _add(item, "DateTime", stamp(one.when))
    _add(item, "Description", f"{one.what} {one.who}: {one.detail}")


def _add(parent: ET.Element, name: str, text: str = "", /, *, lang: str = "", **told: str) -> ET.Element:
    found = ET.SubElement(parent, f"{{{NAMESPACE}}}{name}", told)
    if lang:
        found.set(_LANG, lang)
    if text:
        found.text = text
    return found
