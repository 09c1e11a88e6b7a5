"""What we ask an S3-compatible store: which objects a bucket has, and pieces of one of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_plus, urlsplit
from xml.etree import ElementTree as ET

from warroom.collect.s3_signing import Signer, escaped, query_of
from warroom.errors import OutboundError
from warroom.net import Answer, Connector, trust

if TYPE_CHECKING:
    from warroom.catalog.transports.s3 import Bucket
    from warroom.net import Network, Proxy

#: One piece of an object: asked for at once, and held in memory.
PIECE: Final = 4 << 20
_SECONDS: Final = 20.0
_OK, _PARTIAL, _NOT_FOUND, _CHANGED, _BEYOND = 200, 206, 404, 412, 416
_CODE: Final = re.compile(rb"<Code>([A-Za-z]{1,64})</Code>")
_SPACE: Final = re.compile(r"^\{[^{}]*\}")


class GoneError(Exception):
    """An object is not there any more, or not in the version that was listed."""


class RefusedError(OutboundError):
    """The store says no to what was asked, whatever else it may answer."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An object as a listing has it; ``modified`` is ISO 8601 in UTC, as the store writes it."""

    key: str
    etag: str
    modified: str
    size: int


class Store:
    """One bucket. Raises WarroomError where the secret or the authority's file is not there."""

    def __init__(self, collect: Bucket, allowed: Sequence[Network], proxy: Proxy | None = None) -> None:
        self._collect = collect
        known = trust(collect.ca) if collect.ca else None
        self._connector = Connector(allowed, seconds=_SECONDS, most_bytes=2 * PIECE, trust=known, proxy=proxy)
        secret = collect.secret_key.load() if collect.secret_key else ""
        self._signer = Signer(collect.access_key, secret, collect.region) if secret else None
        parts = urlsplit(collect.endpoint)
        self._scheme, self._host, self._path = parts.scheme, parts.netloc, "/"
        if parts.port == {"http": 80, "https": 443}[parts.scheme]:
            self._host = self._host.rpartition(":")[0]  # as the Host header has it
        if collect.path_style:
            self._path = f"/{collect.bucket}/"
        else:
            self._host = f"{collect.bucket}.{self._host}"

    def listing(self, after: str) -> Iterator[list[Entry]]:
        """Give the objects with our prefix whose keys come after one, in the order of their keys, page by page.

        Raises:
            OutboundError: the store does not answer, or says no.
        """
        asked = {"list-type": "2", "encoding-type": "url", "prefix": self._collect.prefix}
        if after:
            asked["start-after"] = after
        while True:
            answer = self._get(self._path, asked, {})
            if answer.status != _OK:
                raise self._refused(answer)
            entries, following = _page(answer.body)
            yield entries
            if not following:
                return
            asked = {name: value for name, value in asked.items() if name != "start-after"}
            asked["continuation-token"] = following

    def piece(self, entry: Entry, offset: int, size: int = PIECE) -> bytes:
        """Give the bytes of an object from an offset on, at most ``size``; none behind its end.

        Raises:
            GoneError: the object is not there any more as it was listed.
            RefusedError: the store says no.
            OutboundError: it does not answer.
        """
        if offset >= entry.size:
            return b""
        end = min(offset + size, entry.size) - 1
        headers = {"range": f"bytes={offset}-{end}", "if-match": f'"{entry.etag}"'}
        # what was stored packed is not announced as such: we unpack by what the bytes are
        asked = {"response-content-encoding": "identity"} if self._signer else {}
        answer = self._get(self._path + escaped(entry.key), asked, headers)
        if answer.status in (_NOT_FOUND, _CHANGED, _BEYOND):
            raise GoneError
        if answer.status not in (_OK, _PARTIAL):
            raise self._refused(answer)
        return answer.body if answer.status == _PARTIAL else answer.body[offset : end + 1]

    def _get(self, path: str, query: dict[str, str], headers: dict[str, str]) -> Answer:
        text = query_of(query)
        if self._signer:
            headers = self._signer.headers(self._host, path, text, headers, datetime.now(UTC))
        return self._connector.call(f"{self._scheme}://{self._host}{path}?{text}".rstrip("?"), headers=headers)

    def _refused(self, answer: Answer) -> RefusedError:
        code = _CODE.search(answer.body[:4096])
        said = code[1].decode() if code else "no reason given"
        return RefusedError(
            f"{self._host}: status {answer.status}, {said}: may we list and read bucket {self._collect.bucket}?"
        )


def _page(body: bytes) -> tuple[list[Entry], str]:
    """Read a page of a listing: its entries and what to ask for the next one by."""
    try:
        text = body.decode()  # in another encoding a document type could hide
    except UnicodeDecodeError as problem:
        raise OutboundError("the store answers with a document that is no listing") from problem
    if "<!" in text:  # a document type: entities that grow
        raise OutboundError("the store answers with a document that is no listing")
    try:
        root = ET.fromstring(text)  # noqa: S314  bounded, and without entities
        entries = [_entry(one) for one in root if _name(one) == "Contents"]
        told = {_name(one): one.text or "" for one in root if _name(one) != "Contents"}
    except (ET.ParseError, ValueError, KeyError) as problem:
        raise OutboundError(f"the store answers with no listing: {str(problem)[:100]}") from problem
    return entries, told.get("NextContinuationToken", "") if told.get("IsTruncated") == "true" else ""


def _entry(element: ET.Element) -> Entry:
    told = {_name(one): one.text or "" for one in element}
    modified = datetime.fromisoformat(told["LastModified"]).astimezone(UTC).isoformat(timespec="milliseconds")
    return Entry(unquote_plus(told["Key"]), told["ETag"].strip('"'), modified, int(told["Size"]))


def _name(element: ET.Element) -> str:
    return _SPACE.sub("", element.tag)
