"""Any collector, driven as the pipeline drives it, with what it would have committed: exactly once can be tested.

``poll`` commits and accepts everything. ``crash(2, REFUSED)`` lets the third chunk's commit fail; ``crash(0,
COMMITTED)`` commits the first chunk and dies before it says so. That nothing comes twice is checked with every chunk;
whether nothing is lost is told by ``lines``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from warroom.catalog import Feed
from warroom.catalog.feeds import load_feed
from warroom.catalog.platforms import load_platforms
from warroom.collect.chunk import Chunk
from warroom.collect.collector import Collector, Surroundings, open_collector
from warroom.collect.doors import Doors
from warroom.net import Proxy, networks

#: What becomes of the chunk at which a pass ends: its commit fails, or nobody lives to accept it.
REFUSED: Final = "refused"
COMMITTED: Final = "committed"
LOOPBACK: Final = networks("127.0.0.0/8, ::1/128")

_FEED: Final = """\
title: {{th: ทดสอบ, en: Test}}
platform: tang_rat
{collect}
parse: {{format: jsonl}}
logsource: {{product: govplatform}}
"""


def feed_of(folder: Path, collect: str, name: str = "tested") -> Feed:
    """The feed whose ``collect`` is this YAML, read as the worker reads it."""
    path = folder / f"{name}.yml"
    path.write_text(_FEED.format(collect=collect), encoding="utf-8")
    feed, faults = load_feed(path, folder, load_platforms())
    assert feed is not None, faults
    return feed


def faults_of(folder: Path, collect: str) -> list[str]:
    """What is said of a feed whose ``collect`` is this YAML."""
    path = folder / "faulty.yml"
    path.write_text(_FEED.format(collect=collect), encoding="utf-8")
    return [f"{fault.line}: {fault.reason}" for fault in load_feed(path, folder, load_platforms())[1]]


@dataclass(slots=True)
class Kept:
    """What was committed, as the store would hold it."""

    positions: dict[str, str] = field(default_factory=dict)
    deliveries: set[str] = field(default_factory=set)
    lost: Counter[str] = field(default_factory=Counter)
    lines: list[bytes] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    rejects: list[tuple[int, bytes, str]] = field(default_factory=list)
    names: set[tuple[str, int]] = field(default_factory=set)

    def commit(self, chunk: Chunk, read_from: str | None) -> None:
        """Commit a chunk; fails where the real commit would, and where a record's name comes twice."""
        assert self.positions.get(chunk.source) == read_from, "read on meanwhile"
        assert len(chunk.lines) == len(chunk.offsets)
        places = chunk.offsets.to_pylist()
        assert places == sorted(places)
        assert not self.deliveries & set(chunk.deliveries), "delivered twice"
        names = [(chunk.source, place) for place in (*places, *(place for place, _, _ in chunk.rejects))]
        assert len(set(names)) == len(names), "two records of one name in a chunk"
        assert not self.names & set(names), "a record came twice"
        self.names |= set(names)
        self.positions[chunk.source] = chunk.position
        self.deliveries |= set(chunk.deliveries)
        self.lost.update(chunk.lost)
        self.lines += chunk.lines.to_pylist()
        self.paths += [chunk.path] * len(chunk.lines) if chunk.paths is None else chunk.paths.to_pylist()
        self.rejects += chunk.rejects


class Keeper:
    """Polls, commits, accepts, crashes and restarts; ``kept`` is what is committed.

    ``opener`` is what opens the collector: by default the one of the feed's transport; ``doors`` are another's that it
    shares, and that closes later.
    """

    def __init__(
        self,
        feed: Feed,
        *,
        line_limit: int = 1 << 20,
        allowed: str = "127.0.0.0/8, ::1/128",
        opener: Callable[[Feed, Mapping[str, str], Surroundings], Collector] = open_collector,
        doors: Doors | None = None,
        proxy: Proxy | None = None,
    ) -> None:
        self.feed = feed
        self.kept = Kept()
        self.doors, self._own_doors = doors or Doors(), doors is None
        self.surroundings = Surroundings(line_limit, networks(allowed), self.doors, self._delivered, proxy=proxy)
        self._opener = opener
        self._open()

    @property
    def lines(self) -> list[bytes]:
        """Every record committed, in order."""
        return self.kept.lines

    @property
    def problems(self) -> list[str]:
        """What the last finished pass could not read."""
        return self.collector.problems

    def poll(self, now: datetime | None = None) -> list[bytes]:
        """One whole pass: the records that it brought."""
        before = len(self.kept.lines)
        for chunk in self.collector.poll(now or datetime.now(UTC)):
            self._take(chunk)
            self.collector.accept(chunk)
            self._seen[chunk.source] = chunk.position
        return self.kept.lines[before:]

    def crash(self, number: int, how: str, now: datetime | None = None) -> bool:
        """Break off a pass at its chunk ``number`` (from 0) and read on as after a failed pass.

        False: there were fewer chunks, and the pass ended as any.
        """
        for place, chunk in enumerate(self.collector.poll(now or datetime.now(UTC))):
            if place == number:
                if how == COMMITTED:
                    self._take(chunk)
                self.restart()
                return True
            self._take(chunk)
            self.collector.accept(chunk)
            self._seen[chunk.source] = chunk.position
        return False

    def restart(self, *, process: bool = False) -> None:
        """Read on from what is committed: after a failed pass, or in a new process, which finds its doors shut."""
        old = self.collector
        if process:
            old.close()
            self.doors.close()
            self._open()
        else:
            self._open()
            old.close()

    def close(self) -> None:
        """Let go of everything."""
        self.collector.close()
        if self._own_doors:
            self.doors.close()

    def _open(self) -> None:
        self._seen = dict(self.kept.positions)
        self.collector = self._opener(self.feed, dict(self._seen), self.surroundings)

    def _take(self, chunk: Chunk) -> None:
        self.kept.commit(chunk, self._seen.get(chunk.source))

    def _delivered(self, _feed_id: str, ids: Collection[str]) -> frozenset[str]:
        return frozenset(self.kept.deliveries & set(ids))
