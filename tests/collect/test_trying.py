"""Feeds tried on pasted lines, and feeds proposed for them."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warroom.collect.proposing import propose
from warroom.collect.trying import MOST_BYTES, MOST_LINES, try_feed

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
FEED = """title: {th: x, en: x}
platform: tang_rat
collect: {transport: file, paths: [/x]}
logsource: {product: x}
parse:
"""
ACCESS = b'192.0.2.1 - - [21/Nov/2026:09:00:00 +0700] "GET /a HTTP/1.1" 200 5 "-" "x"\n'


def test_a_preview_tells_events_fields_times_and_what_was_refused() -> None:
    lines = b'{"ts":"2026-11-22T01:00:00Z","src_ip":"192.0.2.1","n":1}\nrubbish\n{"ts":"2026-11-21T01:00:00Z","n":2}\n'
    found = try_feed(FEED + "  format: jsonl\n", lines, NOW)
    assert (found.events, found.rejects, found.unread, list(found.faults), list(found.notes)) == (2, 1, 0, [], [])
    assert [number for number, _ in found.refused] == [2]
    assert {(one.name, one.kind, one.count, one.core) for one in found.fields} == {
        ("source_ip", "address", 1, True), ("n", "integer", 2, False), ("src_ip", "address", 1, False),
        ("ts", "time", 2, False),
    }  # fmt: skip
    assert found.earliest == datetime(2026, 11, 21, 1, tzinfo=UTC)
    assert found.latest == datetime(2026, 11, 22, 1, tzinfo=UTC)
    assert found.shown[0]["fields"] == {"ts": "2026-11-22T01:00:00Z", "src_ip": "192.0.2.1", "n": "1"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [("a: [", "YAML"), ("", "found 0 documents"), (FEED, "format"), (FEED + "  format: csv\n", "names its columns")],
)
def test_a_faulty_feed_is_told_with_its_line_and_reads_nothing(text: str, reason: str) -> None:
    found = try_feed(text, ACCESS, NOW)
    assert found.events == 0
    assert any(reason in fault.reason for fault in found.faults)


def test_what_is_tried_is_bounded_and_says_so() -> None:
    found = try_feed(FEED + "  format: nginx\n", ACCESS * (MOST_LINES + 7), NOW)
    assert (found.events, found.unread) == (MOST_LINES, 7 * len(ACCESS))
    found = try_feed(FEED + "  format: nginx\n", b"x" * (MOST_BYTES + 9), NOW)
    assert (found.events, found.rejects, found.unread) == (0, 1, 9)


def test_records_of_several_lines_are_joined_and_numbered_by_their_first() -> None:
    lines = b"1 a\n at x\n2 b\nzz\n"
    found = try_feed(
        FEED + "  format: pattern\n  begins: '[0-9] '\n  pattern: '^(?P<n>1) (?P<m>(?s:.*))$'\n", lines, NOW
    )
    assert found.shown[0]["fields"]["m"] == "a\n at x"
    assert [number for number, _ in found.refused] == [3]


def test_notes_say_what_to_look_at_again() -> None:
    found = try_feed(FEED + "  format: jsonl\n", b'{"a":1}\n', NOW)
    assert "without a time" in found.notes[0]
    listed = ACCESS.replace(b"192.0.2.1 -", b"8.8.8.8, 9.9.9.9 -")
    assert "parse.proxies" in try_feed(FEED + "  format: nginx\n", listed, NOW).notes[0]
    assert not try_feed(FEED + "  format: nginx\n  proxies: [10.0.0.0/8]\n", listed, NOW).notes


PASTED = [
    (
        b'time,src ip,user,amount\n2026-11-22 10:00:00,192.0.2.1,bob,"1,000"\n2026-11-22 10:00:01,192.0.2.5,al,2\n',
        "csv",
        2,
    ),
    (b"2026-11-22T10:00:00Z|192.0.2.1|login|ok\n" * 2, "csv", 2),
    (b'ts=2026-11-22T10:00:00Z level=info src=192.0.2.1 user=bob msg="x y"\n' * 3, "kv", 3),
    (b'{"ts":"2026-11-22T10:00:00Z","client":"192.0.2.1","user":"x"}\n' * 2, "jsonl", 2),
    (ACCESS * 3, "nginx", 3),
    (b"<190>Nov 21 09:00:00 web1 nginx[7]: " + ACCESS, "nginx", 1),
    (b"2026-11-21T00:00:00.123456789Z stdout F a=b c=d\n" * 2, "kv", 2),
    (orjson.dumps({"log": ACCESS.decode(), "stream": "stdout", "time": "2026-11-21T00:00:00Z"}) + b"\n", "nginx", 1),
    (b"hello world\nwhat is this\n", "pattern", 2),
]


@pytest.mark.parametrize(("lines", "log_format", "events"), PASTED)
def test_a_feed_is_proposed_that_reads_the_lines(lines: bytes, log_format: str, events: int) -> None:
    found = propose(lines, NOW)
    assert f"  format: {log_format}\n" in found.yaml
    assert list(found.preview.faults) == []
    assert (found.preview.events, found.preview.rejects) == (events, 0)
    assert try_feed(found.yaml, lines, NOW) == found.preview


def test_a_proposal_names_columns_times_and_addresses() -> None:
    found = propose(PASTED[0][0], NOW).yaml
    for line in (
        'columns: [time, "src ip", user, amount]',
        "header: true",
        "ts: time",
        'source_ip: "src ip"',
        "user_name: user",
    ):
        assert line in found
    assert "envelope: syslog" in propose(PASTED[5][0], NOW).yaml
    assert "envelope: docker" in propose(PASTED[7][0], NOW).yaml


THAI = (
    "วันที่,เวลา,ชื่อผู้ใช้,ที่อยู่ไอพี,การกระทำ,ผลลัพธ์\n"
    "22/11/2569,09:15:02,somchai,203.0.113.9,เข้าสู่ระบบ,สำเร็จ\n"
    "22/11/2569,09:15:40,somying,203.0.113.10,เข้าสู่ระบบ,ล้มเหลว\n"
)


def test_a_thai_log_is_proposed_with_its_header_day_and_hour_and_what_its_fields_mean() -> None:
    found = propose(THAI.encode(), NOW, path="/var/log/hr.csv*")
    assert '  paths: ["/var/log/hr.csv*"]' in found.yaml
    assert [(event["ts"], event["user_name"], event["event_outcome"]) for event in found.preview.shown] == [
        (datetime(2026, 11, 22, 2, 15, 2, tzinfo=UTC), "somchai", "success"),
        (datetime(2026, 11, 22, 2, 15, 40, tzinfo=UTC), "somying", "failure"),
    ]
    assert found.preview.shown[1]["source_ip"] == "203.0.113.10"
    assert (list(found.preview.faults), list(found.preview.notes), found.preview.rejects) == ([], [], 0)
    assert {one.name: one.kind for one in found.preview.fields if not one.core}["เวลา"] == "text"  # and no address


@pytest.mark.parametrize(
    ("time", "notation"),
    [
        ("22 พ.ย. 2569 09:15", "%d %b %Y %H:%M"),
        ("22/11/2569 09.15 น.", "%d/%m/%Y %H.%M น."),
        ("11/22/2026 9:15:00 AM", "%m/%d/%Y %I:%M:%S %p"),
        ("22/Nov/2026:09:15:00 +0700", "%d/%b/%Y:%H:%M:%S %z"),
    ],
)
def test_the_notation_of_times_is_proposed(time: str, notation: str) -> None:
    found = propose(f"{time};bob;x\n".encode() * 2, NOW)
    assert f'  time_format: "{notation}"\n' in found.yaml
    assert found.preview.earliest == datetime(2026, 11, 22, 2, 15, tzinfo=UTC)


def test_a_count_of_seconds_stays_the_time() -> None:
    assert "time_format" not in propose(b"time=1795394518 day=22/11/2569 user=bob\n" * 2, NOW).yaml


def test_a_text_that_nothing_reads_says_what_to_write() -> None:
    assert "  # docs/feeds.md: name the parts of a line" in propose(b"hello world\nwhat is this\n", NOW).yaml


def test_what_a_probe_met_is_no_list_of_proxies() -> None:
    line = b'{"ts":"2026-11-22T01:00:00Z","addresses":["192.0.2.1"]}\n'
    feed = FEED.replace("transport: file, paths: [/x]", 'transport: probe, targets: ["https://www.example.go.th/"]')
    assert not try_feed(feed + "  format: jsonl\n", line, NOW).notes


@settings(max_examples=12)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.lists(st.text("ab=,|;\"{}:\n 1#&*!%@`'\\-", max_size=20)).map(lambda rows: "\n".join(rows).encode()),
    )
)
def test_whatever_is_pasted_a_sound_feed_is_proposed(lines: bytes) -> None:
    found = propose(lines, NOW)
    assert list(found.preview.faults) == []
