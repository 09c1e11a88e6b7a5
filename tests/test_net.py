"""The connector reaches what it may and nothing else, and nobody holds it or fills its memory."""

from __future__ import annotations

import gzip
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from loopback import Handler, plain, serving

from warroom import clock
from warroom.errors import OutboundError, UsageError
from warroom.net import Connector, is_allowed, networks, permitted

LOOPBACK = networks("127.0.0.0/8, ::1")


def test_what_is_allowed_is_reached_and_the_answer_is_given() -> None:
    with serving({"/ping?a=1": plain(b"pong"), "/no": plain(b"gone", 404)}) as (url, asked):
        answer = Connector(LOOPBACK).get(f"{url}/ping?a=1")
        assert (answer.status, answer.body) == (200, b"pong")
        assert Connector(LOOPBACK).get(f"{url}/no").status == 404
    assert asked[0][1]["user-agent"] == "warroom"
    assert asked[0][1]["accept-encoding"] == "identity"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0"])
def test_this_machine_is_refused_however_it_is_written(host: str) -> None:
    with serving({"/": plain(b"secret")}) as (url, asked):
        with pytest.raises(OutboundError, match=r"may not be reached|not a host name|Name or service"):
            Connector().get(url.replace("127.0.0.1", host))
        assert asked == []


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",  # where clouds hand out credentials
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - an address, not bound to
        "192.0.0.8",
        "198.18.0.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        "2001:db8::1",
        "::ffff:10.0.0.1",
        "::10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    ],
)
def test_addresses_that_are_no_public_host_are_refused(address: str) -> None:
    assert not is_allowed(ip_address(address))


@pytest.mark.parametrize("every", [False, True])
def test_a_library_that_connects_by_itself_is_told_what_may_be_reached(every: bool) -> None:  # noqa: FBT001
    assert permitted("127.0.0.1", 80, LOOPBACK, every=every) == [ip_address("127.0.0.1")]
    with pytest.raises(OutboundError, match=r"127\.0\.0\.1, which may not be reached"):
        permitted("127.0.0.1", 80, every=every)


def test_public_addresses_and_networks_that_the_operator_names_are_allowed() -> None:
    for address in ("203.113.25.1", "8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8"):
        assert is_allowed(ip_address(address))
    named = networks("10.1.0.0/16, fd00::/8,192.168.7.9")
    for address in ("10.1.2.3", "fd12::1", "192.168.7.9", "::ffff:10.1.2.3"):
        assert is_allowed(ip_address(address), named)
    for address in ("10.2.0.1", "192.168.7.10", "127.0.0.1"):
        assert not is_allowed(ip_address(address), named)
    assert networks("") == ()
    with pytest.raises(UsageError, match="WARROOM_OUTBOUND"):
        networks("10.0.0.1/8")


def test_redirects_are_followed_only_so_far_and_judged_anew() -> None:
    answers = {f"/{number}": plain(b"", 302, location=f"/{number + 1}") for number in range(5)}
    answers |= {"/4": plain(b"there"), "/inside": plain(b"", 301, location="http://169.254.169.254/latest")}
    answers |= {"/file": plain(b"", 302, location="file:///etc/passwd")}
    with serving(answers) as (url, asked):
        assert Connector(LOOPBACK).get(f"{url}/1").body == b"there"
        with pytest.raises(OutboundError, match="more than 3 redirects"):
            Connector(LOOPBACK).get(f"{url}/0")
        with pytest.raises(OutboundError, match=r"169\.254\.169\.254"):
            Connector(LOOPBACK).get(f"{url}/inside")
        with pytest.raises(OutboundError):
            Connector(LOOPBACK).get(f"{url}/file")
    assert asked


def test_an_answer_without_end_or_packed_is_not_taken() -> None:
    packed = gzip.compress(b"0" * 100)
    answers = {"/long": plain(b"x" * 5000), "/packed": plain(packed, content_encoding="gzip")}
    with serving(answers) as (url, _):
        connector = Connector(LOOPBACK, most_bytes=4999)
        with pytest.raises(OutboundError, match="more than 4999 bytes"):
            connector.get(f"{url}/long")
        with pytest.raises(OutboundError, match="packed"):
            connector.get(f"{url}/packed")


