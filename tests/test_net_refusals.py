"""What is hostile outside is refused, each with a clear reason and with why, by which it is counted."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from collect.authority import Authority
from loopback import Handler, plain, serving, talking

from warroom import net_streams
from warroom.errors import OutboundError, Refusal, WarroomError
from warroom.net import Address, Connector, Network, is_allowed, networks

LOOPBACK = networks("127.0.0.0/8, ::1")
GREETING = b"HTTP/1.1 200 OK\r\n"
MIB = 1 << 20


def endless_body(link: socket.socket) -> None:
    link.sendall(GREETING + b"\r\n")
    while True:
        link.sendall(b"x" * 65536)


def endless_headers(link: socket.socket) -> None:
    link.sendall(GREETING)
    while True:
        link.sendall(b"x-more: " + b"y" * 1000 + b"\r\n")


def endless_interim_answers(link: socket.socket) -> None:
    while True:
        link.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000)


def drip(link: socket.socket) -> None:
    link.sendall(GREETING + b"content-length: 100000\r\n\r\n")
    while True:
        link.sendall(b"x")
        time.sleep(0.02)


def silence(link: socket.socket) -> None:
    link.recv(1)


def half_a_body(link: socket.socket) -> None:
    link.sendall(GREETING + b"content-length: 1000\r\n\r\nhalf")


def no_http(link: socket.socket) -> None:
    link.sendall(b"220 mail.example ESMTP\r\n\r\n")


def nothing(_link: socket.socket) -> None:
    """Hang up."""


def announcing(size: str) -> Callable[[socket.socket], None]:
    return lambda link: link.sendall(GREETING + f"content-length: {size}\r\n\r\n".encode()) or silence(link)


def packed_without_end(link: socket.socket) -> None:
    link.sendall(GREETING + b"content-encoding: gzip\r\n\r\n")
    while True:
        link.sendall(gzip.compress(b"not of this world" * 1000))


def packed(body: bytes) -> Callable[[Handler], None]:
    return plain(body, content_encoding="gzip")


BOMB = gzip.compress(bytes(64 * MIB))


class Case(NamedTuple):
    """What a server does, why it is refused, and what the reason says."""

    does: Callable[[socket.socket], None] | Callable[[Handler], None]
    why: Refusal
    says: str


TALK: dict[str, Case] = {
    "an endless body": Case(endless_body, Refusal.TOO_LARGE, "more than 1048576 bytes"),
    "endless headers": Case(endless_headers, Refusal.TOO_LARGE, "headers without end"),
    "endless interim answers": Case(endless_interim_answers, Refusal.TIME, "not done within"),
    "a body that drips": Case(drip, Refusal.TIME, "it sends less than"),
    "silence": Case(silence, Refusal.TIME, "not done within"),
    "half a body": Case(half_a_body, Refusal.PROTOCOL, "without sending complete message body"),
    "no HTTP at all": Case(no_http, Refusal.PROTOCOL, "illegal status line"),
    "an announced size": Case(announcing("1048577"), Refusal.TOO_LARGE, "more than 1048576 bytes"),
    "a size beyond all numbers": Case(announcing("9" * 20), Refusal.TOO_LARGE, "more than 1048576 bytes"),
    "nothing": Case(nothing, Refusal.PROTOCOL, "disconnected without"),
    "packed data without end": Case(packed_without_end, Refusal.TOO_LARGE, "more than 1048576 bytes"),
}

ANSWERS: dict[str, Case] = {
    "a gzip bomb": Case(packed(BOMB), Refusal.TOO_LARGE, "more than 1048576 bytes"),
    "damaged gzip": Case(packed(b"no gzip"), Refusal.PACKED, "damaged"),
    "half of the gzip": Case(packed(gzip.compress(b"x" * 1000)[:-5]), Refusal.PROTOCOL, "half an answer"),
    "something behind the gzip": Case(packed(gzip.compress(b"x") + b"more"), Refusal.PACKED, "damaged"),
    "another packing": Case(plain(b"x", content_encoding="br"), Refusal.PACKED, "none was asked for"),
    "two packings": Case(plain(b"x", content_encoding="gzip, gzip"), Refusal.PACKED, "none was asked for"),
    "a redirect to itself": Case(plain(b"", 302, location="/"), Refusal.REDIRECT, "more than 3 redirects"),
    "a redirect to loopback": Case(plain(b"", 302, location="http://127.9.9.9/"), Refusal.ADDRESS, "127.9.9.9"),
    "a redirect to a mapped address": Case(
        plain(b"", 302, location="http://[::ffff:127.9.9.9]/"), Refusal.ADDRESS, "may not be reached"
    ),
    "a redirect to a cloud's secrets": Case(
        plain(b"", 307, location="http://169.254.169.254/latest/meta-data/"), Refusal.ADDRESS, "169.254.169.254"
    ),
    "a redirect to a number": Case(plain(b"", 301, location="http://2130706433/"), Refusal.ADDRESS, "in disguise"),
    "a redirect to a file": Case(plain(b"", 302, location="file:///etc/passwd"), Refusal.SCHEME, "`file`"),
    "a redirect to gopher": Case(plain(b"", 302, location="gopher://127.0.0.1:70/1"), Refusal.SCHEME, "`gopher`"),
    "a redirect with a user": Case(
        plain(b"", 302, location="http://example.org@127.0.0.1/"), Refusal.SCHEME, "user's name"
    ),
    "a redirect to a host without end": Case(
        plain(b"", 302, location=f"http://{'x' * 300}.example/"), Refusal.SCHEME, "longer than any"
    ),
    "a redirect to no address": Case(plain(b"", 302, location="http://[::1"), Refusal.REDIRECT, "no address"),
}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What drips is noticed soon."""
    monkeypatch.setattr(net_streams, "_STRETCH_SECONDS", 0.2)


