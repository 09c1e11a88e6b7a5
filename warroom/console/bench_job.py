"""Work of the detection engineer's bench that goes on while its page does: in a thread, with progress and a stop."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from warroom.errors import WarroomError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

#: So much of it runs at once in this process; further work waits for its turn.
_AT_ONCE: Final = threading.BoundedSemaphore(2)


@dataclass(slots=True)
class Job(Generic[T]):
    """One piece of work of one page.

    Attributes:
        about: what it is about: whoever asks for something else begins another one.
        done: the part that is done, 0 to 1.
        count: events so far.
        found: what came of it; None before its end, and where there was a problem.
        problem: why it came to nothing; empty where it did not.
        stop: set to end it early.
    """

    about: object
    done: float = 0.0
    count: int = 0
    found: T | None = None
    problem: str = ""
    stop: threading.Event = field(default_factory=threading.Event)
    _ended: threading.Event = field(default_factory=threading.Event)

    def start(self, work: Callable[[Job[T]], T], wait: float) -> None:
        """Begin, or wait for a turn, and give it a moment: most is over by then, and nobody sees it run."""
        threading.Thread(target=self._run, args=(work,), daemon=True, name="bench").start()
        self._ended.wait(wait)

    @property
    def running(self) -> bool:
        """Whether it has not come to its end."""
        return not self._ended.is_set()

    def note(self, done: float, count: int) -> None:
        """Take notice of how far it is."""
        self.done, self.count = min(1.0, max(0.0, done)), count

    def _run(self, work: Callable[[Job[T]], T]) -> None:
        try:
            with _AT_ONCE:
                if not self.stop.is_set():
                    self.found = work(self)
        except WarroomError as problem:
            self.problem = str(problem)
        finally:
            self._ended.set()
