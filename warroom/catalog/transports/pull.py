"""HTTP pull: which address is asked, how its pages follow each other, and who we are there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from warroom.catalog.transports.auth import (
    AUTH_KEYS,
    HEADER,
    OUR_HEADERS,
    TRUST_KEYS,
    Auth,
    read_auth,
    read_trust,
    read_url,
)
from warroom.catalog.values import Values

KEYS: Final = (
    "url", "query", "headers", "records", "id",
    "page", "page_parameter", "page_from", "page_size", "page_first",
    "since_parameter", "since_field", "since_form", "since_overlap", "start",
    *AUTH_KEYS, *TRUST_KEYS,
)  # fmt: skip

#: How pages follow each other.
PAGES: Final = ("cursor", "link", "number", "offset")
#: How a time is written in a request.
FORMS: Final = ("iso", "seconds", "milliseconds")
#: Where the body is lines, and not one JSON document.
LINES: Final = "lines"

_POINTER: Final = re.compile(r"(?:/[^/\s]{1,100}){1,8}")
_NAME: Final = re.compile(r"[A-Za-z0-9_$.\[\]-]{1,100}")
_MOST_PAIRS: Final = 50
_LARGEST_PAGE: Final = 100_000


@dataclass(frozen=True, slots=True)
class Paging:
    """How pages follow each other.

    Args:
        by: one of PAGES; "" where an answer is all there is.
        parameter: of the query, that says which page is asked for.
        where: JSON pointer of the next cursor or link in the answer; "" for a Link header.
        size: records of a full page; 0 where that is not known.
        first: what the first page's number is.
    """

    by: str
    parameter: str
    where: str
    size: int
    first: int


@dataclass(frozen=True, slots=True)
class Since:
    """How only what is new is asked for: ``field`` points at a record's time, ``overlap`` is in seconds."""

    parameter: str
    field: str
    form: str
    overlap: float
    start: datetime | None


@dataclass(frozen=True, slots=True)
class Pull:
    """What is asked, and how. ``records`` is a JSON pointer, LINES, or "" where the answer is a list itself."""

    url: str
    query: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]
    records: str
    id: str
    paging: Paging
    since: Since | None
    auth: Auth | None
    ca: str
    certificate: str
    key: str


def read(values: Values, data_dir: Path) -> Pull:  # noqa: ARG001 - nothing of it stands in the state folder
    """Read ``collect`` of a feed that is asked for by HTTP."""
    trust = read_trust(values)
    records = values.text("collect", "records", default="")
    found = Pull(
        url=read_url(values, "url"),
        query=_pairs(values, "query", _NAME),
        headers=_pairs(values, "headers", HEADER),
        records=records if records == LINES else _pointer(values, "records"),
        id=_pointer(values, "id"),
        paging=_paging(values),
        since=_since(values),
        auth=read_auth(values),
        ca=trust.ca,
        certificate=trust.certificate,
        key=trust.key,
    )
    for name, _ in found.headers:
        if name.lower() in OUR_HEADERS or (found.auth and found.auth.kind == "header" and found.auth.name == name):
            values.fault(f"`{name}` is not set here: `auth` says who we are", "collect", "headers", name)
    if records == LINES and (found.paging.by == "cursor" or found.paging.where):
        values.fault("lines hold no cursor and no link: a Link header, numbers or offsets do", "collect", "page")
    return found


def _paging(values: Values) -> Paging:
    by = values.choice("collect", "page", known=PAGES, what="way from page to page") if _has(values, "page") else ""
    defaults = {"cursor": "cursor", "number": "page", "offset": "offset"}
    parameter = values.text("collect", "page_parameter", default=defaults.get(by, ""))
    where = _pointer(values, "page_from")
    if by == "cursor" and not where:
        values.fault("`collect.page_from` is where the answer has the next cursor, such as /meta/next", "collect")
    size = _whole(values, "page_size", 0, _LARGEST_PAGE)
    if by == "number" and not _has(values, "page_size"):
        values.fault("`collect.page_size` is needed: only after a full page the next one is asked for", "collect")
    return Paging(by, parameter, where, size, _whole(values, "page_first", 1, _LARGEST_PAGE))


def _since(values: Values) -> Since | None:
    if not _has(values, "since_parameter"):
        for name in ("since_field", "since_form", "since_overlap", "start"):
            if _has(values, name):
                values.fault(f"`collect.{name}` goes with `collect.since_parameter`", "collect", name)
        return None
    field = _pointer(values, "since_field")
    if not field:
        values.fault("`collect.since_field` is where a record has its time, such as /created_at", "collect")
    form = values.choice("collect", "since_form", known=FORMS, what="form") if _has(values, "since_form") else "iso"
    overlap = values.seconds("collect", "since_overlap", default="5m", least=0)
    return Since(values.text("collect", "since_parameter"), field, form, overlap, _start(values))


def _start(values: Values) -> datetime | None:
    found = values.value("collect", "start")
    if found is None:
        return None
    try:
        time = found if isinstance(found, datetime) else datetime.fromisoformat(str(found))
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        values.fault("`collect.start` is a time with its zone such as 2026-11-01T00:00:00+07:00", "collect", "start")
        return None
    return time


def _has(values: Values, name: str) -> bool:
    return values.value("collect", name) is not None


def _pointer(values: Values, name: str) -> str:
    found = values.text("collect", name, default="")
    if found and not _POINTER.fullmatch(found):
        values.fault(f"`collect.{name}` is a JSON pointer, such as /data/items", "collect", name)
    return found


def _whole(values: Values, name: str, default: int, most: int) -> int:
    found = values.value("collect", name)
    if found is None:
        return default
    if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found <= most:
        values.fault(f"`collect.{name}` is a whole number, at most {most}", "collect", name)
        return default
    return found


def _pairs(values: Values, name: str, form: re.Pattern[str]) -> tuple[tuple[str, str], ...]:
    found = values.value("collect", name)
    if found is None:
        return ()
    if not isinstance(found, dict) or len(found) > _MOST_PAIRS:
        values.fault(f"`collect.{name}` holds lines `name: value`", "collect", name)
        return ()
    for key, value in found.items():
        if not isinstance(key, str) or not form.fullmatch(key):
            values.fault("this is no name", "collect", name, str(key))
        elif not isinstance(value, (str, int, float)) or not str(value).isprintable():
            values.fault(f"the value of `{key}` is a text or a number", "collect", name, key)
    return tuple((str(key), str(value)) for key, value in found.items())
