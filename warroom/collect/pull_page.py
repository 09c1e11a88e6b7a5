"""One answer of an address that is asked for by HTTP: its records, and which page follows it."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

import orjson

from warroom.catalog.transports.pull import LINES
from warroom.collect.json_list import NoListError, elements, pointed
from warroom.collect.lines import blank
from warroom.errors import OutboundError

if TYPE_CHECKING:
    from warroom.catalog.transports.pull import Pull
    from warroom.collect.pull_place import Seen
    from warroom.net import Answer

#: JSON has no line ends inside a text: the record is written on one line, otherwise as it came.
_INDENT: Final = re.compile(rb"[\r\n]+[ \t]*")
_KEY_BYTES: Final = 9
_LONGEST_CURSOR: Final = 8192
_SECOND_US: Final = 1_000_000
#: A count since 1970 this large is of milliseconds, and this large of microseconds.
_MILLISECONDS, _MICROSECONDS, _NANOSECONDS = 1e11, 1e14, 1e17
_LATEST_US: Final = 253_402_300_799 * _SECOND_US


@dataclass(frozen=True, slots=True)
class Page:
    """The records of an answer, the key and time of each, and what the answer says of the next page: "" for none."""

    records: list[bytes]
    seen: list[Seen]
    following: str


def read_page(collect: Pull, answer: Answer, asked: str, now: datetime) -> Page:
    """Read an answer to the address that was asked. Raises OutboundError where it is not what the feed says."""
    document: object = None
    try:
        if collect.records == LINES:
            texts = [line.removesuffix(b"\r") for line in answer.body.split(b"\n")]
            found = [(line, _json(line) if collect.id or collect.since else None) for line in texts if not blank(line)]
        else:
            text = answer.body.decode("utf-8", "surrogateescape")
            spans = elements(text, collect.records)
            found = [(_INDENT.sub(b"", one.encode("utf-8", "surrogateescape")), value) for one, value in spans]
            if collect.paging.where:
                document = _json(answer.body)
    except NoListError as problem:
        raise OutboundError(str(problem)) from problem
    latest = int(now.timestamp() * _SECOND_US)
    seen = [(_key(collect, raw, value), _time(collect, value, latest)) for raw, value in found]
    return Page([raw for raw, _ in found], seen, _following(collect, answer, document, asked))


def _following(collect: Pull, answer: Answer, document: object, asked: str) -> str:
    paging = collect.paging
    told = pointed(document, paging.where) if paging.where else None
    if paging.by == "cursor":
        if isinstance(told, bool) or not isinstance(told, (str, int)):
            return ""
        if len(str(told)) > _LONGEST_CURSOR:
            raise OutboundError("the next cursor is longer than any: see `collect.page_from`")
        return str(told)
    if paging.by != "link":
        return ""
    link = answer.following
    if paging.where:
        link = urljoin(asked, told) if isinstance(told, str) and told else ""
    if link and _origin(link) != _origin(collect.url):
        raise OutboundError("the next page is said to be on another host: not followed with what is meant for this one")
    if len(link) > _LONGEST_CURSOR:
        raise OutboundError("the next link is longer than any")
    return link


def _origin(url: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return "", None, None
    return parts.scheme, parts.hostname, port


def _key(collect: Pull, raw: bytes, value: object) -> str:
    """Give by what a record is known again: its id, or else all of it."""
    told = pointed(value, collect.id) if collect.id else None
    if told is not None:
        raw = f"id {told}".encode("utf-8", "surrogatepass")
    return base64.b85encode(hashlib.blake2b(raw, digest_size=_KEY_BYTES).digest()).decode()


def _time(collect: Pull, value: object, latest: int) -> int:
    """Give a record's time, 0 for none; one ahead of our clock is now, or nothing would be asked for until then."""
    if collect.since is None:
        return 0
    return min(_micros(pointed(value, collect.since.field)) or 0, latest)


def _micros(told: object) -> int | None:
    if isinstance(told, str):
        try:
            time = datetime.fromisoformat(told)
        except ValueError:
            return _micros(float(told)) if re.fullmatch(r"[0-9]{9,19}(?:\.[0-9]{1,9})?", told) else None
        time = time if time.tzinfo else time.replace(tzinfo=UTC)
        return int(time.timestamp() * _SECOND_US)
    if isinstance(told, bool) or not isinstance(told, (int, float)) or not 0 < told < _NANOSECONDS * 1000:
        return None
    for bound, factor in ((_MILLISECONDS, 1e6), (_MICROSECONDS, 1e3), (_NANOSECONDS, 1.0)):
        if told < bound:
            return int(told * factor)
    return min(int(told / 1000), _LATEST_US)


def _json(text: bytes) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
