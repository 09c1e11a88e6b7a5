"""What is posted is committed before its sender hears so, once, within bounds, and from those who may."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json
import socket
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from collect.authority import Authority
from collect.delivering import KEY, TOKEN, Answer, Receiving, curl, receiving
from collect.keeping import REFUSED, faults_of

from warroom.collect.push_access import WrongTries
from warroom.collect.push_inbox import Budget
from warroom.collect.receiver import SETTLING_SECONDS
from warroom.errors import UsageError

BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEED_TOKEN", TOKEN)
    monkeypatch.setenv("FEED_KEY", KEY)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Receiving]:
    with receiving(tmp_path) as found:
        yield found


LINES = b'{"a": 1}\n\n{"a": 2}\r\n{"a": 3}'
WANTED = [b'{"a": 1}', b'{"a": 2}', b'{"a": 3}']


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-ndjson", LINES),
        ("application/x-www-form-urlencoded", LINES),  # what curl says where it is told nothing
        ("application/json", b'[{"a": 1}, {"a": 2},\n {"a": 3}]'),
        ("", b'\xef\xbb\xbf[\n  {"a": 1},\n  {"a": 2},\n  {"a": 3}\n]\n'),
        ("application/json", LINES),
        ("text/plain; charset=utf-8", LINES),
        ("application/json", b'["{\\"a\\": 1}", {"a":2}, {"a":3}]'),
    ],
)
def test_lines_arrays_and_objects_are_told_apart(place: Receiving, kind: str, body: bytes) -> None:
    answer = curl(place.url, body, headers={**BEARER, "Content-Type": kind})
    assert (answer.status, answer.told) == (200, {"accepted": 3, "rejected": 0})
    assert [json.loads(line) for line in place.keeper.lines] == [json.loads(line) for line in WANTED]
    again = curl(place.url, b'{\n  "a": 4\n}', headers={**BEARER, "Content-Type": "application/json"})
    assert again.told == {"accepted": 1, "rejected": 0}
    assert json.loads(place.keeper.lines[3]) == {"a": 4}


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(LINES[:10], mtime=0) + gzip.compress(LINES[10:], mtime=0)),
        ("x-gzip", gzip.compress(LINES, mtime=0)),
        ("deflate", zlib.compress(LINES)),
        ("deflate", zlib.compress(LINES, wbits=-15)),
        ("zstd", pa.Codec("zstd").compress(LINES, asbytes=True)),
        ("identity", LINES),
    ],
)
def test_packed_bodies_are_unpacked(place: Receiving, encoding: str, packed: bytes) -> None:
    assert curl(place.url, packed, headers={**BEARER, "Content-Encoding": encoding}).status == 200
    assert place.keeper.lines == WANTED


def test_what_is_damaged_or_too_large_is_refused_and_nothing_is_stored(place: Receiving) -> None:
    def post(body: bytes, encoding: str) -> Answer:
        return curl(place.url, body, headers={**BEARER, "Content-Encoding": encoding})

    assert post(gzip.compress(LINES, mtime=0)[:-9], "gzip").status == 400
    assert post(b"nothing packed", "gzip").status == 400
    assert post(pa.Codec("zstd").compress(LINES, asbytes=True)[:-4], "zstd").status == 400
    assert b"not known" in post(LINES, "br").body
    bomb = gzip.compress(b"x" * (40 << 20))
    assert post(bomb, "gzip").status == 413
    assert curl(place.url, b"x" * ((16 << 20) + 1), headers=BEARER).status == 413
    assert place.keeper.lines == []
    assert place.keeper.kept.rejects == []


def test_a_line_that_is_too_long_is_a_reject_and_is_told(tmp_path: Path) -> None:
    with receiving(tmp_path, line_limit=100) as place:
        long = b"x" * 101
        answer = curl(place.url, b"one\n" + long + b"\ntwo\n", headers=BEARER)
        assert answer.told == {
            "accepted": 2,
            "rejected": 1,
            "reason": "line of 101 bytes: longer than 100 (WARROOM_LINE_LIMIT)",
        }
        assert place.keeper.lines == [b"one", b"two"]
        assert [(number, data) for number, data, _ in place.keeper.kept.rejects] == [(2, long)]


def test_the_answer_comes_after_the_commit_and_not_before(place: Receiving) -> None:
    place.rest()
    answers: list[Answer] = []
    sender = threading.Thread(target=lambda: answers.append(curl(place.url, LINES, headers=BEARER)))
    sender.start()
    place.waits()
    assert answers == []
    place.go_on()
    sender.join()
    assert answers[0].status == 200
    assert place.keeper.lines == WANTED


def test_a_commit_that_fails_is_told_and_the_retry_is_taken_once(place: Receiving) -> None:
    place.rest()
    answers: list[Answer] = []
    told = {**BEARER, "X-Delivery-Id": "batch-1"}
    sender = threading.Thread(target=lambda: answers.append(curl(place.url, LINES, headers=told)))
    sender.start()
    place.waits()
    assert place.keeper.crash(0, REFUSED)
    sender.join()
    assert answers[0].status == 503
    assert "retry-after" in answers[0].headers
    place.go_on()
    assert curl(place.url, LINES, headers=told).told == {"accepted": 3, "rejected": 0}
    assert curl(place.url, LINES, headers=told).told == {"accepted": 0, "rejected": 0}
    assert curl(place.url, LINES, headers={**BEARER, "Idempotency-Key": "batch-1"}).status == 200
    assert place.keeper.lines == WANTED


def test_the_same_delivery_twice_at_once_is_taken_once(place: Receiving) -> None:
    place.rest()
    answers: list[Answer] = []
    told = {**BEARER, "X-Delivery-Id": "at-once"}
    senders = [threading.Thread(target=lambda: answers.append(curl(place.url, LINES, headers=told))) for _ in range(4)]
    for sender in senders:
        sender.start()
    place.waits()
    time.sleep(0.2)
    place.go_on()
    for sender in senders:
        sender.join()
    assert [answer.status for answer in answers] == [200] * 4
    assert place.keeper.lines == WANTED


def test_a_sender_that_goes_away_has_delivered(place: Receiving) -> None:
    place.rest()
    head = f"POST /v1/feeds/tested HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: {len(LINES)}"
    with socket.create_connection(("127.0.0.1", place.port)) as link:
        link.sendall(head.encode() + b"\r\n\r\n" + LINES)
        place.waits()
    with socket.create_connection(("127.0.0.1", place.port)) as link:
        link.sendall(head.encode() + b"\r\n\r\n" + LINES[:-3])  # and one that goes in the middle has not
    place.go_on()
    assert curl(place.url, b"last", headers=BEARER).status == 200
    assert place.keeper.lines == [*WANTED, b"last"]


def test_a_changed_feed_takes_over_what_waits(place: Receiving) -> None:
    place.rest()
    answers: list[Answer] = []
    sender = threading.Thread(target=lambda: answers.append(curl(place.url, LINES, headers=BEARER)))
    sender.start()
    place.waits()
    place.keeper.restart()
    place.go_on()
    sender.join()
    assert answers[0].status == 200
    assert place.keeper.lines == WANTED


def test_senders_to_a_feed_that_closes_are_told_to_come_again(place: Receiving) -> None:
    """A worker that ends closes its feeds one by one: what is refused for good would be thrown away."""
    collector = place.keeper.collector
    receiver, desk = collector._receiver, collector._desk  # noqa: SLF001 - what closing does, a step at a time
    receiver.opened_at -= SETTLING_SECONDS
    place.rest()
    answers: list[Answer] = []
    sender = threading.Thread(target=lambda: answers.append(curl(place.url, LINES, headers=BEARER)))
    sender.start()
    place.waits()
    receiver.leave(desk)
    sender.join()
    assert answers[0].status == 503
    assert curl(place.url, LINES, headers=BEARER).status == 503
    assert curl(place.url, LINES).status == 401
    desk.left_at -= SETTLING_SECONDS
    assert curl(place.url, LINES, headers=BEARER).status == 401
    collector._desk = receiver.enter("tested", desk.access, desk.shape, desk.delivered)  # noqa: SLF001
    place.go_on()
    assert curl(place.url, LINES, headers=BEARER).status == 200
    assert place.keeper.lines == WANTED


def test_who_shows_nothing_or_the_wrong_thing_learns_nothing(place: Receiving) -> None:
    elsewhere = place.url.replace("tested", "unknown")
    assert curl(elsewhere, LINES).status == 503  # a feed that has not been opened yet, perhaps
    place.keeper.collector._receiver.opened_at -= SETTLING_SECONDS  # noqa: SLF001 - time goes by
    for url in (place.url, elsewhere):
        for headers in (
            {},
            {"Authorization": "Bearer wrong"},
            {"Authorization": f"Digest {TOKEN}"},
            {"X-Feed": "tested"},
        ):
            answer = curl(url, LINES, headers=headers)
            assert (answer.status, answer.told) == (401, {"error": "not allowed"})
    assert curl(elsewhere, LINES, headers=BEARER).status == 401
    place.keeper.poll()
    assert "deliveries from 127.0.0.1 were refused" in place.keeper.problems[0]
    assert curl(place.url, LINES, "--user", f"anyone:{TOKEN}").status == 200
    assert curl(place.url, LINES, headers={"Authorization": f"Splunk {TOKEN}"}).status == 200
    assert len(place.keeper.lines) == 6


def test_who_is_wrong_too_often_waits_and_who_is_right_does_not(place: Receiving) -> None:
    statuses: list[int] = []
    while 429 not in statuses and len(statuses) < 100:  # a slow machine gives a try back now and then
        statuses.append(curl(place.url, b"x", headers={"Authorization": "Bearer wrong"}).status)
    assert statuses[:20] == [401] * 20
    assert statuses[-1] == 429
    assert curl(place.url, LINES, headers=BEARER).status == 200


def test_patience_comes_back_with_time() -> None:
    now = [0.0]
    tries = WrongTries(lambda: now[0])
    assert [tries.is_over("a") for _ in range(21)] == [False] * 20 + [True]
    assert not tries.is_over("b")
    now[0] = 3.1
    assert [tries.is_over("a") for _ in range(2)] == [False, True]


def signed(body: bytes, at: int, delivery_id: str = "", key: str = KEY) -> dict[str, str]:
    text = f"{at}\n{delivery_id}\n".encode() + body
    told = {"X-Timestamp": str(at), "X-Signature": f"sha256={hmac.new(key.encode(), text, hashlib.sha256).hexdigest()}"}
    return {**told, "X-Delivery-Id": delivery_id} if delivery_id else told


def test_signed_deliveries(tmp_path: Path) -> None:
    now = int(time.time())
    with receiving(tmp_path, "collect: {transport: push, hmac_env: FEED_KEY}") as place:
        for wrong in (
            {},
            BEARER,
            signed(b"other", now),
            signed(LINES, now, key="another-key-of-somebody"),
            signed(LINES, now - 400),
            signed(LINES, now + 400),
            {**signed(LINES, now, "one"), "X-Delivery-Id": "two"},
            {**signed(LINES, now), "X-Timestamp": str(now + 1)},
        ):
            assert curl(place.url, LINES, headers=wrong).status == 401
        packed = gzip.compress(LINES, mtime=0)
        told = {**signed(packed, now, "one"), "Content-Encoding": "gzip"}
        assert curl(place.url, packed, headers=told).told == {"accepted": 3, "rejected": 0}
        assert curl(place.url, packed, headers=told).told == {"accepted": 0, "rejected": 0}  # replayed
        assert curl(place.url, LINES, headers=signed(LINES, now)).told == {"accepted": 3, "rejected": 0}
        assert curl(place.url, LINES, headers=signed(LINES, now)).told == {"accepted": 0, "rejected": 0}
        assert len(place.keeper.lines) == 6


def test_client_certificates_and_the_names_in_them(tmp_path: Path) -> None:
    ours, others = Authority(tmp_path / "ours"), Authority(tmp_path / "others")
    told = {"receiver_certificate": str(ours.issue("server")), "receiver_clients": str(ours.ca)}
    with receiving(tmp_path, "collect: {transport: push, clients: [web1, api.example.go.th]}", **told) as place:
        url = place.url.replace("http:", "https:")
        safe = ("--cacert", str(ours.ca))

        def post(certificate: Path | None) -> int:
            shown = () if certificate is None else ("--cert", str(certificate))
            return curl(url, LINES, *safe, *shown).status

        assert post(None) == 401
        assert post(ours.issue("web2")) == 401
        assert post(others.issue("web1")) == 0
        assert curl(place.url, LINES).status == 0  # plain HTTP
        assert place.keeper.lines == []
        assert post(ours.issue("web1")) == 200
        assert post(ours.issue("web3", "api.example.go.th")) == 200
        assert len(place.keeper.lines) == 6


def test_no_room_is_told_before_the_body_is_read(place: Receiving) -> None:
    place.keeper.collector._desk.budget.take((64 << 20) - 1000)  # noqa: SLF001 - what many senders would hold
    answer = curl(place.url, b"x" * (8 << 20), headers={**BEARER, "Expect": "100-continue"})
    assert answer.status == 503
    assert "retry-after: 5" in answer.headers
    assert curl(place.url, b"small", headers=BEARER).status == 200


def test_a_budget_is_never_exceeded_and_comes_back() -> None:
    above = Budget(10)
    one, other = Budget(8, above), Budget(8, above)
    assert one.take(8)
    assert not one.take(1)
    assert not other.take(3)
    assert other.take(2)
    one.give_back(8)
    assert other.take(6)
    assert not one.take(3)


def test_heads_are_bounded(place: Receiving) -> None:
    with socket.create_connection(("127.0.0.1", place.port)) as link:
        link.sendall(b"POST / HTTP/1.1\r\nX-Long: " + b"y" * 20_000)
        assert link.recv(100).startswith(b"HTTP/1.1 400")
    assert curl(place.url, b"x", headers={**BEARER, "X-Delivery-Id": "two words"}).status == 400
    assert curl(place.url, b"x", headers=BEARER).status == 200
    assert curl(place.url).status == 405


def test_nothing_is_received_where_the_receiver_is_not_switched_on(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="WARROOM_RECEIVER=host:port"):
        Receiving(tmp_path, "collect: {transport: push, token_env: FEED_TOKEN}", receiver=None)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="WARROOM_RECEIVER is `nowhere`"):
        Receiving(tmp_path, "collect: {transport: push, token_env: FEED_TOKEN}", receiver="nowhere")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(UsageError, match="cannot be listened at"):
            Receiving(tmp_path, "collect: {transport: push, token_env: FEED_TOKEN}", receiver=address)
    with pytest.raises(UsageError, match="WARROOM_RECEIVER_CLIENTS"):
        Receiving(tmp_path, "collect: {transport: push, clients: [web1]}")


def test_weak_and_missing_secrets_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    collect = "collect: {transport: push, token_env: FEED_TOKEN}"
    monkeypatch.setenv("FEED_TOKEN", "short")
    with pytest.raises(UsageError, match="FEED_TOKEN holds a secret of under 16"):
        Receiving(tmp_path, collect)
    monkeypatch.delenv("FEED_TOKEN")
    with pytest.raises(UsageError, match="FEED_TOKEN holds no secret"):
        Receiving(tmp_path, collect)
    monkeypatch.setenv("FEED_TOKEN", f"{TOKEN} and-the-one-that-comes-next")  # while it is being changed
    with receiving(tmp_path, collect) as place:
        for token in (TOKEN, "and-the-one-that-comes-next"):
            assert curl(place.url, b"x", headers={"Authorization": f"Bearer {token}"}).status == 200


def test_secrets_in_files_are_the_owners_alone_and_may_change(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n", encoding="utf-8")
    file.chmod(0o644)
    collect = f"collect: {{transport: push, token_file: {file}}}"
    with pytest.raises(UsageError, match="chmod 600"):
        Receiving(tmp_path, collect)
    file.chmod(0o600)
    with receiving(tmp_path, collect) as place:
        assert curl(place.url, b"x", headers=BEARER).status == 200
        place.rest()
        file.write_text("another-token-of-16-and-more", encoding="utf-8")
        collector = place.keeper.collector
        collector._loaded_at -= 60  # noqa: SLF001 - time goes by
        place.keeper.poll()
        place.go_on()
        assert curl(place.url, b"x", headers=BEARER).status == 401
        assert curl(place.url, b"x", headers={"Authorization": "Bearer another-token-of-16-and-more"}).status == 200
        place.rest()
        file.chmod(0o640)
        collector._loaded_at -= 60  # noqa: SLF001 - likewise
        place.keeper.poll()
        assert "chmod 600" in place.keeper.problems[0]


@pytest.mark.parametrize(
    ("collect", "said"),
    [
        ("{transport: push}", "anybody could deliver"),
        ("{transport: push, token: secret}", "did you mean `token_env`"),
        ("{transport: push, token_env: A, token_file: /b}", "either `token_env"),
        ("{transport: push, token_env: lower}", "name of an environment variable"),
        ("{transport: push, token_env: WARROOM_OIDC_CLIENT_SECRET}", "a setting of the war room itself"),
        ("{transport: push, token_file: ../b}", "whole path"),
        ("{transport: push, clients: web1}", "a list of names"),
        ("{transport: push, clients: ['']}", "a client's name is a text"),
        ("{transport: push, tokens_env: A}", "did you mean `token_env`"),
    ],
)
def test_faults_are_told(tmp_path: Path, collect: str, said: str) -> None:
    told = faults_of(tmp_path, f"collect: {collect}")
    assert len(told) == 1
    assert said in told[0]
