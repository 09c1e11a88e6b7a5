"""The rows of which a case file is made, as they are stored; times in microseconds since 1970."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NamedEntity:
    """What an incident is about, how many of its alerts name it, and when they did."""

    kind: str
    value: str
    alerts: int
    first_at: int
    last_at: int


@dataclass(frozen=True, slots=True)
class RuleSeen:
    """A detector that fired in an incident, counted over all of its alerts."""

    rule_id: str
    title: str
    title_th: str
    severity: str
    alerts: int
    events: int
    first_at: int
    last_at: int


@dataclass(frozen=True, slots=True)
class Moment:
    """What a moment is believed to be now; ``controller_id`` None: of the incident as a whole."""

    name: str
    controller_id: int | None
    moment: int
    set_at: int
    set_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class ControllerRow:
    """Whose personal data or systems an incident is about."""

    id: int
    role: str
    agency: str
    address: str
    mission: str
    contact_name: str
    contact_position: str
    contact_email: str
    contact_phone: str
    dpo_name: str
    dpo_address: str
    dpo_channel: str
    cii: bool
    regulator: str


@dataclass(frozen=True, slots=True)
class RulingRow:
    """Whether a clock concerns a controller: the newest word on it."""

    controller_id: int
    clock: str
    ruling: str
    reason: str
    at: int
    actor: str


@dataclass(frozen=True, slots=True)
class SendingRow:
    """Evidence that something was sent; those withdrawn are left out."""

    id: int
    controller_id: int
    clock: str
    sent_at: int
    recipient: str
    channel: str
    reference: str
    evidence_id: int | None
    version_id: int | None
    partial: bool
    note: str
    entered_at: int
    entered_by: str


@dataclass(frozen=True, slots=True)
class AssessmentRow:
    """The newest judgement of its kind about a controller's part; ``body`` and ``proposed`` are JSON."""

    id: int
    controller_id: int
    kind: str
    body: str
    proposed: str
    decision: str
    reason: str
    at: int
    actor: str


@dataclass(frozen=True, slots=True)
class VersionRow:
    """The newest version of a document that the incident has, and whether it was verified and approved."""

    id: int
    document_id: int
    controller_id: int | None
    form: str
    number: int
    kind: str
    language: str
    tlp: str
    secrecy: str
    data_at: int
    pdf_sha256: str
    docx_sha256: str
    made_at: int
    made_by: str
    verified_by: str = ""
    approved_by: str = ""


@dataclass(frozen=True, slots=True)
class RunRow:
    """A playbook that the incident follows; ``body`` is its definition as JSON."""

    id: int
    playbook: str
    version: str
    sha256: str
    body: str
    started_at: int
    started_by: str
    ended_at: int | None
