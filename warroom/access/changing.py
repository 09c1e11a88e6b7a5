"""What every change to an incident has in common: who may, that it is still as it was seen, texts that are texts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from warroom.access.actor import Actor
from warroom.access.guard import check
from warroom.access.roles import Permission
from warroom.errors import ConflictError, UsageError
from warroom.model import Status
from warroom.store import incidents as store
from warroom.store.database import State, Transaction, now_us

_FIRST_US: Final = 946_684_800_000_000  # 2000-01-01: earlier times are typing mistakes
_AHEAD_US: Final = 300_000_000


@contextmanager
def changing(
    state: State, incident_id: int, actor: Actor, permission: Permission, version: int | None = None
) -> Iterator[tuple[Transaction, store.Incident, int]]:
    """Give a write transaction, the incident and our clock, where the actor may change an incident of its platform.

    Raises:
        NotFoundError: no such incident.
        ForbiddenError: not for this platform.
        ConflictError: ``version`` is not the incident's any more.
    """
    with state.write("incidents") as connection:
        incident = store.get(connection, incident_id)
        check(actor, permission, incident.platform_id)
        if version is not None and version != incident.version:
            raise ConflictError(
                f"incident {incident_id} was changed by somebody else meanwhile: look again, then repeat"
            )
        yield connection, incident, now_us()


def must_be_open(incident: store.Incident) -> None:
    """Raise ConflictError where an incident is closed."""
    if incident.status is Status.CLOSED:
        raise ConflictError(f"incident {incident.id} is closed: reopen it first")


def checked_text(text: str, what: str, most: int, *, least: int = 1) -> str:
    """Give a text without blanks around it. Raises UsageError where it is too short, too long or no text."""
    text = text.strip()
    if not least <= len(text) <= most or not is_text(text):
        whole = "" if is_text(text) else ", and no byte zero or half a character among them"
        raise UsageError(f"{what} needs {least} to {most} characters{whole}")
    return text


def checked_line(text: str, what: str, most: int, *, least: int = 1) -> str:
    """Give one line of a text. Raises UsageError as ``checked_text`` does."""
    return checked_text(" ".join(text.split()), what, most, least=least)


def is_text(text: str) -> bool:
    """Whether a database takes a text: halves of UTF-16's pairs come from broken programs and shells."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def checked_moment(moment: int, at: int) -> int:
    """Give a moment that is over. Raises UsageError for one in the future, or before the year 2000."""
    if not _FIRST_US <= moment <= at + _AHEAD_US:
        raise UsageError("this time lies in the future or before the year 2000: check day and hour")
    return min(moment, at)
