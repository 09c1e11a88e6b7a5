"""What many sessions show alike, made once for all of them: a bounded cache by plain keys.

Streamlit's own caches digest every argument and unpickle every answer. On a screen that fifty sessions renew every two
seconds that costs more than what it saves.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

T = TypeVar("T")


class Shared(Generic[T]):
    """Values by key, of which those asked for last are kept. Nobody may change a value that comes from here."""

    def __init__(self, entries: int) -> None:
        """Keep at most so many entries."""
        self._entries = entries
        self._values: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Give the key's value; made now, where there is none. What ``make`` raises is raised, and not kept."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        # Made outside the lock: two sessions may make the same, but nobody waits for the store of another.
        value = make()
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._entries:
                self._values.popitem(last=False)
        return value
