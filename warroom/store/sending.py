"""Sends signed statements off the machine: appended to a file on another volume, or handed to the local syslog.

The file gets every head and every day's list, in order, one line each; what could not be written is written later.
Syslog gets heads only, each once and without a promise: a day's list does not fit, but the head after it names it.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, select, update

from warroom.store.audit_tables import heads, proofs
from warroom.store.database import State
from warroom.store.days import path_of
from warroom.store.lease import Lease

#: Statements written between two looks at the lease.
_AT_ONCE: Final = 500
_SYSLOG_NOTICE: Final = 13 * 8 + 5  # facility "log audit", severity "notice" (RFC 5424, 6.2.1)


class HeadsFile:
    """An append-only file, better on another volume, that keeps what was signed."""

    def __init__(self, path: Path, data_dir: Path) -> None:
        self._path, self._data_dir = path, data_dir

    def send(self, state: State, lease: Lease, at: int) -> int:
        """Append what is not in the file yet, oldest first, and remember that it is; how many statements.

        A crash between the two repeats lines; the check takes a repeated line for what it is.

        Raises:
            OSError: the file cannot be written; everything is tried again later.
        """
        sent = 0
        while True:
            with state.read() as connection:
                days = _unsent_days(connection, self._data_dir)
                lines = connection.execute(
                    select(heads.c.number, heads.c.document)
                    .where(heads.c.sent_at.is_(None))
                    .order_by(heads.c.number)
                    .limit(_AT_ONCE)
                ).all()
            if not days and not lines:
                return sent
            if days:
                lines = []  # a head comes after the lists that it names
            append_lines(self._path, [text for _, text in days] + [row.document for row in lines])
            with state.write() as connection:
                lease.hold(connection)
                sent_days = proofs.c.number.in_([number for number, _ in days])
                connection.execute(update(proofs).where(sent_days).values(sent_at=at))
                sent_heads = heads.c.number.in_([row.number for row in lines])
                connection.execute(update(heads).where(sent_heads).values(sent_at=at))
            sent += len(days) + len(lines)


def to_syslog(place: Path, document: str) -> None:
    """Hand a head to the syslog socket of this machine, which is to forward it.

    Raises:
        OSError: nobody listens there.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
        link.settimeout(1)
        link.connect(str(place))
        link.send(f"<{_SYSLOG_NOTICE}>warroom: {document}".encode())


def append_lines(path: Path, lines: Sequence[str]) -> None:
    """Append whole lines and make them durable; a torn last line is ended first."""
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        size = os.fstat(handle).st_size
        torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
        data = memoryview(("\n" * torn + "".join(f"{line}\n" for line in lines)).encode())
        while data:
            data = data[os.write(handle, data) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def _unsent_days(connection: Connection, data_dir: Path) -> list[tuple[int, str]]:
    """Days' lists that are not in the file yet, a few at a time: each may be large."""
    rows = connection.execute(
        select(proofs.c.number, proofs.c.day).where(proofs.c.sent_at.is_(None)).order_by(proofs.c.number).limit(5)
    )
    paths = [(row.number, path_of(data_dir, row.number, row.day)) for row in rows]
    return [(number, path.read_text(encoding="utf-8")) for number, path in paths if path.exists()]
