"""Reads CISA's catalogue of vulnerabilities that are known to be exploited, JSON or CSV: both say the same."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Final

import pyarrow as pa

from warroom.indicators import EXPLOITED, Kind
from warroom.intel.canonical import NotThatError, one
from warroom.intel.formats.json_document import parse_json
from warroom.intel.formats.reading import FormatRefusedError, Reading, Told
from warroom.intel.formats.rows import Rows
from warroom.intel.formats.wording import printable

_LIST: Final = "vulnerabilities"
_ID: Final = "cveID"
_TEXTS: Final = {
    "vendor": ("vendorProject", 200),
    "product": ("product", 200),
    "name": ("vulnerabilityName", 300),
    "description": ("shortDescription", 2_000),
    "action": ("requiredAction", 2_000),
}
_RANSOMWARE: Final = "known"
_DETAILS: Final = "https://nvd.nist.gov/vuln/detail/"


def read_kev(content: bytes, told: Told) -> Reading:
    """Read the catalogue: rows of EXPLOITED, and indicators of the kind cve.

    An entry without a CVE's name or with a date that is none is refused, the others are taken.

    Raises:
        FormatRefusedError: neither JSON with a list ``vulnerabilities`` nor a CSV with a column ``cveID``.
    """
    rows = Rows("kev", told)
    found: dict[str, dict[str, Any]] = {}
    entries = _json(content, rows) if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[") else _csv(content)
    for place, entry in entries:
        rows.read += 1
        rows.count(_LIST)
        try:
            row = _row(entry)
        except ValueError as problem:
            rows.refuse(place, str(problem))
            continue
        if row["cve"] in found:
            rows.refuse(place, f"{row['cve']} stands twice: the first is kept")
            continue
        found[row["cve"]] = row
        added = row["added_on"]
        rows.add(
            Kind.CVE,
            row["cve"],
            first_seen=None if added is None else _midnight(added),
            tags="kev ransomware" if row["ransomware"] else "kev",
            comment=row["name"],
            reference=_DETAILS + row["cve"],
        )
    reading = rows.finish()
    exploited = pa.Table.from_pylist(list(found.values()), schema=EXPLOITED)
    return replace(reading, tables={**reading.tables, "exploited": exploited})


def _json(content: bytes, rows: Rows) -> Iterator[tuple[str, Mapping[str, Any]]]:
    document = parse_json(content)
    entries = document.get(_LIST) if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(entries, list):
        raise FormatRefusedError(f"no catalogue of exploited vulnerabilities: it has no list `{_LIST}`")
    said = document.get("count")
    if isinstance(said, int) and said != len(entries):
        rows.refuse("count", f"the catalogue says it has {said:,} entries, and has {len(entries):,}")
    for number, entry in enumerate(entries, 1):
        yield f"entry {number}", entry if isinstance(entry, dict) else {}


def _csv(content: bytes) -> Iterator[tuple[str, Mapping[str, Any]]]:
    text = content.decode("utf-8-sig", "replace")
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        if _ID not in (reader.fieldnames or ()):
            raise FormatRefusedError(f"no catalogue of exploited vulnerabilities: its heading has no column `{_ID}`")
        for entry in reader:
            yield f"line {reader.line_num}", entry
    except csv.Error as problem:
        raise FormatRefusedError(f"after line {reader.line_num}: no CSV: {printable(str(problem), 100)}") from None


def _row(entry: Mapping[str, Any]) -> dict[str, Any]:
    try:
        _, cve = one(Kind.CVE, str(entry.get(_ID) or ""))
    except NotThatError as problem:
        raise ValueError(f"`{_ID}`: {problem}") from None
    ransomware = entry.get("knownRansomwareCampaignUse")
    return {
        "cve": cve,
        "added_on": _date(entry, "dateAdded"),
        "due_on": _date(entry, "dueDate"),
        "ransomware": isinstance(ransomware, str) and ransomware.strip().lower() == _RANSOMWARE,
        **{column: _text(entry.get(key), most) for column, (key, most) in _TEXTS.items()},
    }


def _text(value: object, most: int) -> str:
    return printable(value, most) if isinstance(value, str) else ""


def _date(entry: Mapping[str, Any], key: str) -> date | None:
    value = entry.get(key)
    if not value:
        return None
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        raise ValueError(f"`{key}` is a date such as 2025-08-25, not `{printable(str(value), 40)}`") from None


def _midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1_000_000