def refused(connector: Connector, url: str, to: Path, **more: object) -> OutboundError:
    with pytest.raises(OutboundError) as told:
        connector.download(url, to, **{"seconds": 1.0, "most_bytes": MIB, **more})  # type: ignore[arg-type]
    assert not to.exists()
    return told.value


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("name", TALK)
def test_servers_that_talk_on_or_break_off(name: str, tmp_path: Path) -> None:
    does, why, says = TALK[name]
    with talking(does) as url:  # type: ignore[arg-type]
        problem = refused(Connector(LOOPBACK), f"{url}/of-ours", tmp_path / "body")
    assert problem.why == why, problem
    assert says in str(problem)
    assert "of-ours" not in str(problem)


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_that_are_traps(name: str, tmp_path: Path) -> None:
    does, why, says = ANSWERS[name]
    with serving({"/": does}) as (url, _):  # type: ignore[dict-item]
        problem = refused(Connector(networks("127.0.0.1")), url, tmp_path / "body")
    assert problem.why == why, problem
    assert says in str(problem)


def test_a_bomb_is_one_by_how_it_grows(tmp_path: Path) -> None:
    with serving({"/": packed(BOMB)}) as (url, _):
        problem = refused(Connector(LOOPBACK), url, tmp_path / "body", most_bytes=256 * MIB, seconds=30.0)
    assert (problem.why, "a bomb" in str(problem)) == (Refusal.PACKED, True)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://127.0.0.1:{port}/", Refusal.ADDRESS),
        ("http://127.0.0.2:{port}/", Refusal.ADDRESS),
        ("http://localhost:{port}/", Refusal.ADDRESS),
        ("http://LOCALHOST.:{port}/", Refusal.ADDRESS),
        ("http://any.localhost:{port}/", Refusal.ADDRESS),
        ("http://0.0.0.0:{port}/", Refusal.ADDRESS),
        ("http://0:{port}/", Refusal.ADDRESS),
        ("http://2130706433:{port}/", Refusal.ADDRESS),  # decimal
        ("http://0x7f000001:{port}/", Refusal.ADDRESS),  # hexadecimal
        ("http://0x7f.0.0.0x1:{port}/", Refusal.ADDRESS),
        ("http://017700000001:{port}/", Refusal.ADDRESS),  # octal
        ("http://0177.0.0.1:{port}/", Refusal.SCHEME),
        ("http://127.1:{port}/", Refusal.ADDRESS),
        ("http://134744072:{port}/", Refusal.ADDRESS),  # a public one: nobody writes it so
        ("http://[::1]:{port}/", Refusal.ADDRESS),
        ("http://[::]:{port}/", Refusal.ADDRESS),
        ("http://[::ffff:127.0.0.1]:{port}/", Refusal.ADDRESS),  # mapped
        ("http://[::ffff:7f00:1]:{port}/", Refusal.ADDRESS),
        ("http://[::127.0.0.1]:{port}/", Refusal.ADDRESS),  # compatible
        ("http://[64:ff9b::7f00:1]:{port}/", Refusal.ADDRESS),  # NAT64
        ("http://[64:ff9b:1::a00:1]:{port}/", Refusal.ADDRESS),  # NAT64 of one's own
        ("http://[2002:7f00:1::]:{port}/", Refusal.ADDRESS),  # 6to4
        ("http://[fe80::1%25lo]:{port}/", Refusal.ADDRESS),
        ("http://[fd00::1]:{port}/", Refusal.ADDRESS),
        ("http://10.0.0.1:{port}/", Refusal.ADDRESS),
        ("http://100.64.0.1:{port}/", Refusal.ADDRESS),
        ("http://169.254.169.254:{port}/", Refusal.ADDRESS),
        ("http://224.0.0.1:{port}/", Refusal.ADDRESS),
        ("http://user@127.0.0.1:{port}/", Refusal.SCHEME),
        ("http://user:word@example.org@127.0.0.1:{port}/", Refusal.SCHEME),
        ("http://example.org%40127.0.0.1:{port}/", Refusal.NAME),
        ("file:///etc/passwd", Refusal.SCHEME),
        ("file://127.0.0.1:{port}/etc/passwd", Refusal.SCHEME),
        ("gopher://127.0.0.1:{port}/1", Refusal.SCHEME),
        ("ftp://127.0.0.1:{port}/", Refusal.SCHEME),
        ("ws://127.0.0.1:{port}/", Refusal.SCHEME),
        ("data:text/plain,x", Refusal.SCHEME),
        ("javascript:alert(1)", Refusal.SCHEME),
        ("//127.0.0.1:{port}/", Refusal.SCHEME),
        ("127.0.0.1:{port}", Refusal.SCHEME),
        ("http://", Refusal.SCHEME),
        ("http:///etc/passwd", Refusal.SCHEME),
        ("http://[::1:{port}/", Refusal.SCHEME),
        ("http://127.0.0.1:99999/", Refusal.SCHEME),
        ("", Refusal.SCHEME),
    ],
)
def test_addresses_that_lead_home_or_nowhere(url: str, why: Refusal, tmp_path: Path) -> None:
    with serving({"/": plain(b"secret")}) as (base, asked):
        problem = refused(Connector(), url.replace("{port}", base.rpartition(":")[2]), tmp_path / "body")
    assert problem.why == why, problem
    assert asked == []


