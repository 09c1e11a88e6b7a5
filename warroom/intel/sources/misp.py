"""A MISP server: its published events that are new or changed, and those that are no longer there.

Asked by its REST interface (https://www.misp-project.org/openapi/). Which events there are is asked of the index, by
which MISP servers synchronise, too: it tells also what was deleted, and what was published long after it was written,
which a search by time does not. Their content is asked for by their numbers, so many at a time: whatever happens on
the server meanwhile, no page loses an event. An event that is being edited is unpublished for that time: what is known
of it stays.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from warroom.errors import OutboundError, Refusal
from warroom.intel.sources.asking import OK, Asker, said_no
from warroom.intel.sources.cursors import numbers_of, read_cursor, write_cursor
from warroom.intel.sources.misp_feed import seconds
from warroom.intel.sources.source import Document, Fetched

if TYPE_CHECKING:
    from warroom.catalog.intel_ways import Misp

_MOST_EVENTS: Final = 50_000
_MOST_BYTES: Final = 64 << 20
_ACCEPT: Final = "application/json"


class _Listed(NamedTuple):
    """An event of the index: when it changed, its number on this server, and whether it is published."""

    at: int
    number: int
    published: bool


class MispSource:
    """Asks for the index, and for the events that are new in it."""

    def __init__(self, way: Misp, asker: Asker) -> None:
        self._way, self._asker = way, asker
        self._base = way.url.rstrip("/").removesuffix("/events/restSearch")
        self._taken: dict[str, int] = {}

    def fetch(self, cursor: str, work: Path) -> Fetched | None:
        """Ask which events there are; see ``Source``."""
        told = read_cursor(cursor)
        known = numbers_of(told, "events")
        since = told.get("since")
        if not isinstance(since, int):
            since = int(time.time() - self._way.since_seconds)
        found = self._index(since, work)
        gone = tuple(sorted(known.keys() - found.keys()))
        new = sorted((one, uuid) for uuid, one in found.items() if one.published and known.get(uuid) != one.at)
        if not (gone or new):
            return None
        self._taken = {uuid: at for uuid, at in known.items() if uuid in found}
        return Fetched(
            self._documents(new, work),
            lambda: write_cursor({"since": since, "events": self._taken}),
            whole=not known,
            gone=gone,
        )

    def _index(self, since: int, work: Path) -> dict[str, _Listed]:
        """Give the events that changed since a time, by their UUIDs."""
        asked = {"minimal": 1, "timestamp": since}
        index = self._asker.get(f"{self._base}/events/index", work / "index", accept=_ACCEPT, json=asked)
        if not isinstance(index, list):
            reason = f"{self._asker.host} answers with no list of events: is this the address of a MISP server?"
            raise OutboundError(reason, Refusal.CONTENT)
        found: dict[str, _Listed] = {}
        for entry in index:
            event = entry.get("Event", entry) if isinstance(entry, dict) else {}  # older servers wrap it
            uuid, at, number = event.get("uuid"), seconds(event.get("timestamp")), seconds(event.get("id"))
            if not isinstance(uuid, str) or at is None or number is None:
                reason = f"{self._asker.host} lists an event without `id`, `uuid` or `timestamp`"
                raise OutboundError(reason, Refusal.CONTENT)
            if at >= since:
                found[uuid] = _Listed(at, number, event.get("published") in (True, 1, "1"))
        if len(found) > _MOST_EVENTS:
            reason = f"{self._asker.host} lists {len(found):,} events: make `since` shorter, {_MOST_EVENTS:,} are taken"
            raise OutboundError(reason, Refusal.TOO_LARGE)
        return found

    def _documents(self, new: list[tuple[_Listed, str]], work: Path) -> Iterator[Document]:
        size = self._way.page_size
        for first in range(0, len(new), size):
            page = new[first : first + size]
            asked: Mapping[str, object] = {
                "returnFormat": "json",
                "eventid": [listed.number for listed, _ in page],
                "published": True,
                "page": 1,
                "limit": size,
            }
            path = work / f"{first}.json"
            search = f"{self._base}/events/restSearch"
            done = self._asker.ask(search, path, accept=_ACCEPT, json=asked, most_bytes=_MOST_BYTES)
            if done.status != OK:
                raise said_no(self._asker.host, done)
            yield Document(f"events/{first}", path)
            self._taken |= {uuid: listed.at for listed, uuid in page}
            path.unlink(missing_ok=True)
            if self._asker.is_late:
                return
