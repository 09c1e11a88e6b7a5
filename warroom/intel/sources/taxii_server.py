"""What a TAXII 2.1 server has for us: its API roots, and the collections that we may read.

https://docs.oasis-open.org/cti/taxii/v2.1/os/taxii-v2.1-os.html, sections 4 and 5.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from warroom.errors import OutboundError, Refusal
from warroom.intel.formats.wording import printable
from warroom.intel.sources.asking import Asker

ACCEPT: Final = "application/taxii+json;version=2.1"
_MOST_ROOTS: Final = 100
_MOST_COLLECTIONS: Final = 1_000
_MOST_BYTES: Final = 8 << 20
_LONGEST_NAME: Final = 200
_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection: its names, and where its objects are."""

    names: tuple[str, ...]  # its id, title and alias
    url: str
    can_read: bool


@dataclass(slots=True)
class Found:
    """The collections that are asked for, and why some API roots do not tell theirs: address and problem."""

    collections: list[Collection] = field(default_factory=list)
    refused: list[tuple[str, OutboundError]] = field(default_factory=list)


def find_collections(asker: Asker, url: str, name: str, work: Path) -> Found:
    """Find a collection by its id, alias or title, or every one that may be read where the name is "".

    Args:
        asker: who asks.
        url: of the discovery, of an API root, or of the server.
        name: of the collection.
        work: a folder for what is fetched.

    Raises:
        OutboundError: the server does not tell, there is none, or it may not be read.
    """
    found = Found()
    for root in _roots(asker, url, work):
        try:
            found.collections += _collections(asker, root, work)
        except OutboundError as problem:
            if problem.why not in {Refusal.STATUS, Refusal.CONTENT, Refusal.REDIRECT}:
                raise
            found.refused.append((printable(root, _LONGEST_NAME), problem))
    if found.refused and not found.collections:
        raise found.refused[0][1]
    if name:
        return Found([_named(found.collections, name, asker.host)])
    readable = [one for one in found.collections if one.can_read]
    if not readable:
        raise OutboundError(
            f"{asker.host} has no collection that we may read: which rights has the account?", Refusal.STATUS
        )
    return Found(readable, found.refused)


def _named(collections: list[Collection], name: str, host: str) -> Collection:
    matching = [one for one in collections if name in one.names or name.lower() == one.names[0].lower()]
    if not matching:
        names = ", ".join(repr(printable(one.names[1] or one.names[0], 60)) for one in collections[:_SHOWN])
        raise OutboundError(f"{host} has no collection {name!r}: it has {names or 'none'}", Refusal.CONTENT)
    if not matching[0].can_read:
        raise OutboundError(
            f"{host}: we may not read collection {name!r}: which rights has the account?", Refusal.STATUS
        )
    return matching[0]


def _roots(asker: Asker, url: str, work: Path) -> list[str]:
    """Give the addresses of the API roots, each with a slash at its end."""
    if urlsplit(url).path in {"", "/"}:
        url = urljoin(url, "/taxii2/")
    url = f"{url.rstrip('/')}/"
    told = asker.get(url, work / "discovery", accept=ACCEPT, most_bytes=_MOST_BYTES)
    if isinstance(told, dict) and ("api_roots" in told or "default" in told):
        roots = told.get("api_roots") or [told.get("default")]
        if not isinstance(roots, list) or not all(isinstance(one, str) for one in roots):
            raise OutboundError(f"{asker.host}: the discovery names no API roots", Refusal.CONTENT)
        return list(dict.fromkeys(_ours(url, one) for one in roots[:_MOST_ROOTS]))
    if isinstance(told, dict) and "collections" in told:
        return [url.removesuffix("collections/")]
    if isinstance(told, dict) and ("versions" in told or "max_content_length" in told):
        return [url]
    reason = (
        f"{asker.host} answers with what is neither a discovery nor an API root of TAXII 2.1: is the address right?"
    )
    raise OutboundError(reason, Refusal.CONTENT)


def _ours(url: str, root: str) -> str:
    """Give the address of an API root as we reach it: behind a proxy, servers name themselves in another way."""
    at, to = urlsplit(url), urlsplit(urljoin(url, root))
    if to.hostname == at.hostname:
        to = to._replace(scheme=at.scheme, netloc=at.netloc)
    return f"{urlunsplit(to).rstrip('/')}/"


def _collections(asker: Asker, root: str, work: Path) -> Iterator[Collection]:
    if urlsplit(root).hostname != asker.host and asker.is_someone:
        reason = "an API root on another host: not asked with what is meant for this one; give it its own feed"
        raise OutboundError(reason, Refusal.REDIRECT)
    told = asker.get(f"{root}collections/", work / "collections", accept=ACCEPT, most_bytes=_MOST_BYTES)
    listed = told.get("collections", []) if isinstance(told, dict) else None
    if not isinstance(listed, list):
        raise OutboundError(f"{asker.host} answers with what is no list of collections", Refusal.CONTENT)
    for one in listed[:_MOST_COLLECTIONS]:
        names = tuple(str(one.get(key) or "") for key in ("id", "title", "alias")) if isinstance(one, dict) else ("",)
        if not 0 < len(names[0]) <= _LONGEST_NAME:
            raise OutboundError(f"{asker.host} names a collection without an `id`", Refusal.CONTENT)
        place = quote(names[0], safe="")
        if place in {".", ".."}:
            raise OutboundError(f"{asker.host} names a collection {place!r}", Refusal.CONTENT)
        yield Collection(names, f"{root}collections/{place}/objects/", one.get("can_read") is True)
