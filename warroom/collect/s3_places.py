"""How far a bucket was read: which objects are done, and where in the one that is being read.

An object is done when it is not behind a mark, or is one of those remembered. Remembered are the objects of the last
hours: one that appears late is new then, and so is one that was written over.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from warroom.catalog.transports.s3 import BY_KEY
from warroom.collect.s3_store import Entry
from warroom.errors import StoreError

#: Objects remembered at most: with more, the look back is shorter.
MOST_REMEMBERED: Final = 5000


@dataclass(frozen=True, slots=True)
class Place:
    """The committed place in a bucket.

    Args:
        behind: the mark; what does not come after it is done.
        seen: key → (modified, etag) of the objects behind the mark that are done.
        current: the object that is being read.
        reached: the place in its content.
        passed: places of all objects before it: the records of a bucket are numbered through.
    """

    behind: str = ""
    seen: dict[str, tuple[str, str]] = field(default_factory=dict)
    current: Entry | None = None
    reached: int = 0
    passed: int = 0

    def text(self) -> str:
        """Write as JSON, as the store keeps it."""
        one = self.current
        told = [one.key, one.etag, one.modified, one.size] if one else None
        values = {"behind": self.behind, "current": told, "passed": self.passed, "reached": self.reached}
        return json.dumps(values | {"seen": self.seen}, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def read(cls, text: str) -> Place:
        """Read what ``text()`` wrote. Raises StoreError."""
        try:
            values = json.loads(text)
            current = Entry(*values.pop("current")) if values["current"] else values.pop("current")
            seen = {key: (modified, etag) for key, (modified, etag) in values.pop("seen").items()}
            return cls(**values, current=current, seen=seen)
        except (ValueError, TypeError, KeyError, AttributeError) as problem:
            raise StoreError(f"a position in the state database cannot be read: {problem}") from problem


@dataclass(frozen=True, slots=True)
class Order:
    """By what the objects of a bucket are in order, and how late one may appear."""

    kind: str
    look_back: timedelta

    def value(self, key: str, modified: str) -> str:
        """Give the text by which an object is in order."""
        return key if self.kind == BY_KEY else f"{modified} {key}"

    def done(self, place: Place, entry: Entry) -> bool:
        """Whether an object was read."""
        known = place.seen.get(entry.key)
        return (known is not None and known[1] == entry.etag) or self.value(entry.key, entry.modified) <= place.behind

    def finished(self, place: Place, entry: Entry, hold: str | None) -> Place:
        """Give the place behind an object; the mark does not pass ``hold``, where something could not be read."""
        seen = {**place.seen, entry.key: (entry.modified, entry.etag)}
        in_order = sorted((self.value(key, modified), key, modified) for key, (modified, _) in seen.items())
        newest = max(datetime.fromisoformat(modified) for _, _, modified in in_order)
        before = (newest - self.look_back).isoformat(timespec="milliseconds")
        behind = place.behind
        for value, key, modified in in_order:
            if (modified >= before and len(seen) <= MOST_REMEMBERED) or (hold is not None and value >= hold):
                break
            del seen[key]
            behind = max(behind, value)
        return replace(place, behind=behind, seen=seen, current=None, reached=0, passed=place.passed + place.reached)
