"""Asking a server for documents, as whom a feed says: for every way that goes by HTTP."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import urlsplit

import orjson

from warroom.catalog.transports.auth import Auth, Trust
from warroom.errors import OutboundError, Refusal
from warroom.net import Connector, Downloaded, Network, Proxy, Version, trust
from warroom.net_identity import Identity

OK: Final = 200
NOT_MODIFIED: Final = 304
_UNAUTHORIZED: Final = 401
#: For a token; and for a document, which some servers have to gather first.
_TOKEN_SECONDS: Final = 20.0
_SECONDS: Final = 120.0
_LONGEST_WAIT: Final = 40
#: A poll that has taken so long asks for nothing more: the next one goes on.
_POLL_SECONDS: Final = 600.0
#: Asked once more where it may be a moment's trouble.
_AGAIN: Final = frozenset((Refusal.UNREACHABLE, Refusal.PROTOCOL))

#: What an answer's status means for who runs the feed.
_MEANS: Final = {
    300: "it leads elsewhere: write the address that it leads to",
    301: "it leads elsewhere: write the address that it leads to",
    302: "it leads elsewhere: write the address that it leads to",
    303: "it leads elsewhere: write the address that it leads to",
    307: "it leads elsewhere: write the address that it leads to",
    308: "it leads elsewhere: write the address that it leads to",
    400: "it does not take what is asked: is the address right, is `page_size` too large for it?",
    401: "who we are is not believed: is the secret right, has it ended?",
    403: "we may not read this: which rights has the account, may this address of ours ask?",
    404: "there is nothing at this address: has it moved?",
    405: "nobody is asked this way at this address: is it right?",
    406: "it does not give what is asked for in the form that we read: is the address right, is it another version?",
    410: "what was there is gone for good: has it moved?",
    413: "what is asked for is too large for it: make `page_size` smaller",
    415: "it does not take what is asked in this form: is the address right, is it another version?",
    416: "it has no such range: make `page_size` smaller",
    422: "it does not take what is asked: is the address right?",
    429: "we ask too often: make `every` longer",
}


class Way(Protocol):
    """What a feed says of its server, whatever else it says."""

    @property
    def url(self) -> str: ...  # noqa: D102
    @property
    def auth(self) -> Auth | None: ...  # noqa: D102
    @property
    def trust(self) -> Trust: ...  # noqa: D102


class Asker:
    """Asks one feed's server.

    Args:
        way: where it is, who we are, and whose certificates are believed.
        allowed: networks that may be reached though they are not public.
        proxy: by which it is asked; None: we connect ourselves.

    Raises:
        UsageError: a certificate's file cannot be read.
    """

    def __init__(self, way: Way, allowed: tuple[Network, ...], proxy: Proxy | None) -> None:
        known = way.trust
        context = trust(known.ca, known.certificate, known.key) if known != Trust() else None
        self._connector = Connector(allowed, seconds=_TOKEN_SECONDS, trust=context, proxy=proxy)
        self._identity = Identity(way.auth, self._connector)
        self.host = urlsplit(way.url).hostname or ""
        self.is_someone = way.auth is not None
        self._until = time.monotonic() + _POLL_SECONDS

    @property
    def is_late(self) -> bool:
        """Whether the poll has taken long enough; as soon as something came, the rest is for the next one."""
        return time.monotonic() >= self._until

    def ask(
        self,
        url: str,
        to: Path,
        *,
        accept: str = "*/*",
        known: Version | None = None,
        json: object = None,
        most_bytes: int = 256 << 20,
    ) -> Downloaded:
        """Ask for a document; once more where the connection breaks, or where a token has ended.

        Args:
            url: where it is.
            to: the file that it is written to.
            accept: the kinds of content that we read.
            known: the version that we have.
            json: sent by POST.
            most_bytes: of the document.

        Raises:
            WarroomError: it cannot be had, whatever its status; or a secret is not there.
        """

        def once() -> Downloaded:
            return self._connector.download(
                url,
                to,
                headers={"accept": accept},
                secrets=self._identity.headers(),
                known=known,
                json=json,
                seconds=_SECONDS,
                most_bytes=most_bytes,
            )

        try:
            done = once()
        except OutboundError as problem:
            if problem.why not in _AGAIN:
                raise
            done = once()
        if done.status == _UNAUTHORIZED and self._identity.renew():
            done = once()
        return done

    def get(
        self, url: str, to: Path, *, accept: str = "*/*", json: object = None, most_bytes: int = 32 << 20
    ) -> object:
        """Ask for a document of JSON and read it; its file is removed.

        Raises:
            WarroomError: as ``ask``; or its status says no, or it is no JSON.
        """
        done = self.ask(url, to, accept=accept, json=json, most_bytes=most_bytes)
        if done.status != OK:
            raise said_no(self.host, done)
        try:
            return read_json(to, self.host)
        finally:
            to.unlink()


def read_json(path: Path, host: str) -> object:
    """Read a document of JSON. Raises OutboundError where it is none."""
    try:
        return orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as problem:
        where = f"line {problem.lineno}, column {problem.colno}"
        reason = f"{host} answers with what is no JSON ({where}): is the address right?"
        raise OutboundError(reason, Refusal.CONTENT) from problem


def said_no(host: str, done: Downloaded) -> OutboundError:
    """Say what a status means that is none of success."""
    meaning = _MEANS.get(done.status, "")
    if not meaning:
        meaning = "it is in trouble itself: asked again later" if done.status >= 500 else "not what was asked for"  # noqa: PLR2004
    wait = done.headers.get("retry-after", "")
    if wait.isascii() and wait.isprintable() and 0 < len(wait) <= _LONGEST_WAIT:
        meaning += f" (it says: not before {wait}{' seconds' if wait.isdecimal() else ''})"
    return OutboundError(f"{host} answers {done.status}: {meaning}", Refusal.STATUS)
