"""Buckets, against a store that checks signatures: every record of every object once."""

from __future__ import annotations

import gzip
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest
from collect.bucket import BucketServer, running
from collect.fetched import free_port
from collect.keeping import COMMITTED, REFUSED, Keeper, feed_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warroom.catalog import Feed
from warroom.collect.collector import Surroundings
from warroom.collect.heading import Heading
from warroom.collect.s3 import BucketCollector
from warroom.log_formats import FORMATS

pytestmark = pytest.mark.slow
SECRET = "READER_SECRET"  # noqa: S105  where it stands


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[BucketServer, str, str]]:
    with running(tmp_path_factory.mktemp("store")) as server:
        yield server, *server.person("reader")


@pytest.fixture
def server(reader: tuple[BucketServer, str, str], monkeypatch: pytest.MonkeyPatch) -> BucketServer:
    monkeypatch.setenv(SECRET, reader[2])
    return reader[0]


@pytest.fixture
def bucket(server: BucketServer) -> str:
    name = f"logs-{time.monotonic_ns()}"
    server.make(name)
    return name


@pytest.fixture
def key(reader: tuple[BucketServer, str, str]) -> str:
    return reader[1]


def opened(feed: Feed, positions: Mapping[str, str], surroundings: Surroundings, chunk_bytes: int) -> BucketCollector:
    return BucketCollector(feed.collect, positions, surroundings, chunk_bytes=chunk_bytes)


def keeper_of(folder: Path, url: str, bucket: str, key: str, more: str = "", *, chunk_bytes: int = 1 << 20) -> Keeper:
    who = f"access_key: {key}, secret_key_env: {SECRET}"
    feed = feed_of(folder, f'collect: {{transport: s3, bucket: {bucket}, endpoint: "{url}", {who}{more}}}')
    return Keeper(feed, line_limit=2000, opener=partial(opened, chunk_bytes=chunk_bytes))


def lines(prefix: str, count: int) -> list[bytes]:
    return [b"%s %d" % (prefix.encode(), number) for number in range(count)]


def joined(records: list[bytes]) -> bytes:
    return b"".join(record + b"\n" for record in records)


def test_objects_of_every_packing_are_read_once(server: BucketServer, bucket: str, key: str, tmp_path: Path) -> None:
    server.put(bucket, "AWSLogs/plain.log", joined(lines("plain", 9))[:-1])
    server.put(bucket, "AWSLogs/packed.log.gz", gzip.compress(joined(lines("gzip", 9))), content_encoding="gzip")
    two = gzip.compress(joined(lines("member", 5))) + gzip.compress(joined(lines("another", 5)))
    server.put(bucket, "AWSLogs/two members", two)
    server.put(bucket, "AWSLogs/packed.zst", pa.compress(joined(lines("zstd", 9)), codec="zstd", asbytes=True))
    server.put(bucket, "AWSLogs/a b+c/ทดสอบ=1//..x", joined(lines("odd key", 2)))
    server.put(bucket, "AWSLogs/folder/", b"")
    server.put(bucket, "AWSLogs/empty", b"")
    server.put(bucket, "elsewhere", joined(lines("elsewhere", 2)))
    keeper = keeper_of(tmp_path, server.url, bucket, key, ", prefix: AWSLogs/")
    keeper.poll()
    kinds = {"plain": 9, "gzip": 9, "member": 5, "another": 5, "zstd": 9, "odd key": 2}
    wanted = Counter(line for kind, count in kinds.items() for line in lines(kind, count))
    assert Counter(keeper.lines) == wanted
    assert keeper.poll() == []
    keeper.restart(process=True)
    server.put(bucket, "AWSLogs/0 late", joined(lines("late", 3)))
    assert keeper.poll() == lines("late", 3)
    assert keeper.problems == []


