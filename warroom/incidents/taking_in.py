"""A report from outside is taken in: it opens an incident, or joins one, and sets when we were informed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from warroom.access.actor import Actor
from warroom.access.changing import changing, checked_line, checked_moment, checked_text
from warroom.access.guard import check, needs
from warroom.access.roles import Permission
from warroom.errors import UsageError
from warroom.incidents.timing import first_informed
from warroom.model import Severity
from warroom.privacy import mask
from warroom.store import incidents as store
from warroom.store import outside_reports as reports
from warroom.store.database import State, Transaction, now_us
from warroom.store.outside_reports import Opening, OutsideReport
from warroom.store.typed_titles import OPENED_BY_HAND

CLAIM_LIMIT: Final = 20_000
LINE_LIMIT: Final = 200
_CONTACT_LIMIT: Final = 500
_EVIDENCE_LIMIT: Final = 5_000


class Channel(StrEnum):
    """By which way a report came."""

    PHONE = "phone"
    LETTER = "letter"
    EMAIL = "email"
    LINE_1212 = "line_1212"
    LINE_1111 = "line_1111"
    DARK_WEB = "dark_web"
    IN_PERSON = "in_person"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody told us; ``reporter`` and ``contact`` are personal data. ``informed_at`` in microseconds."""

    channel: Channel
    claim: str
    informed_at: int
    reporter: str = ""
    contact: str = ""
    reference: str = ""
    evidence: str = ""


@needs(Permission.OPEN_INCIDENTS)
def open_from_report(
    state: State, actor: Actor, told: Told, title: str, severity: Severity, platform_id: str, *, drill: bool = False
) -> int:
    """Open an incident from a report; the incident's number.

    Args:
        state: the store.
        actor: who takes the report.
        told: what was told.
        title: of the incident, in the words of who opens it.
        severity: as far as it can be said now.
        platform_id: what it is about.
        drill: the whole war room is a drill.

    Raises:
        UsageError: something is missing, too long, or in the future.
        ForbiddenError: not for this platform.
    """
    # It stands on every screen, the wall among them: identifiers in it are masked for good.
    named = mask(checked_line(title, "a title", LINE_LIMIT))
    with state.write("incidents") as connection:
        check(actor, Permission.OPEN_INCIDENTS, platform_id)
        at = now_us()
        report = _checked(told, actor, at)
        opening = Opening(named, severity, platform_id, drill, report.informed_at)
        incident_id = reports.open_by_hand(connection, opening, at)
        store.append_log(connection, incident_id, at, actor.name, OPENED_BY_HAND, text=named, severity=severity)
        _keep(connection, incident_id, actor, report)
    return incident_id


@needs(Permission.OPEN_INCIDENTS)
def attach_report(state: State, actor: Actor, told: Told, incident_id: int) -> int:
    """Add a report to an incident that is there, also to a closed one; the report's number.

    Raises:
        UsageError: something is missing, too long, or in the future.
        NotFoundError: no such incident.
        ForbiddenError: not for this platform.
    """
    with changing(state, incident_id, actor, Permission.OPEN_INCIDENTS) as (connection, incident, at):
        report = _checked(told, actor, at)
        store.change(connection, incident, at)
        return _keep(connection, incident_id, actor, report)


def _keep(connection: Transaction, incident_id: int, actor: Actor, report: OutsideReport) -> int:
    number = reports.add(connection, incident_id, report)
    store.append_log(
        connection,
        incident_id,
        report.taken_at,
        actor.name,
        "reported",
        report=str(number),
        channel=report.channel,
        occurred_at=str(report.informed_at),
    )
    first_informed(connection, incident_id, actor, report.informed_at, report.taken_at)
    return number


def _checked(told: Told, actor: Actor, at: int) -> OutsideReport:
    if told.channel not in set(Channel):
        raise UsageError("say by which way the report came")
    return OutsideReport(
        channel=told.channel,
        reference=checked_line(told.reference, "a reference", LINE_LIMIT, least=0),
        reporter=checked_line(told.reporter, "the reporter's name", LINE_LIMIT, least=0),
        contact=checked_text(told.contact, "a contact", _CONTACT_LIMIT, least=0),
        informed_at=checked_moment(told.informed_at, at),
        claim=checked_text(told.claim, "what is claimed", CLAIM_LIMIT),
        evidence=checked_text(told.evidence, "the evidence", _EVIDENCE_LIMIT, least=0),
        taken_at=at,
        taken_by=actor.name,
    )
