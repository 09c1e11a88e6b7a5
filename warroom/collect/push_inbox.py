"""What was delivered for a feed and is not committed yet: held with its sender waiting, and bounded."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field

import pyarrow as pa


@dataclass(slots=True, eq=False)
class Delivery:
    """What one request brought.

    ``rejects`` are (bytes, reason) of what came and is no record. ``names`` are those by which it is known when it
    is sent again. ``outcome`` becomes True when it is committed, and False when it will not be.
    """

    peer: str
    names: tuple[str, ...]
    records: pa.BinaryArray
    rejects: list[tuple[bytes, str]]
    outcome: Future[bool] = field(default_factory=Future)

    @property
    def received(self) -> int:
        """How many records came."""
        return len(self.records) + len(self.rejects)


class Budget:
    """Bytes that may be held at once; what is taken here is taken of the budget ``above`` as well."""

    def __init__(self, limit: int, above: Budget | None = None) -> None:
        self._limit, self._above = limit, above
        self._lock = threading.Lock()
        self._taken = 0

    def take(self, size: int) -> bool:
        """Take so many, all or none."""
        with self._lock:
            if self._taken + size > self._limit or (self._above is not None and not self._above.take(size)):
                return False
            self._taken += size
            return True

    def give_back(self, size: int) -> None:
        """Give back what was taken."""
        with self._lock:
            self._taken -= size
        if self._above is not None:
            self._above.give_back(size)


class Inbox:
    """Deliveries in the order in which they came. Any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Delivery] = []
        self._handed: list[Delivery] = []
        self._known: dict[str, Future[bool]] = {}
        self._closed = False

    def claim(self, names: Iterable[str], outcome: Future[bool]) -> Future[bool]:
        """Take the names of a delivery that is to have this outcome; where one is taken, its outcome is given."""
        with self._lock:
            names = tuple(names)
            for name in names:
                if name in self._known:
                    return self._known[name]
            self._known.update(dict.fromkeys(names, outcome))
            return outcome

    def release(self, names: Iterable[str], outcome: Future[bool]) -> None:
        """Give back names that were claimed for an outcome that will not come, for nothing was put in with it."""
        with self._lock:
            if any(one.outcome is outcome for one in (*self._waiting, *self._handed)):
                return
            self._forget(names, outcome)
        _tell(outcome, committed=False)

    def put(self, delivery: Delivery) -> bool:
        """Add a delivery; False where the feed is gone."""
        with self._lock:
            if not self._closed:
                self._waiting.append(delivery)
            return not self._closed

    def withdraw(self, delivery: Delivery) -> bool:
        """Take a delivery back that nobody has begun to commit; False where it is too late for that."""
        with self._lock:
            if delivery not in self._waiting:
                return False
            self._waiting.remove(delivery)
            return True

    def waiting(self) -> int:
        """How many have not been taken."""
        with self._lock:
            return len(self._waiting)

    def take(self, most_bytes: int) -> list[Delivery]:
        """Take what waits, up to so many bytes but at least one; it is to be settled before the next is taken."""
        with self._lock:
            size = count = 0
            for delivery in self._waiting:
                size += delivery.records.nbytes
                if count and size > most_bytes:
                    break
                count += 1
            self._handed, self._waiting = self._waiting[:count], self._waiting[count:]
            return self._handed

    def settle(self, *, committed: bool) -> None:
        """Tell the senders of what was taken last what became of it."""
        with self._lock:
            handed, self._handed = self._handed, []
            for delivery in handed:
                self._forget(delivery.names, delivery.outcome)
        for delivery in handed:
            _tell(delivery.outcome, committed=committed)

    def close(self) -> None:
        """Take nothing more, and tell everybody who waits that nothing will come of it."""
        with self._lock:
            self._closed = True
            left, self._waiting, self._handed = self._handed + self._waiting, [], []
            self._known.clear()
        for delivery in left:
            _tell(delivery.outcome, committed=False)

    def _forget(self, names: Iterable[str], outcome: Future[bool]) -> None:
        for name in names:
            if self._known.get(name) is outcome:
                del self._known[name]


def _tell(outcome: Future[bool], *, committed: bool) -> None:
    if not outcome.done():
        outcome.set_result(committed)
