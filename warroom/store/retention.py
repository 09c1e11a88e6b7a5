"""Deletes days of logs that need not be kept any more: whole days of a feed, never under a hold.

The holds are read in the transaction that deletes: one that is set before it counts. Each deletion is an entry of the
audit chain and of the segments' log, so the signed lists know of it and the check stays clean.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, func, select

from warroom.machine.log import log
from warroom.model import Status
from warroom.store import holds, manifest
from warroom.store.audit import AuditAction, Entry, Via, append
from warroom.store.canonical import Json, digest
from warroom.store.database import State, from_us, now_us, upsert
from warroom.store.keeping import FeedDay, HeldIncident, Policy, deletable
from warroom.store.lease import Lease
from warroom.store.retired import Retired
from warroom.store.rollups import prune_counts
from warroom.store.tables import alerts, feed_states, incidents, meta, segments

_SEEN: Final = "retention_seen_at"
_CALM: Final = "retention_calm_at"
#: After so long without a look, or after a jump of our clock, nothing is deleted for a day.
_JUMP_US: Final = 2 * 86_400_000_000
_CALM_US: Final = 86_400_000_000


class Retention:
    """Deletes what is due in one data folder; only the holder of the writer's lease may."""

    def __init__(self, state: State, data_dir: Path, lease: Lease, policy: Policy) -> None:
        self._state, self._lease, self._policy = state, lease, policy
        self._retired = Retired(data_dir)

    def run(self) -> int:
        """Delete every day that is due, remove files of those deleted a while ago; how many days of feeds.

        Raises:
            LeaseError: another worker took the folder over.
        """
        self._retired.unlink()
        at = now_us()
        with self._state.write() as connection:
            self._lease.hold(connection)
            if not _clock_is_calm(connection, at):
                return 0
            prune_counts(connection, at)
        with self._state.read() as connection:
            days = sorted({one.day for one in due(connection, self._policy, at)})
        return sum(self._delete(day, at) for day in days)

    def _delete(self, day: str, at: int) -> int:
        gone: list[str] = []
        with self._state.write("feeds") as connection:
            self._lease.hold(connection)
            found = due(connection, self._policy, at, day)
            for one in found:
                gone += self._delete_one(connection, one)
        self._retired.add(gone)
        for one in found:
            log().info("a day of logs was deleted: its time is over", feed=one.feed_id, day=one.day)
        return len(found)

    def _delete_one(self, connection: Connection, one: FeedDay) -> list[str]:
        own = (segments.c.feed_id == one.feed_id) & (segments.c.day == one.day)
        told = connection.execute(
            select(func.count(), func.sum(segments.c.rows), func.sum(segments.c.bytes)).where(own)
        )
        count, rows, size = told.one()
        paths = connection.scalars(select(segments.c.path).where(own).order_by(segments.c.id)).all()
        removed = manifest.remove(connection, paths, one.day, {"retention_days": self._policy.traffic_days})
        body: dict[str, Json] = {
            "segments": count,
            "rows": int(rows),
            "bytes": int(size),
            "list_sha256": digest("warroom deleted 1", removed),
            "retention_days": self._policy.traffic_days,
        }
        subject = f"{one.feed_id}/{one.day}"
        append(connection, Entry("worker", Via.WORKER, AuditAction.RETENTION_DELETED, "feed_day", subject, body))
        return list(paths)


def due(connection: Connection, policy: Policy, at: int, day: str | None = None) -> list[FeedDay]:
    """Give the days of feeds that may be deleted now; ``day``: only of this one."""
    found = _feed_days(connection, day)
    today = from_us(at).strftime("%Y-%m-%d")
    held = holds.find(connection, active_on=today)
    numbers = [one.incident_id for one in held if one.incident_id is not None]
    return deletable(found, held, _held_incidents(connection, numbers), policy, from_us(at))


def _feed_days(connection: Connection, day: str | None) -> list[FeedDay]:
    query = (
        select(
            segments.c.feed_id,
            feed_states.c.platform_id,
            segments.c.day,
            func.min(segments.c.min_ts).label("min_ts"),
            func.max(segments.c.max_ts).label("max_ts"),
        )
        .outerjoin(feed_states, feed_states.c.feed_id == segments.c.feed_id)
        .group_by(segments.c.feed_id, segments.c.day)
        .order_by(segments.c.day, segments.c.feed_id)
    )
    if day is not None:
        query = query.where(segments.c.day == day)
    return [FeedDay(**row) for row in connection.execute(query).mappings()]


def _held_incidents(connection: Connection, numbers: list[int]) -> list[HeldIncident]:
    found = []
    for row in connection.execute(select(incidents).where(incidents.c.id.in_(numbers))):
        feeds = connection.scalars(select(alerts.c.feed_id).where(alerts.c.incident_id == row.id).distinct())
        last = row.last_at if row.status == Status.CLOSED else None
        found.append(HeldIncident(row.id, row.platform_id, frozenset(feeds), row.first_at, last))
    return found


def _clock_is_calm(connection: Connection, at: int) -> bool:
    """Whether our clock went on as clocks do for a day: one that was set wrong for a moment deletes nothing."""
    told = {row.key: int(row.value) for row in connection.execute(select(meta).where(meta.c.key.in_((_SEEN, _CALM))))}
    seen, calm = told.get(_SEEN), told.get(_CALM, 0)
    if seen is None or abs(at - seen) > _JUMP_US:
        calm = at + _CALM_US
        log().warning("nothing is deleted for a day: our clock was set, or nobody looked for long")
    for key, value in ((_SEEN, at), (_CALM, calm)):
        row = upsert(meta).values(key=key, value=str(value))
        connection.execute(row.on_conflict_do_update(index_elements=["key"], set_={"value": str(value)}))
    return at >= calm
