"""The register of contacts: entered, changed, checked, taken out; and drills of reaching those who must be reached."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from warroom.access.actor import Actor
from warroom.access.changing import checked_line, checked_moment, checked_text
from warroom.access.guard import needs
from warroom.access.roles import Permission
from warroom.catalog.platforms import load_platforms
from warroom.errors import ConflictError, UsageError
from warroom.report import openpgp
from warroom.store import contacts as rows
from warroom.store.audit import AuditAction, Entry, append
from warroom.store.contacts import Contact, ReachDrill, Told
from warroom.store.database import State, Transaction, now_us

__all__ = [
    "ContactKind",
    "Told",
    "add_contact",
    "change_contact",
    "check_contact",
    "checked_contact",
    "enter",
    "enter_drill",
    "remove_contact",
]

LINE_LIMIT: Final = 300
NOTE_LIMIT: Final = 2_000
_TOPIC: Final = "contacts"
_MAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")


class ContactKind(StrEnum):
    """What somebody is to us."""

    AGENCY = "agency"
    DPO = "dpo"
    NCSA = "ncsa"
    REGULATOR = "regulator"
    SECTORAL_CERT = "sectoral_cert"
    PROCESSOR = "processor"
    POLICE = "police"
    OTHER = "other"


@needs(Permission.MANAGE_CONTACTS)
def add_contact(state: State, actor: Actor, told: Told) -> int:
    """Enter a contact; its number. It counts as checked now.

    Raises:
        UsageError: something is missing, too long or unknown, or the OpenPGP key cannot be used.
    """
    at = now_us()
    checked = checked_contact(told, at)
    with state.write(_TOPIC) as connection:
        return enter(connection, actor, checked, at)


@needs(Permission.MANAGE_CONTACTS)
def change_contact(state: State, actor: Actor, before: Contact, told: Told) -> None:
    """Change what the register says of somebody; it counts as checked now.

    Raises:
        UsageError: as ``add_contact``.
        ConflictError: somebody changed it meanwhile, or it was taken out.
    """
    with state.write(_TOPIC) as connection:
        at = now_us()
        rows.change(connection, before, checked_contact(told, at, before.told.pgp_key), at, actor.name)
        _record(connection, actor, before.id, "changed")


@needs(Permission.MANAGE_CONTACTS)
def check_contact(state: State, actor: Actor, number: int) -> None:
    """Say that somebody was asked, and that what the register says of them still holds.

    Raises:
        NotFoundError: no such contact.
        ConflictError: it was taken out.
    """
    with state.write(_TOPIC) as connection:
        rows.check(connection, _there(connection, number), now_us(), actor.name)
        _record(connection, actor, number, "checked")


@needs(Permission.MANAGE_CONTACTS)
def remove_contact(state: State, actor: Actor, number: int) -> None:
    """Take somebody out of the register; what was sent to them keeps its row.

    Raises:
        NotFoundError: no such contact.
        ConflictError: it was taken out already.
    """
    with state.write(_TOPIC) as connection:
        rows.remove(connection, _there(connection, number), now_us(), actor.name)
        _record(connection, actor, number, "removed")


@needs(Permission.MANAGE_CONTACTS)
def enter_drill(state: State, actor: Actor, number: int, called_at: int, reached_at: int | None, note: str = "") -> int:
    """Enter that an emergency contact was called as a drill, and when they answered; the drill's number.

    Args:
        state: the store.
        actor: who enters it.
        number: the contact.
        called_at: when the call began, in microseconds.
        reached_at: when the person was reached; None: they were not.
        note: how it went.

    Raises:
        UsageError: a time in the future, or an answer before the call.
        NotFoundError: no such contact.
        ConflictError: it was taken out.
    """
    told = checked_text(note, "a note", NOTE_LIMIT, least=0)
    with state.write(_TOPIC) as connection:
        at = now_us()
        _there(connection, number)
        called = checked_moment(called_at, at)
        reached = None if reached_at is None else checked_moment(reached_at, at)
        if reached is not None and reached < called:
            raise UsageError("an answer comes after the call")
        drill = rows.add_drill(connection, ReachDrill(number, called, reached, told, actor.name))
        _record(connection, actor, number, "drilled")
    return drill


def _there(connection: Transaction, number: int) -> Contact:
    found = rows.get(connection, number)
    if found.removed_at is not None:
        raise ConflictError(f"contact {number} was taken out of the register")
    return found


def enter(connection: Transaction, actor: Actor, told: Told, at: int) -> int:
    """Enter a checked contact within a transaction; its number."""
    number = rows.add(connection, told, at, actor.name)
    _record(connection, actor, number, "added")
    return number


def checked_contact(told: Told, at: int, kept_key: str = "") -> Told:
    """Give an entry whose texts are texts; a key that was there before may have expired since. Raises UsageError."""
    if told.kind not in set(ContactKind):
        raise UsageError(f"a contact is one of {', '.join(ContactKind)}")
    email = checked_line(told.email, "an e-mail address", LINE_LIMIT, least=0)
    if email and not _MAIL.fullmatch(email):
        raise UsageError("an e-mail address has one @ and no blanks")
    if strange := sorted(set(told.platforms) - load_platforms().keys()):
        raise UsageError(f"there is no platform {strange[0]}")
    phone = checked_line(told.phone, "a telephone number", LINE_LIMIT, least=0)
    channel = checked_line(told.channel, "a channel", LINE_LIMIT, least=0)
    if not (email or phone or channel):
        raise UsageError("say how to reach them: an e-mail address, a telephone number or another channel")
    key = told.pgp_key.strip()
    return Told(
        kind=told.kind,
        agency=checked_line(told.agency, "an agency", LINE_LIMIT),
        name=checked_line(told.name, "a name", LINE_LIMIT, least=0),
        position=checked_line(told.position, "a position", LINE_LIMIT, least=0),
        email=email,
        phone=phone,
        address=checked_text(told.address, "an address", NOTE_LIMIT, least=0),
        channel=channel,
        pgp_key=key if not key or key == kept_key.strip() else openpgp.check_key(key, at).armoured,
        platforms=tuple(sorted(set(told.platforms))),
        cii=told.cii,
        note=checked_text(told.note, "a note", NOTE_LIMIT, least=0),
    )


def _record(connection: Transaction, actor: Actor, number: int, what: str) -> None:
    entry = Entry(actor.name, actor.via, AuditAction.CONTACT_CHANGED, "contact", str(number), {"what": what})
    append(connection, entry)
