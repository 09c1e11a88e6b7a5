"""PostgreSQL and MySQL as they write their logs, against the answers of Filebeat's and crowdsec's own samples."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from parse import crowdsec
from parse.reading import NOW, SAMPLES, by_ecs_name, event, read

from warroom.collect.paths import blocks
from warroom.log_formats import FORMATS
from warroom.model import FIELDS
from warroom.parse import ParseContext, parse, recognise
from warroom.reading import Options

FOLDER = SAMPLES / "filebeat_databases"
COMPARED = ("user.name", "process.pid", "source.ip")
#: Filebeat's answer → why ours is another one.
OTHERWISE = {
    ("user.name", "unknown"): "[unknown] is what PostgreSQL writes before it knows",
    ("source.ip", "127.0.0.1"): "the address that the server listens on",
    ("source.ip", "::"): "the address that the server listens on",
}
EASTERN = "EST"  # five hours behind UTC; Filebeat takes it for New York's time, which was four behind in July


@pytest.mark.parametrize("log", sorted(FOLDER.glob("*.log")), ids=lambda path: path.name)
def test_filebeat_samples(log: Path) -> None:
    events = records(log)
    text = log.read_bytes()
    for expected in json.loads(log.with_name(log.name + "-expected.json").read_text("utf-8")):
        line = text[: expected["log.offset"]].count(b"\n") + 1
        found = events[max(number for number in events if number <= line)]
        for name in COMPARED:
            wanted = expected.get(name)
            if wanted is not None and (name, str(wanted)) not in OTHERWISE:
                assert str(found.get(name)) == str(wanted), (line, name)
        if "event.duration" in expected:  # Filebeat's went through 32 bits
            assert found["event.duration"] == pytest.approx(expected["event.duration"], rel=1e-6), line
        if expected.get("event.timezone") not in (EASTERN, "-02:00"):
            assert found["@timestamp"] == datetime.fromisoformat(expected["@timestamp"]), line


def records(log: Path) -> dict[int, dict[str, Any]]:
    """The events of a file, recognised and read in records, by the number of their first line."""
    log_format = recognise(log.read_bytes()[: 1 << 16])
    assert log_format.startswith(log.name[:5])
    events: dict[int, dict[str, Any]] = {}
    for block in blocks(log, 1 << 20, FORMATS[log_format].begins):
        parsed = parse(block.lines, ParseContext(log_format, "UTC", NOW))
        for row, one in zip(parsed.rows.to_pylist(), parsed.events.to_pylist(), strict=True):
            events[int(block.numbers[row])] = by_ecs_name(one)
        for reject in parsed.rejects:
            assert "the query that follows" in reject.reason
    return events


NAMES = {
    "Parsed.PID": "process_pid", "Parsed.pid": "process_pid", "Parsed.pgsql_dbname": "dbname", "Meta.db": "dbname",
    "Parsed.pgsql_target_user": "user_name", "Parsed.pgsql_user": "user_name", "Parsed.user": "user_name",
    "Meta.user": "user_name", "Parsed.source_ip": "source_ip", "Meta.source_ip": "source_ip",
    "Parsed.source_port": "source_port", "Parsed.auth_method": "auth_method", "Meta.auth_method": "auth_method",
    "Parsed.using_password": "using_password", "Parsed.err_code": "error_code", "Parsed.subsystem": "subsystem",
    "Parsed.remote_addr": "source_ip", "Parsed.remote_port": "source_port",
}  # fmt: skip
#: crowdsec's own labels, its cut of the line, and pieces of the time.
LEFT_OUT = {
    "Success.", "Parsed.message", "Parsed.program", "Parsed.timestamp", "Parsed.time", "Parsed.zone", "Parsed.ts_d",
    "Parsed.ts_m", "Parsed.ts_ms", "Parsed.ts_t", "Parsed.ts_y", "Meta.log_type", "Meta.service",
    "Meta.datasource_path", "Meta.datasource_type", "Whitelisted.",
}  # fmt: skip


@pytest.mark.parametrize(
    ("case", "log_format"), [("pgsql-logs", "postgresql"), ("mysql-logs", "mysql_error"), ("bind9-logs", "bind")]
)
def test_crowdsec_samples(case: str, log_format: str) -> None:
    folder = SAMPLES / "crowdsec" / case
    lines = crowdsec.log_lines(folder)
    assert recognise(b"\n".join(lines) + b"\n") == log_format
    compared = 0
    for line, expected in crowdsec.expectations(folder, "s01-parse").items():
        found = event(log_format, lines[line])
        assert found["event_outcome"] == "failure"
        for name, value in expected.items():
            if name not in LEFT_OUT:
                column = NAMES[name]
                assert str(found.get(column, found[FIELDS].get(column))) == str(value), (line, name)
                compared += 1
    assert compared > 10


@pytest.mark.parametrize(
    "line",
    [
        "2024-05-01 10:00:00.123 +07 [77]: [3-1] user=somchai,db=tax,app=psql,client=192.0.2.7 FATAL:  x",
        "2024-05-01 10:00:00.123 +07:192.0.2.7(5000):somchai@tax:[77]:FATAL:  x",
        "2024-05-01 10:00:00.123 +07 [77] somchai@tax FATAL:  x",
        "< 2024-05-01 10:00:00.123 +07 > [77] 192.0.2.7 somchai@tax FATAL:  x",
        "1714532400.123 [77-3] somchai@tax 192.0.2.7 FATAL:  x",
    ],
)
def test_prefixes(line: str) -> None:
    found = event("postgresql", line.encode())
    assert (found["ts"], found["user_name"], found["process_pid"], found["message"]) == (
        datetime(2024, 5, 1, 3, 0, 0, 123000, UTC), "somchai", 77, "x",
    )  # fmt: skip
    assert (found[FIELDS]["dbname"], found[FIELDS]["error_severity"]) == ("tax", "FATAL")
    assert found.get("source_ip", "192.0.2.7") == "192.0.2.7"


def test_a_prefix_that_the_feed_gives_is_read_exactly() -> None:
    options = Options(log_format="%m [%p] %q%u@%d app=[%a] ")
    lines = [
        b"2024-05-01 10:00:00.123 UTC [77] a b@tax app=[LOG:  [1] x@y] ERROR:  permission denied for table t",
        b"2024-05-01 10:00:00.123 UTC [78] LOG:  checkpoint starting: time",
    ]
    parsed = parse(pa.array(lines, pa.binary()), ParseContext("postgresql", "UTC", NOW, options=options))
    first, second = parsed.events.to_pylist()
    assert (first["user_name"], first["event_action"]) == ("a b", "db_permission_denied")
    assert (first[FIELDS]["application_name"], first[FIELDS]["dbname"]) == ("LOG:  [1] x@y", "tax")
    assert (second["process_pid"], second["user_name"]) == (78, None)


@pytest.mark.parametrize(
    ("message", "action", "outcome", "more"),
    [
        ("LOG:  connection received: host=192.0.2.7 port=5000", "db_connect", None, {"source_port": 5000}),
        ("LOG:  connection authorized: user=somchai database=tax SSL enabled (protocol=TLSv1.3, cipher=A, bits=256)",
         "db_login", "success", {"user_name": "somchai"}),
        ("LOG:  disconnection: session time: 0:00:33.289 user=somchai database=tax host=192.0.2.7 port=5000",
         "db_disconnect", None, {"source_ip": "192.0.2.7"}),
        ('FATAL:  no pg_hba.conf entry for host "192.0.2.7", user "somchai", database "tax", SSL off', "db_login",
         "failure", {"source_ip": "192.0.2.7", "user_name": "somchai"}),
        ('FATAL:  role "root" does not exist', "db_login", "failure", {"user_name": "root"}),
        ('ERROR:  role "root" does not exist', None, None, {"user_name": None}),
        ("LOG:  duration: 1.500 ms  execute S_1: SELECT 1", "db_statement", None, {"event_duration": 1_500_000}),
        ('LOG:  AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.t,"select * from t",<none>', "db_audit", None, {}),
    ],
)  # fmt: skip
def test_messages_of_postgresql(message: str, action: str | None, outcome: str | None, more: dict[str, Any]) -> None:
    found = event("postgresql", b"2024-05-01 10:00:00 UTC [1] " + message.encode())
    assert (found.get("event_action"), found.get("event_outcome")) == (action, outcome)
    assert {name: found.get(name) for name in more} == more


def test_csv_and_json_of_postgresql_say_the_same() -> None:
    csv = (
        b'2024-05-01 10:00:00.123 +07,"somchai","tax",77,"192.0.2.7:5000",6631a5b0.4d,3,"SELECT",'
        b'2024-05-01 09:59:00 +07,3/12,0,ERROR,42P01,"relation ""x"" does not exist","a\nb","hint",,,,'
        b'"select * from x",15,,"psql","client backend",,0'
    )
    as_json = (
        b'{"timestamp":"2024-05-01 10:00:00.123 +07","user":"somchai","dbname":"tax","pid":77,'
        b'"remote_host":"192.0.2.7","remote_port":5000,"session_id":"6631a5b0.4d","line_num":3,"ps":"SELECT",'
        b'"session_start":"2024-05-01 09:59:00 +07","vxid":"3/12","txid":0,"error_severity":"ERROR",'
        b'"state_code":"42P01","message":"relation \\"x\\" does not exist",'
        b'"detail":"a\\nb","hint":"hint","statement":"select * from x","cursor_position":15,"application_name":"psql",'
        b'"backend_type":"client backend","query_id":0}'
    )
    one, other = event("postgresql_csv", csv), event("postgresql_json", as_json)
    assert (one.pop("raw"), other.pop("raw")) == (csv, as_json)
    assert one == other
    assert one["source_port"] == 5000
    assert one[FIELDS]["detail"] == "a\nb"
    assert recognise(as_json + b"\n") == "postgresql_json"


@pytest.mark.parametrize(
    ("log_format", "line", "reason"),
    [
        ("postgresql", b"\tgoes on", "continued line"),
        ("postgresql", b"[77] LOG:  x", "log_line_prefix"),
        ("postgresql", b"2024-13-01 10:00:00 UTC [77] LOG:  x", "log_line_prefix"),
        ("postgresql_csv", b'2024-05-01 10:00:00 UTC,"a', "quotes without an end"),
        ("postgresql_csv", b"2024-05-01 10:00:00 UTC,a,b", "3 columns"),
        ("postgresql_json", b'{"error_severity":"LOG"', "no JSON object"),
        ("mysql_error", b"Version: '5.7'", "continued line"),
        ("mysql_error", b"2024-05-01 10:00:00,123 INFO x", "no MySQL error log"),
        ("mysql_slow", b"select 1;", "no slow query"),
    ],
)
def test_what_is_no_line_says_why(log_format: str, line: bytes, reason: str) -> None:
    (reject,) = read(log_format, line).rejects
    assert reason in reject.reason


@pytest.mark.parametrize(
    ("line", "user", "address", "outcome"),
    [
        ("240501  9:00:00 [Warning] Access denied for user 'a'@'192.0.2.7' (using password: YES)",
         "a", "192.0.2.7", "failure"),
        ("2024-05-01 9:00:00 0x7f [Warning] Aborted connection 3 to db: 'd' user: 'a' host: '192.0.2.7' (Got timeout)",
         "a", "192.0.2.7", "failure"),
        ("240501  9:00:00\t   14 Connect\ta@192.0.2.7 as anonymous on d", "a", "192.0.2.7", "success"),
        (("2024-05-01T09:00:00.000000Z 8 [Note] [MY-010914] [Server] Aborted connection 8 to db: 'd' user: 'a' host: "
         "'192.0.2.7' (Got an error reading communication packets)."), "a", "192.0.2.7", "failure"),
    ],
)  # fmt: skip
def test_messages_of_mysql(line: str, user: str, address: str, outcome: str) -> None:
    found = event("mysql_error", line.encode())
    assert found["ts"] == datetime(2024, 5, 1, 9, tzinfo=UTC)
    assert (found["user_name"], found["source_ip"], found["event_outcome"]) == (user, address, outcome)


def test_a_slow_query_of_percona() -> None:
    record = b"""# User@Host: app[app_owner] @ web1 [192.0.2.7]  Id:    14
