"""Tells by its names what a JSON object is an event of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _cloudtrail(event: dict[str, Any]) -> bool:
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html."""
    return {"eventSource", "eventName", "awsRegion"} <= event.keys() or "CloudTrailEvent" in event


def _k8s_audit(event: dict[str, Any]) -> bool:
    """https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/."""
    version = event.get("apiVersion")
    return {"auditID", "verb"} <= event.keys() or (isinstance(version, str) and version.startswith("audit.k8s.io/"))


def _suricata_eve(event: dict[str, Any]) -> bool:
    """https://docs.suricata.io/en/latest/output/eve/eve-json-format.html."""
    return {"event_type", "timestamp"} <= event.keys() and not {"flow_id", "stats"}.isdisjoint(event)


def _zeek(event: dict[str, Any]) -> bool:
    """https://docs.zeek.org/en/master/log-formats.html."""
    return "ts" in event and not {"_path", "@stream", "id.orig_h"}.isdisjoint(event)


def _evtx(event: dict[str, Any]) -> bool:
    """https://github.com/omerbenamram/evtx."""
    return isinstance(event.get("Event"), dict) and "System" in event["Event"]


def _aws_network_firewall(event: dict[str, Any]) -> bool:
    """https://docs.aws.amazon.com/network-firewall/latest/developerguide/firewall-logging-contents.html."""
    return {"firewall_name", "event_timestamp"} <= event.keys() and isinstance(event.get("event"), dict)


def _laurel(event: dict[str, Any]) -> bool:
    """https://github.com/threathunters-io/laurel."""
    return isinstance(event.get("ID"), str) and any(name.isupper() and name != "ID" for name in event)


def _modsecurity_audit(event: dict[str, Any]) -> bool:
    """https://github.com/owasp-modsecurity/ModSecurity/wiki and https://coraza.io/docs/seclang/directives/."""
    transaction = event.get("transaction")
    return isinstance(transaction, dict) and not {"client_ip", "remote_address", "transaction_id"}.isdisjoint(
        transaction
    )


def _wazuh(event: dict[str, Any]) -> bool:
    """https://documentation.wazuh.com/current/user-manual/manager/alert-management.html."""
    return {"rule", "agent", "manager"} <= event.keys()


def _nfdump_json(event: dict[str, Any]) -> bool:
    """https://github.com/phaag/nfdump."""
    return {"first", "last", "in_packets"} <= event.keys()


def _winlogbeat(event: dict[str, Any]) -> bool:
    """https://www.elastic.co/docs/reference/beats/winlogbeat/exported-fields-winlog."""
    inner = event.get("winlog")
    return (isinstance(inner, dict) and "channel" in inner) or "winlog.channel" in event


def _nxlog(event: dict[str, Any]) -> bool:
    """What PowerShell makes of events, whose names are not Windows' own: ``Id``, ``LogName``.

    Flat events that have ``Channel`` and ``EventID``, as NXLog's (docs.nxlog.co/refman/current/im/msvistalog.html), are
    understood by rules as they are, and read faster so.
    """
    if {"Channel", "EventID"} <= event.keys():
        return False
    channel = event.get("Channel", event.get("LogName"))
    windows = isinstance(channel, str) and not channel.startswith("Linux-")
    named = not {"SourceName", "ProviderName", "Provider_Name", "ProviderGuid", "Hostname"}.isdisjoint(event)
    return windows and named and not {"EventID", "Id"}.isdisjoint(event)


def _gcp_audit(event: dict[str, Any]) -> bool:
    """https://cloud.google.com/logging/docs/audit/understanding-audit-logs."""
    payload = event.get("protoPayload")
    return isinstance(payload, dict) and not {"methodName", "serviceName"}.isdisjoint(payload)


def _azure_signin(event: dict[str, Any]) -> bool:
    """https://learn.microsoft.com/entra/identity/monitoring-health/concept-activity-log-schemas."""
    category = event.get("category")
    if isinstance(category, str) and "operationName" in event:
        return category.endswith("SignInLogs")
    return {"createdDateTime", "status", "appId"} <= event.keys() and not {
        "userPrincipalName",
        "servicePrincipalName",
    }.isdisjoint(event)


def _azure_audit(event: dict[str, Any]) -> bool:
    """https://learn.microsoft.com/graph/api/resources/directoryaudit."""
    exported = event.get("category") == "AuditLogs" and "operationName" in event
    return exported or {"activityDisplayName", "activityDateTime"} <= event.keys()


def _azure_activity(event: dict[str, Any]) -> bool:
    """https://learn.microsoft.com/azure/azure-monitor/platform/activity-log-schema."""
    names = event.keys()
    given = {"correlationId", "operationName", "resourceId"} <= names or {"correlation_id", "operation_name"} <= names
    return given and not {"authorization", "identity", "caller", "callerIpAddress", "claims"}.isdisjoint(event)


