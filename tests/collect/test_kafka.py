"""Kafka, against a real broker: every record once, whatever dies, expires or appears."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from collect.authority import Authority
from collect.broker import PASSWORD, USER, Broker, running
from collect.fetched import free_port
from collect.keeping import COMMITTED, REFUSED, Keeper, feed_of
from confluent_kafka import Producer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warroom.catalog import Feed
from warroom.collect.collector import Surroundings
from warroom.collect.kafka import KafkaCollector
from warroom.errors import WarroomError

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Broker]:
    certificates = {"ca": authority.ca, "server": authority.issue("server")}
    with running(tmp_path_factory.mktemp("broker"), certificates) as broker:
        yield broker


def keeper_of(folder: Path, brokers: str, topics: str, more: str = "", *, allowed: str = "127.0.0.0/8") -> Keeper:
    feed = feed_of(folder, f'collect: {{transport: kafka, brokers: ["{brokers}"], {topics}{more}}}')
    return Keeper(feed, allowed=allowed, line_limit=2000, opener=always_looking)


def always_looking(feed: Feed, positions: Mapping[str, str], surroundings: Surroundings) -> KafkaCollector:
    """A collector that looks for new topics in every pass."""
    return KafkaCollector(feed.collect, positions, surroundings, look_seconds=0)


def values(prefix: str, count: int) -> list[bytes]:
    return [b"%s %d" % (prefix.encode(), number) for number in range(count)]


def polled_until(keeper: Keeper, lines: int) -> None:
    until = time.monotonic() + 30
    while len(keeper.lines) < lines and time.monotonic() < until:
        keeper.poll()
        assert keeper.problems == []
    keeper.poll()
    assert len(keeper.lines) == lines


def test_records_of_every_partition_come_once_over_restarts(broker: Broker, tmp_path: Path) -> None:
    broker.make("several", 3)
    broker.send("several", values("first", 50), 0)
    broker.send("several", values("second", 20), 2)
    keeper = keeper_of(tmp_path, broker.plain, "topics: [several]")
    polled_until(keeper, 70)
    broker.send("several", values("third", 10), 1)
    keeper.restart(process=True)
    polled_until(keeper, 80)
    assert Counter(keeper.lines) == Counter(values("first", 50) + values("second", 20) + values("third", 10))
    assert sorted(keeper.kept.positions) == ["several/0", "several/1", "several/2"]
    keeper.close()


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 2), st.integers(0, 3), st.sampled_from([REFUSED, COMMITTED])),
        min_size=1,
        max_size=4,
    )
)
def test_crashes_at_any_chunk_lose_and_double_nothing(
    broker: Broker, tmp_path: Path, steps: list[tuple[int, int, int, str]]
) -> None:
    topic = f"crashes-{time.monotonic_ns()}"
    broker.make(topic, 3)
    keeper = keeper_of(tmp_path, broker.plain, f"topics: [{topic}]")
    sent: list[bytes] = []
    for count, partition, chunk, how in steps:
        more = values(f"{len(sent)}", count)
        broker.send(topic, more, partition)
        sent += more
        keeper.crash(chunk, how)
    polled_until(keeper, len(sent))
    assert Counter(keeper.lines) == Counter(sent)
    keeper.close()


def test_what_is_no_event_is_refused_with_its_reason(broker: Broker, tmp_path: Path) -> None:
    broker.make("odd")
    broker.send("odd", [b"one\r\n", None, b"", b"  ", b"x" * 2001, b'{"two": 2}', b"\xff\x00"])
    keeper = keeper_of(tmp_path, broker.plain, "topics: [odd]")
    polled_until(keeper, 3)
    assert keeper.lines == [b"one", b'{"two": 2}', b"\xff\x00"]
    assert [(place, reason.split(":")[0]) for place, _, reason in keeper.kept.rejects] == [
        (1, "a record without a value"), (2, "an empty record"), (3, "an empty record"), (4, "line of 2001 bytes"),
    ]  # fmt: skip
    keeper.close()


def test_new_partitions_and_topics_are_found(broker: Broker, tmp_path: Path) -> None:
    broker.make("grown-a")
    keeper = keeper_of(tmp_path, broker.plain, 'topics: ["^grown-.*"]', ", start: latest")
    keeper.poll()
    broker.send("grown-a", values("a", 3))
    polled_until(keeper, 3)
    broker.widen("grown-a", 2)
    broker.make("grown-b")
    broker.send("grown-a", values("new partition", 2), 1)
    broker.send("grown-b", values("new topic", 2))
    polled_until(keeper, 7)
    assert Counter(keeper.lines) == Counter(values("a", 3) + values("new partition", 2) + values("new topic", 2))
    keeper.close()


def test_latest_is_where_the_feed_began_not_where_it_restarted(broker: Broker, tmp_path: Path) -> None:
    broker.make("later")
    broker.send("later", values("past", 5))
    keeper = keeper_of(tmp_path, broker.plain, "topics: [later]", ", start: latest")
    keeper.poll()
    keeper.restart(process=True)
    broker.send("later", values("while down", 4))
    polled_until(keeper, 4)
    assert keeper.lines == values("while down", 4)
    keeper.close()


def test_a_time_is_where_it_begins(broker: Broker, tmp_path: Path) -> None:
    broker.make("timed")
    broker.send("timed", values("before", 5))
    time.sleep(0.05)
    now = datetime.now(UTC)
    broker.send("timed", values("after", 4))
    keeper = keeper_of(tmp_path, broker.plain, "topics: [timed]", f', start: "{now.isoformat()}"')
    polled_until(keeper, 4)
    assert keeper.lines == values("after", 4)
    keeper.close()


def test_records_that_expired_unread_are_counted(broker: Broker, tmp_path: Path) -> None:
    broker.make("expiring")
    broker.send("expiring", values("kept", 10))
    keeper = keeper_of(tmp_path, broker.plain, "topics: [expiring]")
    polled_until(keeper, 10)
    keeper.collector.close()
    broker.send("expiring", values("gone", 20))
    broker.expire("expiring", 0, 25)
    keeper.restart()
    told: list[str] = []
    while len(keeper.lines) < 15:
        keeper.poll()
        told += keeper.problems
    assert "the broker dropped 15 records before they were read" in told[0]
    assert keeper.kept.lost == {"expired": 15}
    assert keeper.lines[10:] == values("gone", 20)[15:]
    keeper.restart()
    polled_until(keeper, 15)
    assert keeper.kept.lost == {"expired": 15}
    keeper.close()


def test_a_topic_made_again_is_another_source(broker: Broker, tmp_path: Path) -> None:
    broker.make("again")
    broker.send("again", values("old", 3))
    keeper = keeper_of(tmp_path, broker.plain, "topics: [again]")
    polled_until(keeper, 3)
    keeper.collector.close()
    broker.drop("again")
    broker.make("again")
    broker.send("again", values("new", 5))
    keeper.restart()
    polled_until(keeper, 8)
    assert keeper.lines == values("old", 3) + values("new", 5)
    assert sorted(keeper.kept.positions) == ["again/0", "again/0#2"]
    keeper.close()


def test_transactions_leave_gaps_and_take_nothing_back(broker: Broker, tmp_path: Path) -> None:
    broker.make("transacted")
    writer = Producer({"bootstrap.servers": broker.plain, "transactional.id": "t", "log_level": 0})
    writer.init_transactions(20)
    for kept in (True, False, True):
        writer.begin_transaction()
        for value in values("kept" if kept else "aborted", 3):
            writer.produce("transacted", value)
        (writer.commit_transaction if kept else writer.abort_transaction)(20)
    keeper = keeper_of(tmp_path, broker.plain, "topics: [transacted]")
    polled_until(keeper, 6)
    assert keeper.lines == 2 * values("kept", 3)
    keeper.restart()
    polled_until(keeper, 6)
    keeper.close()


def test_a_client_certificate_and_a_password_are_shown(
    broker: Broker, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker.make("safe")
    broker.send("safe", values("safe", 3))
    client = authority.issue("client")
    tls, scram = (f"127.0.0.1:{broker.ports[name]}" for name in ("tls", "scram"))
    own = f", ca: {authority.ca}, certificate: {client}, key: {client}"
    keeper = keeper_of(tmp_path, tls, "topics: [safe]", own)
    polled_until(keeper, 3)
    keeper.close()
    signed_in = f", ca: {authority.ca}, sasl: scram-sha-512, user: {USER}, password_env: BROKER_PASSWORD"
    with pytest.raises(WarroomError, match="BROKER_PASSWORD holds no secret"):
        keeper_of(tmp_path, scram, "topics: [safe]", signed_in)
    monkeypatch.setenv("BROKER_PASSWORD", PASSWORD)
    keeper = keeper_of(tmp_path, scram, "topics: [safe]", signed_in)
    polled_until(keeper, 3)
    keeper.close()
    monkeypatch.setenv("BROKER_PASSWORD", "wrong")
    keeper = keeper_of(tmp_path, scram, "topics: [safe]", signed_in)
    keeper.poll()
    assert "uthentication" in keeper.problems[0]
    assert "wrong" not in keeper.problems[0]
    keeper.close()
    stranger = Authority(tmp_path / "strangers", "stranger").ca
    keeper = keeper_of(tmp_path, tls, "topics: [safe]", f", ca: {stranger}, certificate: {client}, key: {client}")
    keeper.poll()
    assert "certificate" in keeper.problems[0]
    keeper.close()


def test_an_advertised_address_that_may_not_be_reached_is_not_read_from(broker: Broker, tmp_path: Path) -> None:
    broker.make("inward")
    broker.send("inward", values("x", 3))
    inward = f"127.0.0.1:{broker.ports['inward']}"
    keeper = keeper_of(tmp_path, inward, "topics: [inward]", allowed="127.0.0.1")
    assert keeper.poll() == []
    assert "127.0.0.2, which may not be reached" in keeper.problems[0]
    keeper.close()
    keeper = keeper_of(tmp_path, inward, "topics: [inward]", allowed="127.0.0.1, 127.0.0.2")
    polled_until(keeper, 3)
    keeper.close()
    keeper = keeper_of(tmp_path, broker.plain, "topics: [inward]", allowed="")
    assert keeper.poll() == []
    assert "127.0.0.1, which may not be reached" in keeper.problems[0]
    keeper.close()


def test_nobody_there_and_no_topic_are_told(broker: Broker, tmp_path: Path) -> None:
    keeper = keeper_of(tmp_path, broker.plain, "topics: [never-made]")
    keeper.poll()
    assert "there is no topic `never-made`" in keeper.problems[0]
    assert "never-made" not in broker.admin.list_topics(timeout=5).topics
    keeper.close()
    keeper = keeper_of(tmp_path, broker.plain, "topics: [a]", ", ca: /never/made.pem")
    keeper.poll()
    assert "ssl.ca.location failed" in keeper.problems[0]
    keeper.close()
    keeper = keeper_of(tmp_path, f"127.0.0.1:{free_port()}", "topics: [a]")
    keeper.poll()
    assert "Connection refused" in keeper.problems[0]
    keeper.close()


def test_a_broker_that_went_away_is_told_and_read_on(broker: Broker, tmp_path: Path) -> None:
    broker.make("away")
    broker.send("away", values("before", 3))
    keeper = keeper_of(tmp_path, broker.plain, "topics: [away]")
    polled_until(keeper, 3)
    broker.stop()
    until = time.monotonic() + 30
    while not keeper.problems and time.monotonic() < until:
        keeper.poll()
    assert "Kafka at 127.0.0.1" in keeper.problems[0]
    broker.start()
    broker.send("away", values("after", 3))
    keeper.collector._patience.worked()  # noqa: SLF001  as if the time had passed
    while len(keeper.lines) < 6 and time.monotonic() < until:
        keeper.poll()
        time.sleep(0.1)
    assert keeper.lines == values("before", 3) + values("after", 3)
    assert keeper.poll() == []
    assert keeper.problems == []
    keeper.close()
