"""A folder of MISP events at an address: the events of its manifest that are new or changed, and those that are gone.

The layout is MISP's: ``manifest.json`` names the events by their UUIDs, each of them is ``<uuid>.json``
(https://www.misp-project.org/feeds/).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from warroom.errors import OutboundError, Refusal
from warroom.intel.sources.asking import OK, Asker, said_no
from warroom.intel.sources.cursors import numbers_of, read_cursor, write_cursor
from warroom.intel.sources.source import Document, Fetched

_MANIFEST: Final = "manifest.json"
_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
#: Events that a manifest may have, and those that one poll asks for: the next one goes on.
_MOST_EVENTS: Final = 50_000
_MOST_NEW: Final = 2_000
_MOST_BYTES: Final = 64 << 20
_LATEST: Final = 1 << 40  # seconds: no time of an event
_ACCEPT: Final = "application/json"
#: The event's own file is not there, though the manifest names it.
_MISSING: Final = frozenset((403, 404, 410))


class MispFeedSource:
    """Asks for a manifest, and for the events that it names anew."""

    def __init__(self, url: str, asker: Asker) -> None:
        self._url, self._asker = url, asker
        self._taken: dict[str, int] = {}

    def fetch(self, cursor: str, work: Path) -> Fetched | None:
        """Ask which events there are; see ``Source``."""
        known = numbers_of(read_cursor(cursor), "events")
        found, odd = _events(self._asker.get(self._at(_MANIFEST), work / _MANIFEST, accept=_ACCEPT), self._asker.host)
        gone = tuple(sorted(known.keys() - found.keys()))
        new = sorted((at, uuid) for uuid, at in found.items() if known.get(uuid) != at)[:_MOST_NEW]
        if not (gone or new or odd):
            return None
        self._taken = {uuid: at for uuid, at in known.items() if uuid in found}
        return Fetched(
            self._documents(new, odd, work),
            lambda: write_cursor({"events": self._taken}),
            whole=not known,
            gone=gone,
        )

    def _documents(self, new: list[tuple[int, str]], odd: list[str], work: Path) -> Iterator[Document]:
        yield from (Document(one, work / _MANIFEST, refused="no UUID of an event") for one in odd)
        for at, uuid in new:
            path = work / f"{uuid}.json"
            done = self._asker.ask(self._at(path.name), path, accept=_ACCEPT, most_bytes=_MOST_BYTES)
            if done.status in _MISSING:
                # it is asked for again: some write the manifest before the events
                refused = f"named in the manifest, but {said_no(self._asker.host, done)}"
                yield Document(uuid, path, refused=refused)
                continue
            if done.status != OK:
                raise said_no(self._asker.host, done)
            yield Document(uuid, path)
            self._taken[uuid] = at
            path.unlink(missing_ok=True)
            if self._asker.is_late:
                return

    def _at(self, name: str) -> str:
        """Give the address of a file of the feed."""
        parts = urlsplit(self._url)
        folder = parts.path.removesuffix(_MANIFEST).rstrip("/")
        return urlunsplit(parts._replace(path=f"{folder}/{name}"))


def _events(manifest: object, host: str) -> tuple[dict[str, int], list[str]]:
    """Give the events of a manifest with the time of their last change, and what is no event."""
    if manifest == []:  # PHP's empty mapping
        manifest = {}
    if not isinstance(manifest, dict):
        raise OutboundError(f"{host}: {_MANIFEST} is no mapping of events: is this a feed of MISP?", Refusal.CONTENT)
    if len(manifest) > _MOST_EVENTS:
        reason = f"{host}: {_MANIFEST} names {len(manifest):,} events: more than {_MOST_EVENTS:,} are not taken"
        raise OutboundError(reason, Refusal.TOO_LARGE)
    found: dict[str, int] = {}
    odd: list[str] = []
    for uuid, told in manifest.items():
        at = seconds(told.get("timestamp")) if isinstance(told, dict) else None
        if at is None or not _UUID.fullmatch(uuid):
            odd.append(uuid[:100])
        else:
            found[uuid] = at
    if odd and not found:
        raise OutboundError(f"{host}: {_MANIFEST} names no event: is this a feed of MISP?", Refusal.CONTENT)
    return found, odd


def seconds(told: object) -> int | None:
    """Read a time of MISP's, seconds since 1970 as a number or a text; None where it is none."""
    if isinstance(told, str) and told.isdecimal() and len(told) <= 12:  # noqa: PLR2004 - the year 30000
        told = int(told)
    return told if isinstance(told, int) and not isinstance(told, bool) and 0 <= told < _LATEST else None
