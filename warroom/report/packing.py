"""A pack: files in one ZIP with a manifest of their hashes; the same files make the same bytes."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from warroom.report.observing import case_uuid
from warroom.report.plain import plain, stamp
from warroom.store.database import from_us
from warroom.version import version

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warroom.report.marking import Marking
    from warroom.store.views.casefile import CaseFile

SCHEMA: Final = "warroom-pack/1"
MANIFEST: Final = "manifest.json"
SUMS: Final = "SHA256SUMS"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_MODE: Final = 0o600 << 16
_UNIX: Final = 3


@dataclass(frozen=True, slots=True)
class Member:
    """A file of a pack; ``tlp`` is its own mark, ``masked`` whether it is without personal data."""

    name: str
    data: bytes
    tlp: str
    masked: bool

    @property
    def sha256(self) -> str:
        """The hash of its bytes."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that did not come into a pack, and why, in English."""

    name: str
    why: str


def pack(
    case: CaseFile, marking: Marking, members: Sequence[Member], left_out: Sequence[LeftOut], since: int | None
) -> bytes:
    """Write a ZIP of files, a manifest and their sums; ``since`` is when the recipient was last sent something.

    Raises:
        ValueError: two files have one name, or a name is not plain.
    """
    names = [one.name for one in members]
    if len(set(names)) != len(names) or not all(map(_NAME.fullmatch, names)):
        raise ValueError("files of a pack have plain names of their own")
    manifest = json.dumps(_manifest(case, marking, members, left_out, since), ensure_ascii=False, indent=1) + "\n"
    sums = "".join(f"{one.sha256}  {one.name}\n" for one in members)
    sums += f"{hashlib.sha256(manifest.encode()).hexdigest()}  {MANIFEST}\n"
    files = [(MANIFEST, manifest.encode()), *((one.name, one.data) for one in members), (SUMS, sums.encode())]
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as file:
        for name, data in files:
            entry = zipfile.ZipInfo(name, from_us(marking.at).timetuple()[:6])
            entry.external_attr, entry.create_system = _MODE, _UNIX
            entry.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(entry, data)
    return kept.getvalue()


def _manifest(
    case: CaseFile, marking: Marking, members: Sequence[Member], left_out: Sequence[LeftOut], since: int | None
) -> dict[str, Any]:
    incident = case.incident
    return {
        "schema": SCHEMA,
        "made": {
            "at": stamp(marking.at),
            "by": marking.by,
            "recipient": plain(marking.recipient),
            "tlp": marking.tlp.label,
            "statement": plain(marking.statement),
            "personal_data": "masked" if case.masked else "as it is",
            "tool": f"warroom {version()}",
        },
        "drill": incident.drill,
        "incident": {
            "number": incident.id,
            "uuid": case_uuid(case),
            "title": plain(incident.title),
            "platform": incident.platform_id,
            "state": incident.status,
        },
        "data_at": stamp(case.read_at),
        "last_sent_at": None if since is None else stamp(since),
        "files": [
            {
                "name": one.name,
                "bytes": len(one.data),
                "sha256": one.sha256,
                "tlp": one.tlp,
                "personal_data": "masked" if one.masked else "as it is",
            }
            for one in members
        ],
        "left_out": [{"name": one.name, "why": one.why} for one in left_out],
    }