# Schema: tax  Last_errno: 0  Killed: 0
# Query_time: 2.746607  Lock_time: 0.000138  Rows_sent: 10  Rows_examined: 3145718  Rows_affected: 0
# No InnoDB statistics available for this query
use tax;
SET timestamp=1553444561;
SELECT *
  FROM t;
# Time: 2019-03-24T16:26:04.482151Z"""
    found = event("mysql_slow", record)
    assert found["ts"] == datetime.fromtimestamp(1553444561, UTC)
    assert (found["user_name"], found["source_ip"], found["event_duration"]) == ("app", "192.0.2.7", 2_746_607_000)
    assert found[FIELDS]["query"] == "SELECT *\n  FROM t;"
    assert {"thread_id": "14", "schema": "tax", "Rows_examined": "3145718", "host": "web1"}.items() <= found[
        FIELDS
    ].items()


def test_programs_within_syslog() -> None:
    found = event(
        "syslog",
        b"May  1 10:00:00 db1 postgres[77]: [5-1] 2024-05-01 10:00:00 UTC [77] a@tax FATAL:  password authentication "
        b'failed for user "a"',
    )
    assert (found["event_action"], found["event_outcome"], found["user_name"], found["host_hostname"]) == (
        "db_login", "failure", "a", "db1",
    )  # fmt: skip
    assert found["message"] == 'password authentication failed for user "a"'
    found = event(
        "syslog", b"May  1 10:00:00 db1 mysqld[7]: Access denied for user 'a'@'192.0.2.7' (using password: NO)"
    )
    assert (found["event_outcome"], found["source_ip"], found["process_pid"]) == ("failure", "192.0.2.7", 7)
