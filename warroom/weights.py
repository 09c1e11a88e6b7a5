"""Weights: how much may be in hand at a time, whoever has it. What is heavier than all may be in hand alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Weights:
    """Bounds the sum of what threads hold to ``most``."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = 0
        self._changed = threading.Condition()

    @contextmanager
    def of(self, weight: int) -> Iterator[None]:
        """Hold so much inside; waits until there is room for it."""
        with self._changed:
            self._changed.wait_for(lambda: not self._held or self._held + weight <= self._most)
            self._held += weight
        try:
            yield
        finally:
            with self._changed:
                self._held -= weight
                self._changed.notify_all()
