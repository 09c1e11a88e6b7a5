"""What crowdsec's hub asserts of its samples of web servers and proxies, in the columns and fields they belong in."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from parse import crowdsec
from parse.reading import NOW, SAMPLES

from warroom.parse import ParseContext, parse, recognise
from warroom.reading import Options

CASES = SAMPLES / "crowdsec"
#: Case → the format that reads it, and what stands around its lines.
FORMATS = {
    "nginx_http-logs": Options(),
    "nginx-proxy-manager-logs": Options(),
    "pfsense-rfc5424-nginx": Options(),
    "apache2-logs": Options(),
    "haproxy-logs": Options(),
    "caddy-logs": Options(),
    "envoy-logs": Options(envelope="cri"),
    "fastly-logs": Options(),
    "aws-cloudfront-logs": Options(),
    "aws-alb-logs": Options(),
}
NAMES = {
    "nginx_http-logs": "nginx", "nginx-proxy-manager-logs": "nginx", "pfsense-rfc5424-nginx": "nginx",
    "apache2-logs": "apache", "haproxy-logs": "haproxy", "caddy-logs": "caddy", "envoy-logs": "envoy",
    "fastly-logs": "fastly", "aws-cloudfront-logs": "cloudfront", "aws-alb-logs": "aws_elb",
}  # fmt: skip
#: crowdsec's own things: labels, its cuts of the time and of a URL, and what the envelope says.
LEFT_OUT = {
    "Success.", "Whitelisted.", "Parsed.program", "Parsed.logsource", "Parsed.logtag", "Parsed.stream",
    "Parsed.cri_timestamp", "Meta.datasource_path", "Meta.datasource_type", "Meta.log_type", "Meta.sub_type",
    "Meta.service", "Parsed.tz_part1", "Parsed.tz_part2", "Parsed.haproxy_hour", "Parsed.haproxy_minute",
    "Parsed.haproxy_second", "Parsed.haproxy_milliseconds", "Parsed.haproxy_month", "Parsed.haproxy_monthday",
    "Parsed.haproxy_year", "Parsed.haproxy_time", "Parsed.day", "Parsed.month", "Parsed.year", "Parsed.time_local",
    "Parsed.time", "Parsed.timestamp", "Parsed.timestamp8601", "Parsed.fastly_timestamp", "Parsed.accept_date",
    "Parsed.syslog_version", "Parsed.port", "Meta.http_port",
    "Parsed.protocol",
}  # fmt: skip
#: What they call it → columns and fields of ours that it may be in.
CORE = {
    "source_ip": (
        "Parsed.remote_addr",
        "Parsed.clientip",
        "Parsed.client",
        "Parsed.client_ip",
        "Parsed.remote_ip",
        "Parsed.c_ip",
        "Meta.source_ip",
    ),
    "source_port": ("Parsed.client_port", "Parsed.clientport", "Parsed.remote_port"),
    "destination_ip": ("Parsed.target_addr",),
    "destination_port": ("Parsed.target_port",),
    "user_name": ("Parsed.remote_user", "Parsed.auth", "Parsed.username", "Meta.username"),
    "host_hostname": ("Meta.machine",),
    "http_request_method": (
        "Parsed.verb",
        "Parsed.http_verb",
        "Parsed.http_method",
        "Meta.http_verb",
        "Meta.verb",
    ),
    "http_version": ("Parsed.http_version", "Parsed.httpversion"),
    "http_response_status_code": (
        "Parsed.status",
        "Parsed.response",
        "Parsed.http_status_code",
        "Parsed.elb_status_code",
        "Meta.http_status",
    ),
    "http_response_body_bytes": ("Parsed.body_bytes_sent", "Parsed.bytes", "Parsed.sent_bytes"),
    "http_request_referrer": ("Parsed.http_referer", "Parsed.referrer"),
    "user_agent_original": ("Parsed.http_user_agent", "Meta.http_user_agent"),
    "process_pid": ("Parsed.pid",),
}
FIELDS = {
    "Parsed.request": ("url_original", "url_path", "url_path_query"),
    "Parsed.target_uri": ("url_original",),
    "Meta.http_path": ("url_original", "url_path", "url_path_query"),
    "Parsed.host": ("url_domain",),
    "Meta.http_host": ("url_domain",),
    "Parsed.target_fqdn": ("url_domain", "host", "request.host", "server"),
    "Meta.target_fqdn": ("url_domain", "host", "request.host", "server"),
    "Parsed.loglevel": ("level",),
    "Parsed.errorcode": ("code",),
    "Parsed.proxy_errorcode": ("error_code",),
    "Parsed.proxy_errormessage": ("error",),
    "Parsed.syslog_priority": ("priority",),
    "Parsed.http_request": ("url_original",),
    "Parsed.server_name": ("server_name", "bind_name"),
    "Parsed.time_request": ("TR",),
    "Parsed.time_queue": ("Tw",),
    "Parsed.time_backend_connect": ("Tc",),
    "Parsed.time_backend_response": ("Tr",),
    "Parsed.time_duration": ("Ta",),
    "Parsed.srvconn": ("srv_conn",),
    "Parsed.target_server": ("server",),
    "Parsed.raw_remote_addr": ("x_forwarded_for", "downstream_remote_address", "x-forwarded-for"),
    "Parsed.request_id": ("request_id", "x-request-id"),
    "Parsed.cs_host": ("cs(Host)",),
    "Parsed.cs_user_agent": ("cs(User-Agent)",),
    "Parsed.cs_referer": ("cs(Referer)",),
    "Parsed.cs_cookie": ("cs(Cookie)",),
}
MEANS = FIELDS | {key: (name,) for name, keys in CORE.items() for key in keys}


def events_of(case: str) -> list[dict[str, Any] | None]:
    lines = crowdsec.log_lines(CASES / case)
    context = ParseContext(NAMES[case], "UTC", NOW, options=FORMATS[case])
    parsed = parse(pa.array(lines, pa.binary()), context)
    assert len(parsed.events) + len(parsed.rejects) == len(lines)
    found: list[dict[str, Any] | None] = [None] * len(lines)
    for row, event in zip(parsed.rows.to_pylist(), parsed.events.to_pylist(), strict=True):
        fields = {name: value for name, value in event.pop("fields").items() if value is not None}
        found[row] = {name: value for name, value in event.items() if value is not None} | fields
        if "url_path" in event and event.get("url_query") is not None:
            found[row]["url_path_query"] = f"{event['url_path']}?{event['url_query']}"
    return found


@pytest.mark.parametrize("case", sorted(FORMATS))
def test_what_is_asserted(case: str) -> None:
    events = events_of(case)
    wrong = []
    for line, expected in crowdsec.expectations(CASES / case, "s01-parse").items():
        event = events[line]
        assert event is not None, line
        for key, want in expected.items():
            if key not in LEFT_OUT:
                kind, _, name = key.partition(".")
                own = name.partition(".")[2] if kind == "Unmarshaled" else name
                names = MEANS.get(key, (own, own.replace("_", "-")))
                if not any(same(want, event.get(one)) for one in names):
                    wrong.append((line, key, want, [event.get(one) for one in names]))
    assert wrong == []


def same(want: crowdsec.Value, got: object) -> bool:
    if isinstance(got, list):
        got = got[0] if got else None
    if got is None:
        return want in ("", "-", "0", 0.0)
    if isinstance(want, float):
        return abs(want - float(str(got))) < 1e-6 * max(1.0, abs(want))
    return str(got) in (want, str(want).strip("[]"))


@pytest.mark.parametrize("case", sorted(FORMATS))
def test_each_is_recognised(case: str) -> None:
    expected = "cri" if case == "envoy-logs" else NAMES[case]
    (log,) = (CASES / case).glob("*.log")
    assert recognise(log.read_bytes()) == expected
