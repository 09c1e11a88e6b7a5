"""One document at an address: all there is, whenever it is another than before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from warroom.errors import OutboundError, Refusal
from warroom.intel.formats.reading import FormatRefusedError
from warroom.intel.formats.wording import printable
from warroom.intel.sources.asking import NOT_MODIFIED, OK, Asker, said_no
from warroom.intel.sources.cursors import read_cursor, text_of, write_cursor
from warroom.intel.sources.source import Document, Fetched
from warroom.intel.unpacking import contents
from warroom.net import Version

_LONGEST_NAME: Final = 200


class HttpSource:
    """Asks for one document, and unpacks it where it is a gzip file or a zip archive."""

    def __init__(self, url: str, asker: Asker) -> None:
        self._url, self._asker = url, asker

    def fetch(self, cursor: str, work: Path) -> Fetched | None:
        """Ask whether there is another document; see ``Source``."""
        known = read_cursor(cursor)
        path = work / "document"
        version = Version(text_of(known, "etag"), text_of(known, "modified"))
        done = self._asker.ask(self._url, path, known=version)
        if done.status == NOT_MODIFIED and known:
            return None
        if done.status != OK:
            raise said_no(self._asker.host, done)
        if done.sha256 == text_of(known, "sha256"):
            return None
        told = {"etag": done.version.etag, "modified": done.version.modified, "sha256": done.sha256}
        return Fetched(self._documents(path, work), lambda: write_cursor(told), whole=True)

    def _documents(self, path: Path, work: Path) -> Iterator[Document]:
        name = _name(self._url)
        # readers may look at the end of a name
        path = path.rename(work / f"document{_suffix(name)}")
        unpacked = work / "unpacked"
        unpacked.mkdir()
        try:
            for one in contents(path, unpacked):
                yield Document(f"{name}/{printable(one.part, _LONGEST_NAME)}" if one.part else name, one.path)
        except FormatRefusedError as problem:
            raise OutboundError(f"{self._asker.host}: {problem}", Refusal.CONTENT) from problem


def _name(url: str) -> str:
    """Name a document by the end of its address; the rest may be a secret."""
    return printable(unquote(urlsplit(url).path).rpartition("/")[2], _LONGEST_NAME) or "document"


def _suffix(name: str) -> str:
    suffix = Path(name).suffix
    return suffix if suffix[1:].isalnum() else ""
