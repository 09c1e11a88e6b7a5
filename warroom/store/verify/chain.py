"""Walks a hash chain from its first entry to its last and says where it is broken.

An entry is compared with its own hash, with the entry before it and with every signed document that names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

from warroom.store.verify.expected import Expected, Point
from warroom.store.verify.report import Broken, Report


class Link(Protocol):
    """An entry of a chain."""

    @property
    def seq(self) -> int:
        """Its number."""
        ...

    @property
    def prev_hash(self) -> str:
        """The hash of the entry that it follows."""
        ...

    @property
    def hash(self) -> str:
        """The hash that it says it has."""
        ...

    def own_hash(self) -> str:
        """The hash that its values have."""
        ...


Entry = TypeVar("Entry", bound=Link)


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain: its name in signed documents and in words, and how breaks of it are called."""

    name: str
    title: str
    changed: Broken
    deleted: Broken
    reordered: Broken
    truncated: Broken


AUDIT = Chain(
    "audit",
    "audit entry",
    Broken.ENTRY_CHANGED,
    Broken.ENTRY_DELETED,
    Broken.ENTRY_REORDERED,
    Broken.ENTRIES_TRUNCATED,
)
SEGMENTS = Chain(
    "segments",
    "segment log entry",
    Broken.LOG_CHANGED,
    Broken.LOG_DELETED,
    Broken.LOG_REORDERED,
    Broken.LOG_TRUNCATED,
)


def walk(
    chain: Chain,
    entries: Iterable[Entry],
    start: tuple[int, str],
    expected: Expected,
    report: Report,
    known: Callable[[str], bool],
) -> Iterator[Entry]:
    """Check every entry and hand on those whose content is sound.

    Args:
        chain: which one.
        entries: by their numbers.
        start: number and hash that the first entry must follow.
        expected: the points that signed documents tell.
        report: gets the findings.
        known: whether an entry with this hash is anywhere in the chain.
    """
    before, follows, sound = start[0], start[1], True
    points = expected.points(chain.name)
    point = next(points, None)
    for one in entries:
        place = f"{chain.title} {one.seq}"
        gap = one.seq != before + 1
        if gap:
            _missing(chain, before + 1, one.seq - 1, report)
        own = _own(one) == one.hash
        if not own:
            report.find(chain.changed, place, "its content is not what its hash says")
        elif one.prev_hash != follows and sound and not gap:
            if known(one.prev_hash):
                report.find(chain.reordered, place, "it stands in another entry's place")
            else:
                report.find(chain.changed, f"{chain.title} {before}", f"entry {one.seq} was chained to another one")
        while point and point.seq < one.seq:
            point = next(points, None)
        while point and point.seq == one.seq:
            if point.hash != one.hash and own:
                report.find(chain.changed, place, f"it is not the one that {point.place} signed")
            point = next(points, None)
        before, follows, sound = one.seq, one.hash, own
        if own:
            yield one
    _check_end(chain, before, expected, report)


def _check_end(chain: Chain, end: int, expected: Expected, report: Report) -> None:
    last: Point | None = expected.last_point(chain.name)
    if last and last.seq > end:
        gone = f"{chain.title} {end + 1}" if last.seq == end + 1 else f"{chain.title} {end + 1} to {last.seq}"
        report.find(chain.truncated, gone, f"cut off: {last.place} signed {last.seq} entries, {end} are there")


def _missing(chain: Chain, first: int, last: int, report: Report) -> None:
    if first > last:
        report.find(chain.reordered, f"{chain.title} {last + 1}", "its number is not after the one before it")
        return
    place = f"{chain.title} {first}" if first == last else f"{chain.title} {first} to {last}"
    report.find(chain.deleted, place, "gone from the middle of the chain")


def _own(one: Link) -> str | None:
    """The hash of an entry; none where its values are not even of the right kind."""
    try:
        return one.own_hash()
    except (TypeError, ValueError):
        return None
