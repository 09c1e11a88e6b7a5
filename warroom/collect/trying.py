"""Tries a feed on some lines, without a store: what becomes of them, and what is still wrong with the feed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warroom.catalog import load_platforms
from warroom.catalog.documents import parse_yaml
from warroom.catalog.feeds import read_feed
from warroom.collect.block import Block
from warroom.collect.lines import plain as split
from warroom.collect.reading import begins_of, parse_context
from warroom.collect.records import Rule, cut, rule_of, split_records
from warroom.errors import ContentError, Fault
from warroom.model import FIELDS, RAW
from warroom.parse.guard import parse_guarded
from warroom.reading import HEADER_LINE

if TYPE_CHECKING:
    from warroom.catalog.feeds import Feed
    from warroom.parse import Parsed

#: Bytes and lines that are tried of what somebody pasted, and the longest line.
MOST_BYTES: Final = 1 << 20
MOST_LINES: Final = 2_000
LINE_LIMIT: Final = 1 << 20
#: Events, reasons and values that are shown, and how long a value is.
SHOWN: Final = 20
_VALUE: Final = 200
_FILE: Final = Path("feed.yml")


@dataclass(frozen=True, slots=True)
class FoundField:
    """A field or a core column: in how many events it stands, what it seems to hold, and one of its values."""

    name: str
    count: int
    kind: str
    example: str
    core: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What becomes of some lines.

    ``shown`` are the first events, each by core column and with ``fields`` under their own names; ``refused`` the first
    lines that are no event, with their numbers from 1 and why; a log's header counts among neither. ``earliest`` and
    ``latest`` are the events' times. Of ``unread`` bytes nothing is known: there were too many. ``notes`` say what a
    person should look at again.
    """

    events: int = 0
    rejects: int = 0
    shown: Sequence[dict[str, Any]] = ()
    fields: Sequence[FoundField] = ()
    refused: Sequence[tuple[int, str]] = ()
    earliest: datetime | None = None
    latest: datetime | None = None
    notes: Sequence[str] = ()
    faults: Sequence[Fault] = ()
    unread: int = 0


@dataclass(slots=True)
class _Gathered:
    """What several blocks gave."""

    events: int = 0
    rejects: int = 0
    shown: list[dict[str, Any]] = field(default_factory=list)
    seen: dict[tuple[bool, str], FoundField] = field(default_factory=dict)
    refused: list[tuple[int, str]] = field(default_factory=list)
    times: list[datetime] = field(default_factory=list)
    untimed: int = 0
    lists: int = 0


def try_feed(yaml_text: str, lines: bytes, now: datetime, file: Path = _FILE) -> Preview:
    """Parse lines as the feed in a YAML text says, of which nothing is saved; with faults there are no events.

    ``file`` names the feed in faults: the stem of its name is its id.
    """
    try:
        documents = parse_yaml(yaml_text.encode(), file)
        platforms = load_platforms()
    except ContentError as problem:
        return Preview(faults=[problem.fault])
    if len(documents) != 1:
        return Preview(faults=[Fault(str(file), 0, f"one feed a file: found {len(documents)} documents")])
    feed, faults = read_feed(documents[0], Path("/"), platforms)
    return Preview(faults=faults) if feed is None else try_lines(feed, lines, now)


def try_lines(feed: Feed, lines: bytes, now: datetime) -> Preview:
    """Parse lines as a feed says: at most ``MOST_BYTES`` of them and ``MOST_LINES``."""
    block, unread = _block(feed, lines)
    return try_blocks(feed, [block], now, unread)


def try_blocks(feed: Feed, blocks: Iterable[Block], now: datetime, unread: int = 0) -> Preview:
    """Parse blocks of lines as a feed says."""
    found = _Gathered()
    for block in blocks:
        parsed = parse_guarded(block.lines, parse_context(feed, now, block.header))
        _gather(found, parsed, block, now)
    return Preview(
        found.events,
        found.rejects,
        found.shown,
        sorted(found.seen.values(), key=lambda one: (not one.core, one.name)),
        found.refused,
        min(found.times, default=None),
        max(found.times, default=None),
        _notes(found, feed),
        (),
        unread,
    )


def opened(feed: Feed, blocks: Iterable[Block]) -> Iterator[Block]:
    """Give the blocks of a file as the feed reads it: records joined, the first line as header where it names them."""
    header = b""
    rule = rule_of(begins_of(feed))
    for block in blocks:
        if feed.options.header and not header and len(block.lines):
            header = block.lines[0].as_py()
        joined = block if rule is None else _joined(block, rule)
        yield replace(joined, header=joined.header or header)


