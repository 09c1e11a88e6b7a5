"""Google Cloud, Azure, Entra ID, Microsoft 365, findings of AWS: columns, outcomes, rules by SigmaHQ's names."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from detect import events as making
from parse.reading import SAMPLES, event, read

from warroom.detect import match
from warroom.detect.samples import Source, with_envelope
from warroom.log_formats import FORMATS
from warroom.parse import recognise

PLASO = SAMPLES / "plaso_cloud"
SIGN_IN = {
    "time": "2026-11-21T02:00:00Z", "category": "SignInLogs", "operationName": "Sign-in activity",
    "resultType": "50126",
    "resultDescription": "Invalid username or password.", "callerIpAddress": "203.0.113.9",
    "properties": {
        "createdDateTime": "2026-11-21T01:59:58Z", "userPrincipalName": "somying@example.go.th", "userId": "u-1",
        "ipAddress": "203.0.113.9", "userAgent": "BAV2ROPC", "clientAppUsed": "IMAP",
        "status": {"errorCode": 50126, "failureReason": "Invalid username or password."},
        "location": {"countryOrRegion": "TH"}, "deviceDetail": {"deviceId": "", "trustType": "None"},
        "authenticationRequirement": "singleFactorAuthentication",
    },
}  # fmt: skip
GRAPH_SIGN_IN = {
    "createdDateTime": "2026-11-21T01:59:58Z", "appId": "app-1", "userPrincipalName": "somying@example.go.th",
    "userId": "u-1", "ipAddress": "2001:db8::9", "status": {"errorCode": 0, "failureReason": "Other."},
    "location": {"countryOrRegion": "TH"}, "deviceDetail": {"deviceId": "d-1"}, "riskState": "atRisk",
}  # fmt: skip
AUDIT = {
    "activityDateTime": "2026-11-21T02:00:00Z", "activityDisplayName": "Add member to role",
    "category": "RoleManagement",
    "result": "success", "loggedByService": "Core Directory",
    "initiatedBy": {"user": {"id": "u-2", "userPrincipalName": "admin-07@example.go.th", "ipAddress": "198.51.100.90"}},
    "targetResources": [
        {"type": "User", "modifiedProperties": [{"displayName": "Role.DisplayName", "newValue": "Global Admin"}]}
    ],
}  # fmt: skip
ACTIVITY = {
    "time": "2026-11-21T02:00:00Z", "resourceId": "/SUBSCRIPTIONS/S/RESOURCEGROUPS/G", "category": "Administrative",
    "operationName": "MICROSOFT.NETWORK/FIREWALLPOLICIES/DELETE", "resultType": "Failure", "correlationId": "c",
    "callerIpAddress": "198.51.100.90", "identity": {"claims": {"name": "admin-07"}},
}  # fmt: skip
INBOX_RULE = {
    "CreationTime": "2026-11-21T02:00:00", "Operation": "New-InboxRule", "Workload": "Exchange", "ResultStatus": "True",
    "UserId": "somying@example.go.th", "ClientIP": "[2001:db8::9]:50122", "RecordType": 1,
    "Parameters": [{"Name": "ForwardTo", "Value": "x@phish.example"}],
}  # fmt: skip
LOGIN_FAILED = {
    "CreationTime": "2026-11-21T02:00:00", "Operation": "UserLoginFailed", "Workload": "AzureActiveDirectory",
    "ResultStatus": "Success", "UserId": "somying@example.go.th", "ClientIP": "203.0.113.9:50122", "LogonError": "Bad",
}  # fmt: skip
DENIED = {
    "protoPayload": {
        "@type": "type.googleapis.com/google.cloud.audit.AuditLog", "methodName": "storage.setIamPermissions",
        "serviceName": "storage.googleapis.com", "status": {"code": 7, "message": "PERMISSION_DENIED"},
        "authenticationInfo": {"principalEmail": "vendor-a@example.co.th"},
        "requestMetadata": {"callerIp": "203.0.113.91"}, "authorizationInfo": [{"granted": False}],
    },
    "timestamp": "2026-11-21T02:00:00Z", "logName": "projects/p/logs/cloudaudit.googleapis.com%2Factivity",
}  # fmt: skip
GUARD_DUTY = {
    "SchemaVersion": "2.0", "AccountId": "111122223333", "Type": "UnauthorizedAccess:EC2/SSHBruteForce", "Title": "SSH",
    "Service": {
        "ServiceName": "guardduty", "EventLastSeen": "2026-11-21T02:00:00Z",
        "Action": {"NetworkConnectionAction": {"RemoteIpDetails": {"IpAddressV4": "203.0.113.9"}}},
    },
}  # fmt: skip
FINDING = {
    "SchemaVersion": "2018-10-08", "ProductArn": "arn:aws:securityhub", "AwsAccountId": "1111", "Title": "Open port",
    "GeneratorId": "cis/4.1", "Network": {"SourceIpV4": "203.0.113.9", "DestinationPort": 22},
    "UpdatedAt": "2026-11-21T02:00:00Z",
}  # fmt: skip


def line(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    ("log_format", "value", "expected"),
    [
        (
            "azure_signin", SIGN_IN,
            {"user_name": "somying@example.go.th", "source_ip": "203.0.113.9", "event_outcome": "failure",
             "user_id": "u-1",
             "event_reason": "Invalid username or password.", "source_geo_country_iso_code": "TH",
             "user_agent_original": "BAV2ROPC", "ts": datetime(2026, 11, 21, 1, 59, 58, tzinfo=UTC)},
        ),
        (
            "azure_signin", GRAPH_SIGN_IN,
            {"user_name": "somying@example.go.th", "source_ip": "2001:db8::9", "event_outcome": "success",
             "device_id": "d-1"},
        ),
        (
            "azure_audit", AUDIT,
            {"user_name": "admin-07@example.go.th", "source_ip": "198.51.100.90", "event_action": "Add member to role",
             "event_outcome": "success", "user_id": "u-2"},
        ),
        (
            "azure_activity", ACTIVITY,
            {"user_name": "admin-07", "source_ip": "198.51.100.90", "event_outcome": "failure",
             "event_action": "MICROSOFT.NETWORK/FIREWALLPOLICIES/DELETE"},
        ),
        (
            "m365_audit", INBOX_RULE,
            {"user_name": "somying@example.go.th", "source_ip": "2001:db8::9", "source_port": 50122,
             "event_action": "New-InboxRule", "event_outcome": "success"},
        ),
        ("m365_audit", LOGIN_FAILED, {"source_ip": "203.0.113.9", "event_outcome": "failure", "event_reason": "Bad"}),
        (
            "gcp_audit", DENIED,
            {"user_name": "vendor-a@example.co.th", "source_ip": "203.0.113.91", "event_outcome": "failure",
             "event_action": "storage.setIamPermissions", "event_reason": "PERMISSION_DENIED"},
        ),
        ("guardduty", GUARD_DUTY, {"source_ip": "203.0.113.9", "rule_name": "UnauthorizedAccess:EC2/SSHBruteForce"}),
        ("security_hub", FINDING, {"source_ip": "203.0.113.9", "destination_port": 22, "message": "Open port"}),
    ],
)  # fmt: skip
def test_columns(log_format: str, value: dict[str, Any], expected: dict[str, object]) -> None:
    assert recognise(line(value) + b"\n") == log_format
    parsed = read(log_format, line(value), timezone="Asia/Bangkok")
    (found,) = parsed.events.to_pylist()
    assert {"ts": datetime(2026, 11, 21, 2, 0, tzinfo=UTC)} | expected == {
        "ts": found["ts"]
        if "ts" in expected or "createdDateTime" not in value
        else datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
    } | {name: found[name] for name in expected}


@pytest.mark.parametrize(
    ("log_format", "value", "service", "detection"),
    [
        ("azure_signin", SIGN_IN, "signinlogs", {"ResultType": 50126, "ClientApp": "IMAP", "userAgent": "BAV2ROPC"}),
        ("azure_signin", SIGN_IN, "signinlogs", {"AuthenticationRequirement": "singleFactorAuthentication"}),
        ("azure_signin", GRAPH_SIGN_IN, "signinlogs", {"ResultType": 0, "RiskState": "atRisk"}),
        ("azure_audit", AUDIT, "auditlogs", {"operationName": "Add member to role", "Category": "RoleManagement"}),
        ("azure_audit", AUDIT, "auditlogs", {"TargetResources|contains": "Global Admin", "Status": "Success"}),
        (
            "azure_audit",
            AUDIT,
            "auditlogs",
            {"properties.message": "Add member to role", "properties.result": "success"},
        ),
        ("azure_activity", ACTIVITY, "activitylogs", {"operationName": "MICROSOFT.NETWORK/FIREWALLPOLICIES/DELETE"}),
        ("m365_audit", INBOX_RULE, "audit", {"Operation": "New-InboxRule", "Parameters|contains": "ForwardTo"}),
        ("m365_audit", INBOX_RULE, "exchange", {"eventSource": "Exchange", "eventName": "New-InboxRule"}),
        ("gcp_audit", DENIED, "gcp.audit", {"gcp.audit.method_name": "storage.setIamPermissions"}),
        ("gcp_audit", DENIED, "gcp.audit", {"data.protoPayload.authorizationInfo.granted": "false"}),
    ],
)
def test_rules_by_the_names_of_sigmahq(
    log_format: str, value: dict[str, Any], service: str, detection: dict[str, object]
) -> None:
    product = FORMATS[log_format].product
    assert product is not None
    source = Source(log_format, "UTC", {"product": product, "service": FORMATS[log_format].service or ""})
    events = with_envelope(read(log_format, line(value)).events, source)
    rule = {"logsource": {"product": product, "service": service}, "detection": {"a": detection, "condition": "a"}}
    assert len(match(events, making.ruleset(rule))) == 1


def test_plasos_google_cloud() -> None:
    lines = (PLASO / "gcp_logging.jsonl").read_bytes().splitlines()
    assert recognise(b"\n".join(lines) + b"\n") == "gcp_audit"
    parsed = read("gcp_audit", *lines)
    assert parsed.rejects == []
    found = parsed.events.to_pylist()
    assert found[1]["event_action"] == "beta.compute.networks.insert"
    assert (found[1]["user_name"], found[1]["source_ip"]) == ("fakeemailxyz@gmail.com", "1.1.1.1")
    assert (found[1]["user_agent_original"], found[1]["event_outcome"]) == ("UserAgent", "success")
    assert found[0]["ts"] == datetime(2021, 10, 19, 2, 57, 47, 339377, UTC)
    assert found[3]["fields"]["protoPayload.request.sourceRanges"] == ["0.0.0.0/0"]


def test_plasos_azure_activity() -> None:
    lines = (PLASO / "azure_activity_log.jsonl").read_bytes().splitlines()
    assert recognise(b"\n".join(lines) + b"\n") == "azure_activity"
    found = read("azure_activity", *lines).events.to_pylist()
    assert [one["event_action"] for one in found[:2]] == [
        "Microsoft.Compute/disks/delete",
        "Microsoft.Compute/virtualMachines/delete",
    ]
    assert found[1]["user_name"] == "fakeemail@fakedomain.com"
    assert {one["source_ip"] for one in found} == {"1.2.3.4"}
    assert {one["event_outcome"] for one in found} == {"unknown"}  # Started
    assert found[0]["http_request_method"] == "DELETE"
    assert found[0]["ts"] == datetime(2022, 2, 9, 3, 4, 54, 297853, UTC)


def test_plasos_microsoft_365() -> None:
    lines = (PLASO / "microsoft_audit_log.jsonl").read_bytes().splitlines()
    assert recognise(b"\n".join(lines) + b"\n") == "m365_audit"
    found = read("m365_audit", *lines, timezone="Asia/Bangkok").events.to_pylist()
    assert found[0]["ts"] == datetime(2022, 5, 7, 12, 55, 53, tzinfo=UTC)
    last = found[-1]
    assert (last["event_action"], last["user_name"], last["source_ip"]) == (
        "UserLoggedIn", "piet@sst5f.onmicrosoft.com", "0.0.0.0",  # noqa: S104  as it was logged
    )  # fmt: skip
    assert {one["event_outcome"] for one in found} == {"success"}


def test_plasos_cloudtrail_of_lookup_events() -> None:
    lines = (PLASO / "aws_cloudtrail.jsonl").read_bytes().splitlines()
    assert recognise(b"\n".join(lines) + b"\n") == "cloudtrail"
    parsed = read("cloudtrail", *lines)
    assert parsed.rejects == []
    first, second, _, fourth, *_ = parsed.events.to_pylist()
    assert (first["event_action"], first["user_name"], first["source_ip"]) == (
        "DescribeInstances", "fakeusername", "1.2.3.4",
    )  # fmt: skip
    assert first["ts"] == datetime(2022, 2, 7, 22, 23, 37, tzinfo=UTC)
    assert first["fields"]["EventId"] == first["fields"]["eventID"]
    assert second["fields"]["Resources.ResourceType"] == ["AWS::EC2::Instance"]
    assert "shutting-down" in second["fields"]["responseElements"]
    assert (fourth["source_ip"], fourth["source_address"]) == (None, "ec2.amazonaws.com")


def test_cloudtrails_outcomes() -> None:
    base = {"eventSource": "s3.amazonaws.com", "awsRegion": "ap-southeast-1", "eventName": "x"}
    for more, outcome in (
        ({}, "success"),
        ({"errorCode": "AccessDenied"}, "failure"),
        ({"responseElements": {"ConsoleLogin": "Failure"}}, "failure"),
        ({"responseElements": {"ConsoleLogin": "Success"}}, "success"),
    ):
        assert event("cloudtrail", line(base | more))["event_outcome"] == outcome


@pytest.mark.parametrize("inner", ['"not json"', '"[1]"', "5", '"{"'])
def test_torn_records_of_lookup_events(inner: str) -> None:
    assert event("cloudtrail", f'{{"EventName":"x","CloudTrailEvent":{inner}}}'.encode())["fields"]["EventName"] == "x"


def test_kubernetes_audit() -> None:
    (path,) = (SAMPLES / "crowdsec/k8s-audit-pod-exec-file").glob("*.log")
    found = event("k8s_audit", path.read_bytes().strip())
    expected = {
        "user_name": "minikube-user", "source_ip": "192.168.49.1", "event_action": "create", "event_outcome": "success",
        "http_response_status_code": 101, "user_agent_original": "kubectl/v1.26.0 (linux/amd64) kubernetes/b46a3f8",
        "ts": datetime(2023, 5, 17, 15, 8, 22, 763960, UTC),
    }  # fmt: skip
    assert {name: found[name] for name in expected} == expected
    refused = {"auditID": "a", "verb": "list", "annotations": {"authorization.k8s.io/decision": "forbid"}}
    assert event("k8s_audit", line(refused))["event_outcome"] == "failure"
