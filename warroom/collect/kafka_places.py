"""How far a partition of a Kafka topic was read, and which source that is.

A topic that is deleted and made again begins at offset 0: by its id it is known to be another one. So is a partition
of which the broker has lost records that we have: their offsets are given again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from warroom.errors import StoreError


@dataclass(frozen=True, slots=True)
class Place:
    """The committed place in a partition: ``next`` is the first offset that was not read.

    ``topic_id`` is what the broker calls the topic for ever, "" where it says none; ``life`` counts from 1 how often
    the partition began anew.
    """

    topic: str
    partition: int
    next: int
    topic_id: str = ""
    life: int = 1

    @property
    def path(self) -> str:
        """What people call it."""
        return f"{self.topic}/{self.partition}"

    @property
    def source(self) -> str:
        """The name of the source: one that never comes back for another."""
        return self.path if self.life == 1 else f"{self.path}#{self.life}"

    def text(self) -> str:
        """Write as JSON, as the store keeps it."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @classmethod
    def read(cls, text: str) -> Place:
        """Read what ``text()`` wrote. Raises StoreError."""
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError) as problem:
            raise StoreError(f"a position in the state database cannot be read: {problem}") from problem


def newest(positions: Mapping[str, str]) -> dict[tuple[str, int], Place]:
    """Give the place of each partition's last life."""
    found: dict[tuple[str, int], Place] = {}
    for text in positions.values():
        place = Place.read(text)
        known = found.get((place.topic, place.partition))
        if known is None or known.life < place.life:
            found[place.topic, place.partition] = place
    return found