def test_documents_are_their_elements(server: BucketServer, bucket: str, key: str, tmp_path: Path) -> None:
    records = [{"eventName": f"call {number}", "nested": {"list": [number]}} for number in range(200)]
    server.put(bucket, "trail.json.gz", gzip.compress(json.dumps({"Records": records}).encode()))
    keeper = keeper_of(tmp_path, server.url, bucket, key, chunk_bytes=1000)
    assert keeper.crash(2, COMMITTED)
    assert keeper.crash(1, REFUSED)
    keeper.poll()
    assert [json.loads(line) for line in keeper.lines] == records


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    order=st.sampled_from(["modified", "key"]),
    steps=st.lists(
        st.tuples(st.integers(0, 40), st.booleans(), st.integers(0, 4), st.sampled_from([REFUSED, COMMITTED])),
        min_size=1,
        max_size=5,
    ),
)
def test_crashes_at_any_chunk_lose_and_double_nothing(
    server: BucketServer, key: str, tmp_path: Path, order: str, steps: list[tuple[int, bool, int, str]]
) -> None:
    bucket = f"crashes-{time.monotonic_ns()}"
    server.make(bucket)
    keeper = keeper_of(tmp_path, server.url, bucket, key, f", order: {order}", chunk_bytes=64)
    written: list[bytes] = []
    for number, (count, packed, chunk, how) in enumerate(steps):
        more = lines(f"object {number}", count)
        server.put(bucket, f"{number:03}", gzip.compress(joined(more)) if packed else joined(more))
        written += more
        keeper.crash(chunk, how)
    keeper.poll()
    assert keeper.problems == []
    assert keeper.lines == written


def test_what_is_written_over_is_read_anew(server: BucketServer, bucket: str, key: str, tmp_path: Path) -> None:
    server.put(bucket, "same", joined(lines("old", 2)))
    keeper = keeper_of(tmp_path, server.url, bucket, key)
    keeper.poll()
    server.put(bucket, "same", joined(lines("new", 3)))
    assert keeper.poll() == lines("new", 3)
    server.put(bucket, "same", joined(lines("new", 3)))
    assert keeper.poll() == []


def test_what_is_deleted_halfway_is_told_and_counted(
    server: BucketServer, bucket: str, key: str, tmp_path: Path
) -> None:
    server.put(bucket, "halfway", joined(lines("a long line of some log", 4000)))
    keeper = keeper_of(tmp_path, server.url, bucket, key, chunk_bytes=500)
    assert keeper.crash(1, COMMITTED)
    server.delete(bucket, "halfway")
    server.put(bucket, "next", joined(lines("next", 2)))
    keeper.poll()
    assert keeper.problems == ["halfway: deleted or written over before it was read to its end"]
    assert keeper.kept.lost == {"deleted": 1}
    assert keeper.lines[-2:] == lines("next", 2)
    assert keeper.poll() == []
    assert keeper.problems == []


