"""Logs of web servers and proxies, as Filebeat's, plaso's and OpenSearch's samples have them."""

from __future__ import annotations

import ipaddress
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from parse.reading import NOW, SAMPLES, by_ecs_name

from warroom.collect.paths import sample_of
from warroom.model import FIELDS, RAW
from warroom.parse import ParseContext, Parsed, parse, recognise

FILEBEAT = {
    "nginx_error": "nginx_error", "apache_error": "apache_error", "iis_access": "iis", "iis_error": "httperr",
    "haproxy_log": "haproxy", "traefik_access": "nginx",
}  # fmt: skip
COMPARED = (
    "source.ip", "source.port", "destination.ip", "destination.port", "user.name", "http.request.method",
    "http.response.status_code", "http.response.body.bytes", "http.request.referrer", "http.version", "url.original",
    "user_agent.original", "process.name", "process.pid", "host.hostname", "event.outcome",
)  # fmt: skip


def read_log(log: Path, name: str) -> tuple[list[bytes], Parsed]:
    lines = [line for line in log.read_bytes().replace(b"\r\n", b"\n").split(b"\n") if line.strip()]
    return lines, parse(pa.array(lines, pa.binary()), ParseContext(name, "UTC", NOW))


@pytest.mark.parametrize("log", sorted((SAMPLES / "filebeat_web").glob("*.log")), ids=lambda path: path.name)
def test_every_field_that_filebeat_expects(log: Path) -> None:
    name = FILEBEAT[log.name.partition(".")[0]]
    assert recognise(sample_of(log)) == name
    lines, parsed = read_log(log, name)
    assert len(parsed.events) + len(parsed.rejects) == len(lines)
    events = [by_ecs_name(event) for event in parsed.events.to_pylist()]
    whole = json.loads(Path(f"{log}-expected.json").read_text(encoding="utf-8"))
    assert len(events) == len(whole)
    for event, expected in zip(events, whole, strict=True):
        for field in COMPARED:
            want = expected.get(field)
            if want not in (None, "", "-"):
                assert same(field, want, event.get(field)), f"{field}: {want!r}, {event.get(field)!r}: {event[RAW]!r}"
        if "@timestamp" in expected and name != "haproxy":
            assert_same_time(event["@timestamp"], expected["@timestamp"])


def same(field: str, want: object, got: object) -> bool:
    if field.endswith(".ip"):
        return ipaddress.ip_address(str(want)) == ipaddress.ip_address(str(got))
    if field == "url.original":
        return got in (want, str(want).replace(" ", "%20")) or str(got).startswith(f"{want}?")
    return str(want) == str(got)