def _m365_audit(event: dict[str, Any]) -> bool:
    """https://learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-schema."""
    return {"CreationTime", "Operation", "Workload"} <= event.keys()


def _guardduty(event: dict[str, Any]) -> bool:
    """https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-format.html."""
    finding = event.get("detail", event)
    if not isinstance(finding, dict):
        return False
    service = finding.get("service", finding.get("Service"))
    return isinstance(service, dict) and "guardduty" in (service.get("serviceName"), service.get("ServiceName"))


def _security_hub(event: dict[str, Any]) -> bool:
    """https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format.html."""
    return {"SchemaVersion", "ProductArn", "AwsAccountId"} <= event.keys()


def _docker(event: dict[str, Any]) -> bool:
    """https://docs.docker.com/engine/logging/drivers/json-file/."""
    return {"log", "stream", "time"} <= event.keys()


def _postgresql_json(event: dict[str, Any]) -> bool:
    """https://www.postgresql.org/docs/17/runtime-config-logging.html#RUNTIME-CONFIG-LOGGING-JSONLOG."""
    return {"error_severity", "timestamp"} <= event.keys() and not {"pid", "session_id", "line_num"}.isdisjoint(event)


def _keycloak_json(event: dict[str, Any]) -> bool:
    """https://www.keycloak.org/docs-api/latest/rest-api/#EventRepresentation, and its JSON log."""
    logger = event.get("loggerName")
    return (isinstance(logger, str) and logger.startswith("org.keycloak")) or (
        "realmId" in event and not {"type", "operationType"}.isdisjoint(event)
    )


def _caddy(event: dict[str, Any]) -> bool:
    """https://caddyserver.com/docs/logging."""
    logger = event.get("logger")
    return {"ts", "level", "msg"} <= event.keys() and isinstance(logger, str) and logger.startswith(("http.", "admin"))


def _envoy(event: dict[str, Any]) -> bool:
    """https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage."""
    return {"response_code", "response_flags"} <= event.keys()


def _traefik(event: dict[str, Any]) -> bool:
    """https://doc.traefik.io/traefik/observability/access-logs/."""
    return {"RequestMethod", "RequestPath"} <= event.keys() and not {"DownstreamStatus", "Duration"}.isdisjoint(event)


def _fastly(event: dict[str, Any]) -> bool:
    """https://www.fastly.com/documentation/guides/integrations/streaming-logs/custom-log-formats/."""
    return "client_ip" in event and not {"fastly_server", "fastly_is_edge"}.isdisjoint(event)


def _aws_waf(event: dict[str, Any]) -> bool:
    """https://docs.aws.amazon.com/waf/latest/developerguide/logging-fields.html."""
    return {"webaclId", "httpRequest"} <= event.keys()


def _azure_gateway(event: dict[str, Any]) -> bool:
    """https://learn.microsoft.com/azure/application-gateway/application-gateway-diagnostics."""
    category = event.get("category")
    return isinstance(category, str) and category.lower().startswith(("applicationgateway", "frontdoor"))


def _nginx_json(event: dict[str, Any]) -> bool:
    """https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format with ``escape=json``."""
    asked = not {"request", "request_uri", "request_method"}.isdisjoint(event)
    told = not {"body_bytes_sent", "http_user_agent", "time_local", "time_iso8601"}.isdisjoint(event)
    return "remote_addr" in event and "status" in event and asked and told


#: Format → whether an object is one of its events, by a sign that no other format here gives.
_SHAPES: Final[Mapping[str, Callable[[dict[str, Any]], bool]]] = {
    "cloudtrail": _cloudtrail,
    "k8s_audit": _k8s_audit,
    "suricata_eve": _suricata_eve,
    "aws_network_firewall": _aws_network_firewall,
    "laurel": _laurel,
    "modsecurity_audit": _modsecurity_audit,
    "wazuh": _wazuh,
    "nfdump_json": _nfdump_json,
    "postgresql_json": _postgresql_json,
    "keycloak_json": _keycloak_json,
    "zeek": _zeek,
    "evtx": _evtx,
    "winlogbeat": _winlogbeat,
    "nxlog": _nxlog,
    "gcp_audit": _gcp_audit,
    "azure_signin": _azure_signin,
    "azure_audit": _azure_audit,
    "azure_activity": _azure_activity,
    "m365_audit": _m365_audit,
    "guardduty": _guardduty,
    "security_hub": _security_hub,
    "docker": _docker,
    "caddy": _caddy,
    "envoy": _envoy,
    "traefik": _traefik,
    "fastly": _fastly,
    "aws_waf": _aws_waf,
    "azure_gateway": _azure_gateway,
    "nginx_json": _nginx_json,
}


def shape_of(event: dict[str, Any]) -> str:
    """Give the format of an event; ``jsonl`` where its names tell nothing."""
    return next((name for name, test in _SHAPES.items() if test(event)), "jsonl")
