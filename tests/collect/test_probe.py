"""Probes against a real server on loopback: what is up, what is down and why, and when its certificate ends."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from collect.authority import Authority
from collect.keeping import Keeper, faults_of, feed_of
from loopback import plain, serving

from warroom.parse import ParseContext, parse


def keeper(folder: Path, *targets: str, more: str = "") -> Keeper:
    listed = ", ".join(f'"{target}"' for target in targets)
    return Keeper(feed_of(folder, f"collect: {{transport: probe, targets: [{listed}], timeout: 1s{more}}}"))


def tried(watch: Keeper) -> list[dict[str, object]]:
    return [json.loads(line) for line in watch.poll()]


def server_of(authority: Authority, name: str = "localhost") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.issue(f"server-{name}", name))
    return context


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """A listener that does with each connection what ``serve`` does."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def run() -> None:
            while True:
                try:
                    link, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=(link,), daemon=True).start()

        threading.Thread(target=run, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def test_an_address_that_answers_is_up(tmp_path: Path) -> None:
    with serving({"/": plain(b"welcome")}) as (url, asked):
        (record,) = tried(keeper(tmp_path, f"{url}/"))
    assert (record["result"], record["status"], record["dst_ip"]) == ("success", 200, "127.0.0.1")
    assert int(str(record["latency_ms"])) < 1000
    assert asked[0][1]["user-agent"] == "warroom-probe"


def test_the_certificate_is_checked_and_its_end_is_told(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    with serving({"/": plain(b"welcome")}, server_of(authority)) as (url, _):
        (right,) = tried(keeper(tmp_path, f"{url}/", more=f', ca: "{authority.ca}"'))
        (unknown,) = tried(keeper(tmp_path, f"{url}/"))
    assert (right["result"], right["certificate_days_left"], right["certificate_ends_soon"]) == ("success", 0, True)
    assert unknown["result"] == "failure"
    assert str(unknown["reason"]).startswith("certificate: ")
    assert unknown["certificate_until"] == right["certificate_until"]  # when it ends is known of any


@pytest.mark.parametrize(
    ("answers", "more", "reason"),
    [
        ({"/": plain(b"broken", 503)}, "", "status 503"),
        ({"/": plain(b"", 302, location="/there")}, ", statuses: [200]", "status 302"),
        ({"/": plain(b"maintenance")}, ", contains: welcome", "does not contain"),
    ],
)
def test_a_wrong_answer_is_no_answer(tmp_path: Path, answers: dict, more: str, reason: str) -> None:
    with serving(answers) as (url, _):
        (record,) = tried(keeper(tmp_path, f"{url}/", more=more))
    assert record["result"] == "failure"
    assert reason in str(record["reason"])


def test_nobody_there_a_name_that_is_none_and_an_address_that_is_not_allowed(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    targets = (f"http://127.0.0.1:{port}/", "http://nowhere.invalid/", "http://192.168.7.9/")
    refused, unknown, forbidden = tried(keeper(tmp_path, *targets))
    assert {one["result"] for one in (refused, unknown, forbidden)} == {"failure"}
    assert "refused" in str(refused["reason"])
    assert "nowhere.invalid" in str(unknown["reason"])
    assert "WARROOM_OUTBOUND" in str(forbidden["reason"])


def drip(link: socket.socket) -> None:
    with link:
        try:
            link.sendall(b"HTTP/1.1 200 OK\r\n")
            while True:
                link.sendall(b"x")
                time.sleep(0.05)
        except OSError:
            return


def test_a_server_that_answers_drop_by_drop_is_hung_up_in_time(tmp_path: Path) -> None:
    with listening(drip) as port:
        began = time.monotonic()
        (record,) = tried(keeper(tmp_path, f"http://127.0.0.1:{port}/"))
    assert record["reason"] == "no answer within 1 s"
    assert time.monotonic() - began < 10  # the bound, not how fast it is


def test_a_try_is_an_event_of_the_platform(tmp_path: Path) -> None:
    with serving({"/": plain(b"welcome", 500)}) as (url, _):
        lines = keeper(tmp_path, f"{url}/").poll()
    events = parse(pa.array(lines, pa.binary()), ParseContext("jsonl", "UTC", datetime.now(UTC))).events.to_pylist()
    assert (events[0]["event_outcome"], events[0]["http_response_status_code"]) == ("failure", 500)
    assert events[0]["event_duration"] > 0


def test_tries_count_on_over_a_restart(tmp_path: Path) -> None:
    with serving({"/": plain(b"welcome")}) as (url, _):
        watch = keeper(tmp_path, f"{url}/")
        watch.poll()
        watch.restart(process=True)
        watch.poll()
    assert watch.kept.positions == {"probe": "2"}


@pytest.mark.parametrize(
    ("collect", "told"),
    [
        ("collect: {transport: probe}", "`collect.targets` is a list"),
        ('collect: {transport: probe, targets: ["ftp://example.go.th/"]}', "give http:// or https://"),
        ('collect: {transport: probe, targets: ["https://a:b@example.go.th/"]}', "no password"),
        ('collect: {transport: probe, targets: ["https://example.go.th/"], statuses: [99]}', "HTTP statuses"),
        ('collect: {transport: probe, targets: ["https://example.go.th/"], target: 1}', "target"),
    ],
)
def test_faults_say_what_to_write(tmp_path: Path, collect: str, told: str) -> None:
    assert any(told in fault for fault in faults_of(tmp_path, collect))