@contextmanager
def names(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> Iterator[list[str]]:
    """A look-up that answers otherwise each time, the last one for ever; gives the names that were asked."""
    asked: list[str] = []
    truly = socket.getaddrinfo

    def look(host: str, port: int, *rest: int, **more: int) -> list[tuple[object, ...]]:
        if not host.endswith(".example"):
            return list(truly(host, port, *rest, **more))
        asked.append(host)
        found = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    with monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", look)
        yield asked


def leading_on(handler: Handler) -> None:
    """Leads to another page, by a new connection."""
    handler.close_connection = True
    handler.answer(b"", 302, location="/secret", connection="close")


def test_a_name_that_moves_to_loopback_is_not_followed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """127.0.0.2 stands for a public address here; what is there and what is at 127.0.0.1 is the same server."""
    answers = {"/": leading_on, "/page": plain(b"page"), "/secret": plain(b"secret")}
    with serving(answers, host="0.0.0.0") as (url, asked):  # noqa: S104 - all of loopback
        port = url.rpartition(":")[2]
        connector = Connector(networks("127.0.0.2"))
        with names(monkeypatch, ["127.0.0.2"], ["127.0.0.1"]) as looked_up:
            # who looks up once to judge and once more to connect would be led to loopback
            assert connector.get(f"http://rebind.example:{port}/page").body == b"page"
            assert looked_up == ["rebind.example"]
        with names(monkeypatch, ["127.0.0.2"], ["127.0.0.1"]) as looked_up:
            problem = refused(connector, f"http://rebind.example:{port}/", tmp_path / "body")
            assert (problem.why, looked_up) == (Refusal.ADDRESS, ["rebind.example"] * 2)
        with names(monkeypatch, ["127.0.0.1", "10.0.0.1"]):
            assert refused(connector, f"http://rebind.example:{port}/", tmp_path / "body").why == Refusal.ADDRESS
        with names(monkeypatch, ["127.0.0.1", "127.0.0.2"]):  # of several only what is allowed
            assert connector.get(f"http://rebind.example:{port}/page").body == b"page"
    assert [path for path, _ in asked] == ["/page", "/", "/page"]


def test_a_public_server_leads_to_none_inside_though_it_is_allowed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """127.0.0.2 is taken for a public address here."""

    def taken_for_public(address: Address, allowed: tuple[Network, ...] = ()) -> bool:
        return str(address) == "127.0.0.2" or is_allowed(address, allowed)

    with serving({"/": plain(b"inside")}) as (inside, reached):
        outside = {"/": plain(b"", 302, location=inside), "/plain": plain(b"outside")}
        with serving(outside, host="127.0.0.2") as (url, _):
            connector = Connector(LOOPBACK)
            assert connector.get(url).body == b"inside"
            monkeypatch.setattr(net_streams, "is_allowed", taken_for_public)
            assert connector.get(f"{url}/plain").body == b"outside"
            problem = refused(connector, url, tmp_path / "body")
            assert (problem.why, "127.0.0.1" in str(problem)) == (Refusal.ADDRESS, True)
            assert connector.get(inside).body == b"inside"
    assert len(reached) == 2


def test_names_that_nobody_knows_and_peers_that_are_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    assert refused(Connector(LOOPBACK), f"http://127.0.0.1:{port}/", tmp_path / "a").why == Refusal.UNREACHABLE
    with monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", lambda *_, **__: (_ for _ in ()).throw(socket.gaierror(-2, "not known")))
        problem = refused(Connector(), "http://nobody.example/", tmp_path / "a")
        assert (problem.why, str(problem)) == (Refusal.NAME, "nobody.example: not known")
    ended = threading.Event()
    with monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", lambda *_, **__: ended.wait(10) and [])
        assert refused(Connector(), "http://slow.example/", tmp_path / "a", seconds=0.1).why == Refusal.TIME
        ended.set()


def test_certificates_that_prove_nothing(tmp_path: Path) -> None:
    ours, other = Authority(tmp_path / "ours"), Authority(tmp_path / "other", "other")

    def server(certificate: Path) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        return context

    trust = ssl.create_default_context(cafile=str(ours.ca))
    connector = Connector(LOOPBACK, trust=trust)
    with serving({"/": plain(b"x")}, server(other.issue("server"))) as (url, _):
        problem = refused(connector, url, tmp_path / "body")
        assert (problem.why, "certificate" in str(problem)) == (Refusal.TLS, True)
    with serving({"/": plain(b"x")}, server(ours.issue("server"))) as (url, _):
        assert connector.download(url, tmp_path / "good").status == 200
        assert refused(Connector(LOOPBACK), url, tmp_path / "body").why == Refusal.TLS
    answers = {"/": plain(b"x")}
    with serving(answers, server(ours.issue("server")), host="0.0.0.0") as (url, _):  # noqa: S104 - all of loopback
        # an address that the certificate does not name
        assert refused(connector, url.replace("0.0.0.0", "127.0.0.3"), tmp_path / "body").why == Refusal.TLS  # noqa: S104
    with serving(answers) as (url, _):  # speaks no TLS
        assert refused(connector, url.replace("http:", "https:"), tmp_path / "body").why == Refusal.TLS


def test_redirects_never_carry_secrets_away_nor_leave_https(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "authority")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(authority.issue("server"))
    trust = ssl.create_default_context(cafile=str(authority.ca))
    with ExitStack() as stack:
        there, reached = stack.enter_context(serving({"/": plain(b"there")}))
        away = plain(b"", 302, location=there)
        plainly, _ = stack.enter_context(serving({"/": away, "/on": plain(b"", 302, location="/there")}))
        safely, _ = stack.enter_context(serving({"/": away}, tls))
        connector = Connector(LOOPBACK, trust=trust)
        secrets = {"authorization": "Bearer of-ours", "x-api-key": "of-ours"}

        problem = refused(connector, plainly, tmp_path / "body", secrets=secrets)
        assert (problem.why, "leads elsewhere" in str(problem)) == (Refusal.REDIRECT, True)
        problem = refused(connector, safely, tmp_path / "body")
        assert (problem.why, "from https to http" in str(problem)) == (Refusal.REDIRECT, True)
        assert reached == []

        assert connector.download(plainly, tmp_path / "body").status == 200  # there is nothing to give away
        assert (tmp_path / "body").read_bytes() == b"there"
        assert not {"authorization", "x-api-key"} & reached[0][1].keys()


def test_what_is_posted_is_not_led_elsewhere(tmp_path: Path) -> None:
    with serving({"/": plain(b"", 307, location="/other"), "/other": plain(b"x")}) as (url, asked):
        done = Connector(LOOPBACK).download(url, tmp_path / "body", json={"a": 1})
    assert (done.status, [path for path, _ in asked]) == (307, ["/"])
    assert not (tmp_path / "body").exists()


def test_every_refusal_has_a_reason_and_is_of_the_tree() -> None:
    assert issubclass(OutboundError, WarroomError)
    assert OutboundError("said so").why == Refusal.OTHER
    shown = {case.why for case in (*TALK.values(), *ANSWERS.values())}
    elsewhere = {Refusal.NAME, Refusal.UNREACHABLE, Refusal.TLS}  # in the other tests of this file
    theirs = {Refusal.PROXY, Refusal.STATUS, Refusal.CONTENT, Refusal.OTHER}  # of proxies and of sources
    assert shown | elsewhere | theirs == set(Refusal)
