"""Collector of Kafka: the records of topics, exactly once.

Offsets stand in our own commit, not at the broker: partitions are assigned by hand at the committed places, and
nothing is ever committed there. Every record with a value is an event or a reject; its partition is its source and its
offset its place there. What the broker dropped before it was read is counted as lost.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final, cast

import pyarrow as pa
from confluent_kafka import KafkaError, Message

from warroom.catalog.transports.kafka import EARLIEST
from warroom.collect.chunk import Chunk
from warroom.collect.kafka_broker import Cluster
from warroom.collect.kafka_places import Place, newest
from warroom.collect.lines import blank, too_long
from warroom.collect.patience import Patience
from warroom.errors import OutboundError

if TYPE_CHECKING:
    from warroom.catalog import Feed
    from warroom.catalog.transports.kafka import Kafka
    from warroom.collect.collector import Surroundings

#: Records taken at once: bounds memory and the work lost when a commit fails.
_TAKEN: Final = 5000
#: A pass over what keeps coming ends after so long: others want to be read too.
_PASS_SECONDS: Final = 10.0
#: While not every partition is known to be at its end, so long is waited for the next record.
_WAIT_SECONDS: Final = 3.0
_STEP_SECONDS: Final = 0.2
_GLANCE_SECONDS: Final = 0.02
#: New topics, partitions and brokers are looked for so often.
LOOK_SECONDS: Final = 30.0
_MOST_PARTITIONS: Final = 2000

_Key = tuple[str, int]


def open_collector(feed: Feed, positions: Mapping[str, str], surroundings: Surroundings) -> KafkaCollector:
    """Open the collector of a feed at the committed positions. Raises WarroomError where its password is not there."""
    return KafkaCollector(cast("Kafka", feed.collect), positions, surroundings)


class KafkaCollector:
    """Reads topics from the committed offsets on; see warroom/collect/collector.py for what its methods promise."""

    def __init__(
        self,
        collect: Kafka,
        positions: Mapping[str, str],
        surroundings: Surroundings,
        *,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._collect, self._limit, self._look_seconds = collect, surroundings.line_limit, look_seconds
        self._places = newest(positions)  # committed
        self._reached: dict[_Key, Place] = {}  # assigned, and handed over or waiting
        self._at_end: set[_Key] = set()
        self._waiting: deque[Chunk] = deque()
        self._patience, self._seen_once = Patience(), False
        self._looked = self._heard = float("-inf")
        self._cluster = Cluster(collect, surroundings.allowed)
        self._gone: list[str] = []  # of the topics
        self.problems: list[str] = []

    def poll(self, now: datetime) -> Iterator[Chunk]:  # noqa: ARG002
        """Read what is new in every partition."""
        self.problems = []
        if self._waiting:
            yield from self._hand_over()
            if self._waiting:
                return
        if self._patience.waits:
            self.problems.append(self._patience.problem)
            return
        try:
            if time.monotonic() - self._looked > self._look_seconds or self._cluster.trouble:
                self._look()
                yield from self._hand_over()
            yield from self._read()
        except OutboundError as problem:
            self._cluster.close()
            self._reached, self._waiting, self._looked = {}, deque(), float("-inf")
            self._patience.failed(str(problem))
            self.problems.append(str(problem))
        else:
            self._patience.worked()
        self.problems += self._gone

    def accept(self, chunk: Chunk) -> None:
        """Note that a chunk is committed."""
        place = Place.read(chunk.position)
        self._places[place.topic, place.partition] = place
        if self._waiting and self._waiting[0] is chunk:
            self._waiting.popleft()

    def close(self) -> None:
        """Close the connections."""
        self._cluster.close()

    def _hand_over(self) -> Iterator[Chunk]:
        """Hand over what waits, each after the one before was accepted."""
        while self._waiting:
            chunk = self._waiting[0]
            yield chunk
            if self._waiting and self._waiting[0] is chunk:
                return  # not committed: first of all next time

    def _look(self) -> None:
        """Find the partitions there are, and read the new ones too."""
        there = self._cluster.partitions()
        wanted = {topic for topic in there if self._means(topic)}
        named = {topic for topic in self._collect.topics if not topic.startswith("^")}
        self._gone = [
            f"there is no topic `{topic}`, or we may not see it: see `topics` and our rights at the broker"
            for topic in sorted(named - wanted)
        ]
        keys = [(topic, part) for topic in sorted(wanted) for part in there[topic]]
        if len(keys) > _MOST_PARTITIONS:
            self._gone.append(f"{len(keys)} partitions: more than {_MOST_PARTITIONS} are not read; split the feed")
            keys = keys[:_MOST_PARTITIONS]
        ids = self._cluster.topic_ids({topic for topic, _ in keys})
        reached = {key: self._place(key, ids.get(key[0], "")) for key in keys}
        self._seen_once = True
        if reached != self._reached:
            self._reached, self._at_end = reached, set()
            self._assign()
        self._looked = time.monotonic()

    def _means(self, topic: str) -> bool:
        return any(
            re.fullmatch(one, topic) is not None if one.startswith("^") else one == topic
            for one in self._collect.topics
        )

    def _place(self, key: _Key, topic_id: str) -> Place:
        """Say where a partition is read from; where that is not its beginning, it is committed before any record."""
        topic, partition = key
        known = self._reached.get(key) or self._places.get(key)
        if known is not None and (known.topic_id == topic_id or not topic_id):
            return known
        if known is not None and not known.topic_id:
            return replace(known, topic_id=topic_id)  # it says now what it is called
        if known is not None:
            return self._begun(replace(known, next=self._cluster.ends(*key)[0], topic_id=topic_id, life=known.life + 1))
        # what appears later was not there when the feed began: nothing of it is left out
        fresh = not self._seen_once and not any(place.topic == topic for place in self._places.values())
        start = self._collect.start if fresh else EARLIEST
        return self._begun(Place(topic, partition, self._cluster.first(topic, partition, start), topic_id))

    def _begun(self, place: Place, lost: Mapping[str, int] | None = None) -> Place:
        """Have a place committed though no record comes with it: where it is must not depend on when we look."""
        self._waiting.append(_chunk(place, [], [], [], lost))
        return place

    def _assign(self) -> None:
        self._cluster.read_from({key: place.next for key, place in self._reached.items()})

    def _read(self) -> Iterator[Chunk]:
        began = self._heard = time.monotonic()
        while self._reached and time.monotonic() - began < _PASS_SECONDS:
            caught_up = self._at_end >= self._reached.keys()
            messages = self._cluster.take(_TAKEN, _GLANCE_SECONDS if caught_up else _STEP_SECONDS)
            if messages:
                self._heard = time.monotonic()
                self._sort(messages)
                yield from self._hand_over()
                if self._waiting:
                    return
            elif caught_up:
                return
            elif time.monotonic() - self._heard > _WAIT_SECONDS:
                missing = sorted(f"{topic}/{part}" for topic, part in self._reached.keys() - self._at_end)
                told = self._cluster.trouble or "no broker sends its records"
                self.problems.append(f"{', '.join(missing[:3])}: {told[:300]}")
                return

    def _sort(self, messages: Sequence[Message]) -> None:
        """Make chunks of what came, one a partition."""
        found: dict[_Key, list[Message]] = {}
        for message in messages:
            key = (cast("str", message.topic()), cast("int", message.partition()))
            error = message.error()
            if key not in self._reached:
                continue  # fetched before the assignment changed
            if error is None:
                self._at_end.discard(key)
                found.setdefault(key, []).append(message)
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001  so it is called
                self._at_end.add(key)
            elif error.code() in (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE):  # noqa: SLF001
                self._out_of_range(key)
            else:
                self.problems.append(f"{key[0]}/{key[1]}: {error.str()[:300]}")
        for key, records in found.items():
            self._waiting.append(self._records(key, records))

    def _records(self, key: _Key, messages: Sequence[Message]) -> Chunk:
        lines: list[bytes] = []
        offsets: list[int] = []
        rejects: list[tuple[int, bytes, str]] = []
        offset = self._reached[key].next
        for message in messages:
            offset = cast("int", message.offset())
            value = message.value()
            line = (value if isinstance(value, bytes) else b"").rstrip(b"\r\n")
            if value is None:
                rejects.append((offset, _key_of(message), "a record without a value: it only deletes its key"))
            elif blank(line):
                rejects.append((offset, line, "an empty record"))
            elif len(line) > self._limit:
                rejects.append((offset, line, too_long(len(line), self._limit)))
            else:
                lines.append(line)
                offsets.append(offset)
        place = self._reached[key] = replace(self._reached[key], next=offset + 1)
        return _chunk(place, lines, offsets, rejects)

    def _out_of_range(self, key: _Key) -> None:
        """Go on where records are, and count those that went before we read them."""
        place = self._reached[key]
        earliest, latest = self._cluster.ends(*key)
        if place.next < earliest:
            lost = earliest - place.next
            self.problems.append(
                f"{place.path}: the broker dropped {lost} records before they were read: keep them there for longer"
            )
            self._reached[key] = self._begun(replace(place, next=earliest), {"expired": lost})
        elif place.next > latest:
            self.problems.append(f"{place.path}: the broker has lost records that it had, and counts them anew")
            anew = latest if place.topic_id else earliest  # without an id it may well be another topic
            self._reached[key] = self._begun(replace(place, next=anew, life=place.life + 1))
        self._assign()


def _key_of(message: Message) -> bytes:
    key = message.key()
    return key if isinstance(key, bytes) else b""


def _chunk(
    place: Place,
    lines: list[bytes],
    offsets: list[int],
    rejects: list[tuple[int, bytes, str]],
    lost: Mapping[str, int] | None = None,
) -> Chunk:
    return Chunk(
        source=place.source,
        path=place.path,
        lines=pa.array(lines, pa.binary()),
        offsets=pa.array(offsets, pa.int64()),
        rejects=rejects,
        position=place.text(),
        lost=lost or {},
    )
