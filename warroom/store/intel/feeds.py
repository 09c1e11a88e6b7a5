"""Feeds of intelligence: what their files say, how they are doing, and what they have."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Row, insert, select, update

from warroom.store.database import State, raise_counter
from warroom.store.intel.snapshots import TOPIC
from warroom.store.intel.tables import intel_feeds

#: The way of what is loaded by hand: it has no file.
BY_HAND: Final = "by_hand"
#: So many refused items are kept with their reasons.
MOST_REFUSALS: Final = 100


@dataclass(frozen=True, slots=True)
class Registered:
    """A feed as its file says it; see ``warroom.catalog.intel_feeds.IntelFeed``. Lengths of time in microseconds."""

    feed_id: str
    title_th: str
    title_en: str
    way: str
    format: str
    licence: str
    about: str
    confidence: int
    tlp: str
    severity: str | None
    lifetime_us: int | None
    mark: str
    drill: bool
    every_us: int
    stale_after_us: int
    enabled: bool


@dataclass(frozen=True, slots=True)
class FeedRow(Registered):
    """A feed with how it is doing; times in microseconds since 1970, None: never, or not now."""

    tried_at: int | None
    succeeded_at: int | None
    changed_at: int | None
    failing_since: int | None
    failure: str | None
    failures: int
    cursor: str
    items: int
    indicators: int
    by_kind: Mapping[str, int]
    counts: Mapping[str, int]
    refused: int
    refusals: tuple[tuple[str, str], ...]

    def stale(self, now: int) -> bool:
        """Whether it is switched on, and its last successful poll is longer ago than it may be (or never was)."""
        return self.enabled and (self.succeeded_at is None or now - self.succeeded_at > self.stale_after_us)


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a feed has after a poll.

    Args:
        items: in its documents; of a feed that tells only what is new: rows of its tables.
        by_kind: indicators by kind.
        counts: what else there is, by the documents' own types, or by the names of tables.
        refused: items that were not taken; ``refusals`` the first of them, each with the reason.
    """

    items: int
    by_kind: Mapping[str, int]
    counts: Mapping[str, int]
    refused: int
    refusals: Sequence[tuple[str, str]]


_SAID: Final = tuple(Registered.__dataclass_fields__)
_COLUMNS: Final = tuple(FeedRow.__dataclass_fields__)


def register(state: State, feeds: Sequence[Registered]) -> None:
    """Make the store know what the feeds' files say now, also of those that are switched off.

    A feed without a file is switched off; what it brought stays, for a file may only be faulty for a while.
    """
    with state.write() as connection:
        known = {row.feed_id: row for row in rows(connection)}
        for one in feeds:
            write(connection, one, known.get(one.feed_id))
        said = {one.feed_id for one in feeds}
        lost = [name for name, row in known.items() if row.enabled and row.way != BY_HAND and name not in said]
        if lost:
            connection.execute(update(intel_feeds).where(intel_feeds.c.feed_id.in_(lost)).values(enabled=False))
            raise_counter(connection, TOPIC)


def write(connection: Connection, feed: Registered, known: FeedRow | None) -> None:
    """Write down what a feed's file says, if that is not what is ``known``."""
    said = {name: getattr(feed, name) for name in _SAID}
    if known is None:
        connection.execute(insert(intel_feeds).values(**said))
    elif said != {name: getattr(known, name) for name in _SAID}:
        connection.execute(update(intel_feeds).where(intel_feeds.c.feed_id == feed.feed_id).values(**said))
    else:
        return
    raise_counter(connection, TOPIC)


def rows(connection: Connection) -> list[FeedRow]:
    """Give every feed, by id."""
    found = connection.execute(select(*(intel_feeds.c[name] for name in _COLUMNS)).order_by(intel_feeds.c.feed_id))
    return [_row(row) for row in found]


def one(connection: Connection, feed_id: str) -> FeedRow | None:
    """Give one feed; None where it was never registered."""
    wanted = select(*(intel_feeds.c[name] for name in _COLUMNS)).where(intel_feeds.c.feed_id == feed_id)
    found = connection.execute(wanted).first()
    return None if found is None else _row(found)


def succeeded(
    connection: Connection, feed_id: str, at: int, cursor: str, holdings: Holdings | None, *, changed: bool
) -> None:
    """A poll went well; ``holdings`` where documents came, ``changed`` where they changed something."""
    told: dict[str, object] = {
        "tried_at": at,
        "succeeded_at": at,
        "failing_since": None,
        "failure": None,
        "failures": 0,
        "cursor": cursor,
    }
    if holdings is not None:
        told |= {
            "items": holdings.items,
            "indicators": sum(holdings.by_kind.values()),
            "by_kind": json.dumps(holdings.by_kind),
            "counts": json.dumps(holdings.counts, ensure_ascii=False),
            "refused": holdings.refused,
            "refusals": json.dumps(list(holdings.refusals)[:MOST_REFUSALS], ensure_ascii=False),
        }
    if changed:
        told["changed_at"] = at
    connection.execute(update(intel_feeds).where(intel_feeds.c.feed_id == feed_id).values(**told))


def failed(connection: Connection, feed_id: str, at: int, reason: str) -> None:
    """A poll failed: what was known before stays."""
    own = intel_feeds.c.feed_id == feed_id
    known = connection.execute(select(intel_feeds.c.failing_since, intel_feeds.c.failures).where(own)).first()
    if known is None:
        return
    since = at if known.failing_since is None else known.failing_since
    told = {"tried_at": at, "failing_since": since, "failure": reason, "failures": known.failures + 1}
    connection.execute(update(intel_feeds).where(own).values(**told))


def _row(row: Row[tuple[object, ...]]) -> FeedRow:
    told = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name
    told["by_kind"], told["counts"] = json.loads(told["by_kind"]), json.loads(told["counts"])
    told["refusals"] = tuple((item, reason) for item, reason in json.loads(told["refusals"]))
    return FeedRow(**told)