def assert_same_time(got: datetime, text: str) -> None:
    want = datetime.fromisoformat(text)
    allowed = {want.astimezone(UTC), want.replace(tzinfo=UTC)}  # Filebeat's tests read lines without a zone as -02:00
    assert got.replace(microsecond=got.microsecond // 1000 * 1000) in allowed


PLASO = {
    "iis10.log": ("iis", 1), "iis10_cookies.log": ("iis", 3), "iis10_edge_cases.log": ("iis", 15),
    "iis6.log": ("iis", 12), "iis7_owa.log": ("iis", 3), "iis7_sqli.log": ("iis", 2),
    "iis_without_date.log": ("iis", 11),
    "apache_access.log": ("nginx", 15), "aws_elb_access.log": ("aws_elb", 16),
    "azure_application_gateway_access.json": ("azure_gateway", 2),
}  # fmt: skip


@pytest.mark.parametrize("name", PLASO)
def test_every_line_of_plaso(name: str) -> None:
    log, (log_format, count) = SAMPLES / "plaso_web" / name, PLASO[name]
    assert recognise(sample_of(log)) == log_format
    lines, parsed = read_log(log, log_format)
    assert len(parsed.events) == count
    assert all(lines[one.row].startswith(b"#") for one in parsed.rejects)
    for column in ("source_ip", "ts"):
        assert parsed.events.column(column).null_count == 0


def events_of(folder: str, name: str, log_format: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = read_log(SAMPLES / folder / name, log_format)[1].events.to_pylist()
    return [event | {f: value for f, value in event.pop(FIELDS).items() if value is not None} for event in events]


def test_fields_of_iis() -> None:
    odd = events_of("plaso_web", "iis10_edge_cases.log", "iis")
    assert odd[0]["user_name"] == r"random\ranuser1"
    assert odd[6]["http_request_method"] == "RPC_IN_DATA"
    assert odd[6]["user_name"] == r"RanDomain\EX04$"
    first = events_of("plaso_web", "iis_without_date.log", "iis")[0]
    assert first["ts"] == datetime(2013, 7, 30, tzinfo=UTC)
    injected = events_of("plaso_web", "iis7_sqli.log", "iis")[1]
    assert (injected["url_path"], injected["url_query"]) == ("/foo/bar/baz.asp", "ID=1%27%20or%201%3D%40%40version--")
    assert injected["cs(User-Agent)"].startswith("Mozilla/5.0+(Macintosh;+Intel")
    assert injected["user_agent_original"].startswith("Mozilla/5.0 (Macintosh; Intel")


def test_fields_of_odd_access_lines() -> None:
    events = events_of("plaso_web", "apache_access.log", "nginx")
    assert events[8 - 1]["user_agent_original"].endswith("bot.html")  # cut off before its quote
    forged = next(event for event in events if "alert" in (event["url_original"] or ""))
    assert forged["url_original"].endswith('<script>alert("text")</script>')
    assert events[-1]["user_name"] == "pyllyukko@EXAMPLE.COM"
    assert [event["url_domain"] for event in events].count("plaso.log2timeline.net") == 2


def test_fields_of_load_balancers() -> None:
    application, *_, network = events_of("plaso_web", "aws_elb_access.log", "aws_elb")
    assert application["url_domain"] == "www.domain.name"
    assert application["event_duration"] == 177_000_000
    assert application["destination_port"] == 32869
    assert (network["type"], network["tls_protocol_version"]) == ("tls", "tlsv12")
    classic = events_of("plaso_web", "aws_elb_access.log", "aws_elb")[12]
    assert (classic["url_original"], classic["request"]) == (None, "- - - ")
    gateway = events_of("plaso_web", "azure_application_gateway_access.json", "azure_gateway")[0]
    assert (gateway["source_ip"], gateway["source_port"]) == ("185.42.129.24", 45057)
    assert gateway["event_duration"] == 34_000_000


OPENSEARCH = {"amazon_cloudfront": "cloudfront", "amazon_elb": "aws_elb", "amazon_s3": "aws_s3", "aws_waf": "aws_waf",
              "nginx": "nginx"}  # fmt: skip


@pytest.mark.parametrize("name", OPENSEARCH)
def test_every_line_of_opensearch(name: str) -> None:
    log = SAMPLES / "opensearch_web" / f"{name}.log"
    assert recognise(sample_of(log)) == OPENSEARCH[name]
    lines, parsed = read_log(log, OPENSEARCH[name])
    assert len(parsed.events) == sum(not line.startswith(b"#") for line in lines)
    for column in ("source_ip", "http_request_method", "url_path", "user_agent_original"):
        assert parsed.events.column(column).null_count == 0


def test_fields_of_amazon() -> None:
    bucket = events_of("opensearch_web", "amazon_s3.log", "aws_s3")[0]
    assert (bucket["event_action"], bucket["event_duration"]) == ("REST.PUT.OBJECT", 138_000_000)
    assert bucket["key"] == "locales/en/cluster.json"
    edge = events_of("opensearch_web", "amazon_cloudfront.log", "cloudfront")[0]
    assert edge["user_agent_original"].startswith("Mozilla/5.0 (Macintosh; Intel Mac OS X")
    assert edge["event_duration"] == 623_000_000
    wall = events_of("opensearch_web", "aws_waf.log", "aws_waf")[0]
    assert (wall["event_action"], wall["event_outcome"], wall["source_geo_country_iso_code"]) == (
        "ALLOW",
        "success",
        "HK",
    )
    assert wall["url_domain"] == "d2wusnbjo8x1w7.cloudfront.net"


@pytest.mark.parametrize("case", ["nginx-http-path-traversal", "http-bf-wordpress-bf"])
def test_access_lines_of_crowdsecs_scenarios(case: str) -> None:
    (log,) = (SAMPLES / "crowdsec" / case).glob("*.log")
    assert recognise(sample_of(log)) == "nginx"
    lines, parsed = read_log(log, "nginx")
    assert len(parsed.events) == len(lines)
    events = parsed.events.to_pylist()
    if case == "http-bf-wordpress-bf":
        assert {(one["source_ip"], one["url_path"], one["http_response_status_code"]) for one in events} == {
            ("81.150.104.130", "/wp-login.php", 200)
        }
        assert {(one["process_name"], one["process_pid"], one["url_domain"]) for one in events} == {
            ("nginx", 2869, None)
        }
        assert {one["host_hostname"] for one in events} == {"ip-172-31-43-28.us-east-2.compute.internal"}
    else:
        assert [one["url_original"] for one in events][:3] == [
            "/%2fetc%2fpasswd", "/%2Fetc%2Fpasswd", "/%252E%252E%252Ffoo1",
        ]  # fmt: skip
