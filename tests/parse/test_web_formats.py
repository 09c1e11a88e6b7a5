"""Web servers and proxies beyond the samples: headers that are gone, forged lines, formats of administrators' own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parse.reading import NOW, event, read

from warroom.log_notation import FormatError, compiled
from warroom.parse import ParseContext, Parsed, parse, recognise
from warroom.reading import Options

FIELDS = b"#Fields: date time c-ip cs-username s-ip s-port cs-method cs-uri-stem cs-uri-query sc-status X-Forwarded-For"
IIS = b"2026-11-21 02:00:00 192.0.2.1 - 10.0.0.1 443 GET /%s a=1 200 203.0.113.7"
USUAL = b"2026-11-21 02:00:00 10.0.0.1 GET /a - 443 - 192.0.2.1 Mozilla/5.0+(X11) - 200 0 0 15"


def with_header(log_format: str, header: bytes, *lines: bytes) -> Parsed:
    return parse(pa.array(lines, pa.binary()), ParseContext(log_format, "Asia/Bangkok", NOW, header=header))


def custom(log_format: str, written: str, *lines: bytes) -> Parsed:
    options = Options(log_format=written)
    return parse(pa.array(lines, pa.binary()), ParseContext(log_format, "Asia/Bangkok", NOW, options=options))


# --- W3C extended -------------------------------------------------------------------------------------------------


def test_the_header_may_stand_at_the_top_of_the_file_only() -> None:
    parsed = with_header("iis", b"#Version: 1.0\r\n" + FIELDS + b"\r\n", IIS % b"a", IIS % b"b")
    first, second = parsed.events.to_pylist()
    assert first["ts"] == datetime(2026, 11, 21, 2, tzinfo=UTC)  # UTC, whatever zone the feed has
    assert first["url_original"] == "/a?a=1"
    assert second["fields"]["X-Forwarded-For"] == "203.0.113.7"


def test_a_header_in_the_middle_counts_from_there() -> None:
    other = b"#Fields: date time c-ip sc-status cs-method"
    parsed = read("iis", FIELDS, IIS % b"a", other, b"2026-11-21 02:00:01 192.0.2.2 404 HEAD", IIS % b"c")
    assert parsed.events.column("http_request_method").to_pylist() == ["GET", "HEAD"]
    assert [one.row for one in parsed.rejects] == [0, 2, 4]
    assert "not 5 values" in parsed.rejects[-1].reason


def test_without_a_header_usual_lines_are_read_and_others_refused() -> None:
    parsed = read("iis", USUAL, IIS % b"a", USUAL.replace(b" 443 ", b" x "))
    assert parsed.rows.to_pylist() == [0]
    assert parsed.events.column("destination_port").to_pylist() == [443]
    assert all("no `#Fields` line" in one.reason for one in parsed.rejects)


def test_a_time_without_a_date_is_of_the_headers_day_or_the_next() -> None:
    header = b"#Date: 2026-11-20 22:00:00\n#Fields: time c-ip cs-method sc-status\n"
    parsed = with_header("iis", header, b"22:30:00 192.0.2.1 GET 200", b"00:10:00 192.0.2.1 GET 200")
    assert [time.day for time in parsed.events.column("ts").to_pylist()] == [20, 21]
    alone = with_header("iis", header.split(b"\n")[1], b"06:59:00 192.0.2.1 GET 200", b"07:01:00 192.0.2.1 GET 200")
    assert [time.day for time in alone.events.column("ts").to_pylist()] == [22, 21]  # of two days the last not ahead


def test_a_list_of_addresses_of_iis_is_read_behind_its_own_proxies() -> None:
    line = (IIS % b"a").replace(b"192.0.2.1", b"10.9.9.9") + b",+10.2.2.2"
    options = Options(proxies=("10.0.0.0/8",))
    context = ParseContext("iis", "UTC", NOW, header=FIELDS, options=options)
    (found,) = parse(pa.array([line], pa.binary()), context).events.to_pylist()
    assert found["source_ip"] == "203.0.113.7"
    assert found["fields"]["X-Forwarded-For"] == "203.0.113.7, 10.2.2.2"


def test_formats_with_the_same_kind_of_header_are_told_apart() -> None:
    errors = b"#Fields: date time c-ip c-port s-ip s-port cs-version cs-method cs-uri sc-status s-reason"
    line = b"2026-11-21 02:00:00 192.0.2.1 5 10.0.0.1 80 HTTP/1.1 GET / 503 QueueFull"
    assert recognise(errors + b"\n" + line + b"\n") == "httperr"
    assert "of the format httperr" in read("iis", errors, line).rejects[1].reason
    assert recognise(b"#Version: 1.0\n" + FIELDS + b"\n" + IIS % b"a") == "iis"  # its only line has no end yet


def test_more_headers_than_any_server_writes_are_refused() -> None:
    lines = [line for n in range(100) for line in (b"#Fields: date time cs-x%d" % n, b"2026-11-21 02:00:00 a")]
    parsed = read("iis", *lines)
    assert len(parsed.events) + len(parsed.rejects) == 200
    assert sum("too many different headers" in one.reason for one in parsed.rejects) == 36


# --- error logs ---------------------------------------------------------------------------------------------------


ERROR = b"2026/11/21 09:00:00 [error] 7#8: *9 "


def test_a_client_that_is_named_twice_is_not_believed() -> None:
    told = b', client: 192.0.2.1, server: _, request: "GET / HTTP/1.1", host: "a.go.th:8443"'
    found = event("nginx_error", ERROR + b'open() "/srv/x" failed (13: Permission denied)' + told, "Asia/Bangkok")
    assert (found["source_ip"], found["url_domain"]) == ("192.0.2.1", "a.go.th")
    assert (found["file_path"], found["event_reason"]) == ("/srv/x", "Permission denied")
    assert found["ts"] == datetime(2026, 11, 21, 2, tzinfo=UTC)
    forged = event("nginx_error", ERROR + b'open() "/srv/x, client: 203.0.113.9" failed' + told)
    assert "source_ip" not in forged
    assert forged["fields"]["clients"] == ["203.0.113.9", "192.0.2.1"]


def test_a_request_with_quotes_ends_where_the_next_field_begins() -> None:
    line = (
        ERROR + b'x, client: ::1, server: a, request: "GET /"b" HTTP/1.1", upstream: "http://10.0.0.1:80/", host: "h"'
    )
    found = event("nginx_error", line)
    assert found["url_original"] == '/"b"'
    assert (found["source_ip"], found["fields"]["upstream"]) == ("::1", "http://10.0.0.1:80/")


@pytest.mark.parametrize(
    ("client", "address", "port"),
    [
        (b"192.0.2.1:5", "192.0.2.1", 5),
        (b"2001:db8::1:443", "2001:db8::1", 443),
        (b"[2001:db8::1]:443", "2001:db8::1", 443),
        (b"192.0.2.1", "192.0.2.1", None),
    ],
)
def test_clients_of_apache(client: bytes, address: str, port: int | None) -> None:
    line = b"[Sat Nov 21 09:00:00.123456 2026] [auth_basic:error] [pid 1:tid 2] [client %s] AH01617: user somchai: "
    found = event(
        "apache_error", line % client + b'authentication failure for "/x": Password Mismatch, referer: http://a/'
    )
    assert (found["source_ip"], found.get("source_port")) == (address, port)
    assert (found["user_name"], found["event_outcome"], found["url_original"]) == ("somchai", "failure", "/x")
    assert (found["http_request_referrer"], found["fields"]["code"]) == ("http://a/", "AH01617")


def test_addresses_of_apache_2_2_have_no_port() -> None:
    found = event(
        "apache_error", b"[Sat Nov 21 09:00:00 2026] [error] [client 2001:db8::1:443] File does not exist: /a"
    )
    assert found["source_ip"] == "2001:db8::1:443"
    assert found["file_path"] == "/a"


# --- proxies ------------------------------------------------------------------------------------------------------


PROXY = (
    b"[2001:db8::1]:50 [21/Nov/2026:09:00:00.250] in~ app/s1 1/2/3/4/+10 200 +99 a=1 - --VN 1/2/3/4/+5 6/7 {h|} "
    b'"GET /a?b HTTP/2.0" 0/0/0/0/0 go.th/TLSv1.3/TLS_AES_256_GCM_SHA384'
)


@pytest.mark.parametrize(
    "front", [b"", b"<134>Nov 21 09:00:00 lb haproxy[7]: ", b"<134>1 2026-11-21T09:00:00Z lb haproxy 7 - - "]
)
def test_haproxy_with_any_header_of_syslog(front: bytes) -> None:
    found = event("haproxy", front + PROXY, "Asia/Bangkok")
    assert found["ts"] == datetime(2026, 11, 21, 2, 0, 0, 250_000, tzinfo=UTC)
    assert (found["source_ip"], found["source_port"], found["url_query"]) == ("2001:db8::1", 50, "b")
    assert (found["event_duration"], found["http_response_body_bytes"]) == (10_000_000, 99)
    assert found["fields"]["captured_request_headers"] == ["h", ""]
    assert found["fields"]["trailing"].endswith("TLS_AES_256_GCM_SHA384")
    assert found.get("process_pid") == (7 if front else None)


def test_what_haproxy_says_of_itself_is_an_event_and_others_are_not() -> None:
    down = b"Nov 21 09:00:00 lb haproxy[7]: Server app/s1 is DOWN, reason: Layer4 timeout"
    parsed = read("haproxy", down, b"Nov 21 09:00:00 lb sshd[7]: Connection closed", PROXY)
    assert parsed.rows.to_pylist() == [0, 2]
    assert parsed.events.column("message").to_pylist()[0].startswith("Server app/s1 is DOWN")


def test_traefik_as_text_and_as_json() -> None:
    line = b'192.0.2.1 - - [21/Nov/2026:02:00:00 +0000] "GET / HTTP/1.1" 200 5 - "x" 17 "web@docker" "http://a:80" 12ms'
    found = event("traefik", line)
    assert (found["event_duration"], found["fields"]["router"]) == (12_000_000, "web@docker")
    assert recognise(line + b"\n") == "traefik"
    told = (
        b'{"ClientHost":"192.0.2.1","ClientPort":"5","DownstreamStatus":403,"Duration":1500,"RequestMethod":"GET",'
        b'"RequestPath":"/a?b","RequestHost":"a.go.th","StartUTC":"2026-11-21T02:00:00.5Z","request_User-Agent":"x"}'
    )
    assert recognise(told + b"\n") == "traefik"
    found = event("traefik", told)
    assert (found["event_duration"], found["event_outcome"], found["user_agent_original"]) == (1500, "failure", "x")
    assert found["ts"] == datetime(2026, 11, 21, 2, 0, 0, 500_000, tzinfo=UTC)


def test_nginx_as_json_by_its_variables() -> None:
    line = (
        b'{"time_local":"21/Nov/2026:09:00:00 +0700","remote_addr":"192.0.2.1","request":"POST /a?b=1 HTTP/1.1",'
        b'"status":"401","body_bytes_sent":"5","request_time":"0.250","http_host":"a.go.th","http_user_agent":"x"}'
    )
    assert recognise(line + b"\n") == "nginx_json"
    found = event("nginx_json", line)
    assert (found["http_request_method"], found["url_path"], found["url_query"]) == ("POST", "/a", "b=1")
    assert (found["event_duration"], found["url_domain"]) == (250_000_000, "a.go.th")
    assert found["ts"] == datetime(2026, 11, 21, 2, tzinfo=UTC)


def test_istio_writes_more_than_envoy() -> None:
    line = (
        b'[2026-11-21T02:00:00.000Z] "GET /a HTTP/1.1" 503 UF upstream_reset_before_response_started - "-" 0 91 3 - '
        b'"-" "curl/8" "id" "a.go.th:8080" "10.0.0.1:80" outbound|80||a - 10.0.0.2:80 192.0.2.1:5000 - default'
    )
    found = event("envoy", line)
    assert (found["source_ip"], found["source_port"], found["url_domain"]) == ("192.0.2.1", 5000, "a.go.th")
    assert found["fields"]["response_code_details"] == "upstream_reset_before_response_started"


# --- formats of administrators' own -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("log_format", "written", "line"),
    [
        ("nginx_custom", '$time_iso8601|$remote_addr|$request|$status|$request_time|"$http_user_agent"',
         b'2026-11-21T09:00:00+07:00|192.0.2.1|GET /a?b=1 HTTP/1.1|200|0.250|"x"'),
        ("nginx_custom",
         "log_format main '$remote_addr [$time_local] \"$request\" '\n  '$status $request_time \"$http_user_agent\"';",
         b'192.0.2.1 [21/Nov/2026:09:00:00 +0700] "GET /a?b=1 HTTP/1.1" 200 0.250 "x"'),
        ("nginx_custom",
         "$msec ${remote_addr} $request_method $request_uri $server_protocol $status $request_time $http_user_agent",
         b"1795226400.000 192.0.2.1 GET /a?b=1 HTTP/1.1 200 0.250 x"),
        ("apache_custom", r'%h %t \"%r\" %>s %D \"%{User-Agent}i\"',
         b'192.0.2.1 [21/Nov/2026:09:00:00 +0700] "GET /a?b=1 HTTP/1.1" 200 250000 "x"'),
        ("apache_custom", 'LogFormat "%a %{sec}t %m %U%q %H %s %{ms}T %{User-Agent}i" mine',
         b"192.0.2.1 1795226400 GET /a?b=1 HTTP/1.1 200 250 x"),
        ("apache_custom", "%{%Y-%m-%d %H:%M:%S}t %a %m %U %q %H %>s %{us}T %{User-Agent}i",
         b"2026-11-21 09:00:00 192.0.2.1 GET /a ?b=1 HTTP/1.1 200 250000 x"),
    ],
)  # fmt: skip
def test_formats_of_their_own(log_format: str, written: str, line: bytes) -> None:
    parsed = custom(log_format, written, line, b"something else")
    assert [one.row for one in parsed.rejects] == [1]
    (found,) = parsed.events.to_pylist()
    expected: dict[str, Any] = {
        "ts": datetime(2026, 11, 21, 2, tzinfo=UTC), "source_ip": "192.0.2.1", "http_request_method": "GET",
        "http_response_status_code": 200, "url_original": "/a?b=1", "url_path": "/a", "url_query": "b=1",
        "event_duration": 250_000_000, "user_agent_original": "x", "http_version": "1.1", "event_outcome": "success",
    }  # fmt: skip
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("style", "written", "reason"),
    [("nginx", "no variable", "names no variable"), ("apache", "%!", "no directive at character 1"),
     ("apache", "%{x}Z", "no directive `%Z`"), ("nginx", "$a" * 101, "more than 100"),
     ("nginx", "$a" * 2049, "longer")],
)  # fmt: skip
def test_a_format_that_cannot_be_read_says_why(style: str, written: str, reason: str) -> None:
    with pytest.raises(FormatError, match=reason):
        compiled(written, style)
    parsed = custom(f"{style}_custom", written, b"x")
    assert reason in parsed.rejects[0].reason


PIECES = ["$status", "$request", "${a}", "%h", "%r", "%{X}i", "%>s", "%t", " ", '"', "[", "\\", "(", "*"]
NAMES = [b"date", b"time", b"c-ip", b"sc-status", b"cs-uri-stem", b"cs(X)", b"s-reason", b"#"]


@settings(max_examples=60)
@given(
    st.sampled_from(["nginx_custom", "apache_custom"]),
    st.one_of(
        st.text(max_size=40),
        st.lists(
            st.sampled_from(PIECES),
            max_size=12,
        ).map("".join),
    ),
    st.lists(st.binary(min_size=1, max_size=40), max_size=5),
)
def test_any_format_reads_any_line_or_refuses_it(log_format: str, written: str, lines: list[bytes]) -> None:
    parsed = custom(log_format, written, *lines)
    assert sorted(parsed.rows.to_pylist() + [one.row for one in parsed.rejects]) == list(range(len(lines)))


@settings(max_examples=60)
@given(st.lists(st.sampled_from(NAMES), max_size=6),
       st.lists(st.binary(min_size=1, max_size=40), max_size=5))  # fmt: skip
def test_any_header_reads_any_line_or_refuses_it(names: list[bytes], lines: list[bytes]) -> None:
    lines = [line.replace(b"\n", b" ") for line in lines]
    for log_format in ("iis", "httperr", "cloudfront"):
        parsed = with_header(log_format, b"#Fields: " + b" ".join(names), USUAL, *lines)
        assert sorted(parsed.rows.to_pylist() + [one.row for one in parsed.rejects]) == list(range(len(lines) + 1))