def _joined(block: Block, rule: Rule) -> Block:
    """Join the lines of a block to records; a record's number is that of its first line."""
    data = b"\n".join(block.lines.to_pylist())
    found = split_records(data, 0, LINE_LIMIT, cut(data, rule, within=False, last=True))
    rejects = [
        (int(block.numbers[place]), raw, reason)
        for place, (_, raw, reason) in zip(found.reject_numbers, found.rejects, strict=True)
    ]
    return Block(block.path, found.lines, block.numbers[found.numbers], block.rejects + rejects)


def _block(feed: Feed, lines: bytes) -> tuple[Block, int]:
    """Give what is tried of some lines, and how many bytes are not."""
    data = lines[:MOST_BYTES]
    end = 0
    for _ in range(MOST_LINES):
        end = data.find(b"\n", end) + 1
        if not end:
            break
    data = data[: end or len(data)]
    found = split(data, 0, LINE_LIMIT)
    rejects = [
        (place + 1, raw, reason) for place, (_, raw, reason) in zip(found.reject_numbers, found.rejects, strict=True)
    ]
    block = Block("", found.lines, np.asarray(found.numbers) + 1, rejects)
    return next(opened(feed, [block])), len(lines) - len(data)


def _gather(found: _Gathered, parsed: Parsed, block: Block, now: datetime) -> None:
    events = parsed.events
    found.events += len(events)
    rejects = [one for one in parsed.rejects if one.reason != HEADER_LINE]
    found.rejects += len(rejects) + len(block.rejects)
    refused = [(int(block.numbers[one.row]), one.reason) for one in rejects[:SHOWN]]
    refused += [(int(number), reason) for number, _, reason in block.rejects[:SHOWN]]
    found.refused = sorted([*found.refused, *refused])[:SHOWN]
    if not len(events):
        return
    for event in events.slice(0, SHOWN - len(found.shown)).to_pylist():
        own = {name: _short(value) for name, value in (event.pop(FIELDS) or {}).items() if value is not None}
        event.pop(RAW)
        found.shown.append({name: _short(value) for name, value in event.items() if value is not None} | {FIELDS: own})
    times = events.column("ts")
    span = pc.min_max(times).as_py()
    found.times += [span["min"], span["max"]]
    found.untimed += pc.sum(pc.equal(times, pa.scalar(now, times.type))).as_py() or 0
    struct = events.column(FIELDS)
    for name in events.schema.names:
        if name not in (FIELDS, RAW, "ts"):
            _note(found, name, events.column(name), core=True)
    for place, kind in enumerate(struct.type):
        _note(found, kind.name, struct.field(place), core=False)
        if kind.name == "addresses":
            found.lists += len(struct) - struct.field(place).null_count


def _note(found: _Gathered, name: str, column: pa.Array, *, core: bool) -> None:
    count = len(column) - column.null_count
    if not count:
        return
    if (before := found.seen.get((core, name))) is not None:
        found.seen[core, name] = FoundField(name, before.count + count, before.kind, before.example, core)
        return
    values = column.drop_null().slice(0, 500)
    found.seen[core, name] = FoundField(name, count, kind_of(values), str(_short(values[0].as_py())), core)


_PATTERNS: Final = (
    ("integer", r"^[+-]?[0-9]{1,18}$"),
    ("number", r"^[+-]?[0-9]{1,40}\.[0-9]{1,40}$"),
    ("flag", r"^(?i:true|false|yes|no)$"),
    (
        "address",
        r"^(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f:.]*::[0-9A-Fa-f:.]*|(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4})$",
    ),
    ("time", r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}"),
)


def kind_of(values: pa.Array) -> str:
    """Say what all of some values are: a kind of ``parse.kinds``."""
    if pa.types.is_integer(values.type):
        return "integer"
    if not pa.types.is_string(values.type):
        return "text"
    fits = (kind for kind, written in _PATTERNS if pc.all(pc.match_substring_regex(values, written)).as_py())
    return next(fits, "text")


def _short(value: object) -> object:
    if isinstance(value, str) and len(value) > _VALUE:
        return value[:_VALUE] + "…"
    if isinstance(value, list):
        return [_short(one) for one in value[:SHOWN]]
    return value


def _notes(found: _Gathered, feed: Feed) -> list[str]:
    notes = []
    if found.untimed:
        notes.append(f"{found.untimed} events without a time that could be read have the time of reading: set `ts` in"
                     " `parse.fields`, and `parse.time_format` where the notation is one of your own")  # fmt: skip
    if found.lists and not feed.options.proxies and feed.transport != "probe":  # there they are what DNS said
        notes.append(f"{found.lists} lines have a list of addresses, of which the first outside one is taken for the"
                     " client, although anyone can invent it: name your own proxies in `parse.proxies`")  # fmt: skip
    return notes
