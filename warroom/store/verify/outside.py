"""Checks the file off the machine against the state database: what left the machine cannot be taken back.

The file is read after the database's snapshot was taken; what a worker appended meanwhile is known by where it
stands, and only counts as being there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, func, select

from warroom.store import days, heads
from warroom.store.audit_tables import heads as heads_table
from warroom.store.audit_tables import proofs
from warroom.store.heads import document_hash
from warroom.store.signing import MOST_BYTES, Trusted, UntrustedError
from warroom.store.verify.expected import Expected, Point
from warroom.store.verify.report import Broken, Report
from warroom.store.verify.statements import add_points

#: Kind of statement → what it is called.
_TITLES: Final = {heads.KIND: "head", days.KIND: "list"}


@dataclass(frozen=True, slots=True)
class HeadsCopy:
    """A file of signed statements.

    ``complete``: the worker wrote it, so every statement must be in it, on a line of its own. Else it is what a
    syslog server collected: lines have beginnings of their own and some may be lost.
    """

    path: Path
    size: int  # before the database's snapshot was taken
    complete: bool


def check_copy(connection: Connection, copy: HeadsCopy, trusted: Trusted, expected: Expected, report: Report) -> None:
    """Check every line of the file, and that what was sent is in it."""
    reader = _Reader(connection, copy, trusted, expected, report)
    for number, offset, text in _lines(copy.path):
        reader.line(f"line {number} of {copy.path.name}", text, late=offset >= copy.size)
    if copy.complete:
        reader.check_sent()


class _Reader:
    def __init__(
        self, connection: Connection, copy: HeadsCopy, trusted: Trusted, expected: Expected, report: Report
    ) -> None:
        self._connection, self._copy = connection, copy
        self._trusted, self._expected, self._report = trusted, expected, report
        self._newest = connection.scalar(select(func.max(heads_table.c.number))) or 0
        self._last: dict[str, tuple[int, str]] = {}  # kind → number and hash of its newest statement so far
        self._torn: tuple[str, str] | None = None

    def line(self, place: str, text: str | None, *, late: bool) -> None:
        """Check one line; None is a last one that is not whole."""
        if text is None:
            self._report.note(f"{place} is not whole: it is being written, or a crash cut it off")
            return
        if not self._copy.complete:
            text = text[max(text.find("{"), 0) :]
        try:
            told = self._trusted.opened(text)
        except UntrustedError as problem:
            self._tell_torn(None)
            self._torn = (place, text)
            self._why = str(problem)
            return
        self._tell_torn(text)
        self._report.add("statements off the machine")
        if told["kind"] not in _TITLES:
            self._report.find(Broken.HEAD_CHANGED, place, f"it is signed, but as {told['kind']}")
            return
        if self._copy.complete:
            self._follow(place, text, told)
        self._expected.add_sent(told["kind"], told["number"])
        if told["kind"] == heads.KIND:
            self._head(place, text, told, late=late)
        elif not late:
            self._expected.add_point("proofs", Point(told["number"], document_hash(text), place))

    def check_sent(self) -> None:
        """What the database says was sent must be in the file."""
        self._tell_torn(None)
        for table, kind in ((heads_table, heads.KIND), (proofs, days.KIND)):
            sent = select(table.c.number).where(table.c.sent_at.is_not(None)).order_by(table.c.number)
            for number in self._connection.scalars(sent):
                if not self._expected.was_sent(kind, number):
                    text = f"it was written to {self._copy.path.name} and is not there any more"
                    self._report.find(Broken.HEAD_MISSING, f"{_TITLES[kind]} {number}", text)

    def _head(self, place: str, text: str, told: dict[str, Any], *, late: bool) -> None:
        number = told["number"]
        own = self._connection.scalar(select(heads_table.c.document).where(heads_table.c.number == number))
        if own is not None and own != text:
            self._report.find(Broken.HEAD_CHANGED, place, f"head {number} in the state database is another one")
        if own is None and number > self._newest and not late:
            self._report.find(Broken.HEAD_MISSING, f"head {number}", f"{place} has it, the state database lost it")
        if not late:
            add_points(told, place, self._expected)

    def _follow(self, place: str, text: str, told: dict[str, Any]) -> None:
        """Each kind is numbered without a gap; only what a crash made the worker write again may come again."""
        kind, number = told["kind"], told["number"]
        title, (last, previous) = _TITLES[kind], self._last.get(kind, (0, ""))
        if number <= last:
            if not self._expected.was_sent(kind, number):
                self._report.find(Broken.HEAD_CHANGED, place, f"{title} {number} stands behind {title} {last}")
            return
        if last and number > last + 1:
            gone = f"{title} {last + 1} to {number - 1}"
            self._report.find(Broken.HEAD_MISSING, gone, f"gone from {self._copy.path.name}, before {place}")
        elif last and told["previous"] != previous:
            self._report.find(Broken.HEAD_CHANGED, place, f"it was signed after another {title} than the one before it")
        elif not last and number > 1:
            self._report.note(f"{self._copy.path.name} begins with {title} {number}: it proves nothing before that")
        self._last[kind] = (number, document_hash(text))

    def _tell_torn(self, after: str | None) -> None:
        """A line that a crash tore is followed by itself, whole; any other that is not signed was changed."""
        if self._torn and not (after is not None and self._torn[1] and after.startswith(self._torn[1])):
            self._report.find(Broken.HEAD_CHANGED, self._torn[0], self._why)
        self._torn = None


def _lines(path: Path) -> Iterator[tuple[int, int, str | None]]:
    """Give number, offset and text of each line; a last line without its end has no text."""
    with path.open("rb") as file:
        number = offset = 0
        while line := file.readline(MOST_BYTES):
            number += 1
            whole = line.endswith(b"\n") or len(line) == MOST_BYTES
            yield number, offset, line.rstrip(b"\n").decode("utf-8", "replace") if whole else None
            offset += len(line)