def test_what_cannot_be_unpacked_is_a_reject(server: BucketServer, bucket: str, key: str, tmp_path: Path) -> None:
    data = gzip.compress(joined(lines("x" * 50, 3000)), compresslevel=1)
    server.put(bucket, "1 cut.gz", data[: len(data) // 2])
    server.put(bucket, "2 damaged.gz", data[:300] + b"\0\xff" * 50 + data[400:])
    server.put(bucket, "3 bomb.gz", gzip.compress(bytes(200 << 20)))
    server.put(bucket, "4 long.log", b"y" * 2001 + b"\n" + b"short\n")
    server.put(bucket, "5 sound.log", b"sound\n")
    keeper = keeper_of(tmp_path, server.url, bucket, key)
    keeper.poll()
    reasons = [reason for _, _, reason in keeper.kept.rejects]
    assert [one for one in reasons if one.startswith("1 cut.gz: the packed data end too early")]
    assert [one for one in reasons if one.startswith("2 damaged.gz: damaged packed data")]
    assert [one for one in reasons if one.startswith("3 bomb.gz: it expands more than 300 times")]
    assert [one for one in reasons if one.startswith("line of 2001 bytes")]
    assert keeper.lines[-2:] == [b"short", b"sound"]
    assert keeper.poll() == []


def test_in_order_of_keys_only_the_end_of_the_bucket_is_listed(
    server: BucketServer, bucket: str, key: str, tmp_path: Path
) -> None:
    for number in range(3):
        server.put(bucket, f"2026/11/{number:02}.log", joined(lines(f"day {number}", 1)))
    server.put(bucket, "2026/11/02.txt", b"not meant\n")
    keeper = keeper_of(tmp_path, server.url, bucket, key, ', order: key, prefix: 2026/, match: "*.log"')
    keeper.poll()
    server.put(bucket, "2026/11/00a.log", joined(lines("late, but not too late", 1)))
    server.put(bucket, "2026/11/03.log", joined(lines("day 3", 1)))
    assert keeper.poll() == lines("late, but not too late", 1) + lines("day 3", 1)
    assert len(keeper.lines) == 5


def test_no_right_no_bucket_and_nobody_there_are_told(
    server: BucketServer, bucket: str, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for url, name, said in (
        (server.url, "never-made", "status 404, NoSuchBucket"),
        (f"http://127.0.0.1:{free_port()}", bucket, "ConnectError"),
    ):
        keeper = keeper_of(tmp_path, url, name, key)
        keeper.poll()
        assert said in keeper.problems[0]
        keeper.poll()
        assert said in keeper.problems[0]
    server.put(bucket, "object", b"x\n")
    inward = Keeper(keeper_of(tmp_path, server.url, bucket, key).feed, allowed="")
    inward.poll()
    assert "127.0.0.1, which may not be reached" in inward.problems[0]
    server.check_signatures()
    try:
        assert keeper_of(tmp_path, server.url, bucket, key).poll() == [b"x"]
        monkeypatch.setenv(SECRET, "wrong")
        keeper = keeper_of(tmp_path, server.url, bucket, key)
        assert keeper.poll() == []
        assert "status 403, SignatureDoesNotMatch" in keeper.problems[0]
    finally:
        server.trust_everyone()


def test_an_object_that_may_not_be_read_keeps_no_other_waiting_and_is_not_forgotten(
    server: BucketServer, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, secret = server.person(bucket, deny=f"{bucket}/1 closed")
    other = server.person(f"{bucket}-2")[1]
    monkeypatch.setenv(SECRET, secret)
    for name in ("0 open", "1 closed", "2 open"):
        server.put(bucket, name, name.encode())
    server.check_signatures()
    try:
        keeper = keeper_of(tmp_path, server.url, bucket, key, ", order: key, look_back: 1m")
        assert keeper.poll() == [b"0 open", b"2 open"]
        assert keeper.problems[0].startswith("1 closed: ")
        assert "status 403, AccessDenied" in keeper.problems[0]
        keeper.restart(process=True)
        monkeypatch.setenv(SECRET, other)
        assert keeper.poll() == []
    finally:
        server.trust_everyone()
    keeper.restart()
    assert keeper.poll() == [b"1 closed"]


def test_what_an_object_says_of_its_lines_counts_to_its_end(
    server: BucketServer, bucket: str, key: str, tmp_path: Path
) -> None:
    tops = {"a.log.gz": b"version dstaddr srcaddr\n", "b.log": b"version dstaddr\n", "c.log": b""}
    for name, top in tops.items():
        data = top + joined(lines("5 a", 20))
        server.put(bucket, name, gzip.compress(data) if name.endswith(".gz") else data)
    keeper = keeper_of(tmp_path, server.url, bucket, key, ", order: key")
    headers: dict[str, list[bytes]] = {}
    for _ in range(20):  # a new collector for every chunk
        collector = BucketCollector(
            keeper.feed.collect,
            keeper.kept.positions,
            keeper.surroundings,
            chunk_bytes=64,
            heading=Heading(FORMATS["vpc_flow"].tells),
        )
        for chunk in collector.poll(datetime.now(UTC)):
            keeper.kept.commit(chunk, keeper.kept.positions.get(chunk.source))
            headers.setdefault(chunk.path.rpartition("/")[2], []).append(chunk.header)
            break
    assert set(headers) == set(tops)
    for name, found in headers.items():
        assert len(found) > 1
        assert found == [b"", *[tops[name]] * (len(found) - 1)]
