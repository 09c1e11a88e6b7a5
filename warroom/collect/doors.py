"""The doors of this process: listening sockets, kept open while any feed needs them.

A collector comes and goes with a change of its feed or a failed pass; the door through which logs are sent stays, for
what arrives meanwhile must not be turned away.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Protocol, TypeVar, cast


class Door(Protocol):
    """Something that listens."""

    def close(self) -> None:
        """Stop listening."""
        ...


_Kind = TypeVar("_Kind", bound=Door)


class Doors:
    """Doors by what they are; each is made when it is first asked for, and closed when the last one leaves."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._doors: dict[Hashable, tuple[Door, int]] = {}

    def enter(self, key: Hashable, make: Callable[[], _Kind]) -> _Kind:
        """Give the door of this key, which ``make`` makes. Raises what ``make`` raises."""
        with self._lock:
            door, users = self._doors.get(key) or (make(), 0)
            self._doors[key] = door, users + 1
        return cast("_Kind", door)  # a key stands for one kind of door

    def leave(self, key: Hashable) -> None:
        """Say that a door is needed no longer by one of those who entered."""
        with self._lock:
            door, users = self._doors[key]
            if users > 1:
                self._doors[key] = door, users - 1
                return
            del self._doors[key]
        door.close()

    def close(self) -> None:
        """Close every door."""
        with self._lock:
            doors = [door for door, _ in self._doors.values()]
            self._doors.clear()
        for door in doors:
            door.close()
