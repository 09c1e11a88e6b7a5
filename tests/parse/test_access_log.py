"""Access logs: what attackers, proxies and odd servers write."""

# ruff: noqa: E501 - log lines are as long as they are

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from parse.reading import event, read

LINE = b'192.0.2.1 - - [21/Nov/2026:09:00:00 +0700] "GET %s HTTP/1.1" 200 5 "-" "curl/8"'


def test_an_ordinary_line_has_every_column() -> None:
    found = event(
        "nginx",
        b'192.0.2.1 - anna [21/Nov/2026:09:00:00 +0700] "POST /a/b?c=d&e=f HTTP/2.0" 404 512 "https://x/" "UA 1"',
    )
    raw = found.pop("raw")
    assert raw.startswith(b"192.0.2.1 - anna")
    assert found == {
        "ts": datetime(2026, 11, 21, 2, 0, tzinfo=UTC),
        "source_ip": "192.0.2.1",
        "source_address": "192.0.2.1",
        "user_name": "anna",
        "http_request_method": "POST",
        "http_version": "2.0",
        "url_original": "/a/b?c=d&e=f",
        "url_path": "/a/b",
        "url_query": "c=d&e=f",
        "http_response_status_code": 404,
        "http_response_body_bytes": 512,
        "http_request_referrer": "https://x/",
        "user_agent_original": "UA 1",
        "event_outcome": "failure",
        "fields": {},
    }


@pytest.mark.parametrize(
    ("written", "url", "query"),
    [
        (rb"/?q=\x22 OR 1=1 --", r"/?q=\x22 OR 1=1 --", r"q=\x22 OR 1=1 --"),
        (rb"/?q=\"><script>", r"/?q=\"><script>", r"q=\"><script>"),
        (b"/%2e%2e/etc/passwd??x", "/%2e%2e/etc/passwd??x", "?x"),
        ("/ค้นหา?q=ก".encode(), "/ค้นหา?q=ก", "q=ก"),
    ],
)
def test_attack_strings_stay_as_logged(written: bytes, url: str, query: str) -> None:
    found = event("nginx", LINE % written)
    assert (found["url_original"], found["url_query"], found["http_version"]) == (url, query, "1.1")


def test_a_user_name_cannot_pass_for_the_time_or_the_request() -> None:
    found = event(
        "nginx",
        rb'192.0.2.1 - x [01/Jan/2020:00:00:00 +0000] \x22GET / y [21/Nov/2026:09:00:00 +0700] "GET /real HTTP/1.1" 200 5',
    )
    assert found["url_original"] == "/real"
    assert found["ts"].year == 2026


def test_what_is_no_request_line_is_kept() -> None:
    found = event("nginx", rb'192.0.2.1 - - [21/Nov/2026:09:00:00 +0700] "\x16\x03\x01" 400 157 "-" "-"')
    assert found["fields"] == {"request": r"\x16\x03\x01"}
    assert "http_request_method" not in found


def test_a_whole_url_gives_its_host() -> None:
    found = event("apache", LINE % b"http://user@evil.example:8080/p?q")
    assert (found["url_domain"], found["url_path"], found["url_query"]) == ("evil.example", "/p", "q")


def test_of_a_list_of_addresses_the_first_public_one_is_the_client() -> None:
    found = event("nginx", b"www.example.go.th:443 10.0.0.2, 8.8.8.8, 127.0.0.1 - - " + LINE[14:] % b"/")
    assert found["source_ip"] == "8.8.8.8"
    assert (found["url_domain"], found["destination_port"]) == ("www.example.go.th", 443)
    assert found["fields"]["addresses"] == ["10.0.0.2", "8.8.8.8", "127.0.0.1"]


def test_fields_behind_the_user_agent() -> None:
    forwarded = event("nginx", LINE % b"/" + b' "203.0.113.7"')
    assert forwarded["fields"] == {"http_x_forwarded_for": "203.0.113.7"}
    other = event("nginx", LINE % b"/" + b" rt=0.1 uct=0.2")
    assert other["fields"] == {"trailing": "rt=0.1 uct=0.2"}


def test_lines_that_are_none_are_refused_and_the_others_stay_in_order() -> None:
    parsed = read(
        "nginx",
        LINE % b"/1",
        b"2016/10/25 14:49:34 no line of nginx",
        LINE % rb"/2 \"",
        (LINE % b"/3").replace(b"21/Nov", b"99/Foo"),
        LINE % b"/4",
    )
    assert parsed.rows.to_pylist() == [0, 2, 4]
    assert parsed.events.column("url_original").to_pylist() == ["/1", r"/2 \"", "/4"]
    assert [one.row for one in parsed.rejects] == [1, 3]
    assert "no access-log line" in parsed.rejects[0].reason


def test_a_number_too_large_is_no_number() -> None:
    found = event("nginx", (LINE % b"/").replace(b" 5 ", b" 99999999999999999999 "))
    assert "http_response_body_bytes" not in found


@pytest.mark.parametrize("year", [b"0000", b"-999", b"+9999", b"99999", b"-0001"])
def test_a_year_that_no_calendar_has_is_refused_or_read(year: bytes) -> None:
    parsed = read("nginx", (LINE % b"/").replace(b"2026", year))
    assert len(parsed.events.to_pylist()) + len(parsed.rejects) == 1
    assert len(parsed.events) == (year == b"+9999")
