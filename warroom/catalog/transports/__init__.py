"""What a feed says about the way its logs come: one file per transport, each with its keys and its checks."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, cast

from warroom.catalog.values import Values


class Collect(Protocol):
    """How a feed's logs come: a frozen object of one of the modules here, equal to another that says the same."""


@dataclass(frozen=True, slots=True)
class Transport:
    """One way for logs to come.

    ``module`` stands here and in warroom/collect. ``every`` is how often a feed is looked at that does not say it.
    What ``receives`` waits for others to send, in a process that goes on: there is nothing to read once. What asks
    others by the network is ``remote``: it may wait for them, and does so apart from what is at hand.
    """

    module: str
    every: str
    receives: bool = False
    remote: bool = False


TRANSPORTS: Final[Mapping[str, Transport]] = {
    "file": Transport("files", "1s"),
    "syslog": Transport("syslog", "250ms", receives=True),
    "push": Transport("push", "250ms", receives=True),
    "pull": Transport("pull", "30s", remote=True),
    "kafka": Transport("kafka", "1s", remote=True),
    "s3": Transport("s3", "1m", remote=True),
    "table": Transport("table", "10s", remote=True),
    "evtx": Transport("evtx", "10s"),
    "probe": Transport("probe", "1m", remote=True),
}


class _Reader(Protocol):
    KEYS: tuple[str, ...]

    def read(self, values: Values, data_dir: Path) -> Collect: ...


def keys_of(transport: object) -> tuple[str, ...]:
    """Give the keys that ``collect`` may have besides ``transport`` and ``every``; none where there is no such way."""
    return _reader(transport).KEYS if isinstance(transport, str) and transport in TRANSPORTS else ()


def read_collect(transport: str, values: Values, data_dir: Path) -> Collect | None:
    """Read what stands under ``collect``; None where there is no such transport. Faults are noted in ``values``."""
    return _reader(transport).read(values, data_dir) if transport in TRANSPORTS else None


def _reader(transport: str) -> _Reader:
    return cast("_Reader", importlib.import_module(f"{__name__}.{TRANSPORTS[transport].module}"))
