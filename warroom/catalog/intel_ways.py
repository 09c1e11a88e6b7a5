"""How intelligence comes: one shape per way, with its keys and its checks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from warroom.catalog.transports import files
from warroom.catalog.transports.auth import AUTH_KEYS, TRUST_KEYS, Auth, Trust, read_auth, read_trust, read_url
from warroom.catalog.values import Values
from warroom.settings import REFERENCE

_AUTHS: Final = ("bearer", "basic", "header")
_COLLECTION: Final = re.compile(r"[^\s/]{1,200}")
_MOST_PAGE: Final = 50_000


@dataclass(frozen=True, slots=True)
class Folder:
    """Files that others drop: whole paths or patterns. What is no longer there is gone."""

    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Http:
    """One document at an address."""

    url: str
    auth: Auth | None
    trust: Trust


@dataclass(frozen=True, slots=True)
class MispFeed:
    """A folder of MISP events at an address: its manifest.json names them."""

    url: str
    auth: Auth | None
    trust: Trust


@dataclass(frozen=True, slots=True)
class Misp:
    """A MISP server, asked by its REST interface for published events, ``page_size`` at a time."""

    url: str
    auth: Auth | None
    trust: Trust
    page_size: int
    since_seconds: float  # how old an event may be at the first poll


@dataclass(frozen=True, slots=True)
class Taxii:
    """A collection of a TAXII 2.1 server.

    ``url`` is that of the discovery (…/taxii2/) or of an API root; ``collection`` an id, an alias or a title, "" for
    every one that may be read.
    """

    url: str
    collection: str
    auth: Auth | None
    trust: Trust
    page_size: int


Way: TypeAlias = Folder | Http | MispFeed | Misp | Taxii

#: Way → the keys of ``collect`` besides ``way`` and ``every``, and how often it is looked at that does not say it.
WAYS: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    "folder": (("paths",), "1m"),
    "http": (("url", *AUTH_KEYS, *TRUST_KEYS), "1h"),
    "misp_feed": (("url", *AUTH_KEYS, *TRUST_KEYS), "1h"),
    "misp": (("url", "page_size", "since", *AUTH_KEYS, *TRUST_KEYS), "15m"),
    "taxii": (("url", "collection", "page_size", *AUTH_KEYS, *TRUST_KEYS), "15m"),
}


def read_way(way: str, values: Values, data_dir: Path) -> Way | None:
    """Read what stands under ``collect``; None where there is no such way. Faults are noted in ``values``."""
    if way == "folder":
        return Folder(files.read(values, data_dir, reference=REFERENCE).paths)
    if way not in WAYS:
        return None
    url, auth, trust = read_url(values, "url"), read_auth(values, _AUTHS), read_trust(values)
    if way == "http":
        return Http(url, auth, trust)
    if way == "misp_feed":
        return MispFeed(url, auth, trust)
    if way == "misp":
        since = values.seconds("collect", "since", default="90d", least=3600)
        return Misp(url, auth, trust, _page_size(values, 100), since)
    collection = values.text("collect", "collection", default="")
    if collection and not _COLLECTION.fullmatch(collection.replace(" ", "_")):
        values.fault("`collect.collection` is an id, an alias or a title of a collection", "collect", "collection")
    return Taxii(url, collection, auth, trust, _page_size(values, 1000))


def _page_size(values: Values, default: int) -> int:
    found = values.value("collect", "page_size")
    if found is None:
        return default
    if isinstance(found, bool) or not isinstance(found, int) or not 1 <= found <= _MOST_PAGE:
        values.fault(f"`collect.page_size` is a whole number, 1 to {_MOST_PAGE}", "collect", "page_size")
        return default
    return found
