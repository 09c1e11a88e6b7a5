"""TLS of a door: the server's certificate, read again when its files change, and the names in a client's.

Sources: RFC 5425; RFC 6125 section 6.4.4 (a subject's common name counts where there is no other name).
"""

from __future__ import annotations

import ssl
import stat
from pathlib import Path
from typing import Final

from warroom.catalog.transports.syslog import Listening
from warroom.errors import UsageError

_MOST_NAMES: Final = 64


class Credentials:
    """The context of new connections.

    Raises:
        UsageError: a file is missing, is no PEM file or does not fit; the message says which.
    """

    def __init__(self, listening: Listening) -> None:
        self._listening = listening
        self._seen = self._look()
        self.context = _context(listening)

    def refresh(self) -> None:
        """Read the files again if they have changed. Raises UsageError, and keeps what there was."""
        seen = self._look()
        if seen != self._seen:
            self._seen = seen
            self.context = _context(self._listening)

    def _look(self) -> list[tuple[int, int, int] | None]:
        return [_version(path) for path in _files(self._listening)]


def _files(listening: Listening) -> list[str]:
    return [path for path in (listening.certificate, listening.key, listening.clients) if path is not None]


def _version(path: str) -> tuple[int, int, int] | None:
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _context(listening: Listening) -> ssl.SSLContext:
    assert listening.certificate is not None, "the catalogue checks it"  # noqa: S101 — our own callers
    assert listening.key is not None, "likewise"  # noqa: S101
    for path in _files(listening):
        if not Path(path).is_file():
            raise UsageError(f"{path}: there is no such file, or it may not be read")
    if stat.S_IMODE(Path(listening.key).stat().st_mode) & stat.S_IROTH:
        raise UsageError(f"{listening.key}: everybody may read this key: chmod 600 (or 640), and think of a new one")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # senders find out that we close by looking for the end of the stream; a ticket that nobody reads would hide it
    context.num_tickets = 0
    try:
        # an empty password: OpenSSL would ask at the terminal for that of an encrypted key
        context.load_cert_chain(listening.certificate, listening.key, password="")
    except (OSError, ValueError) as problem:
        told = f"{listening.certificate} and {listening.key} are no PEM certificate and its unencrypted key"
        raise UsageError(f"{told}: {_short(problem)}") from problem
    if listening.clients is not None:
        try:
            context.load_verify_locations(listening.clients)
        except (OSError, ValueError) as problem:
            raise UsageError(f"{listening.clients} is no PEM file of authorities: {_short(problem)}") from problem
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def peer_names(link: ssl.SSLSocket) -> tuple[str, ...]:
    """Give the names in the client's certificate, which an authority of ours has signed; none where there is none."""
    found = link.getpeercert() or {}
    alternatives = [(str(pair[0]), str(pair[1])) for pair in found.get("subjectAltName", ())]
    names = [name for kind, name in alternatives if kind == "DNS"]
    names = names or [str(pair[1]) for part in found.get("subject", ()) for pair in part if pair[0] == "commonName"]
    names += [name for kind, name in alternatives if kind == "IP Address"]
    return tuple("".join(char if char.isprintable() else "\ufffd" for char in name) for name in names[:_MOST_NAMES])


def _short(problem: Exception) -> str:
    return str(getattr(problem, "reason", None) or getattr(problem, "strerror", None) or problem)[:200]
