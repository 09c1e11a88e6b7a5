"""The register of breaches of personal data as a table for spreadsheets: given out to who may export, and audited."""

from __future__ import annotations

import csv
import hashlib
import io
from typing import TYPE_CHECKING, Final

from warroom.access.actor import Actor
from warroom.access.guard import needs
from warroom.access.roles import Permission
from warroom.privacy import mask
from warroom.report.marking import Tlp
from warroom.report.plain import stamp
from warroom.report.tables import safe_cell
from warroom.respond.board import BreachRow, breach_register
from warroom.respond.standing import Standing
from warroom.store.audit import AuditAction, Entry, append
from warroom.store.database import State, now_us

if TYPE_CHECKING:
    from warroom.store.canonical import Json

FILE_NAME: Final = "breaches.csv"
#: It tells spreadsheets that this is UTF-8: without it Thai is garbled.
_MARK: Final = "\ufeff"
_HOUR_US: Final = 3_600_000_000
_HEADS: Final = (
    *("incident", "platform", "title", "title_th", "controller", "outcome", "aware_at", "sent_at", "hours", "late"),
    *("risk", "subjects_sent_at", "ground", "ruling_reason", "delay_reason"),
)


def outcome(one: BreachRow) -> str:
    """Give what became of a case: it is open, was notified, is not notified by decision, or does not concern."""
    if one.office.owed:
        return "open"
    return {Standing.STOPPED: "notified", Standing.NOT_NOTIFIABLE: "not_notifiable"}.get(
        one.office.standing, "not_applicable"
    )


@needs(Permission.EXPORT)
def give_out(state: State, actor: Actor) -> bytes:
    """Give the register as CSV, of the platforms that the actor may see; the audit says to whom.

    Moments are ISO 8601 in UTC, ``hours`` from awareness to the sending. Personal data in texts is masked, and no cell
    is a formula. Where the register is cut, the last line but one says so.
    """
    at = now_us()
    scope = None if actor.platforms is None else tuple(sorted(actor.platforms))
    found = breach_register(state, at, scope=scope)
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(_HEADS)
    writer.writerows([safe_cell(cell) for cell in _cells(one)] for one in found.rows)
    if found.cut:
        writer.writerow(["… there are more cases than these: they are the newest"])
    writer.writerow([Tlp.AMBER_STRICT.label])
    data = (_MARK + file.getvalue()).encode()
    body: dict[str, Json] = {
        "file": FILE_NAME,
        "rows": len(found.rows),
        "platforms": list(scope or ()),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    with state.write() as connection:
        append(connection, Entry(actor.name, actor.via, AuditAction.EXPORT, "breaches", "", body), at=at)
    return data


def _cells(one: BreachRow) -> tuple[object, ...]:
    office = one.office
    taken = "" if one.sent_at is None else round((one.sent_at - one.aware_at) / _HOUR_US, 2)
    return (
        one.incident.id,
        one.incident.platform_id,
        mask(one.incident.title),
        mask(one.incident.title_th),
        mask(one.controller.agency),
        outcome(one),
        stamp(one.aware_at),
        "" if one.sent_at is None else stamp(one.sent_at),
        taken,
        "yes" if office.late else "no",
        "" if one.risk is None else one.risk.decision,
        "" if one.subjects_sent_at is None else stamp(one.subjects_sent_at),
        one.ground or "",
        mask(office.ruling.reason),
        mask(office.delay_reason),
    )
