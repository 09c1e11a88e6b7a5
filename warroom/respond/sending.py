"""Evidence that something was sent: recorded by who sent it, it stops a clock; nothing is ever sent from here."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from warroom.access.actor import Actor
from warroom.access.changing import changing, checked_line, checked_moment, checked_text
from warroom.access.guard import check, needs
from warroom.access.roles import Permission
from warroom.catalog.legal import load_law
from warroom.errors import NotFoundError, UsageError
from warroom.respond.duties import add_ruling, must_be_evidence
from warroom.respond.standing import clocks_of
from warroom.store import controllers
from warroom.store import incidents as store
from warroom.store import sendings as rows
from warroom.store.database import State, now_us, raise_counter
from warroom.store.duties import APPLIES, Ruling
from warroom.store.sendings import SendingDetails
from warroom.store.views.response import of_incident

#: By which way something was sent.
CHANNELS: Final = (
    "email",
    "encrypted_email",
    "web_form",
    "letter",
    "fax",
    "phone",
    "in_person",
    "sms",
    "app",
    "media",
    "other",
)
LINE_LIMIT: Final = 300
NOTE_LIMIT: Final = 2_000
_LEAST_REASON: Final = 5


@needs(Permission.SEND_REPORTS)
def record_sending(
    state: State, incident_id: int, actor: Actor, controller_id: int, told: SendingDetails, *, late_reason: str = ""
) -> int:
    """Record that something was sent, with its proof; the clock stops at the moment of sending. Its number.

    Args:
        state: the store.
        incident_id: of which incident.
        actor: who records it.
        controller_id: for whom it was sent.
        told: what was sent; a reference, a file of the incident's evidence or a document's version proves it.
        late_reason: why it was late, where its deadline had passed: asked for then, unless it was entered before.

    Raises:
        UsageError: nothing proves it, a recipient or a reason is missing, or it was sent in the future or before the
            clock began to run.
        NotFoundError: no such incident, controller, file or version of this incident.
    """
    known = next((one for one in load_law().clocks if one.id == told.clock and one.track != "standing"), None)
    if known is None:
        raise UsageError(f"`{told.clock}` is no clock of an incident")
    if told.channel not in CHANNELS:
        raise UsageError(f"a channel is one of {', '.join(CHANNELS)}")
    checked = replace(
        told,
        recipient=checked_line(told.recipient, "a recipient", LINE_LIMIT),
        reference=checked_line(told.reference, "a reference", LINE_LIMIT, least=0),
        note=checked_text(told.note, "a note", NOTE_LIMIT, least=0),
    )
    if not checked.reference and told.evidence_id is None and told.version_id is None:
        raise UsageError(
            "give what proves it: a reference number, a file among the evidence, or the document's version"
        )
    why = checked_text(late_reason, "a reason", NOTE_LIMIT, least=_LEAST_REASON if late_reason.strip() else 0)
    with changing(state, incident_id, actor, Permission.SEND_REPORTS) as (connection, incident, at):
        one = controllers.get(connection, incident_id, controller_id)
        checked = replace(checked, sent_at=checked_moment(told.sent_at, at))
        if told.evidence_id is not None:
            must_be_evidence(connection, incident_id, told.evidence_id)
        if told.version_id is not None and rows.version_of(connection, told.version_id) != incident_id:
            raise NotFoundError(f"version {told.version_id} is of no document of incident {incident_id}")
        states = clocks_of(of_incident(connection, incident), at)
        running = [
            each for each in states if each.controller.id == controller_id and each.clock.id == told.clock and each.owed
        ]
        late = [each for each in running if each.planned.due_at is not None and checked.sent_at > each.planned.due_at]
        if late and not why and not any(each.delay_reason for each in late):
            raise UsageError("its deadline had passed when it was sent: say why it was late")
        if late and why:
            because = late[0].ruling.because | {"late": True}
            add_ruling(connection, one, Ruling(told.clock, APPLIES, why, because, at, actor.name), log=False)
        number = rows.add(connection, incident_id, controller_id, checked, at, actor.name)
        raise_counter(connection, "clocks")
        store.append_log(
            connection,
            incident_id,
            at,
            actor.name,
            "sent_partly" if checked.partial else "sent",
            sending=str(number),
            target=checked.clock,
            of=checked.recipient,
            channel=checked.channel,
            reference=checked.reference,
            moment=str(checked.sent_at),
            occurred_at=str(checked.sent_at),
            text=" · ".join(filter(None, (checked.note, why))),
        )
    return number


@needs(Permission.SEND_REPORTS)
def withdraw_sending(state: State, sending_id: int, actor: Actor, reason: str) -> None:
    """Say that a sending was entered by mistake: its clock runs on from where it began.

    Raises:
        UsageError: no reason.
        NotFoundError: no such sending.
        ConflictError: it was withdrawn already.
    """
    why = checked_text(reason, "a reason", NOTE_LIMIT, least=_LEAST_REASON)
    with state.write("incidents", "clocks") as connection:
        before = rows.get(connection, sending_id)
        check(actor, Permission.SEND_REPORTS, store.get(connection, before.incident_id).platform_id)
        at = now_us()
        rows.withdraw(connection, before, at, actor.name, why)
        store.append_log(
            connection,
            before.incident_id,
            at,
            actor.name,
            "sending_withdrawn",
            sending=str(sending_id),
            target=before.clock,
            of=before.recipient,
            text=why,
        )
