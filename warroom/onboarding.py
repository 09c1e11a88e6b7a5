"""The onboarding matrix: every kind of log of every platform is connected, silent or was never seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from warroom.catalog import Feed, Platform
from warroom.store.usual import Usual
from warroom.store.views import FeedRow
from warroom.store.views.condition import is_silent

#: The transport that tries a platform's addresses, which stands beside the kinds of log.
PROBE = "probe"


class Connection(StrEnum):
    """How far a kind of log of a platform has come; the best of its feeds counts."""

    CONNECTED = "connected"  # lines come
    SILENT = "silent"  # they came, and have stopped
    NEVER = "never"  # a feed is switched on, and not one line came
    READY = "ready"  # a feed is defined, and not switched on
    MISSING = "missing"  # there is no feed for it


@dataclass(frozen=True, slots=True)
class Cell:
    """A kind of log of a platform: its feeds by id, the one that lines come from first, and how far it has come."""

    log_source: str
    feeds: tuple[str, ...]
    connection: Connection
    received_at: int | None = None


@dataclass(frozen=True, slots=True)
class Onboarded:
    """A platform's kinds of log in the order of its entry, and the feeds that try its addresses."""

    platform_id: str
    cells: tuple[Cell, ...]
    probing: Cell

    @property
    def probe(self) -> str | None:
        """The feed that tries its addresses, if there is one."""
        return self.probing.feeds[0] if self.probing.feeds else None

    @property
    def connection(self) -> Connection:
        """Connected where every feed that is switched on has lines; never where none ever had any."""
        seen = {cell.connection for cell in self.cells}
        if Connection.SILENT in seen:
            return Connection.SILENT
        return Connection.CONNECTED if Connection.CONNECTED in seen else Connection.NEVER


def onboarding(
    platforms: Mapping[str, Platform],
    feeds: Iterable[Feed],
    rows: Mapping[str, FeedRow],
    usual: Mapping[str, Usual],
    now: int,
) -> list[Onboarded]:
    """Judge every platform.

    Args:
        platforms: by id.
        feeds: every feed that is defined, switched on or not; those of drills do not count.
        rows: what the worker last saw of the feeds that are switched on, by id.
        usual: what usually comes of them at this hour, by id, where it is known.
        now: our clock, microseconds since 1970.
    """

    def connection(feed: Feed) -> Connection:
        return _connection(feed, rows.get(feed.id), usual.get(feed.id), now)

    by_kind: defaultdict[tuple[str, str], list[Feed]] = defaultdict(list)
    for feed in feeds:
        kind = PROBE if feed.transport == PROBE else feed.log_source
        if kind is not None and not feed.drill:
            by_kind[feed.platform_id, kind].append(feed)
    return [
        Onboarded(
            key,
            tuple(_cell(kind, by_kind[key, kind], rows, connection) for kind in platform.log_sources),
            _cell(PROBE, by_kind[key, PROBE], rows, connection),
        )
        for key, platform in platforms.items()
    ]


_ORDER = tuple(Connection)


def _cell(
    kind: str, feeds: Iterable[Feed], rows: Mapping[str, FeedRow], connection: Callable[[Feed], Connection]
) -> Cell:
    judged = sorted((_ORDER.index(connection(feed)), feed.id) for feed in feeds)
    if not judged:
        return Cell(kind, (), Connection.MISSING)
    received = [row.received_at for _, feed_id in judged if (row := rows.get(feed_id)) and row.received_at is not None]
    return Cell(kind, tuple(feed_id for _, feed_id in judged), _ORDER[judged[0][0]], max(received, default=None))


def _connection(feed: Feed, row: FeedRow | None, usual: Usual | None, now: int) -> Connection:
    if not feed.enabled:
        return Connection.READY
    if row is None or row.received_at is None:
        return Connection.NEVER
    return Connection.SILENT if is_silent(row, now, usual) else Connection.CONNECTED
