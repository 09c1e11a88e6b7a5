"""Where the audit chain stands: its newest entry, the newest signed head, and what has left the machine."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from warroom.store.audit_tables import audit, heads


@dataclass(frozen=True, slots=True)
class Standing:
    """The chain and its heads; times in microseconds, 0 and None where there is nothing yet."""

    newest: int
    """Number of the newest entry."""
    head_number: int
    head_at: int | None
    covered: int
    """Up to which entry the newest head vouches."""
    sent_at: int | None
    """When a head was last safe in the file on another volume."""
    unsent: int
    """Heads that are not."""

    @property
    def uncovered(self) -> int:
        """Entries younger than the newest head."""
        return max(0, self.newest - self.covered)


def read(connection: Connection) -> Standing:
    """Read where the chain stands."""
    newest = connection.scalar(select(func.max(audit.c.seq))) or 0
    head = connection.execute(
        select(heads.c.number, heads.c.at, heads.c.document).order_by(heads.c.number.desc()).limit(1)
    ).one_or_none()
    sent_at = connection.scalar(select(func.max(heads.c.sent_at)))
    unsent = connection.scalar(select(func.count()).select_from(heads).where(heads.c.sent_at.is_(None))) or 0
    if head is None:
        return Standing(newest, 0, None, 0, sent_at, unsent)
    return Standing(newest, head.number, head.at, int(json.loads(head.document)["audit"][0]), sent_at, unsent)
