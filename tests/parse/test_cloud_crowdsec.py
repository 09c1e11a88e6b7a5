"""What crowdsec's hub asserts of its samples of clouds, containers and Windows, in the columns they belong in."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from parse import crowdsec
from parse.reading import SAMPLES, read

from warroom.parse import recognise

CASES = SAMPLES / "crowdsec"
#: crowdsec's own things: how it labels a line, and what it makes of a path.
LEFT_OUT = {
    "Success.", "Whitelisted.", "Parsed.program", "Parsed.logsource", "Meta.datasource_path", "Meta.datasource_type",
    "Meta.log_type", "Meta.service", "Enriched.MarshaledTime", "Meta.http_args_len", "Parsed.file_dir",
    "Parsed.file_ext", "Parsed.file_frag", "Parsed.file_name", "Parsed.impact_completion", "Parsed.static_ressource",
}  # fmt: skip
CLOUDTRAIL = {
    "Parsed.message": "raw", "Meta.event_id": "eventID", "Meta.source_ip": "source_ip",
    "Meta.event_name": "event_action",
    "Meta.user_agent": "user_agent_original", "Meta.event_source": "eventSource", "Meta.region": "awsRegion",
    "Meta.user_type": "userIdentity.type", "Meta.account_id": "userIdentity.accountId", "Meta.user_arn": "arn or name",
}  # fmt: skip
CONTAINER = {
    "Parsed.cri_timestamp": "time", "Parsed.logtag": "logtag", "Parsed.stream": "stream", "Parsed.message": "message",
}  # fmt: skip
WINDOWS = {
    "Parsed.Channel": "Channel", "Parsed.Computer": "host_hostname", "Parsed.EventID": "EventID",
    "Parsed.Source": "Provider_Name", "Parsed.UserSID": "Security_UserID", "Meta.source_ip": "source_ip",
    "Parsed.http_args": "url_query", "Parsed.http_path": "url_path", "Parsed.request": "url_original",
    "Parsed.verb": "http_request_method", "Meta.http_path": "url_path", "Meta.http_verb": "http_request_method",
    "Meta.http_status": "http_response_status_code", "Meta.http_user_agent": "user_agent_original",
    "Meta.target_fqdn": "s-sitename",
}  # fmt: skip


@pytest.mark.parametrize(
    ("case", "log_format", "names"),
    [
        ("aws-cloudtrail", "cloudtrail", CLOUDTRAIL),
        ("cri-logs", "cri", CONTAINER),
        ("docker-logs", "docker", {"Parsed.message": "log"}),
        ("windows-logs", "windows_xml", WINDOWS),
        ("iis-xml-logs", "windows_xml", WINDOWS),
    ],
)
def test_what_crowdsec_asserts(case: str, log_format: str, names: Mapping[str, str]) -> None:
    folder = CASES / case
    lines = crowdsec.log_lines(folder)
    assert recognise(b"\n".join(lines)) == log_format
    parsed = read(log_format, *lines)
    assert parsed.rejects == []
    compared = 0
    for line, found in enumerate(parsed.events.to_pylist()):
        event = found["fields"] | {name: value for name, value in found.items() if name != "fields"}
        event["raw"] = event["raw"].decode()
        event["arn or name"] = event.get("userIdentity.arn") or event["user_name"]
        for stage in ("s00-raw", "s01-parse", "s02-enrich"):
            for key, value in crowdsec.expectations(folder, stage).get(line, {}).items():
                if key in LEFT_OUT or (key, stage) == ("Parsed.request", "s02-enrich"):  # there without its query
                    continue
                if key == "Meta.timestamp":
                    assert f"{event['ts']:%Y-%m-%dT%H:%M:%S.%f}"[:23].startswith(str(value).rstrip("Z")[:23])
                else:
                    assert key in names, key
                    assert str(event[names[key]]) == value, key
                compared += 1
    assert compared >= len(lines)
