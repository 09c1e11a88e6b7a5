"""Takes documents into a feed of intelligence: reads them, merges them into what is there, and lets that count.

Only the last step changes anything, in one transaction; whatever goes wrong before leaves the feed as it was.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from warroom.errors import ConflictError
from warroom.intel.formats.read import read
from warroom.intel.formats.reading import FormatRefusedError, Reading, Refused, Told
from warroom.store.audit import Entry, append
from warroom.store.database import State
from warroom.store.intel import feeds, polls, snapshots
from warroom.store.intel.incoming import Incoming
from warroom.store.intel.merging import How, Merged, merge

#: A poll that others got in before merges once more.
_TRIES: Final = 2
_LONGEST_REASON: Final = 500


@dataclass(slots=True)
class Taking:
    """What documents brought so far; ``confidence`` is that of indicators which have none of their own."""

    incoming: Incoming
    confidence: int | None = None
    read: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    refused_count: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)
    taken: int = 0  # documents

    def document(self, path: Path, told: Told, format_: str, *, document: str = "", part: str = "") -> Reading:
        """Read a document and take what it holds; ``document`` and ``part`` where its name is not ``told.origin``.

        Raises:
            FormatRefusedError: the document is not what it should be; nothing of it is taken.
            StoreError: a feed has more than can be.
            DiskFullError: there is no room.
        """
        name = document or told.origin
        try:
            reading = read(path, told, format_)
        except FormatRefusedError as problem:
            self.refuse(name, Refused(part or name, str(problem)))
            raise
        except OSError as problem:
            refused = FormatRefusedError(f"cannot be read: {problem.strerror or problem}")
            self.refuse(name, Refused(part or name, str(refused)))
            raise refused from problem
        self.incoming.take(name, self._believed(reading.tables), reading.withdrawn, part)
        self.taken += 1
        self.read += reading.read
        self.counts.update(reading.counts)
        self.refused_count += reading.refused_count
        self._keep(reading.refused)
        return reading

    def refuse(self, document: str, refused: Refused) -> None:
        """Note that a whole document is not taken: what is known of it stays."""
        self.incoming.refuse(document)
        self.refused_count += 1
        self._keep([refused])

    def _believed(self, tables: Mapping[str, pa.Table]) -> Mapping[str, pa.Table]:
        found = tables.get("indicators")
        if self.confidence is None or found is None:
            return tables
        place = found.schema.get_field_index("confidence")
        filled = pc.fill_null(found.column(place), pa.scalar(self.confidence, pa.int8()))
        return {**tables, "indicators": found.set_column(place, found.schema.field(place), filled)}

    def _keep(self, refused: Sequence[Refused]) -> None:
        room = feeds.MOST_REFUSALS - len(self.refused)
        self.refused += [(one.item, one.reason[:_LONGEST_REASON]) for one in refused[:room]]


@dataclass(frozen=True, slots=True)
class Put:
    """Where documents go, and since when: ``begun`` is of a monotonic clock in nanoseconds.

    ``entry`` gives what the audit says of what changed; None where nobody did it by hand.
    """

    state: State
    data_dir: Path
    work: Path
    feed: feeds.Registered
    at: int
    begun: int
    entry: Callable[[Merged], Entry] | None = None


def settle(put: Put, taking: Taking, how: How, cursor: str) -> tuple[Merged, polls.Poll]:
    """Merge what was taken, and let it count in one transaction with the feed's row and the poll's.

    Raises:
        ConflictError: others changed the feed meanwhile, twice.
        StoreError: as merging does; nothing is changed.
    """
    late: list[snapshots.File] = []  # of a try that came too late: drafts of the next one may lie there
    try:
        for left in reversed(range(_TRIES)):
            with put.state.read() as connection:
                known = snapshots.files(connection, put.feed.feed_id)
            merged = merge(put.data_dir, put.work, put.feed.feed_id, known, taking.incoming, how)
            late += merged.new
            try:
                poll = _let_count(put, taking, how, cursor, known, merged)
            except ConflictError:
                if not left:
                    raise
                continue
            late = [one for one in late if one not in merged.new]
            snapshots.let_go(put.data_dir, merged.gone)
            return merged, poll
        raise AssertionError("unreachable: the last try returns or raises")
    finally:
        snapshots.unlink(put.data_dir, late)


def _let_count(
    put: Put, taking: Taking, how: How, cursor: str, known: Sequence[snapshots.File], merged: Merged
) -> polls.Poll:
    poll = polls.Poll(
        put.feed.feed_id,
        put.at,
        (time.monotonic_ns() - put.begun) // 1000,
        polls.SAME if merged.same else polls.CHANGED,
        read=taking.read,
        added=merged.added,
        removed=merged.removed,
        refused=taking.refused_count,
    )
    counts: Mapping[str, int] = taking.counts
    items = taking.read
    if taking.incoming.pages or not how.whole:  # only what is new was read: what there is, is what we have
        counts = {name: rows for name, rows in merged.rows.items() if rows and name != "indicators"}
        items = sum(merged.rows.values())
    holdings = feeds.Holdings(items, merged.by_kind, counts, taking.refused_count, taking.refused)
    came = how.whole or bool(taking.incoming.documents or taking.incoming.refused or not merged.same)
    with put.state.write() as connection:
        feeds.write(connection, put.feed, feeds.one(connection, put.feed.feed_id))
        snapshots.swap(connection, put.feed.feed_id, known, merged.gone, merged.new)
        feeds.succeeded(
            connection, put.feed.feed_id, put.at, cursor, holdings if came else None, changed=not merged.same
        )
        polls.note(connection, poll)
        if put.entry is not None and not merged.same:
            append(connection, put.entry(merged))
    return poll
