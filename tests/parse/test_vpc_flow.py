"""AWS VPC flow logs: default and chosen fields, with and without a line of names."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa
from parse.reading import NOW, event, read

from warroom.parse import ParseContext, parse, recognise

LINE = (
    b"2 111111111111 eni-0e250409d410e1290 162.142.125.177 10.0.0.200 38471 12313 6 1 44 1674898496 1674898507 "
    b"ACCEPT OK"
)
NO_DATA = b"2 123456789010 eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - NODATA"
NAMES = b"version vpc-id srcaddr dstaddr srcport dstport pkt-srcaddr flow-direction start end action log-status"
CHOSEN = b"5 vpc-0d4d 192.0.2.7 10.0.0.5 443 50122 2001:db8::7 ingress 1674898496 1674898497 REJECT OK"


def test_a_record_of_version_2() -> None:
    assert recognise(LINE + b"\n" + NO_DATA + b"\n") == "vpc_flow"
    found = event("vpc_flow", LINE)
    expected = {
        "source_ip": "162.142.125.177", "source_port": 38471, "destination_ip": "10.0.0.200", "destination_port": 12313,
        "event_action": "ACCEPT", "event_outcome": "success", "event_duration": 11_000_000_000,
        "ts": datetime(2023, 1, 28, 9, 34, 56, tzinfo=UTC),
    }  # fmt: skip
    assert {name: found[name] for name in expected} == expected
    assert found["fields"]["interface-id"] == "eni-0e250409d410e1290"
    assert found["fields"]["bytes"] == "44"
    assert "http_response_body_bytes" not in found


def test_an_interval_without_traffic() -> None:
    found = event("vpc_flow", NO_DATA)
    assert found["fields"]["log-status"] == "NODATA"
    assert found.keys().isdisjoint({"source_ip", "event_action", "event_outcome"})


def test_a_line_of_names_holds_for_what_is_below_it() -> None:
    assert recognise(NAMES + b"\n" + CHOSEN + b"\n" + CHOSEN + b"\n") == "vpc_flow"
    parsed = read("vpc_flow", LINE, NAMES, CHOSEN, LINE)
    assert [(one.row, "names" in one.reason or "12 values" in one.reason) for one in parsed.rejects] == [
        (1, True),
        (3, True),
    ]
    first, second = parsed.events.to_pylist()
    assert first["source_ip"] == "162.142.125.177"
    assert (second["source_ip"], second["event_outcome"]) == ("192.0.2.7", "failure")
    assert second["fields"]["flow-direction"] == "ingress"
    assert second["fields"]["pkt-srcaddr"] == "2001:db8::7"


def test_names_of_the_feed_or_of_the_file() -> None:
    context = ParseContext("vpc_flow", "UTC", NOW)
    columns = tuple(NAMES.decode().split())
    for known in (
        replace(context, options=replace(context.options, columns=columns)),
        replace(context, header=NAMES + b"\n"),
    ):
        (found,) = parse(pa.array([CHOSEN], pa.binary()), known).events.to_pylist()
        assert found["source_ip"] == "192.0.2.7"


def test_what_is_no_record() -> None:
    words = b"a b c d e f g h i j k l m n"
    parsed = read("vpc_flow", words, LINE + b" more", LINE.replace(b"ACCEPT OK", b"YES NO"), b"x" * 100)
    assert len(parsed.rejects) == 4
    assert all(one.reason for one in parsed.rejects)
