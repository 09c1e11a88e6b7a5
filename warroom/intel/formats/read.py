"""Reads a document of threat intelligence in whatever form it comes."""

from __future__ import annotations

import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Final, cast

from warroom.indicators import FORMATS
from warroom.intel.formats.encoding import as_utf8
from warroom.intel.formats.json_pieces import parse_large
from warroom.intel.formats.reading import FormatRefusedError, Reading, Told
from warroom.intel.formats.recognise import recognise, refuse_web_page
from warroom.zip_member import ZipError, open_member

#: Bytes of a document, unpacked.
MOST_BYTES: Final = 512 << 20
#: Format → the module that reads it, imported when it is needed, and its reader.
_READERS: Final[Mapping[str, tuple[str, str]]] = {
    "misp": ("misp", "read_misp"),
    "stix": ("stix", "read_stix"),
    "list": ("lists", "read_list"),
    "csv": ("delimited", "read_csv"),
    "zeek": ("zeek", "read_zeek"),
    "kev": ("kev", "read_kev"),
    "epss": ("epss", "read_epss"),
    "attack": ("attack", "read_attack"),
    "warninglist": ("warninglist", "read_warninglist"),
    "taxonomy": ("taxonomy", "read_taxonomy"),
    "text": ("text", "read_text"),
    "pdf": ("pdf", "read_pdf"),
}
#: Formats whose readers take JSON that is parsed; the others take bytes.
_OF_DOCUMENTS: Final = ("misp", "stix")
_PIECE: Final = 1 << 20
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"


def read(path: Path, told: Told, format: str = "") -> Reading:  # noqa: A002 - the word of Reading
    """Read a document, packed by gzip or alone in a zip archive or not.

    Args:
        path: where it is; its name says nothing about it.
        told: what its feed says about it.
        format: one of FORMATS; "" for what it looks like.

    Raises:
        FormatRefusedError: it is none, is broken as a whole, or is larger than MOST_BYTES.
        OSError: it cannot be read.
    """
    content = _content(path)
    document: object = None
    if not format:
        format, document = recognise(content)  # noqa: A001 - likewise
    elif format not in FORMATS:
        raise FormatRefusedError(f"no format of intelligence: {format!r}; known are {', '.join(FORMATS)}")
    if format != "pdf":
        refuse_web_page(content)
    module, name = _READERS[format]
    reader = getattr(import_module(f"warroom.intel.formats.{module}"), name)
    if format in _OF_DOCUMENTS:
        return cast("Reading", reader(parse_large(as_utf8(content)) if document is None else document, told))
    return cast("Reading", reader(content, told))


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        start = file.read(len(_ZIP))
        file.seek(0)
        try:
            if start.startswith(_GZIP):
                with gzip.open(file) as unpacked:
                    content = _bounded(unpacked.read)
            elif start == _ZIP:
                with open_member(file) as unpacked:
                    content = _bounded(unpacked.read)
            else:
                content = _bounded(file.read)
        except ZipError as problem:
            raise FormatRefusedError(str(problem)) from problem
        except (gzip.BadGzipFile, zipfile.BadZipFile, EOFError, zlib.error, lzma.LZMAError) as problem:
            raise FormatRefusedError(f"damaged archive: {problem}") from problem
    if not content or content.isspace():
        raise FormatRefusedError("there is nothing in it")
    return content


def _bounded(read_some: Callable[[int], bytes]) -> bytes:
    """Read all there is, a piece at a time."""
    content = io.BytesIO()
    while piece := read_some(_PIECE):
        content.write(piece)
        if content.tell() > MOST_BYTES:
            raise FormatRefusedError(f"larger than {MOST_BYTES >> 20} MiB unpacked: deliver it in parts")
    return content.getvalue()
