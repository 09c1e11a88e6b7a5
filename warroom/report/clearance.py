"""Who may take out what, how marked, for whom: decided before anything is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from warroom.access.changing import checked_line, checked_text
from warroom.access.guard import check
from warroom.access.roles import Permission
from warroom.errors import UsageError
from warroom.report import openpgp
from warroom.report.marking import Tlp

if TYPE_CHECKING:
    from warroom.access.actor import Actor
    from warroom.store.contacts import Contact

#: The strictest mark whose circle is not of named organisations.
_WIDE: Final = Tlp.GREEN
#: Characters of a reason for personal data, of a recipient's name, of what binds them besides.
LEAST_REASON: Final = 10
MOST_REASON: Final = 300
_RECIPIENT: Final = 300
_STATEMENT: Final = 1_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to take out.

    ``formats`` are names of ``formats.FORMATS``; ``contact_id`` is of the register, ``recipient`` names somebody who
    is not in it; ``reveal`` is why personal data is needed, empty: it is masked; ``encrypt`` False leaves a pack for a
    contact with a key open.
    """

    formats: tuple[str, ...]
    tlp: Tlp
    recipient: str = ""
    contact_id: int | None = None
    statement: str = ""
    reveal: str = ""
    encrypt: bool = True


@dataclass(frozen=True, slots=True)
class Cleared:
    """What may leave: to whom, what binds them, why unmasked (empty: masked), the key to encrypt to (or empty)."""

    tlp: Tlp
    recipient: str
    statement: str
    reason: str
    key: str


def clear(actor: Actor, platform: str, wanted: Wanted, contact: Contact | None, now: int) -> Cleared:
    """Say what may leave.

    - ``TLP:RED`` goes to somebody who is named.
    - A mark that lets a community or everybody read it (``GREEN``, ``CLEAR``) is set by who releases what is sent.
    - Personal data needs the permission to see it and a reason, and never goes to so wide a circle.
    - A pack for a contact with an OpenPGP key is encrypted; left open it may be where it is neither red nor unmasked.

    Raises:
        ForbiddenError: the actor lacks a permission, or may not see the platform.
        UsageError: something is missing, too long, or does not go together; the key cannot be used.
    """
    check(actor, Permission.EXPORT, platform)
    recipient = checked_line(wanted.recipient, "a recipient", _RECIPIENT, least=0)
    if contact is not None:
        if contact.removed_at is not None:
            raise UsageError(f"contact {contact.id} was taken out of the register: choose another one")
        recipient = contact.label
    if wanted.tlp is Tlp.RED and not recipient:
        raise UsageError("TLP:RED is for named recipients only: say for whom this is")
    if wanted.tlp.rank <= _WIDE.rank:
        check(actor, Permission.SEND_REPORTS, platform)
    reason = _reason(actor, platform, wanted, recipient)
    key = _key(wanted, contact, reason, now)
    statement = checked_text(wanted.statement, "a statement", _STATEMENT, least=0)
    return Cleared(wanted.tlp, recipient, statement, reason, key)


def _reason(actor: Actor, platform: str, wanted: Wanted, recipient: str) -> str:
    """Give why personal data goes out; empty where it is masked."""
    reason = checked_line(wanted.reveal, "a reason", MOST_REASON, least=0)
    if not reason:
        return ""
    check(actor, Permission.REVEAL_PERSONAL_DATA, platform)
    if len(reason) < LEAST_REASON:
        raise UsageError(f"a reason has {LEAST_REASON} to {MOST_REASON} characters: say which case asks for it")
    if wanted.tlp.rank <= _WIDE.rank or not recipient:
        raise UsageError("personal data goes to a named recipient, marked TLP:AMBER or stricter")
    return reason


def _key(wanted: Wanted, contact: Contact | None, reason: str, now: int) -> str:
    """Give the key to encrypt to; empty where the recipient has none, or may do without."""
    key = contact.told.pgp_key if contact is not None else ""
    if not key:
        return ""
    if wanted.encrypt:
        openpgp.check_key(key, now)
        return key
    if wanted.tlp is Tlp.RED or reason:
        raise UsageError("what is TLP:RED or holds personal data is encrypted where the recipient has a key")
    return ""
