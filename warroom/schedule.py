"""The worker's schedule: jobs that run every so often, apart from each other, and that end it only when it must end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from warroom.errors import LeaseError

#: Where a job runs. Jobs of the house never wait for a feed: none that takes long may keep the lease waiting.
HOUSE: Final = "house"
#: Feeds that are at hand. Matching and commit are one after the other, but who waits in line goes into one commit.
FEEDS: Final = "feeds"
#: Feeds that ask others by the network: who does not answer keeps a place for many seconds.
REMOTE: Final = "remote"
_PLACES: Final = {HOUSE: 24, FEEDS: 32, REMOTE: 64}
#: Our clock jumped when it and the steady one differ by more than this.
_JUMP_SECONDS: Final = 3

log = structlog.get_logger()


class Schedule:
    """Runs jobs until ``ended`` is set, or the lease is lost, which sets it."""

    def __init__(self, ended: threading.Event) -> None:
        executors = {place: ThreadPoolExecutor(count) for place, count in _PLACES.items()}
        self._scheduler = BackgroundScheduler(timezone=UTC, executors=executors)
        self._ended = ended
        self.lost: LeaseError | None = None

    def every(self, seconds: float, name: str, job: Callable[..., object], *args: object, place: str = HOUSE) -> None:
        """Run a job at once and then every so often; never twice at the same time."""
        self._scheduler.add_job(
            self.guarded,
            "interval",
            seconds=seconds,
            args=(name, job, *args),
            id=name,
            executor=place,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
            next_run_time=datetime.now(UTC),
        )

    def forget(self, begins: str) -> None:
        """Run no more the jobs whose names begin so."""
        for job in self._scheduler.get_jobs():
            if job.id.startswith(begins):
                job.remove()

    def run(self) -> None:
        """Run the jobs until ``ended`` is set, and wait for those that are on.

        Raises:
            LeaseError: another worker took the data folder over.
        """
        self._scheduler.start()
        steady = time.time() - time.monotonic()
        while not self._ended.wait(1):
            if abs(time.time() - time.monotonic() - steady) > _JUMP_SECONDS:
                # the schedule is by the wall clock: set back, it would wait for as long as it was set back
                steady = time.time() - time.monotonic()
                log.warning("our clock jumped: every job runs now")
                for job in self._scheduler.get_jobs():
                    job.modify(next_run_time=datetime.now(UTC))
        log.info("worker stops")
        self._scheduler.shutdown(wait=True)
        if self.lost is not None:
            raise self.lost

    def guarded(self, name: str, job: Callable[..., object], *args: object) -> None:
        """Run a job that must not end the schedule: what goes wrong is logged and tried again."""
        try:
            job(*args)
        except LeaseError as problem:
            log.error("lease lost", reason=str(problem))
            self.lost = problem
            self._ended.set()
        except Exception as problem:  # noqa: BLE001 — the one loop that must survive; told, and tried again
            log.error("job failed", job=name, kind=type(problem).__name__, reason=str(problem))
