"""A chunk: what a collector hands over at a time, and what is committed with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What an address of a platform answered; ``latency_us`` until the head of the answer was there."""

    target: str
    up: bool
    status: int | None
    latency_us: int | None
    certificate_until: datetime | None
    addresses: tuple[str, ...]
    reason: str | None


@dataclass(frozen=True, slots=True)
class Chunk:
    """Records of one source that were read together, and the position to commit with them.

    Args:
        source: what the transport calls the very source; a name that never comes back for another.
        path: what people call it: a file's path, a topic, a table, the address of a peer.
        lines: the records as bytes, without line ends.
        offsets: int64, the place of each in the source, ascending over chunks: with ``source`` it names a record
            for ever.
        rejects: (place, bytes, reason) of what was received and is no record.
        position: how far the source is read when this is committed; only its collector understands it.
        lag_bytes: what is known to wait in the source after this; 0 where that is not known.
        deliveries: names under which senders delivered what is here; one that is committed is not taken again.
        lost: what the source lost since the chunk before, by kind, such as datagrams that the kernel dropped.
        probes: what addresses answered, where that is what is collected.
        header: what stands at the top of the source and says how its records are to be read.
        paths: what people call the place where each of the lines comes from, such as the address of its sender; None:
            ``path`` is that of all.
    """

    source: str
    path: str
    lines: pa.BinaryArray
    offsets: pa.Int64Array
    rejects: list[tuple[int, bytes, str]]
    position: str
    lag_bytes: int = 0
    deliveries: tuple[str, ...] = ()
    lost: Mapping[str, int] = field(default_factory=dict)
    probes: tuple[ProbeResult, ...] = ()
    header: bytes = b""
    paths: pa.StringArray | None = None

    @property
    def received(self) -> int:
        """How many records came, whatever becomes of them."""
        return len(self.lines) + len(self.rejects)
