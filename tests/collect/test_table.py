"""Tables, against a real PostgreSQL: every row once, also those whose transaction ended late."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg
import pytest
from collect.authority import Authority
from collect.database import PASSWORD, USER, DatabaseServer, running
from collect.keeping import COMMITTED, REFUSED, Keeper, feed_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warroom.catalog import Feed
from warroom.collect.collector import Surroundings
from warroom.collect.table import TableCollector

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def running_server(authority: Authority) -> Iterator[DatabaseServer]:
    with running(authority.issue("server"), authority.ca) as server:
        yield server


@pytest.fixture
def server(running_server: DatabaseServer, monkeypatch: pytest.MonkeyPatch) -> DatabaseServer:
    monkeypatch.setenv("READER_PASSWORD", PASSWORD)
    return running_server


OPEN: list[Keeper] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()


def opened(feed: Feed, positions: Mapping[str, str], surroundings: Surroundings) -> TableCollector:
    return TableCollector(feed.collect, positions, surroundings, chunk_rows=7)


def keeper_of(folder: Path, server: DatabaseServer, table: str, more: str, *, allowed: str = "127.0.0.1") -> Keeper:
    where = f"host: 127.0.0.1, port: {server.port}, database: postgres, table: {table}"
    who = "" if "user:" in more else f", user: {USER}, password_env: READER_PASSWORD, tls: false"
    feed = feed_of(folder, f"collect: {{transport: table, {where}, {more}{who}}}")
    OPEN.append(Keeper(feed, line_limit=2000, allowed=allowed, opener=opened))
    return OPEN[-1]


def made(server: DatabaseServer, columns: str) -> str:
    name = f"t{time.monotonic_ns()}"
    server.say(f"CREATE TABLE {{}} ({columns})", name)
    return name


def ids(lines: list[bytes]) -> list[int]:
    return [int(json.loads(line)["id"]) for line in lines]


def test_rows_come_once_with_every_type_as_text(server: DatabaseServer, tmp_path: Path) -> None:
    table = made(server, "id bigserial, at timestamptz, \"Who, 'now'\" text, body bytea, more jsonb, ok bool, x int[]")
    server.say(
        "INSERT INTO {} VALUES (DEFAULT, '2026-11-22 07:00+07', 'ก \"b\"\n', '\\x00ff', '{{\"a\": [1]}}', true,"
        " '{{1,2}}'), (DEFAULT, NULL, NULL, NULL, NULL, NULL, NULL)",
        table,
    )
    keeper = keeper_of(tmp_path, server, table, "key: id")
    keeper.poll()
    assert keeper.problems == []
    first, second = map(json.loads, keeper.lines)
    assert first == {
        "id": "1",
        "at": "2026-11-22 00:00:00+00",
        "Who, 'now'": 'ก "b"\n',
        "body": "\\x00ff",
        "more": '{"a": [1]}',
        "ok": "true",
        "x": "{1,2}",
    }
    assert second == {"id": "2"} | dict.fromkeys([*first][1:])
    server.say("INSERT INTO {} (ok) SELECT true FROM generate_series(1, 50)", table)
    keeper.poll()
    keeper.restart(process=True)
    server.say("INSERT INTO {} (ok) SELECT true FROM generate_series(1, 50)", table)
    keeper.poll()
    assert ids(keeper.lines) == list(range(1, 103))
    assert keeper.poll() == []


@pytest.mark.parametrize("key", ["key: id", "key: at, id: id"])
def test_a_row_whose_transaction_ends_late_is_read(server: DatabaseServer, tmp_path: Path, key: str) -> None:
    table = made(server, "id serial, at timestamptz DEFAULT clock_timestamp(), note text")
    keeper = keeper_of(tmp_path, server, table, key)
    with server.link() as late:
        server.say("INSERT INTO {} (note) VALUES ('late')", table, link=late)
        server.say("INSERT INTO {} (note) SELECT 'early' FROM generate_series(1, 30)", table)
        keeper.poll()
        assert ids(keeper.lines) == list(range(2, 32))
        late.commit()
    assert ids(keeper.poll()) == [1]
    keeper.restart(process=True)
    assert keeper.poll() == []


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    key=st.sampled_from(["key: id", "key: at, id: id"]),
    steps=st.lists(
        st.tuples(st.integers(0, 40), st.booleans(), st.integers(0, 4), st.sampled_from([REFUSED, COMMITTED])),
        min_size=1,
        max_size=5,
    ),
)
def test_crashes_at_any_chunk_lose_and_double_nothing(
    server: DatabaseServer, tmp_path: Path, key: str, steps: list[tuple[int, bool, int, str]]
) -> None:
    table = made(server, "id serial, at timestamptz DEFAULT now()")
    keeper = keeper_of(tmp_path, server, table, key)
    links: list[psycopg.Connection] = []
    written = 0
    for count, late, chunk, how in steps:
        link = server.link()
        server.say(f"INSERT INTO {{}} SELECT FROM generate_series(1, {count})", table, link=link)
        written += count
        if late:
            links.append(link)
        else:
            link.commit()
            link.close()
        keeper.crash(chunk, how)
    for link in links:
        link.commit()
        link.close()
    keeper.poll()
    assert keeper.problems == []
    assert Counter(ids(keeper.lines)) == Counter(range(1, written + 1))


def test_latest_leaves_out_what_is_there_and_nothing_else(server: DatabaseServer, tmp_path: Path) -> None:
    table = made(server, "id serial, x int")
    server.say("INSERT INTO {} (x) SELECT 1 FROM generate_series(1, 20)", table)
    keeper = keeper_of(tmp_path, server, table, "key: id, start: latest, columns: [id]")
    assert keeper.poll() == []
    keeper.restart(process=True)
    server.say("INSERT INTO {} (x) VALUES (2), (3)", table)
    assert keeper.poll() == [b'{"id":"21"}', b'{"id":"22"}']


def test_a_row_dated_far_ahead_hides_nothing(server: DatabaseServer, tmp_path: Path) -> None:
    table = made(server, "id serial, at timestamp")
    server.say("INSERT INTO {} (at) VALUES (now()), ('2100-01-01'), ('infinity'), (NULL)", table)
    keeper = keeper_of(tmp_path, server, table, "key: at, id: id")
    keeper.poll()
    server.say("INSERT INTO {} (at) VALUES (now())", table)
    keeper.poll()
    assert ids(keeper.lines) == [1, 5]


def test_long_values_are_refused_and_not_fetched_whole(server: DatabaseServer, tmp_path: Path) -> None:
    table = made(server, "id serial, body text")
    server.say("INSERT INTO {} (body) VALUES (repeat('x', 50000000)), ('short')", table)
    keeper = keeper_of(tmp_path, server, table, "key: id")
    keeper.poll()
    assert ids(keeper.lines) == [2]
    ((place, raw, reason),) = keeper.kept.rejects
    assert (place, len(raw), reason.startswith("line of 20")) == (0, 2000, True)


def test_the_session_can_only_read(server: DatabaseServer, tmp_path: Path) -> None:
    table = made(server, "id serial")
    name = f"v{time.monotonic_ns()}"
    server.say("INSERT INTO {} VALUES (1), (2)", table)
    server.say(
        "CREATE FUNCTION {}(int) RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS"
        " $$ BEGIN INSERT INTO public.{} VALUES ($1 + 100); RETURN $1; END $$",
        f"{name}f",
        table,
    )
    server.say("CREATE VIEW {} AS SELECT public.{}(id) AS id FROM {}", name, f"{name}f", table)
    keeper = keeper_of(tmp_path, server, name, "key: id")
    assert keeper.poll() == []
    assert "read-only transaction" in keeper.problems[0]


def test_an_encrypted_connection_knows_the_server_and_shows_a_certificate(
    server: DatabaseServer, authority: Authority, tmp_path: Path
) -> None:
    table = made(server, "id serial")
    server.say("INSERT INTO {} VALUES (1)", table)
    client = authority.issue("certified")
    own = f"key: id, user: certified, ca: {authority.ca}, certificate: {client}, client_key: {client}"
    assert ids(keeper_of(tmp_path, server, table, own).poll()) == [1]
    keeper = keeper_of(tmp_path, server, table, f"key: id, user: {USER}, password_env: READER_PASSWORD")
    assert keeper.poll() == []
    assert "certificate verify failed" in keeper.problems[0]


@pytest.mark.parametrize(
    ("table", "more", "said"),
    [
        ("never_made", "key: id", "there is no table or view public.never_made"),
        ("pg_catalog.pg_class", "key: relname", "a table grows by a whole number or a time"),
        ("pg_catalog.pg_class", "key: nothing", "has no column `nothing`"),
        ("pg_catalog.pg_stat_activity", "key: backend_start", "name a column `id` that tells them apart"),
        ("pg_catalog.pg_stat_activity", "key: pid, window: 5m", "`window` is a count"),
        ("pg_catalog.pg_authid", "key: rolconnlimit", "permission denied"),
    ],
)
def test_what_cannot_be_read_is_told(server: DatabaseServer, tmp_path: Path, table: str, more: str, said: str) -> None:
    keeper = keeper_of(tmp_path, server, table, more)
    assert keeper.poll() == []
    assert said in keeper.problems[0]


def test_where_the_server_is_is_checked_and_a_failed_one_is_read_on(server: DatabaseServer, tmp_path: Path) -> None:
    table = made(server, "id serial")
    inward = keeper_of(tmp_path, server, table, "key: id", allowed="127.0.0.2")
    assert inward.poll() == []
    assert "127.0.0.1, which may not be reached" in inward.problems[0]
    keeper = keeper_of(tmp_path, server, table, "key: id")
    server.say("INSERT INTO {} VALUES (1)", table)
    assert ids(keeper.poll()) == [1]
    server.owner.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'reader'")
    server.say("INSERT INTO {} VALUES (2)", table)
    assert keeper.poll() == []
    assert "terminating connection" in keeper.problems[0]
    keeper.restart()
    assert ids(keeper.poll()) == [2]
