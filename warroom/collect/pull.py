"""Collector of what is asked for by HTTP, page by page, from the committed place on.

Promised: what an answer holds is committed with the place behind it. So each record comes exactly once where pages are
stable (a cursor, a link, an offset of a list that only grows at its end), and where records are asked for by time, as
long as what is known of the overlap can be remembered.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pyarrow as pa

from warroom.collect.chunk import Chunk
from warroom.collect.lines import too_long
from warroom.collect.patience import Patience
from warroom.collect.pull_page import Page, read_page
from warroom.collect.pull_place import MOST_SEEN, Place
from warroom.errors import OutboundError, WarroomError
from warroom.net import Answer, Connector, trust
from warroom.net_identity import Identity

if TYPE_CHECKING:
    from warroom.catalog import Feed
    from warroom.catalog.transports.pull import Pull
    from warroom.collect.collector import Surroundings

_ANSWER_BYTES: Final = 32 << 20
_EXCHANGE_SECONDS: Final = 10.0
#: No page is asked for in a pass that has taken so long: others wait.
_PASS_SECONDS: Final = 15.0
#: Pages without any record in a row, after which a pass ends.
_EMPTY_PAGES: Final = 3
_LONGEST_WAIT_SECONDS: Final = 3600.0
_SECOND_US: Final = 1_000_000
_OK, _NO_CONTENT, _NOT_MODIFIED, _UNAUTHORIZED = 200, 204, 304, 401
_WAIT: Final = frozenset((429, 503))
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Version:
    """By what an answer is known that has not changed; of the address that was asked."""

    url: str
    headers: dict[str, str]


class PullCollector:
    """Asks one address, and follows its pages."""

    def __init__(self, feed: Feed, positions: Mapping[str, str], surroundings: Surroundings) -> None:
        self.problems: list[str] = []
        self._collect = collect = cast("Pull", feed.collect)
        self._limit = surroundings.line_limit
        self._source = _source(collect)
        known = positions.get(self._source)
        start = None if collect.since is None else collect.since.start
        begin = None if start is None else (start - _EPOCH) // timedelta(microseconds=1)
        self._place = Place(since=begin, newest=begin) if known is None else Place.read(known)
        self._connector = Connector(
            surroundings.allowed,
            seconds=_EXCHANGE_SECONDS,
            most_bytes=_ANSWER_BYTES,
            trust=trust(collect.ca, collect.certificate, collect.key),
            proxy=surroundings.proxy,
        )
        self._identity = Identity(collect.auth, self._connector)
        self._patience = Patience()
        self._not_before = 0.0
        self._version: _Version | None = None

    def poll(self, now: datetime) -> Iterator[Chunk]:
        """Ask for what is new, page by page."""
        if self._patience.waits or time.monotonic() < self._not_before:
            return
        until = time.monotonic() + _PASS_SECONDS
        problems: list[str] = []
        empty = 0
        try:
            while time.monotonic() < until and empty < _EMPTY_PAGES:
                place, url = self._place, self._url(self._place)
                answer, version = self._ask(url)
                if answer is None:
                    break
                page = read_page(self._collect, answer, url, now)
                behind, more = self._behind(place, page)
                if stuck := self._stuck(place, page, behind, more=more):
                    problems.append(stuck)
                fresh = place.fresh([key for key, _ in page.seen])
                empty = 0 if page.records else empty + 1
                if any(fresh):
                    yield self._chunk([raw for raw, new in zip(page.records, fresh, strict=True) if new], place, behind)
                self._place, self._version = behind, version
                if not more:
                    break
            self._patience.worked()
        except WarroomError as problem:
            host = str(urlsplit(self._collect.url).hostname)
            self._patience.failed(str(problem) if host in str(problem) else f"{host}: {problem}")
            problems.append(self._patience.problem)
        self.problems = problems

    def accept(self, chunk: Chunk) -> None:
        """Note that a page is committed."""
        self._place = Place.read(chunk.position)

    def close(self) -> None:
        """Hold nothing: each exchange has a connection of its own."""

    def _ask(self, url: str) -> tuple[Answer | None, _Version | None]:
        """Ask for a page: the answer, None where there is nothing new or it is too early, and how it is known again."""
        known = self._version
        unchanged = known.headers if known is not None and known.url == url else {}
        given = {**dict(self._collect.headers), **unchanged}
        answer = self._connector.fetch(url, headers={**given, **self._identity.headers()})
        if answer.status == _UNAUTHORIZED and self._identity.renew():
            answer = self._connector.fetch(url, headers={**given, **self._identity.headers()})
        if answer.status in _WAIT:
            wait = _retry_after(answer)
            self._not_before = time.monotonic() + wait
            raise OutboundError(f"answers {answer.status}: it is asked again in {wait:.0f} seconds")
        if answer.status in {_NO_CONTENT, _NOT_MODIFIED}:
            return None, None
        if answer.status != _OK:
            raise OutboundError(f"answers {answer.status}{_meaning(answer.status)}")
        told = {"if-none-match": "etag", "if-modified-since": "last-modified"}
        headers = {ask: answer.headers[tell] for ask, tell in told.items() if answer.headers.get(tell)}
        return answer, _Version(url, headers)

    def _url(self, place: Place) -> str:
        """Give the address of the page to ask for."""
        collect = self._collect
        if collect.paging.by == "link" and place.at:
            return place.at
        parts = urlsplit(collect.url)
        query = [*parse_qsl(parts.query, keep_blank_values=True), *collect.query]
        if collect.since is not None and place.since is not None:
            query.append((collect.since.parameter, _written(place.since, collect.since.form)))
        if collect.paging.by == "number":
            query.append((collect.paging.parameter, place.at or str(collect.paging.first)))
        elif collect.paging.by == "offset":
            query.append((collect.paging.parameter, place.at or "0"))
        elif collect.paging.by and place.at:
            query.append((collect.paging.parameter, place.at))
        return urlunsplit(parts._replace(query=urlencode(query)))

    def _behind(self, place: Place, page: Page) -> tuple[Place, bool]:
        """Give the place behind a page, and whether another page is there to be asked for now."""
        paging, count = self._collect.paging, len(page.records)
        reached = place.after(page.seen)
        at, more = place.at, False
        if paging.by in {"cursor", "link"}:
            more = page.following not in {"", place.at}
            at = page.following if more else place.at
        elif paging.by == "number" and count >= paging.size:
            at, more = str(int(place.at or paging.first) + 1), True
        elif paging.by == "offset" and count:
            at, more = str(int(place.at or 0) + count), count >= paging.size
        if more:
            return reached.go_on(at), True
        if self._collect.since is not None:
            return reached.begin_again("", int(self._collect.since.overlap * _SECOND_US)), False
        return (reached.go_on(at) if paging.by == "offset" else reached.begin_again(at, 0)), False

    def _stuck(self, place: Place, page: Page, behind: Place, *, more: bool) -> str:
        """Say what keeps records from coming, or from coming once."""
        if behind.forgotten:
            return f"more than {MOST_SEEN} records may come again: some may be taken twice; ask for fewer at a time"
        full = 0 < self._collect.paging.size <= len(page.records)
        if self._collect.since is not None and full and not more and behind.since == place.since:
            return "a full answer with nothing beyond the overlap: name a way from page to page, or overlap less"
        return ""

    def _chunk(self, records: list[bytes], place: Place, behind: Place) -> Chunk:
        kept = [raw for raw in records if len(raw) <= self._limit]
        long = [raw for raw in records if len(raw) > self._limit]
        first = place.count + len(kept)
        return Chunk(
            source=self._source,
            path=urlsplit(self._collect.url).hostname or "",
            lines=pa.array(kept, pa.binary()),
            offsets=pa.array(range(place.count, first), pa.int64()),
            rejects=[(first + number, raw, too_long(len(raw), self._limit)) for number, raw in enumerate(long)],
            position=replace(behind, forgotten=False).text(),
        )


def open_collector(feed: Feed, positions: Mapping[str, str], surroundings: Surroundings) -> PullCollector:
    """Open the collector of a feed that is asked for by HTTP."""
    return PullCollector(feed, positions, surroundings)


def _source(collect: Pull) -> str:
    """Name what is asked: another address, or another way through it, is another source that begins anew."""
    since = collect.since and (collect.since.parameter, collect.since.field)
    told = repr((collect.url, collect.query, collect.paging.by, collect.paging.parameter, since))
    return f"pull-{hashlib.sha256(told.encode()).hexdigest()[:16]}"


def _written(micros: int, form: str) -> str:
    if form == "seconds":
        return str(micros // _SECOND_US)
    if form == "milliseconds":
        return str(micros // 1000)
    return f"{_EPOCH + timedelta(microseconds=micros):%Y-%m-%dT%H:%M:%S.%fZ}"


def _retry_after(answer: Answer) -> float:
    told = answer.headers.get("retry-after", "").strip()
    seconds = 30.0
    if told.isdecimal() and len(told) < 9:  # noqa: PLR2004 - three years
        seconds = float(told)
    elif told:
        try:
            seconds = (parsedate_to_datetime(told) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):  # no date, or one without its zone
            seconds = 30.0
    return min(max(seconds, 1.0), _LONGEST_WAIT_SECONDS)


def _meaning(status: int) -> str:
    told = {
        401: ": who we are is not believed; is the secret right, has it ended?",
        403: ": we may not read this",
        404: ": there is nothing at this address",
        400: ": it does not take the query; is a cursor or a time too old for it?",
        410: ": what we ask from is gone there",
    }
    return told.get(status, "")
