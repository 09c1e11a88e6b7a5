"""Turns: a lock that is passed on in the order of asking, so that who has much to do does not keep others waiting."""

from __future__ import annotations

import threading
from collections import deque
from types import TracebackType


class Turns:
    """A context manager that one thread at a time is in; the others wait in line."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Event] = deque()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def __enter__(self) -> None:
        """Wait for our turn."""
        with self._lock:
            if not self._taken:
                self._taken = True
                return
            called = threading.Event()
            self._waiting.append(called)
        called.wait()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Call the next one."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()  # it stays taken: nobody may come in between
            else:
                self._taken = False
