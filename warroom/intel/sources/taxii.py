"""Collections of a TAXII 2.1 server: the objects that were added since the last poll, page by page.

Where a poll ends is told by the time at which its last object was added (``X-TAXII-Date-Added-Last``). Many objects may
share it, and more of them may come later: so the next poll asks from just before this time, and passes over the objects
that it remembers. https://docs.oasis-open.org/cti/taxii/v2.1/os/taxii-v2.1-os.html, sections 3.4 and 5.4.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

import orjson

from warroom.errors import OutboundError, Refusal
from warroom.intel.sources.asking import OK, Asker, read_json, said_no
from warroom.intel.sources.cursors import read_cursor, text_of, write_cursor
from warroom.intel.sources.source import Document, Fetched
from warroom.intel.sources.taxii_server import ACCEPT, Collection, find_collections
from warroom.store.durable import no_room

if TYPE_CHECKING:
    from warroom.catalog.intel_ways import Taxii
    from warroom.net import Downloaded

_PAGE_BYTES: Final = 32 << 20
#: Objects of a collection that are remembered, the last ones, during a poll and to the next one; and pages of it that
#: one poll asks for.
_MOST_SEEN: Final = 100_000
_MOST_REMEMBERED: Final = 2_000
_MOST_PAGES: Final = 10_000
#: So far a page is made larger where all its objects share one time.
_LARGEST_PAGE: Final = 100_000
_LONGEST_NEXT: Final = 4_000
_TICK: Final = timedelta(microseconds=1)
#: A time further ahead than this is not believed: nothing would ever come after it.
_AHEAD: Final = timedelta(days=1)
#: How a server says that it does not know the page any more that it named.
_LOST: Final = frozenset((400, 404, 410, 422))
_DENIED: Final = frozenset((403, 404))


@dataclass(slots=True)
class _Place:
    """Where we are in a collection: when the last object was added that we have, and the last objects themselves."""

    after: datetime | None = None
    seen: dict[str, None] = field(default_factory=dict)

    def fresh(self, objects: list[object]) -> list[object]:
        """Give the objects that are not remembered, and remember them."""
        keys = [hashlib.sha256(orjson.dumps(one, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16] for one in objects]
        fresh = [one for one, key in zip(objects, keys, strict=True) if key not in self.seen]
        for key in keys:
            self.seen.pop(key, None)  # what was seen last is remembered longest
            self.seen[key] = None
        while len(self.seen) > _MOST_SEEN:
            del self.seen[next(iter(self.seen))]
        return fresh


@dataclass(slots=True)
class _Page:
    """How to ask for a page."""

    limit: int
    after: datetime | None
    following: str = ""

    def query(self) -> str:
        told: dict[str, object] = {"limit": self.limit}
        if self.after is not None:
            told["added_after"] = f"{self.after:%Y-%m-%dT%H:%M:%S.%fZ}"
        if self.following:
            told["next"] = self.following
        return urlencode(told)


class TaxiiSource:
    """Asks for the objects of one collection, or of all that may be read."""

    def __init__(self, way: Taxii, asker: Asker) -> None:
        self._way, self._asker = way, asker
        self._places: dict[str, _Place] = {}

    def fetch(self, cursor: str, work: Path) -> Fetched | None:
        """Ask which objects were added; see ``Source``."""
        known = read_cursor(cursor).get("collections")
        found = find_collections(self._asker, self._way.url, self._way.collection, work)
        self._places = {one.url: _read_place(known, one.url) for one in found.collections}
        refused = (Document(url, work / "none", refused=str(problem)) for url, problem in found.refused)
        documents = chain(refused, *(self._objects(one, work) for one in found.collections))
        first = next(documents, None)
        return None if first is None else Fetched(chain([first], documents), self._cursor, whole=not known)

    def _cursor(self) -> str:
        told = {
            url: {"after": place.after.isoformat() if place.after else "", "seen": list(place.seen)[-_MOST_REMEMBERED:]}
            for url, place in self._places.items()
        }
        return write_cursor({"collections": told})

    def _objects(self, collection: Collection, work: Path) -> Iterator[Document]:
        """Give the pages of a collection that hold anything new."""
        place = self._places[collection.url]
        page = _Page(self._way.page_size, place.after and place.after - _TICK)
        path, before = work / "page.json", ""
        for number in range(_MOST_PAGES):
            done = self._asker.ask(f"{collection.url}?{page.query()}", path, accept=ACCEPT, most_bytes=_PAGE_BYTES)
            if page.following and done.status in _LOST and place.after is not None:
                page = _Page(page.limit, place.after - _TICK)
                continue
            if done.status in _DENIED and not self._way.collection and not number:
                yield Document(collection.names[0], path, refused=str(said_no(self._asker.host, done)))
                return
            if done.status != OK:
                raise said_no(self._asker.host, done)
            objects, more, following = _envelope(read_json(path, self._asker.host), self._asker.host)
            fresh = place.fresh(objects)
            last = _added_last(done)
            if last is not None:
                place.after = max(last, place.after or last)
            if fresh:
                if len(fresh) < len(objects):
                    with no_room(path, "free space: it is tried again"):
                        path.write_bytes(orjson.dumps({"objects": fresh}))
                yield Document(f"{collection.names[0]}/{number}", path)
            path.unlink(missing_ok=True)
            if not more or (self._asker.is_late and place.after is not None):
                return
            page = self._next(page, following, last, stuck=done.sha256 == before)
            before = done.sha256

    def _next(self, page: _Page, following: str, last: datetime | None, *, stuck: bool) -> _Page:
        """Give how to ask for the page behind one. Raises OutboundError where there is no way on."""
        host = self._asker.host
        if following:
            if following == page.following and stuck:  # some name all pages alike
                raise OutboundError(f"{host} names the same page as the next one, again and again", Refusal.PROTOCOL)
            return _Page(page.limit, page.after, following)
        if last is None:
            raise OutboundError(f"{host} says that there is more, but not where: it names no `next`", Refusal.PROTOCOL)
        if page.after is None or last - _TICK > page.after:
            return _Page(self._way.page_size, last - _TICK)
        if page.limit >= _LARGEST_PAGE:
            reason = f"{host} has more objects of one time than it gives at once, and names no `next` page"
            raise OutboundError(reason, Refusal.PROTOCOL)
        return _Page(page.limit * 2, page.after)


def _envelope(told: object, host: str) -> tuple[list[object], bool, str]:
    """Read a page: its objects, whether there are more, and what to ask for them by."""
    if not isinstance(told, dict):
        raise OutboundError(f"{host} answers with what is no envelope of TAXII 2.1", Refusal.CONTENT)
    objects, more, following = told.get("objects", []), told.get("more", False), told.get("next") or ""
    sound = isinstance(objects, list) and isinstance(more, bool) and isinstance(following, str)
    if not sound or len(following) > _LONGEST_NEXT:
        reason = f"{host} answers with an envelope that is none: `objects`, `more` or `next` is not what it should be"
        raise OutboundError(reason, Refusal.CONTENT)
    return objects, more, following


def _added_last(done: Downloaded) -> datetime | None:
    return _time(done.headers.get("x-taxii-date-added-last", ""))


def _time(text: str) -> datetime | None:
    """Read a time (RFC 3339); None where there is none, or where it is too far ahead to be true."""
    try:
        told = datetime.fromisoformat(text)
        told = told.replace(tzinfo=UTC) if told.tzinfo is None else told.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return told if datetime(1970, 1, 2, tzinfo=UTC) <= told <= datetime.now(UTC) + _AHEAD else None


def _read_place(known: object, url: str) -> _Place:
    told = known.get(url) if isinstance(known, dict) else None
    if not isinstance(told, Mapping):
        return _Place()
    seen = told.get("seen")
    return _Place(_time(text_of(told, "after")), dict.fromkeys(map(str, seen)) if isinstance(seen, list) else {})
