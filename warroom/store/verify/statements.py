"""Checks what was signed: heads and days, in the state folder and in the file off the machine.

What they say of the chains becomes points, what they say of segments becomes what must be there.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, select

from warroom.errors import UsageError
from warroom.store import days, heads
from warroom.store.audit import GENESIS
from warroom.store.audit_tables import heads as heads_table
from warroom.store.audit_tables import proofs
from warroom.store.signing import MOST_BYTES, Trusted, UntrustedError
from warroom.store.verify.expected import Expected, Point
from warroom.store.verify.report import Broken, Report

_OURS: Final = re.compile(r"(\d{6,})-(\d{4}-\d{2}-\d{2})\.json")
_CHAINS: Final = ("audit", "segments", "proofs")


@dataclass(slots=True)
class Signed:
    """What the signed documents say beyond points and segments."""

    covers: dict[str, int] = field(default_factory=dict)  # day → entry of the segments' log up to which it is signed
    log_starts: set[tuple[int, str]] = field(default_factory=set)  # where the segments' log may begin


def check_days(connection: Connection, data_dir: Path, trusted: Trusted, expected: Expected, report: Report) -> Signed:
    """Check every signed list of a day against its row, its file and the list before it."""
    signed = Signed(log_starts={(0, GENESIS)})
    number, previous = 0, GENESIS
    names: set[str] = set()
    for row in connection.execute(select(proofs).order_by(proofs.c.number)):
        place = f"list {row.number} of {row.day}"
        if row.number != number + 1:
            report.find(Broken.DAY_MISSING, f"list {number + 1} to {row.number - 1}", "gone from the state database")
        follows_on = row.number == number + 1
        number = row.number
        report.add("signed lists of days")
        path = days.path_of(data_dir, row.number, str(row.day))
        if not _OURS.fullmatch(path.name):
            report.find(Broken.DAY_CHANGED, f"list {row.number}", "its row in the state database names no day")
            continue
        names.add(path.name)
        told = _day_file(path, row.sha256, trusted, place, report)
        if told is None:
            previous = row.sha256
            continue
        own = (told["number"], told["day"], told["log"][0], told["at"])
        if own != (row.number, row.day, row.covers_seq, row.at):
            report.find(Broken.DAY_CHANGED, place, "its row in the state database says something else")
        elif follows_on and told["previous"] != previous:
            report.find(Broken.DAY_CHANGED, place, "it was made after another list than the one before it")
        previous = row.sha256
        expected.add_point("segments", Point(told["log"][0], told["log"][1], place))
        signed.log_starts.add(tuple(told["log"]))
        signed.covers[told["day"]] = told["log"][0]
        _expect(told, expected)
    _strangers(data_dir, number, names, report)
    _match_points(connection, expected, number, report)
    return signed


def check_heads(connection: Connection, trusted: Trusted, expected: Expected, report: Report) -> dict[str, Any] | None:
    """Check every head in the state database; the newest one."""
    before, previous = 0, ""
    first, told = 0, None
    for row in connection.execute(select(heads_table).order_by(heads_table.c.number)):
        place = f"head {row.number}"
        report.add("signed heads")
        first = first or row.number
        gap = bool(before) and row.number != before + 1
        if gap:
            report.find(Broken.HEAD_MISSING, f"head {before + 1} to {row.number - 1}", "gone from the state database")
        found = opened(row.document, heads.KIND, trusted, place, Broken.HEAD_CHANGED, report)
        if found is not None:
            if (found["number"], found["at"]) != (row.number, row.at):
                report.find(Broken.HEAD_CHANGED, place, "its row in the state database says something else")
            elif previous and not gap and found["previous"] != previous:
                report.find(Broken.HEAD_CHANGED, place, "it was signed after another head than the one before it")
            add_points(found, place, expected)
            told = found
        before, previous = row.number, heads.document_hash(str(row.document)) if found else ""
    if told is not None and first > told["oldest"]:
        report.find(Broken.HEAD_MISSING, f"head {told['oldest']} to {first - 1}", "gone from the state database")
    return told


def add_points(head: dict[str, Any], place: str, expected: Expected) -> None:
    """A head says where each chain stood."""
    for name in _CHAINS:
        if head[name][0]:
            expected.add_point(name, Point(head[name][0], head[name][1], place))


def _day_file(path: Path, sha256: str, trusted: Trusted, place: str, report: Report) -> dict[str, Any] | None:
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES)
    except OSError as problem:
        report.find(Broken.DAY_MISSING, place, f"{path.name}: {problem.strerror}")
        return None
    told = opened(raw.decode("utf-8", "replace"), days.KIND, trusted, place, Broken.DAY_CHANGED, report)
    if told is not None and hashlib.sha256(raw).hexdigest() != sha256:
        report.find(Broken.DAY_CHANGED, place, "it is signed, but the state database knows another one")
    return told


def opened(text: str, kind: str, trusted: Trusted, place: str, broken: Broken, report: Report) -> dict[str, Any] | None:
    """Give what a document of a kind says; a finding and None where it is no such, or its signature does not hold."""
    try:
        told = trusted.opened(text)
    except UntrustedError as problem:
        report.find(broken, place, str(problem))
        return None
    if told["kind"] != kind:
        report.find(broken, place, f"it is signed, but as {told['kind']}")
        return None
    return told


def _expect(told: dict[str, Any], expected: Expected) -> None:
    for path, sha256, _, row_hash in told.get("segments", ()):
        expected.add_segment(path, sha256, row_hash)
    for change in told.get("changes", ()):
        expect_change(change, expected)


def expect_change(change: dict[str, Any], expected: Expected) -> None:
    """A change of the manifest: some segments went, some came."""
    for path, _ in change.get("removed", ()):
        expected.drop_segment(path)
    for path, sha256, _, row_hash in change.get("added", ()):
        expected.add_segment(path, sha256, row_hash)


def _strangers(data_dir: Path, last: int, names: set[str], report: Report) -> None:
    """Files in the folder of proofs that no row names."""
    folder = data_dir / days.FOLDER
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name in names or path.suffix == ".tmp":  # a draft: on its way, or left by a crash
            continue
        if path.suffix == ".pem":
            if _names_of(path) != [path.stem]:
                report.find(Broken.DAY_CHANGED, path.name, "not the public key of its name")
        elif (ours := _OURS.fullmatch(path.name)) and int(ours[1]) == last + 1:
            report.note(f"{path.name} is not in the state database: a crash left it, the next list replaces it")
        else:
            report.find(Broken.DAY_EXTRA, path.name, "the state database knows no such list")


def _names_of(path: Path) -> list[str]:
    try:
        return Trusted.read([path]).names
    except (UsageError, OSError):
        return []


def _match_points(connection: Connection, expected: Expected, last: int, report: Report) -> None:
    """What heads said of the lists: called when the heads have been read."""
    known = {row.number: row.sha256 for row in connection.execute(select(proofs.c.number, proofs.c.sha256))}
    for point in expected.points("proofs"):
        if point.seq > last:
            report.find(Broken.DAY_MISSING, f"list {point.seq}", f"{point.place} names it, the state database does not")
        elif known.get(point.seq, point.hash) != point.hash:
            report.find(Broken.DAY_CHANGED, f"list {point.seq}", f"it is not the one that {point.place} signed")
