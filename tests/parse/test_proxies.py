"""The client behind trusted proxies: what a client itself invents is never believed."""

from __future__ import annotations

from typing import Any

import orjson
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parse.reading import NOW

from warroom.parse import ParseContext, parse
from warroom.parse.proxies import forwarded, hops_of
from warroom.reading import Options

PROXIES = ("10.0.0.0/8", "2001:db8:f::/48", "198.51.100.7/32")
ACCESS = b'%s - - [21/Nov/2026:09:00:00 +0700] "GET /a HTTP/1.1" 200 5 "-" "x" "%s"'


def read(log_format: str, line: bytes, proxies: tuple[str, ...] = PROXIES) -> dict[str, Any]:
    context = ParseContext(log_format, "UTC", NOW, options=Options(proxies=proxies))
    (found,) = parse(pa.array([line], pa.binary()), context).events.to_pylist()
    return {name: value for name, value in (found | found["fields"]).items() if value is not None}


@pytest.mark.parametrize(
    ("peer", "chain", "client", "peer_ip"),
    [
        ("10.0.0.1", "203.0.113.5", "203.0.113.5", "10.0.0.1"),
        ("10.0.0.1", "8.8.8.8, 203.0.113.5", "203.0.113.5", "10.0.0.1"),  # the left one is invented
        ("10.0.0.1", "8.8.8.8, 203.0.113.5, 10.0.0.9, 198.51.100.7", "203.0.113.5", "10.0.0.1"),
        ("10.0.0.1", "10.9.9.9, 10.0.0.9", "10.9.9.9", "10.0.0.1"),  # a call from within
        ("203.0.113.9", "8.8.8.8", "203.0.113.9", None),  # nobody's proxy: it says what it likes
        ("10.0.0.1", "-", "10.0.0.1", None),
        ("10.0.0.1", "1.1.1.1, unknown, 10.0.0.2", None, "10.0.0.1"),
        ("2001:db8:f::1", "2001:DB8:0:0::5", "2001:db8::5", "2001:db8:f::1"),
        ("10.0.0.1", "::ffff:203.0.113.5", "203.0.113.5", "10.0.0.1"),
        ("10.0.0.1", "8.8.8.8, ::ffff:10.0.0.3", "8.8.8.8", "10.0.0.1"),
    ],
)
def test_a_chain_is_read_from_right_to_left(peer: str, chain: str, client: str | None, peer_ip: str | None) -> None:
    found = read("nginx", ACCESS % (peer.encode(), chain.encode()))
    assert (found.get("source_ip"), found.get("peer_ip")) == (client, peer_ip)
    if chain != "-":
        assert found["http_x_forwarded_for"] == chain
    if client is None:
        assert found["source_address"] == "unknown"


@pytest.mark.parametrize(
    ("fields", "client", "port"),
    [
        ({"X-Forwarded-For": "8.8.8.8, 203.0.113.5:4711"}, "203.0.113.5", 4711),
        ({"headers": {"x-forwarded-for": ["8.8.8.8", "203.0.113.5"]}}, "203.0.113.5", None),
        (
            {"Forwarded": 'for=8.8.8.8, for="[2001:db8::5]:4711";proto=https;by=10.0.0.3, For=10.0.0.9'},
            "2001:db8::5",
            4711,
        ),
        ({"request": {"headers": {"X-Real-IP": "203.0.113.5"}}}, "203.0.113.5", None),
        ({"http_true_client_ip": "203.0.113.5"}, "203.0.113.5", None),
        ({"CF-Connecting-IP": "203.0.113.5", "X-Forwarded-For": "203.0.113.6"}, "203.0.113.6", None),
        ({"proxy_protocol_addr": "203.0.113.5", "proxy_protocol_port": "50001"}, "203.0.113.5", 50001),
        ({"proxy_protocol_addr": "203.0.113.5", "proxy_protocol_port": "99999"}, "203.0.113.5", None),
    ],
)
def test_every_way_to_name_a_client(fields: dict[str, Any], client: str, port: int | None) -> None:
    line = orjson.dumps({"src_ip": "10.0.0.1", "remote_port": 5, **fields})
    found = read("jsonl", line)
    assert (found["source_ip"], found.get("source_port")) == (client, port)
    assert (found["peer_ip"], found["peer_port"]) == ("10.0.0.1", "5")
    assert "peer_ip" not in read("jsonl", line, proxies=())
    assert read("jsonl", line, proxies=())["source_port"] == 5  # as carriers' translation needs it


def test_a_list_at_the_beginning_of_a_line_ends_with_the_peer() -> None:
    line = ACCESS % (b"8.8.8.8, 203.0.113.5, 10.0.0.2", b"-")
    assert read("nginx", line)["source_ip"] == "203.0.113.5"
    assert read("nginx", ACCESS % (b"8.8.8.8, 203.0.113.5", b"-"))["source_ip"] == "203.0.113.5"
    assert read("nginx", line, proxies=())["source_ip"] == "8.8.8.8"


@given(
    st.lists(st.sampled_from(["8.8.8.8", "1.1.1.1", "10.0.0.1", "unknown", "", "x", '"'])),
    st.sampled_from(["203.0.113.5"]),
)
def test_whatever_a_client_sends_what_our_proxy_saw_counts(invented: list[str], seen: str) -> None:
    chain = ", ".join([*(one for one in invented), seen])
    assert read("jsonl", orjson.dumps({"src_ip": "10.0.0.1", "xff": chain}))["source_ip"] == seen
    assert read("jsonl", orjson.dumps({"src_ip": "203.0.113.9", "xff": chain}))["source_ip"] == "203.0.113.9"


@given(st.text(st.sampled_from('for=;,"[]:. 1a\\\x00'), max_size=60))
def test_any_header_is_read_without_an_error(header: str) -> None:
    assert all(forwarded(header))
    assert all(hops_of(header))


def test_long_headers_cost_no_time() -> None:
    assert forwarded('for="' * 500_000) == ["unknown"]
    assert len(hops_of("1.1.1.1," * 500_000)) <= 64
