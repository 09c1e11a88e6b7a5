"""What a file given as evidence is, by its bytes and never by its name; and a name that cannot deceive."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from warroom.errors import UsageError

#: Bytes of one file.
MOST_BYTES: Final = 25 << 20
_LONGEST_NAME: Final = 100
_LOOKED_AT: Final = 1 << 16
_PDF_WITHIN: Final = 1024
_TAR_MAGIC: Final = 257
_END_OF_ZIP: Final = b"PK\x05\x06"
_ZIP_TAIL: Final = 22


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of file that is taken: how it begins, and by which endings its name may go."""

    name: str
    begins: tuple[bytes, ...]
    endings: tuple[str, ...]


_TAKEN: Final = (
    _Kind("png", (b"\x89PNG\r\n\x1a\n",), ("png",)),
    _Kind("jpeg", (b"\xff\xd8\xff",), ("jpg", "jpeg")),
    _Kind("gif", (b"GIF87a", b"GIF89a"), ("gif",)),
    _Kind("tiff", (b"II*\0", b"MM\0*"), ("tiff", "tif")),
    _Kind("pdf", (b"%PDF-",), ("pdf",)),
    _Kind("zip", (b"PK\x03\x04", _END_OF_ZIP), ("zip", "docx", "xlsx", "pptx", "odt", "ods", "odp")),
    _Kind("gzip", (b"\x1f\x8b\x08",), ("gz", "tgz")),
    _Kind("7z", (b"7z\xbc\xaf\x27\x1c",), ("7z",)),
    _Kind("xz", (b"\xfd7zXZ\0",), ("xz",)),
    _Kind("zstd", (b"\x28\xb5\x2f\xfd",), ("zst",)),
    _Kind("evtx", (b"ElfFile\0",), ("evtx",)),
    _Kind("pcap", (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\n\r\r\n"), ("pcap", "pcapng")),
    _Kind("parquet", (b"PAR1",), ("parquet",)),
    _Kind("sqlite", (b"SQLite format 3\0",), ("sqlite", "db")),
    _Kind("mp3", (b"ID3", b"\xff\xfb", b"\xff\xf3"), ("mp3",)),
    _Kind("ogg", (b"OggS",), ("ogg", "oga", "opus")),
)
_RIFF: Final = {b"WAVE": _Kind("wav", (), ("wav",)), b"WEBP": _Kind("webp", (), ("webp",))}
_MP4: Final = _Kind("mp4", (), ("mp4", "m4a", "mov"))
_TEXT: Final = _Kind("text", (), ("txt", "log", "csv", "tsv", "json", "jsonl", "eml", "xml", "yml", "yaml", "md"))
#: What runs where it is opened, whatever it is called.
_RUNS: Final = (
    *(b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe"),
    *(b"\0asm", b"#!", b"\x4c\0\0\0\x01\x14\x02", b"dex\n", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"MSCF", b"{\\rtf"),
)
#: Signs of a second file, or of a page with a script, inside pictures, sounds and documents.
_PAGES: Final = re.compile(rb"<\?php|<script[\s>]|<!doctype html|<html[\s>]|<svg[\s>]", re.IGNORECASE)
_MEDIA: Final = frozenset({"png", "jpeg", "gif", "tiff", "webp", "wav", "mp3", "mp4", "ogg", "pdf"})
_RESERVED: Final = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


def kind_of(data: bytes) -> str:
    """Give what a file is.

    Raises:
        UsageError: it is empty, too large, runs by itself, is two files in one, or is of no kind that is taken.
    """
    return _checked(data).name


def safe_name(typed: str, data: bytes) -> str:
    """Give a name under which a file is kept and given out: no folders, nothing that hides, its kind's own ending.

    Raises:
        UsageError: as ``kind_of``.
    """
    kind = _checked(data)
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", typed.encode("utf-8", "replace").decode()))[-1]
    shown = "".join(one for one in last if unicodedata.category(one)[0] not in "CZ" or one == " ")
    plain = " ".join(re.sub(r'[<>:"|?*%$`;&\']', "_", shown).split()).strip(". ")
    stem, dot, ending = plain.rpartition(".")
    if not dot or ending.lower() not in kind.endings:
        stem, ending = plain, kind.endings[0]
    # A spreadsheet or a shell must not take a name in a list for a formula or an option.
    stem = stem.strip(". ").lstrip("=+-@")[:_LONGEST_NAME].strip(". ")
    if not stem or _RESERVED.fullmatch(stem):
        stem = f"evidence_{stem}".strip("_")
    return f"{stem}.{ending.lower()}"


def _checked(data: bytes) -> _Kind:
    if not data:
        raise UsageError("the file is empty")
    if len(data) > MOST_BYTES:
        raise UsageError(f"the file has more than {MOST_BYTES >> 20} MiB: keep it elsewhere, enter its SHA-256")
    if data.startswith(_RUNS):
        raise UsageError("the file is a program, a script or an old document that can hold one: upload it in a zip")
    kind = _begins_as(data)
    if kind is None:
        raise UsageError("this kind of file is not taken as it is: upload it in a zip")
    _one_file(data, kind)
    return kind


def _begins_as(data: bytes) -> _Kind | None:
    for kind in _TAKEN:
        if data.startswith(kind.begins):
            return kind
    if data[:4] == b"RIFF":
        return _RIFF.get(data[8:12])
    if data[4:8] == b"ftyp":
        return _MP4
    return _TEXT if _is_text(data) else None


def _is_text(data: bytes) -> bool:
    """Whether all of it is UTF-8 (or UTF-16 with its mark) without control characters."""
    try:
        text = data.decode("utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig")
    except UnicodeDecodeError:
        return False
    if text.lstrip().startswith(("#!", "<?php")):
        return False
    return not re.search(r"[\0-\x08\x0e-\x1a\x1c-\x1f]", text) and data[_TAR_MAGIC : _TAR_MAGIC + 5] != b"ustar"


def _one_file(data: bytes, kind: _Kind) -> None:
    """Refuse what other programs would open as something else than its beginning says."""
    if kind.name in {"zip", "text"}:
        return
    tail = data[-_LOOKED_AT - _ZIP_TAIL :]
    twice = kind.name != "pdf" and b"%PDF-" in data[:_PDF_WITHIN]
    if kind.name in _MEDIA:
        twice |= _END_OF_ZIP in tail
        if kind.name != "pdf":
            twice |= _PAGES.search(data[:_LOOKED_AT]) is not None or _PAGES.search(tail) is not None
    if twice:
        raise UsageError("the file is two files in one, as attackers make them: upload it in a zip")
