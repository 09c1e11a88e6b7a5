"""Collector of answers: tries the addresses of a platform, for "the system did not go down" has to be shown.

Each try is a record, a JSON object, written by us; nothing of what the other side answered is in it but its status.
What is promised: a try for every interval in which the worker runs. There is nothing to read again: a worker that is
killed between a try and its commit loses that try.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, cast

import pyarrow as pa

from warroom.collect.chunk import Chunk, ProbeResult
from warroom.collect.trial import Tried, attempt

if TYPE_CHECKING:
    from warroom.catalog import Feed
    from warroom.catalog.transports.probe import Probe
    from warroom.collect.collector import Surroundings
    from warroom.net import Network

_AT_ONCE: Final = 4
_SOURCE: Final = "probe"


def open_collector(feed: Feed, positions: Mapping[str, str], surroundings: Surroundings) -> ProbeCollector:
    """Open the collector of a feed of probes."""
    return ProbeCollector(cast("Probe", feed.collect), positions, surroundings.allowed)


class ProbeCollector:
    """Tries every address once a poll. Its position is how many tries there were."""

    def __init__(self, probe: Probe, positions: Mapping[str, str], allowed: tuple[Network, ...]) -> None:
        self._probe, self._allowed = probe, allowed
        self._count = int(positions.get(_SOURCE, "0"))
        self.problems: list[str] = []

    def poll(self, now: datetime) -> Iterator[Chunk]:
        """Try all addresses, several at once."""
        self.problems = []
        try:
            trust = ssl.create_default_context(cafile=self._probe.ca)
        except OSError as problem:
            self.problems = [f"{self._probe.ca}: no authorities can be read from it: {problem}"]
            return
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            tries = list(threads.map(lambda target: self._try(target, trust), self._probe.targets))
        records = [json.dumps(self._told(one, now), ensure_ascii=False, sort_keys=True) for one in tries]
        first = self._count
        yield Chunk(
            _SOURCE,
            ", ".join(self._probe.targets),
            pa.array([record.encode() for record in records], pa.binary()),
            pa.array(range(first, first + len(records)), pa.int64()),
            [],
            str(first + len(records)),
            probes=tuple(_result(one) for one in tries),
        )

    def accept(self, chunk: Chunk) -> None:
        """Count the tries."""
        self._count = int(chunk.position)

    def close(self) -> None:
        """Hold nothing: no connection outlives its try."""

    def _try(self, target: str, trust: ssl.SSLContext) -> Tried:
        found = attempt(target, self._allowed, trust, self._probe.seconds)
        if found.fault is None:
            if found.status not in self._probe.statuses:
                found.fault = f"status {found.status}"
            elif self._probe.contains.encode() not in found.body:
                found.fault = "the answer does not contain what it should"
        return found

    def _told(self, found: Tried, now: datetime) -> dict[str, Any]:
        """Give a try as what is written of it: whole milliseconds, days of the certificate that are left."""
        told: dict[str, Any] = {
            "ts": now.astimezone(UTC).isoformat(timespec="milliseconds"),
            "target": found.target,
            "result": "failure" if found.fault else "success",
            "reason": found.fault,
            "status": found.status,
            "latency_ms": _whole(found.answered_ms),
            "dns_ms": _whole(found.looked_up_ms),
            "connect_ms": _whole(found.connected_ms),
            "tls_ms": _whole(found.encrypted_ms),
            "dst_ip": found.address,
            "addresses": list(found.addresses),
        }
        if found.certificate_until is not None:
            days = (found.certificate_until - now).days
            told["certificate_until"] = found.certificate_until.isoformat(timespec="seconds")
            told["certificate_days_left"] = days
            told["certificate_ends_soon"] = days < self._probe.certificate_days
        return {name: value for name, value in told.items() if value is not None}


def _whole(milliseconds: float | None) -> int | None:
    return None if milliseconds is None else round(milliseconds)


def _result(found: Tried) -> ProbeResult:
    return ProbeResult(
        found.target,
        found.fault is None,
        found.status,
        None if found.answered_ms is None else round(found.answered_ms * 1000),
        found.certificate_until,
        found.addresses,
        found.fault,
    )
