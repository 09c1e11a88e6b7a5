"""The connector: the one way out of the war room.

Where a name leads is whoever answers the look-up's choice. So the address that is really connected to is judged, not
the name: this machine, its neighbours and what is only special are refused, unless the operator allows them
(``WARROOM_OUTBOUND``); and who is public leads to none of them. Size, time, speed and redirects are bounded, and only
who asks for packed answers gets them unpacked. By a proxy (``WARROOM_PROXY``) only addresses that stand in a URL can be
judged: names are looked up there.

Errors name the host only: the rest of an address may be a secret.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final, TypeVar

import httpcore
import httpx

from warroom.errors import OutboundError, Refusal, UsageError
from warroom.net_addresses import Address, Network, check_host, is_allowed, networks, permitted, reachable
from warroom.net_bodies import pieces, save
from warroom.net_faults import FAILURES, host_of, refused
from warroom.net_proxy import Proxy, proxy_from
from warroom.net_streams import Backend, Pace, Transport

__all__ = (
    "Address",
    "Answer",
    "Connector",
    "Downloaded",
    "Network",
    "Proxy",
    "Version",
    "is_allowed",
    "networks",
    "permitted",
    "proxy_from",
    "trust",
)

_SECONDS: Final = 10.0
_MOST_BYTES: Final = 1 << 20
_DOWNLOAD_SECONDS: Final = 120.0
_DOWNLOAD_BYTES: Final = 256 << 20
_REDIRECTS: Final = 3
_DATAGRAM_BYTES: Final = 2048
_LONGEST_VERSION: Final = 1000
_AGENT: Final = "warroom"
_OK: Final = 200
_WHO_ARE_YOU: Final = 407
_PORTS: Final = 1 << 16
_LONGEST_HOST: Final = 253

_Taken = TypeVar("_Taken")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered, whatever its status."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)  # their names in small letters
    following: str = ""  # the address that the Link header calls the next page (RFC 8288)


@dataclass(frozen=True, slots=True)
class Version:
    """By what a server knows a document again (RFC 9110, section 8.8); "" where it does not say."""

    etag: str = ""
    modified: str = ""


@dataclass(frozen=True, slots=True)
class Downloaded:
    """What became of a download.

    Args:
        status: 200 where the body is in its file; of any other status no body is read, and there is no file.
        size: bytes of the file.
        sha256: of the file.
        version: by which a next download may ask whether there is something new.
        headers: of the answer, their names in small letters.
    """

    status: int
    size: int
    sha256: str
    version: Version
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked, and how far it may lead."""

    url: str
    headers: Mapping[str, str]
    form: Mapping[str, str] | None = None
    json: object = None
    redirects: int = 0
    bound: bool = False  # redirects stay on the same scheme, host and port
    packed: bool = False


def trust(ca: str = "", certificate: str = "", key: str = "") -> ssl.SSLContext:
    """Give by which certificates servers are known, and with which one we say who we are; all are PEM files.

    Args:
        ca: of the authorities that are believed; "" for the usual ones.
        certificate: ours; "" for none.
        key: of our certificate; "" where it is in the same file.

    Raises:
        UsageError: one cannot be read.
    """
    try:
        context = ssl.create_default_context(cafile=ca) if ca else httpx.create_ssl_context()
        if certificate:
            context.load_cert_chain(certificate, key or None)
    except (OSError, ssl.SSLError) as problem:
        names = ", ".join(name for name in (ca, certificate, key) if name)
        reason = problem.strerror or type(problem).__name__
        raise UsageError(f"{names}: {reason}: give paths of PEM files that the worker may read") from problem
    return context


