"""Tells whether the worker is well, and lets the world outside know: who hears nothing comes and looks.

A heartbeat is sent only while all is well, so whatever keeps the worker from its work, its death included, is noticed
by somebody else. Our clock is compared with a time server's on the way.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Final

from warroom import clock
from warroom.catalog import Feed
from warroom.errors import OutboundError, StoreError
from warroom.machine.log import log
from warroom.net import Connector, networks, proxy_from
from warroom.reserve import Reserve
from warroom.settings import Settings
from warroom.store import pulse
from warroom.store.database import State, now_us
from warroom.store.lease import Lease
from warroom.store.pulse import Durations, Pulse
from warroom.store.views import FeedRow
from warroom.store.views import feeds as feed_rows
from warroom.version import version

#: A feed that was not looked at for so long, or for three of its intervals, waits for a worker that hangs.
_PATIENCE_SECONDS: Final = 120
_INTERVALS: Final = 3
_SECOND: Final = 1_000_000


class Wellbeing:
    """Looks after one worker; each of its methods is a job of the worker's schedule."""

    def __init__(self, settings: Settings, state: State, lease: Lease, reserve: Reserve) -> None:
        self._settings, self._state, self._lease, self._reserve = settings, state, lease, reserve
        self._connector = Connector(networks(settings.outbound), proxy=proxy_from(settings))
        self._started_at = now_us()
        self._clock_offset: float | None = None
        self._clock_checked_at: int | None = None
        self._heartbeat_at: int | None = None
        self._unwell: str | None = None
        self.failed: dict[str, Exception] = {}  # feeds whose last pass was given up

    def look(self, feeds: Iterable[Feed], commits: Durations) -> str | None:
        """Tell the console how the worker is; why it is not well, None where it is."""
        told = self._why_not(list(feeds))
        if told != self._unwell:
            log().warning("the worker is not well", reason=told) if told else log().info("the worker is well again")
        self._unwell = told
        pulse.write(
            self._state,
            Pulse(
                at=now_us(),
                started_at=self._started_at,
                version=version(),
                commits=commits,
                cpu_seconds=time.process_time(),
                clock_offset=self._clock_offset,
                clock_checked_at=self._clock_checked_at,
                heartbeat_at=self._heartbeat_at,
                unwell=told,
            ),
        )
        return told

    def beat(self, feeds: Iterable[Feed], commits: Durations) -> None:
        """Send a heartbeat, if all is well."""
        url = self._settings.heartbeat_url
        if url is None or self.look(feeds, commits) is not None:
            return
        try:
            answer = self._connector.get(url.get_secret_value())
        except OutboundError as problem:
            log().error("no heartbeat: nobody outside was reached", reason=str(problem))
            return
        if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            log().error("no heartbeat: it was not taken", status=answer.status)
            return
        self._heartbeat_at = now_us()

    def check_clock(self) -> None:
        """Compare our clock with the time server's."""
        if self._settings.ntp is None:
            return
        try:
            reading = clock.read(self._connector, self._settings.ntp)
        except OutboundError as problem:
            log().warning("our clock was not checked", reason=str(problem))
            return
        self._clock_offset, self._clock_checked_at = reading.offset, now_us()
        if reading.is_off:
            log().warning(
                "our clock is off: logs of other machines get a wrong order", seconds=round(reading.offset, 3)
            )

    def _why_not(self, feeds: list[Feed]) -> str | None:
        """Give why not: the store takes no commit, a feed is not looked at, or its passes fail at the store."""
        try:
            self._lease.renew()  # a commit as every other
        except StoreError as problem:
            return f"the store takes no commits: {problem}"
        if (stopped := self._reserve.why_stopped()) is not None:
            return stopped
        for feed in feeds:
            given_up = self.failed.get(feed.id)
            if isinstance(given_up, StoreError | OSError):
                return f"feed {feed.id}: {type(given_up).__name__}"
        rows = {row.feed_id: row for row in feed_rows(self._state, now_us())}
        return waiting_for_long(feeds, rows, self._started_at, now_us())


def waiting_for_long(feeds: Iterable[Feed], rows: Mapping[str, FeedRow], started_at: int, now: int) -> str | None:
    """Name a feed that nobody looked at for too long; None where there is none. Times in microseconds."""
    for feed in feeds:
        row = rows.get(feed.id)
        since = max(started_at, row.read_at or 0) if row else started_at
        if now - since > max(_PATIENCE_SECONDS, _INTERVALS * feed.every_seconds) * _SECOND:
            return f"feed {feed.id} was not looked at for {(now - since) // _SECOND} s"
    return None