def dripping(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("content-length", "1000")
    handler.end_headers()
    try:
        for _ in range(100):
            handler.wfile.write(b"x")
            time.sleep(0.05)
    except OSError:
        pass  # nobody waits any more


def test_a_server_that_drips_does_not_hold_us() -> None:
    with serving({"/": dripping}) as (url, _), pytest.raises(OutboundError, match="Timeout"):
        Connector(LOOPBACK, seconds=0.3).get(url)


def test_what_is_no_web_or_does_not_answer_is_told_without_its_secrets() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        for url in (f"http://127.0.0.1:{port}/token-of-ours", "ftp://example.org/token-of-ours", "http://", "::::"):
            with pytest.raises(OutboundError) as told:
                Connector(LOOPBACK, seconds=0.2).get(url)
            assert "token-of-ours" not in str(told.value)
    with pytest.raises(OutboundError, match="ConnectError"):
        Connector(LOOPBACK).get(f"http://127.0.0.1:{port}/")


def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving({"/": plain(b"ok")}) as (url, asked), serving({}) as (proxy, through):
        monkeypatch.setenv("http_proxy", proxy)
        assert Connector(LOOPBACK).get(url).body == b"ok"
    assert asked
    assert not through


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A self-signed certificate for 127.0.0.1, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "certificate.pem"
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(key.private_bytes(*form) + made.public_bytes(serialization.Encoding.PEM))
    return path


def test_certificates_are_checked_and_https_does_not_lead_to_http(certificate: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    trust = ssl.create_default_context(cafile=str(certificate))
    with serving({"/": plain(b"plain")}) as (down, reached):
        answers = {"/": plain(b"safe"), "/down": plain(b"", 302, location=down)}
        with serving(answers, tls) as (url, _):
            assert Connector(LOOPBACK, trust=trust).get(url).body == b"safe"
            with pytest.raises(OutboundError, match="from https to http"):
                Connector(LOOPBACK, trust=trust).get(f"{url}/down")
            with pytest.raises(OutboundError, match="certificate"):
                Connector(LOOPBACK).get(url)
    assert reached == []


# -- the time server ---------------------------------------------------------------------------------------


@contextmanager
def time_server(change: Callable[[bytearray], None], ahead: float = 0.0) -> Iterator[str]:
    """A time server whose clock is ahead of ours; ``change`` spoils its answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.bind(("127.0.0.1", 0))
        link.settimeout(5)

        def serve() -> None:
            asked, whom = link.recvfrom(512)
            now = time.time() + ahead + 2_208_988_800
            stamp = struct.pack(">II", int(now) % (1 << 32), int(now % 1 * (1 << 32)))
            answer = bytearray(struct.pack(">BBBb3I", 0b00_100_100, 2, 6, -20, 0, 0, 0) + stamp)
            answer += asked[40:48] + stamp + stamp
            change(answer)
            link.sendto(answer, whom)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{link.getsockname()[1]}"
        thread.join()


def untouched(_answer: bytearray) -> None:
    """Change nothing."""


@pytest.mark.parametrize("ahead", [0.0, 5.0, -7200.0, 20 * 365 * 86_400.0])
def test_it_is_told_how_far_our_clock_is_off(ahead: float) -> None:
    with time_server(untouched, ahead) as server:
        reading = clock.read(Connector(LOOPBACK), server)
    assert reading.offset == pytest.approx(ahead, abs=0.5)
    assert reading.is_off is (ahead != 0)


SPOILED: dict[str, Callable[[bytearray], object]] = {
    "an answer to another request": lambda answer: answer.__setitem__(30, answer[30] ^ 1),
    "a server that is not synchronised": lambda answer: answer.__setitem__(0, 0b11_100_100),
    "a kiss of death": lambda answer: answer.__setitem__(1, 0),
    "a client's packet": lambda answer: answer.__setitem__(0, 0b00_100_011),
    "half an answer": lambda answer: answer.__delitem__(slice(20, None)),
    "no time": lambda answer: answer.__setitem__(slice(40, 48), bytes(8)),
}


@pytest.mark.parametrize("name", SPOILED)
def test_answers_that_are_worth_nothing_are_refused(name: str) -> None:
    with time_server(lambda answer: SPOILED[name](answer) and None) as server, pytest.raises(OutboundError):
        clock.read(Connector(LOOPBACK), server)


def test_a_time_server_in_a_place_that_may_not_be_reached_is_not_asked() -> None:
    with pytest.raises(OutboundError, match="may not be reached"):
        clock.read(Connector(), "127.0.0.1")
    with pytest.raises(OutboundError, match="no answer"):
        clock.read(Connector(LOOPBACK, seconds=0.2), "127.0.0.1:9")


def test_a_slow_way_is_no_wrong_clock() -> None:
    assert not clock.Reading(1.4, round_trip=1.0).is_off
    assert clock.Reading(-1.6, round_trip=1.0).is_off


def test_places_of_time_servers() -> None:
    assert clock.place("time.example.go.th") == ("time.example.go.th", 123)
    assert clock.place("192.0.2.1:1123") == ("192.0.2.1", 1123)
    assert clock.place("[2001:db8::1]") == ("2001:db8::1", 123)
    assert clock.place("[2001:db8::1]:1123") == ("2001:db8::1", 1123)
    for wrong in ("", ":123", "host:x", "host:70000"):
        with pytest.raises(UsageError, match="WARROOM_NTP"):
            clock.place(wrong)