class Connector:
    """Connects to the outside within bounds.

    Args:
        allowed: networks that may be reached though they are not public.
        seconds: for a whole exchange, from the look-up of the name to the last byte.
        most_bytes: of an answer's body.
        trust: by which certificates servers are known; default: the usual ones (certifi), or SSL_CERT_FILE's.
        proxy: by which everything is asked that it serves; None: we connect ourselves.
    """

    def __init__(
        self,
        allowed: Iterable[Network] = (),
        *,
        seconds: float = _SECONDS,
        most_bytes: int = _MOST_BYTES,
        trust: ssl.SSLContext | None = None,
        proxy: Proxy | None = None,
    ) -> None:
        self._allowed = tuple(allowed)
        self._seconds, self._most_bytes = seconds, most_bytes
        self._trust, self._proxy = trust, proxy

    def get(self, url: str) -> Answer:
        """Ask for an address by HTTP or HTTPS; the answer of whatever status, after at most three redirects.

        Raises:
            OutboundError: the peer may not be reached, does not answer in time, or answers with too much.
        """
        return self._answer(_Asked(url, {}, redirects=_REDIRECTS))

    def fetch(self, url: str, *, headers: Mapping[str, str]) -> Answer:
        """Ask for an address as ``get`` does, with headers of our own and for a packed answer, which is unpacked.

        Redirects are followed on the same host and port only: the headers may be a secret for it.

        Raises:
            OutboundError: as ``get``; or it leads elsewhere, or the answer is cut.
        """
        return self._answer(_Asked(url, headers, redirects=_REDIRECTS, bound=True, packed=True))

    def call(self, url: str, *, form: Mapping[str, str] | None = None, headers: Mapping[str, str]) -> Answer:
        """Ask one address and no other, by POST where there is a form; the answer of whatever status.

        Redirects are not followed: what is sent along may be a secret for this peer.

        Raises:
            OutboundError: as ``get``.
        """
        return self._answer(_Asked(url, headers, form))

    def download(
        self,
        url: str,
        to: Path,
        *,
        headers: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
        known: Version | None = None,
        json: object = None,
        seconds: float = _DOWNLOAD_SECONDS,
        most_bytes: int = _DOWNLOAD_BYTES,
    ) -> Downloaded:
        """Ask for a document and write it to a new file of mode 600, unpacked where it comes packed.

        Args:
            url: where it is.
            to: the file; there is none yet, and there is none where it fails or the status is not 200.
            headers: that may go wherever a redirect leads.
            secrets: headers that say who we are: with them no redirect leads to another scheme, host or port.
            known: the version that we have: the status is 304 where there is no other.
            json: sent by POST; redirects are not followed then.
            seconds: for the whole exchange; once the body comes, it comes at 1 KiB/s at least.
            most_bytes: of the body, unpacked.

        Raises:
            OutboundError: as ``get``; or it leads elsewhere, comes too slowly, or the answer is cut, damaged or a bomb.
            StoreError: the file cannot be written.
        """
        told = {**(headers or {}), **(secrets or {})}
        if known is not None:
            asks = {"if-none-match": known.etag, "if-modified-since": known.modified}
            told |= {name: value for name, value in asks.items() if value}
        redirects = _REDIRECTS if json is None else 0
        asked = _Asked(url, told, json=json, redirects=redirects, bound=bool(secrets), packed=True)

        def take(answer: httpx.Response) -> Downloaded:
            size, digest = 0, ""
            if answer.status_code == _OK:
                size, digest = save(pieces(answer, most_bytes, packed=True), to)
            version = Version(*(_short(answer.headers.get(name, "")) for name in ("etag", "last-modified")))
            return Downloaded(answer.status_code, size, digest, version, _lowered(answer.headers))

        return self._exchange(asked, Pace(seconds), take)

    def ask(self, host: str, port: int, datagram: bytes) -> bytes:
        """Send a datagram and give the first one that its receiver sends back, at most 2,048 bytes of it.

        Raises:
            OutboundError: the peer may not be reached, or does not answer in time.
        """
        pace = Pace(self._seconds)
        address = reachable(host, port, self._allowed, pace.deadline)[0]
        with socket.socket(_family(address), socket.SOCK_DGRAM) as link:
            try:
                link.settimeout(pace.left())
                link.connect((str(address), port))  # from now on only this peer's datagrams come in
                link.send(datagram)
                return link.recv(_DATAGRAM_BYTES)
            except (OSError, httpcore.ReadTimeout) as problem:
                late = isinstance(problem, (TimeoutError, httpcore.ReadTimeout))
                reason = f"{host}: {type(problem).__name__}: no answer on UDP port {port}"
                raise OutboundError(reason, Refusal.TIME if late else Refusal.UNREACHABLE) from problem

    def _answer(self, asked: _Asked) -> Answer:
        def take(answer: httpx.Response) -> Answer:
            body = b"".join(pieces(answer, self._most_bytes, packed=asked.packed))
            return Answer(answer.status_code, body, _lowered(answer.headers), _following(answer))

        return self._exchange(asked, Pace(self._seconds), take)

    def _exchange(self, asked: _Asked, pace: Pace, take: Callable[[httpx.Response], _Taken]) -> _Taken:
        """Ask, follow, and have the answer taken."""
        trust = self._trust or _usual_trust()
        proxied = self._proxy.pool(trust, pace) if self._proxy else None
        direct = httpcore.ConnectionPool(ssl_context=trust, network_backend=Backend(self._allowed, pace))
        try:
            client = httpx.Client(
                transport=Transport(direct, proxied, self._served),
                trust_env=False,  # no proxy and no passwords from the environment
                headers={"user-agent": _AGENT, "accept-encoding": "gzip" if asked.packed else "identity"},
                timeout=pace.seconds,
            )
            request = _request(client, asked)
            for _ in range(asked.redirects + 1):
                self._check(request.url)
                answer = client.send(request, stream=True)
                if answer.status_code == _WHO_ARE_YOU and self._served(request.url.host):
                    raise OutboundError(
                        "the proxy asks who we are: is WARROOM_PROXY_USER right, and its password?", Refusal.PROXY
                    )
                following = answer.next_request if asked.redirects else None
                if following is None:
                    pace.begin()
                    return take(answer)
                answer.close()
                _check_redirect(request.url, following.url, bound=asked.bound)
                request = following
        except FAILURES as problem:
            raise refused(asked.url, problem, pace) from problem
        finally:
            direct.close()
            if proxied is not None:
                proxied.close()
        raise OutboundError(f"{host_of(asked.url)} leads on and on: more than {_REDIRECTS} redirects", Refusal.REDIRECT)

    def _served(self, host: str) -> bool:
        return self._proxy is not None and self._proxy.serves(host)

    def _check(self, url: httpx.URL) -> None:
        """Judge an address before it is asked."""
        if url.scheme not in {"http", "https"} or not url.host:
            raise OutboundError(
                f"`{url.scheme}` is not an address of the web: write http:// or https://", Refusal.SCHEME
            )
        if len(url.host) > _LONGEST_HOST:
            raise OutboundError("an address whose host is longer than any", Refusal.SCHEME)
        if url.port is not None and not 0 < url.port < _PORTS:
            raise OutboundError(f"{url.host}: there is no port {url.port}", Refusal.SCHEME)
        if url.userinfo:
            raise OutboundError(f"{url.host}: an address with a user's name in it is not asked", Refusal.SCHEME)
        check_host(url.host, self._allowed)
        if ":" in url.host and self._served(url.host):
            raise OutboundError(f"{url.host}: an IPv6 address is not asked by a proxy: give its name", Refusal.PROXY)


