"""A store with events of some days, and a finder that knows addresses: small, and independent of the index."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from warroom.enrich.envelope import Origin, add_envelope
from warroom.model import CORE, Alert, Entity, Severity
from warroom.store.commit import Batch, EventIds, commit
from warroom.store.database import State, to_us
from warroom.store.intel.findings import DAY_US, Findings, Match, Sighting
from warroom.store.lease import Lease

WINDOW_US = 300_000_000


class Past:
    """Commits events of one minute each time: ``address → how often``; ids and times grow."""

    def __init__(self, state: State, data_dir: Path, lease: Lease, begin: datetime) -> None:
        self.state, self.data_dir, self.lease = state, data_dir, lease
        self.ids = EventIds(state)
        self.at = begin
        self._positions: dict[str, str] = {}

    def add(self, addresses: Sequence[str], feed: str = "web", minutes: int = 1) -> None:
        """Commit one event for each address, a second apart, and let time pass."""
        count = len(addresses)
        times = [self.at + timedelta(seconds=number) for number in range(count)]
        columns: dict[str, pa.Array] = {"ts": pa.array(times, pa.timestamp("us", tz="UTC"))}
        columns |= {name: pa.nulls(count, kind) for name, kind in CORE.items()}
        columns["source_ip"] = pa.array(list(addresses))
        columns["fields"] = pa.array([{"hashes": [one, f"n{number}"]} for number, one in enumerate(addresses)])
        columns["raw"] = pa.array([f"line {one}".encode() for one in addresses], pa.binary())
        parsed = pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))
        origin = Origin(feed, "tang_rat", "nginx", "webserver", None, f"source-{feed}", "/var/log/access.log")
        offsets = pa.array(np.arange(count, dtype=np.int64))
        whole = add_envelope(parsed, origin, offsets, self.ids.take(count), datetime.now(UTC), timedelta(days=9_999))
        before = self._positions.get(feed)
        self._positions[feed] = str(int(before or 0) + 1)
        batch = Batch(feed, f"source-{feed}", before, self._positions[feed], count, whole, count)
        commit(self.state, self.data_dir, batch, self.ids, self.lease)
        self.at += timedelta(minutes=minutes)


class Addresses:
    """Finds source addresses of a set; alerts by feed, address and five minutes."""

    columns = ("source_ip", "fields")

    def __init__(self, listed: set[str]) -> None:
        self.listed = listed
        self.compared: list[int] = []  # rows asked about

    def rows(self, batch: pa.RecordBatch) -> npt.NDArray[np.int64]:
        self.compared.append(batch.num_rows)
        found = [one in self.listed for one in batch.column("source_ip").to_pylist()]
        return np.flatnonzero(found)

    def found(
        self, events: pa.RecordBatch, known: Callable[[list[str]], set[str]], *, drill: bool
    ) -> tuple[list[Alert], Findings]:
        groups: dict[str, list[dict[str, object]]] = {}
        for row in events.to_pylist():
            assert row["source_ip"] in self.listed
            assert row["raw"] == b""
            assert row["fields"]["hashes"][0] == row["source_ip"]
            key = f"{row['feed_id']} {row['source_ip']} {to_us(row['ts']) // WINDOW_US}"
            groups.setdefault(hashlib.sha256(key.encode()).hexdigest(), []).append(row)
        for one in known(list(groups)):
            del groups[one]
        return [alert_of(name, rows, drill=drill) for name, rows in groups.items()], Findings(
            [
                Match(name, "ipv4", rows[0]["source_ip"], "x", "source_ip", 75, "[]", True)
                for name, rows in groups.items()
            ],
            [
                Sighting(
                    "ipv4",
                    row["source_ip"],
                    to_us(row["ts"]) // DAY_US,
                    "tang_rat",
                    1,
                    to_us(row["ts"]),
                    to_us(row["ts"]),
                )
                for rows in groups.values()
                for row in rows
            ],
        )


def alert_of(name: str, rows: list[dict], *, drill: bool) -> Alert:
    """One alert of some events."""
    return Alert(
        alert_id=name,
        rule_id="intel.ipsum",
        rule_title="Listed",
        severity=Severity.MEDIUM,
        platform_id="tang_rat",
        feed_id=rows[0]["feed_id"],
        first_at=min(row["ts"] for row in rows),
        last_at=max(row["ts"] for row in rows),
        count=len(rows),
        entities=(Entity("address", rows[0]["source_ip"]),),
        event_ids=tuple(row["event_id"] for row in rows[:5]),
        drill=drill,
    )
