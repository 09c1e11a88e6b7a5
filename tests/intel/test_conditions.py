"""Whether the rest of a pattern holds for an event in which one of its values was found."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warroom.indicators import Kind
from warroom.intel.conditions import Held, holds

SHA256 = "ef537f25c895bfa782526529a9b63d97aa631564d5d789c2b765448c8635fb6c"
MD5 = "8764605c6f388c89096b534d33565802"
FULL, CONTRADICTED, PART = Held.FULL, Held.CONTRADICTED, Held.PART
TO = (Kind.IPV4, "198.51.100.7")
NAME = (Kind.DOMAIN, "evil.test")


def beside(condition: str) -> str:
    return f"[network-traffic:dst_ref.value = '198.51.100.7' AND {condition}]"


@pytest.mark.parametrize(
    ("condition", "event", "held"),
    [
        ("network-traffic:dst_port = 443", {"destination_port": 443}, FULL),
        ("network-traffic:dst_port = 443", {"destination_port": 80}, CONTRADICTED),
        ("network-traffic:dst_port = 443", {"destination_port": None}, FULL),  # of what is there nothing is said
        ("network-traffic:dst_port IN (80, 443)", {"destination_port": 443}, FULL),
        ("network-traffic:dst_port NOT IN (80, 443)", {"destination_port": 443}, CONTRADICTED),
        ("network-traffic:dst_port != 443", {"destination_port": 443}, CONTRADICTED),
        ("network-traffic:dst_port > 400", {"destination_port": 443}, FULL),
        ("network-traffic:dst_port >= 443", {"destination_port": 443}, FULL),
        ("network-traffic:dst_port < 443", {"destination_port": 443}, CONTRADICTED),
        ("network-traffic:dst_port <= 1000", {"destination_port": 443}, FULL),
        ("network-traffic:protocols[*] = 'tcp'", {}, FULL),
        ("network-traffic:src_ref.value = '203.0.113.9'", {"source_ip": "203.0.113.9"}, FULL),
        ("network-traffic:src_ref.value = '203.0.113.9'", {"source_ip": "203.0.113.8"}, CONTRADICTED),
        ("ipv4-addr:value ISSUBSET '203.0.113.0/24'", {"source_ip": "203.0.113.9"}, FULL),
        ("ipv4-addr:value ISSUBSET '203.0.113.0/24'", {"source_ip": "192.0.2.1"}, CONTRADICTED),
        ("ipv4-addr:value ISSUPERSET '203.0.113.9/32'", {"source_ip": "203.0.113.9"}, FULL),
        ("ipv6-addr:value ISSUBSET '2001:db8::/32'", {"source_ip": "203.0.113.9"}, CONTRADICTED),
        ("domain-name:value = 'evil.test'", {"url_domain": "www.EVIL.test"}, FULL),
        ("domain-name:value = 'evil.test'", {"url_domain": "notevil.test"}, CONTRADICTED),
        ("domain-name:value = 'evil.test'", {}, PART),  # none is there
        ("url:value = 'https://evil.test/%41'", {"url_original": "http://EVIL.test/A#x"}, FULL),
        ("url:value = 'http://evil.test/a?b=c'", {"url_original": "/a?b=c", "url_domain": "evil.test"}, FULL),
        ("url:value = 'http://evil.test/a'", {"url_original": "/b", "url_domain": "evil.test"}, CONTRADICTED),
        ("url:value = 'http://evil.test/a'", {"url_original": "/a"}, FULL),  # on whose host is not said
        ("url:value = 'http://evil.test/a'", {}, PART),
        ("url:value LIKE 'http://evil.test/%.php'", {"url_original": "http://evil.test/a/B.PHP"}, FULL),
        ("url:value LIKE 'http://evil.test/_.php'", {"url_original": "http://evil.test/ab.php"}, CONTRADICTED),
        (
            "url:value MATCHES '^(a+)+$'",
            {"url_original": "http://evil.test/" + "a" * 90},
            PART,
        ),  # a stranger's expression is not run
        ("url:value LIKE '" + "%a" * 200 + "'", {"url_original": "http://evil.test/" + "a" * 90}, PART),
        ("file:name = 'Bad.exe'", {"file_path": "C:\\Users\\x\\bad.EXE"}, FULL),
        ("file:name = 'bad'", {"file_path": "/srv/bad"}, FULL),
        ("file:name = 'bad'", {"file_path": "/srv/bad/good"}, CONTRADICTED),
        ("file:parent_directory_ref.path = '/srv'", {"file_path": "/srv/x"}, FULL),
        ("file:size = 5", {}, PART),
        ("file:size = 5", {"file_path": "/srv/x"}, FULL),
        (
            "network-traffic:extensions.'http-request-ext'.request_method = 'post'",
            {"http_request_method": "POST"},
            FULL,
        ),
        (
            "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' = 'curl/8'",
            {"user_agent_original": "curl/7"},
            CONTRADICTED,
        ),
        ("EXISTS process:name", {"process_name": "x"}, FULL),
        ("EXISTS process:name", {}, PART),
        ("network-traffic:dst_ref.type = 'ipv4-addr'", {}, FULL),
        ("(file:name = 'a' OR network-traffic:dst_port = 443)", {"destination_port": 443}, FULL),
        ("(file:name = 'a' OR network-traffic:dst_port = 443)", {"destination_port": 80}, PART),
        ("file:name = 'a' AND network-traffic:dst_port = 443", {"destination_port": 80}, CONTRADICTED),
        ("domain-name:value = 'no domain'", {"url_domain": "evil.test"}, CONTRADICTED),
    ],
)
def test_beside_an_address(condition: str, event: dict[str, object], held: Held) -> None:
    assert holds(beside(condition), TO, {"destination_ip": "198.51.100.7", **event}) is held


def test_a_name_and_where_it_leads() -> None:
    pattern = "[domain-name:value = 'evil.test' AND domain-name:resolves_to_refs[*].value = '198.51.100.7']"
    assert holds(pattern, NAME, {"dns_question_name": "evil.test"}) is FULL
    to = {"destination_ip": "198.51.100.7"}
    assert holds(pattern, TO, to) is PART  # others may be at this address, too
    assert holds(pattern, TO, {**to, "url_domain": "evil.test"}) is FULL
    assert holds(pattern, TO, {**to, "url_domain": "good.test"}) is CONTRADICTED


def test_who_asks_a_name_server_is_not_where_the_name_leads() -> None:
    pattern = "[domain-name:value = 'evil.test' AND ipv4-addr:value = '198.51.100.7']"
    asked = {"dns_question_name": "evil.test", "source_ip": "10.0.0.1", "destination_ip": "10.0.0.53"}
    assert holds(pattern, NAME, asked) is PART
    asked_for = {"url_domain": "evil.test", "source_ip": "10.0.0.1", "destination_ip": "203.0.113.9"}
    assert holds(pattern, NAME, asked_for) is CONTRADICTED
    assert holds(pattern, NAME, {**asked_for, "destination_ip": "198.51.100.7"}) is FULL


def test_the_name_of_a_file_does_not_change_what_is_in_it() -> None:
    pattern = f"[file:hashes.'SHA-256' = '{SHA256}' AND file:hashes.MD5 = '{MD5}' AND file:name = 'a.exe']"
    event = {"file_hash_sha256": SHA256, "file_path": "C:\\b.exe"}
    assert holds(pattern, (Kind.SHA256, SHA256), event) is FULL
    assert holds(pattern, (Kind.MD5, MD5), event) is FULL
    other = f"[file:hashes.'SHA-256' = '{SHA256}' AND network-traffic:dst_port = 443]"
    assert holds(other, (Kind.SHA256, SHA256), event) is PART
    assert holds(other, (Kind.SHA256, SHA256), {**event, "destination_port": 80}) is CONTRADICTED


@pytest.mark.parametrize("operator", ["AND", "FOLLOWEDBY"])
def test_of_several_observations_one_event_shows_a_part(operator: str) -> None:
    pattern = f"[url:value = 'http://evil.test/' AND url:x = 1] {operator} [domain-name:value = 'evil.test']"
    event = {"url_original": "http://evil.test/", "dns_question_name": "evil.test"}
    assert holds(pattern, (Kind.URL, "http://evil.test/"), event) is PART
    assert holds(pattern, NAME, event) is PART
    other = f"[domain-name:value = 'evil.test' AND network-traffic:dst_port = 53] {operator} [file:name = 'a']"
    assert holds(other, NAME, {"destination_port": 443}) is CONTRADICTED


def test_alternatives_within_what_belongs_together() -> None:
    pattern = "([domain-name:value = 'evil.test'] OR [domain-name:value = 'b.test']) FOLLOWEDBY [file:name = 'a']"
    assert holds(pattern, NAME, {"dns_question_name": "evil.test"}) is PART


def test_qualifiers() -> None:
    one = "[domain-name:value = 'evil.test']"
    event: dict[str, object] = {"dns_question_name": "evil.test", "ts": datetime(2024, 6, 1, tzinfo=UTC)}
    assert holds(f"{one} WITHIN 5 SECONDS", NAME, event) is FULL
    assert holds(f"{one} REPEATS 5 TIMES", NAME, event) is PART
    started = f"{one} START t'2024-01-01T00:00:00Z' STOP t'2024-06-01T00:00:00Z'"
    assert holds(started, NAME, event) is CONTRADICTED
    assert holds(started, NAME, {**event, "ts": datetime(2024, 5, 31, tzinfo=UTC)}) is FULL
    assert holds(started, NAME, {"dns_question_name": "evil.test"}) is FULL


@pytest.mark.parametrize("pattern", ["", "no pattern", "[domain-name:value = 'evil.test'"])
def test_of_what_is_no_pattern_nothing_can_be_said(pattern: str) -> None:
    assert holds(pattern, NAME, {}) is PART


def test_networks_cover_their_addresses() -> None:
    pattern = "[ipv4-addr:value = '198.51.100.0/24' AND ipv4-addr:value = '203.0.113.0/24']"
    event = {"source_ip": "198.51.100.7", "destination_ip": "203.0.113.9"}
    assert holds(pattern, (Kind.IPV4, "198.51.100.0/24"), event) is FULL
    assert holds(pattern, (Kind.IPV4, "198.51.100.0/24"), {**event, "destination_ip": "192.0.2.1"}) is CONTRADICTED


@given(
    st.sampled_from(["url:value", "file:name", "network-traffic:dst_port", "ipv4-addr:value", "domain-name:value"]),
    st.sampled_from(["=", "!=", "<", "LIKE", "ISSUBSET", "ISSUPERSET", "MATCHES"]),
    st.text(max_size=12),
    st.text(max_size=12) | st.integers() | st.none(),
)
def test_any_event_has_an_answer(path: str, operator: str, wanted: str, told: object) -> None:
    quoted = wanted.replace("\\", "\\\\").replace("'", "\\'")
    event = dict.fromkeys(
        ("url_original", "url_domain", "file_path", "destination_port", "source_ip", "destination_ip"), told
    )
    assert holds(beside(f"{path} {operator} '{quoted}'"), TO, event) in Held
