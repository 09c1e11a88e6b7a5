"""Look backs: searches of stored events for indicators that are new, with how far each has come.

A look back is a row, a Parquet file with its indicators and a list of the files with events that it looks through,
newest first, as they were when it was made. Its progress is written in the transaction that writes what it found, so
after a crash it goes on behind the last file that was through, and finds nothing twice.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection, RowMapping, delete, select

from warroom.errors import StoreError
from warroom.model import Alert
from warroom.store.database import State, raise_counter
from warroom.store.durable import no_room, sync_folder
from warroom.store.intel.findings import TOPIC, Findings, keep
from warroom.store.intel.tables import intel_look_backs
from warroom.store.lease import Lease
from warroom.store.raising import add_alerts
from warroom.store.tables import alerts as alert_table
from warroom.store.tables import segments

#: Below the state folder.
FOLDER: Final = "look_backs"
#: Look backs that are over are kept this long, to be shown.
_KEPT_US: Final = 90 * 86_400_000_000
_LONGEST_FAILURE: Final = 500
_LOOKED_UP: Final = 2_000  # alerts asked for by one statement
_LIST: Final = ".files"
#: Column of the indicators: they are looked for in events behind this one.
AFTER: Final = "after_id"
ADVICE: Final = "free space; the worker retries by itself"


@dataclass(frozen=True, slots=True)
class LookBack:
    """A look back as stored: see ``intel_look_backs``; times in microseconds since 1970."""

    id: int
    made_at: int
    feeds: tuple[str, ...]
    path: str
    indicators: int
    since: int
    before_id: int
    files: int
    files_done: int
    last_path: str
    events: int
    alerts: int
    finished_at: int | None
    failure: str | None

    @property
    def over(self) -> bool:
        """Whether nothing more comes of it."""
        return self.finished_at is not None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A look back that is to be.

    Args:
        path: file with its indicators, relative to the state folder: see ``warroom.store.intel.swaps.prepare``.
        indicators: how many these are.
        feeds: which list them.
        since: events of this time and later are looked through, microseconds since 1970.
        at: when it was prepared.
    """

    path: str
    indicators: int
    feeds: tuple[str, ...]
    since: int
    at: int


def add(connection: Connection, data_dir: Path, wanted: Wanted, before_id: int) -> int:
    """Write a look back down, of which ``wanted.path`` is durable; its number. Raises DiskFullError.

    ``before_id`` is the last event's id that it looks at.
    """
    files = _files(connection, wanted.since, before_id)
    listed = (data_dir / wanted.path).with_suffix(_LIST)
    draft = listed.with_suffix(".draft")
    with no_room(draft, ADVICE):
        draft.write_text("\n".join(files), encoding="utf-8")
        settle(draft, listed)
    sync_folder(listed.parent)
    row = intel_look_backs.insert().values(
        made_at=wanted.at,
        feeds=json.dumps(wanted.feeds),
        path=wanted.path,
        indicators=wanted.indicators,
        since=wanted.since,
        before_id=before_id,
        files=len(files),
    )
    return int(connection.execute(row.returning(intel_look_backs.c.id)).scalar_one())


def unfinished(state: State) -> list[LookBack]:
    """Give the look backs that are not over, the oldest first: the order in which they run."""
    with state.read() as connection:
        return waiting(connection)


def waiting(connection: Connection) -> list[LookBack]:
    """Give the same inside a transaction."""
    wanted = select(intel_look_backs).where(intel_look_backs.c.finished_at.is_(None))
    return [_look_back(row) for row in connection.execute(wanted.order_by(intel_look_backs.c.id)).mappings()]


def newest(connection: Connection, limit: int) -> list[LookBack]:
    """Give the last look backs, the newest first."""
    wanted = select(intel_look_backs).order_by(intel_look_backs.c.id.desc()).limit(limit)
    return [_look_back(row) for row in connection.execute(wanted).mappings()]


def contents(data_dir: Path, look_back: LookBack) -> tuple[pa.Table, list[str]]:
    """Give the indicators of a look back, and the files that it looks through, in order.

    Raises:
        StoreError: they are gone, such as in a store that was restored from a backup.
    """
    path = data_dir / look_back.path
    try:
        listed = path.with_suffix(_LIST).read_text(encoding="utf-8").splitlines()
        return pq.read_table(path, partitioning=None), listed
    except (OSError, pa.ArrowException, UnicodeDecodeError) as problem:
        raise StoreError(f"the indicators of look back {look_back.id} cannot be read: {type(problem).__name__}") from (
            problem
        )


