"""The names that single formats have for core columns: looked for before the general ones in native.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_Names = Mapping[str, tuple[str, ...]]

#: Names of Windows events: https://learn.microsoft.com/windows/win32/wes/eventschema-schema, and those of the events
#: that IIS writes of requests (W3C's names, but for parentheses).
_WINDOWS: Final[_Names] = {
    "source_ip": ("c-ip",),
    "destination_ip": ("s-ip",),
    "destination_port": ("s-port",),
    "host_hostname": ("Computer",),
    "http_request_method": ("cs-method",),
    "http_request_referrer": ("csReferer",),
    "http_version": ("cs-version",),
    "http_response_status_code": ("sc-status",),
    "http_response_body_bytes": ("sc-bytes",),
    "url_domain": ("cs-host",),
    "url_path": ("cs-uri-stem",),
    "url_query": ("cs-uri-query",),
    "user_agent_original": ("csUser-Agent",),
}

#: Format → core column → names, most telling first.
OWN_NAMES: Final[Mapping[str, _Names]] = {
    # https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
    "cloudtrail": {
        "user_name": (
            "userIdentity.userName",
            "userIdentity.sessionContext.sessionIssuer.userName",
            "userIdentity.onBehalfOf.userId",
            "userIdentity.arn",
            "userIdentity.principalId",
            "userIdentity.invokedBy",
        ),
        "user_id": ("userIdentity.principalId", "userIdentity.arn", "userIdentity.accountId"),
        "source_address": ("sourceIPAddress",),
        "event_reason": ("errorCode", "errorMessage"),
    },
    # https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-format.html
    "guardduty": {
        "message": ("Title", "title", "detail.title"),
        "rule_name": ("Type", "type", "detail.type"),
        "source_ip": tuple(
            f"{detail}{service}.{action}.{remote}.{ip}"
            for detail, service, remote, ip in (
                ("", "Service", "RemoteIpDetails", "IpAddressV4"),
                ("", "service", "remoteIpDetails", "ipAddressV4"),
                ("detail.", "service", "remoteIpDetails", "ipAddressV4"),
            )
            for action in (
                ("Action.AwsApiCallAction", "Action.NetworkConnectionAction")
                if service == "Service"
                else ("action.awsApiCallAction", "action.networkConnectionAction")
            )
        ),
    },
    # https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format.html
    "security_hub": {
        "message": ("Title",),
        "rule_name": ("GeneratorId",),
        "event_reason": ("Description",),
        "source_ip": ("Network.SourceIpV4", "Network.SourceIpV6"),
        "source_port": ("Network.SourcePort",),
        "destination_ip": ("Network.DestinationIpV4", "Network.DestinationIpV6"),
        "destination_port": ("Network.DestinationPort",),
    },
    # https://cloud.google.com/logging/docs/reference/audit/auditlog/rest/Shared.Types/AuditLog
    "gcp_audit": {
        "event_action": ("protoPayload.methodName",),
        "event_outcome": ("protoPayload.status.code",),
        "event_reason": ("protoPayload.status.message", "protoPayload.requestMetadata.requestAttributes.reason"),
        "source_ip": ("protoPayload.requestMetadata.callerIp",),
        "source_address": ("protoPayload.requestMetadata.callerIp",),
        "user_name": (
            "protoPayload.authenticationInfo.principalEmail",
            "protoPayload.authenticationInfo.principalSubject",
        ),
        "user_id": ("protoPayload.authenticationInfo.principalSubject",),
        "user_agent_original": ("protoPayload.requestMetadata.callerSuppliedUserAgent",),
    },
    # https://learn.microsoft.com/azure/azure-monitor/platform/activity-log-schema: as exported, as the REST interface
    # gives it, and as the command line writes it
    "azure_activity": {
        "event_action": (
            "operationName.value",
            "operation_name.value",
            "operationName",
            "operation_name",
            "OperationNameValue",
        ),
        "event_outcome": (
            "status.value",
            "resultType",
            "properties.status",
            "ActivityStatusValue",
        ),
        "event_reason": (
            "subStatus.value",
            "sub_status.value",
            "resultSignature",
            "properties.statusCode",
            "ActivitySubstatusValue",
        ),
        "source_ip": (
            "callerIpAddress",
            "httpRequest.clientIpAddress",
            "http_request.client_ip_address",
            "CallerIpAddress",
            "claims.ipaddr",
            "identity.claims.ipaddr",
        ),
        "user_name": (
            "caller",
            "Caller",
            "identity.claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
            "identity.claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
            "identity.claims.name",
            "identity.authorization.evidence.principalId",
        ),
        "user_id": (
            "claims.http://schemas.microsoft.com/identity/claims/objectidentifier",
            "identity.claims.http://schemas.microsoft.com/identity/claims/objectidentifier",
        ),
        "http_request_method": ("httpRequest.method", "http_request.method"),
    },
    # https://learn.microsoft.com/graph/api/resources/signin, and as exported to a hub (under `properties`)
    "azure_signin": {
        "event_action": ("operationName", "OperationName"),
        "event_outcome": ("resultType", "ResultType", "properties.status.errorCode", "status.errorCode"),
        "event_reason": (
            "properties.status.failureReason",
            "status.failureReason",
            "resultDescription",
            "ResultDescription",
        ),
        "source_ip": ("callerIpAddress", "properties.ipAddress", "ipAddress", "IPAddress"),
        "user_name": (
            "properties.userPrincipalName",
            "userPrincipalName",
            "UserPrincipalName",
            "properties.servicePrincipalName",
            "servicePrincipalName",
            "identity",
        ),
        "user_id": (
            "properties.userId",
            "userId",
            "UserId",
            "properties.servicePrincipalId",
            "servicePrincipalId",
        ),
        "device_id": ("properties.deviceDetail.deviceId", "deviceDetail.deviceId"),
        "user_agent_original": ("properties.userAgent", "userAgent", "UserAgent"),
        "source_geo_country_iso_code": (
            "properties.location.countryOrRegion",
            "location.countryOrRegion",
            "location",
            "Location",
        ),
    },
    # https://learn.microsoft.com/graph/api/resources/directoryaudit, and as exported to a hub
    "azure_audit": {
        "event_action": (
            "properties.activityDisplayName",
            "activityDisplayName",
            "ActivityDisplayName",
            "operationName",
            "OperationName",
        ),
        "event_outcome": ("properties.result", "result", "Result", "resultType"),
        "event_reason": ("properties.resultReason", "resultReason", "resultDescription", "ResultReason"),
        "source_ip": (
            "properties.initiatedBy.user.ipAddress",
            "initiatedBy.user.ipAddress",
            "callerIpAddress",
        ),
        "user_name": (
            "properties.initiatedBy.user.userPrincipalName",
            "initiatedBy.user.userPrincipalName",
            "properties.initiatedBy.app.displayName",
            "initiatedBy.app.displayName",
            "identity",
        ),
        "user_id": (
            "properties.initiatedBy.user.id",
            "initiatedBy.user.id",
            "properties.initiatedBy.app.servicePrincipalId",
            "initiatedBy.app.servicePrincipalId",
        ),
    },
    # https://learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-schema
    "m365_audit": {
        "event_action": ("Operation",),
        "event_outcome": ("ResultStatus",),
        "event_reason": ("LogonError", "ResultStatusDetail"),
        "source_ip": ("ClientIP", "ClientIPAddress", "ActorIpAddress"),
        "source_address": ("ClientIP", "ClientIPAddress", "ActorIpAddress"),
        "source_port": ("ClientIP", "ClientIPAddress"),
        "user_name": ("UserId",),
        "user_id": ("UserKey",),
        "user_agent_original": ("UserAgent", "ClientInfoString"),
        "file_path": ("SourceFileName",),
    },
    # https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/
    "k8s_audit": {
        "event_action": ("verb",),
        "event_outcome": ("annotations.authorization.k8s.io/decision",),
        "event_reason": ("annotations.authorization.k8s.io/reason", "responseStatus.reason"),
        "http_response_status_code": ("responseStatus.code",),
        "source_ip": ("sourceIPs",),
        "user_name": ("user.username",),
        "user_id": ("user.uid",),
    },
    # https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html
    "vpc_flow": {
        "source_ip": ("srcaddr", "pkt-srcaddr"),
        "source_port": ("srcport",),
        "destination_ip": ("dstaddr", "pkt-dstaddr"),
        "destination_port": ("dstport",),
        "event_outcome": ("action",),
        "event_reason": ("reject-reason",),
    },
    "evtx": _WINDOWS,
    "windows_xml": _WINDOWS,
    "winlogbeat": _WINDOWS,
    "nxlog": _WINDOWS,
}

#: Format → names of its times, most telling first.
OWN_TIMES: Final[Mapping[str, tuple[str, ...]]] = {
    "cloudtrail": ("eventTime", "EventTime"),
    "azure_activity": ("eventTimestamp", "event_timestamp", "time", "TimeGenerated"),
    "azure_signin": ("properties.createdDateTime", "createdDateTime", "time", "TimeGenerated", "CreatedDateTime"),
    "azure_audit": ("properties.activityDateTime", "activityDateTime", "time", "TimeGenerated", "ActivityDateTime"),
    "gcp_audit": ("timestamp", "receiveTimestamp"),
    "guardduty": ("Service.EventLastSeen", "service.eventLastSeen", "detail.service.eventLastSeen", "UpdatedAt"),
    "m365_audit": ("CreationTime",),
    "security_hub": ("LastObservedAt", "UpdatedAt", "CreatedAt"),
    "k8s_audit": ("requestReceivedTimestamp", "stageTimestamp"),
    "vpc_flow": ("start", "end"),
    "winlogbeat": ("TimeCreated_SystemTime",),
    "nxlog": ("TimeCreated_SystemTime",),
}