def _request(client: httpx.Client, asked: _Asked) -> httpx.Request:
    headers = dict(asked.headers)
    if asked.json is not None:
        return client.build_request("POST", asked.url, json=asked.json, headers=headers)
    if asked.form is not None:
        return client.build_request("POST", asked.url, data=dict(asked.form), headers=headers)
    return client.build_request("GET", asked.url, headers=headers)


def _check_redirect(at: httpx.URL, to: httpx.URL, *, bound: bool) -> None:
    """Judge where an address leads."""
    if bound and _origin(at) != _origin(to):
        reason = f"{at.host} leads elsewhere: not followed with what is meant for it"
        raise OutboundError(reason, Refusal.REDIRECT)
    if at.scheme == "https" and to.scheme != "https":
        raise OutboundError(f"{at.host} leads from https to {to.scheme}: not followed", Refusal.REDIRECT)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _lowered(headers: httpx.Headers) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _following(answer: httpx.Response) -> str:
    told = answer.links.get("next", {}).get("url")
    return str(answer.url.join(told)) if told else ""


def _short(version: str) -> str:
    """Give a version that can be sent back."""
    return version if len(version) <= _LONGEST_VERSION and version.isascii() and version.isprintable() else ""


@cache
def _usual_trust() -> ssl.SSLContext:
    """Read some hundred certificates: once."""
    return httpx.create_ssl_context()


def _family(address: Address) -> socket.AddressFamily:
    return socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