def raised_before(state: State, made_at: int, alert_ids: Sequence[str]) -> set[str]:
    """Give those of some alerts that were there before a look back was made.

    They are left alone by it: their events were counted when they came, or by a look back before.
    """
    with state.read() as connection:
        return {one for one, at in _raised_at(connection, alert_ids).items() if at < made_at}


@dataclass(frozen=True, slots=True)
class Step:
    """Files of a look back that were looked through: how many, the last of them, how many events they had."""

    files: int
    last_path: str
    events: int


def advance(
    state: State, lease: Lease, look_back: LookBack, step: Step, found: tuple[Sequence[Alert], Findings], at: int
) -> int | None:
    """Write what some files held, and that they are through; how many alerts are new, None where it was cancelled.

    What ``raised_before`` gave must not be among the alerts.

    Raises:
        LeaseError: another worker took over; it will go on.
    """
    alerts, findings = found
    own = intel_look_backs.c.id == look_back.id
    with state.write(TOPIC) as connection:
        lease.hold(connection)
        if connection.scalar(select(intel_look_backs.c.finished_at).where(own)) is not None:
            return None
        ids = {one.alert_id for one in alerts}
        count = len(ids) - len(_raised_at(connection, list(ids)))
        keep(connection, findings, at)
        if add_alerts(connection, alerts, at):
            raise_counter(connection, "alerts")
        table = intel_look_backs.c
        connection.execute(
            intel_look_backs.update()
            .where(own)
            .values(
                files_done=table.files_done + step.files,
                last_path=step.last_path,
                events=table.events + step.events,
                alerts=table.alerts + count,
            )
        )
    return count


def finish(state: State, data_dir: Path, lease: Lease, look_back: LookBack, at: int, failure: str | None) -> None:
    """Let a look back be over, and remove its files; ``failure`` says why it did not come to its end.

    Raises:
        LeaseError: another worker took over.
    """
    with state.write(TOPIC) as connection:
        lease.hold(connection)
        _end(connection, look_back.id, at, failure)
    _remove(data_dir / look_back.path)


def cancel(connection: Connection, number: int, at: int, why: str) -> bool:
    """Let a look back be over at once, from any process; whether it was not. What it found stays."""
    changed = _end(connection, number, at, why)
    if changed:
        raise_counter(connection, TOPIC)
    return changed


def sweep(state: State, data_dir: Path, lease: Lease, at: int, kept: str) -> None:
    """Remove files of look backs that are over or were never written down, and forget old rows.

    Only the holder of the lease may call it, before it makes any. ``kept`` is the path of a file that stays.
    """
    with state.write() as connection:
        lease.hold(connection)
        old = intel_look_backs.c.finished_at < at - _KEPT_US
        connection.execute(delete(intel_look_backs).where(old))
    known = {kept, *(one.path for one in unfinished(state))}
    for path in (data_dir / FOLDER).glob("*"):
        if str(path.with_suffix(".parquet").relative_to(data_dir)) not in known or path.suffix in {".tmp", ".draft"}:
            path.unlink(missing_ok=True)


def _files(connection: Connection, since: int, before_id: int) -> list[str]:
    """Give the files with events that may be wanted, newest day first; what may be merged stands together."""
    table = segments.c
    wanted = (
        select(table.path)
        .where(table.kind == "events", table.max_ts >= since, table.min_id <= before_id)
        .order_by(table.day.desc(), table.feed_id, table.max_id.desc())
    )
    return list(connection.scalars(wanted))


def _raised_at(connection: Connection, alert_ids: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(alert_ids), _LOOKED_UP):
        own = alert_table.c.id.in_(alert_ids[start : start + _LOOKED_UP])
        found |= {
            row.id: row.raised_at
            for row in connection.execute(select(alert_table.c.id, alert_table.c.raised_at).where(own))
        }
    return found


def _end(connection: Connection, number: int, at: int, failure: str | None) -> bool:
    told = None if failure is None else failure[:_LONGEST_FAILURE]
    wanted = (intel_look_backs.c.id == number) & intel_look_backs.c.finished_at.is_(None)
    ended = intel_look_backs.update().where(wanted).values(finished_at=at, failure=told, path="")
    return connection.execute(ended).rowcount == 1


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.with_suffix(_LIST).unlink(missing_ok=True)


def settle(draft: Path, final: Path) -> None:
    """Let a whole draft have its name, durably but for the folder."""
    draft.chmod(0o600)
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.rename(final)


def _look_back(row: RowMapping) -> LookBack:
    told = {one.name: row[one.name] for one in fields(LookBack)}
    return LookBack(**told | {"feeds": tuple(json.loads(row["feeds"]))})
