"""Lets a day that was made in a moment have taken its time."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from sqlalchemy import select, update

from warroom.store.database import now_us
from warroom.store.duty_tables import outbox
from warroom.store.sealing import touch
from warroom.store.tables import incident_log, incidents

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from warroom.store.database import State

_SECOND: Final = 1_000_000
#: An incident is opened so long after its last alert's first line.
_SEEN_AFTER: Final = 20 * _SECOND
#: The first of a shift's deeds was so long ago.
_SPAN: Final = 4_500 * _SECOND
_WORKER: Final = "worker"
#: Messages come so far apart.
_BETWEEN: Final = 190 * _SECOND
_MOMENTS: Final = ("opened_at", "acknowledged_at", "closed_at", "updated_at")


def spread(state: State, first: int) -> None:
    """Set every incident's opening to its first alert, and its log evenly from there to now; messages likewise.

    Args:
        state: the store.
        first: the shift's first incident.
    """
    now = now_us()
    with state.write("incidents", "outbox") as connection:
        moved = _spread_deeds(connection, first, now)
        for row in connection.execute(select(incidents).where(incidents.c.id >= first)).mappings().all():
            opened = row["first_at"] + _SEEN_AFTER
            times = {name: moved.get(row[name], opened) for name in _MOMENTS if row[name] is not None}
            connection.execute(update(incidents).where(incidents.c.id == row["id"]).values(times))
            touch(connection, "incidents", row["id"])
        messages = connection.execute(select(outbox.c.id, outbox.c.state).order_by(outbox.c.id)).all()
        for place, (number, state_now) in enumerate(reversed(messages)):
            at = now - (1 + place) * _BETWEEN
            times = {"created_at": at, "ended_at": None if state_now == "waiting" else at + 2 * _SECOND}
            connection.execute(update(outbox).where(outbox.c.id == number).values(times))


def _spread_deeds(connection: Connection, first: int, now: int) -> dict[int, int]:
    """Move what people did apart, ever closer towards now, in its order; gives the new moment of each old one.

    What the worker did stands at its incident's opening, and nobody did anything before that.
    """
    begun_at = select(incidents.c.id, incidents.c.first_at + _SEEN_AFTER)
    opened = {number: at for number, at in connection.execute(begun_at)}  # noqa: C416 - rows are no tuples
    wanted = select(incident_log.c.id, incident_log.c.at, incident_log.c.incident_id, incident_log.c.actor)
    entries = connection.execute(wanted.where(incident_log.c.incident_id >= first).order_by("id")).all()
    deeds = [row.at for row in entries if row.actor != _WORKER]
    moved: dict[int, int] = {}
    for row in entries:
        begun = opened[row.incident_id]
        if row.actor == _WORKER:
            at = begun
        else:
            left = (len(deeds) - bisect_left(deeds, row.at)) / len(deeds)
            at = max(begun + 5 * _SECOND, now - int(_SPAN * left**3))
        moved[row.at] = at
        connection.execute(update(incident_log).where(incident_log.c.id == row.id).values(at=at))
        touch(connection, "incident_log", row.id)
    return moved
