"""Access logs of Amazon's load balancers (application, classic, network with TLS) and of S3.

Formats: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html,
https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/access-log-collection.html,
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-access-logs.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html. Names of fields are theirs; times are UTC.
Fields that were added later stay in ``trailing``.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from warroom.parse import timestamps
from warroom.parse.web_columns import QUOTED, absent, by_pattern, extract, nanoseconds, requests, timed, web_part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warroom.parse.shapes import ParseContext, Part, Reject


def _line(fields: str, *, optional: str = "") -> str:
    """Make a pattern of the names of fields: ``"name"`` stands in quotes, ``[name]`` in brackets."""
    pattern = " ".join(map(_group, fields.split()))
    for field in optional.split():
        pattern += "(?: " + _group(field)
    return f"^{pattern}{')?' * len(optional.split()) if optional else ''}(?: (?P<trailing>.*))?$"


def _group(field: str) -> str:
    name = field.strip('"[]=')
    if field.startswith('"'):
        return f'(?:"(?P<{name}>{QUOTED})"|-)'
    if field.startswith("["):
        return rf"\[(?P<{name}>[^\]]{{20,32}})\]"
    return f"(?P<{name}>{_HOLDS.get(name, '[^ ]+')})"


_SECONDS: Final = r"-1|-|[0-9]{1,9}(?:\.[0-9]{1,9})?"
_COUNT: Final = r"-?[0-9]{1,18}|-"
_ISO: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,18}Z?"
_HOLDS: Final = {
    "type": "https?|h2|grpcs?|wss?", "time": _ISO, "elb_status_code": "[0-9]{3}|-", "received_bytes": _COUNT,
    "sent_bytes": _COUNT, "request_processing_time": _SECONDS, "version": r"[0-9.]{1,8}", "http_status": "[0-9]{3}|-",
    "bucket_owner": "[0-9a-f]{64}|-", "operation": r"[A-Z0-9]{1,32}(?:\.[A-Za-z0-9_-]{1,64}){0,6}|-", "tls": "tls",
}  # fmt: skip
_TIMING: Final = "request_processing_time {0}_processing_time response_processing_time elb_status_code {0}_status_code"
_APPLICATION: Final = _line(
    f'type time elb client target {_TIMING.format("target")} received_bytes sent_bytes "request" "user_agent" '
    'ssl_cipher ssl_protocol target_group_arn "trace_id"',
    optional='"domain_name" "chosen_cert_arn" matched_rule_priority request_creation_time "actions_executed" '
    '"redirect_url" "error_reason" "target_list" "target_status_code_list" "classification" "classification_reason" '
    'conn_trace_id "transformed_host" "transformed_uri" "request_transform_status"',
)
_CLASSIC: Final = _line(
    f'time elb client backend {_TIMING.format("backend")} received_bytes sent_bytes "request"',
    optional='"user_agent" ssl_cipher ssl_protocol',
)
_NETWORK: Final = _line(
    "tls version time elb listener client destination connection_time tls_handshake_time received_bytes sent_bytes "
    "incoming_tls_alert chosen_cert_arn chosen_cert_serial tls_cipher tls_protocol_version tls_named_group domain_name",
    optional='alpn_fe_protocol alpn_be_protocol "alpn_client_preference_list" tls_connection_creation_time',
)
_NETWORK_TYPED: Final = _NETWORK.replace("(?P<tls>tls)", "(?P<type>tls)")
_S3: Final = _line(
    'bucket_owner bucket [time] remote_ip requester request_id operation key "request" http_status error_code '
    'bytes_sent object_size total_time turn_around_time "referer" "user_agent"',
    optional="version_id host_id signature_version cipher_suite authentication_type host_header tls_version "
    "access_point_arn acl_required source_region",
)
_END: Final = r"^\[?(?P<address>[^\]]*?)\]?:(?P<port>[0-9]{1,5})$"
_SECOND: Final = 1_000_000_000
_MILLISECOND: Final = 1_000_000


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read lines of the format in the context, ``aws_elb`` or ``aws_s3``; rows are indices into ``text``."""

    def balancer(rows: pa.Array, found: dict[str, pa.Array]) -> Part | None:
        ts = timestamps.any_time(found.pop("time"), "UTC")
        rows, ts, found = timed(rows, ts, found)
        return web_part(rows, ts, found, _balancer(found), context)

    def bucket(rows: pa.Array, found: dict[str, pa.Array]) -> Part | None:
        ts = timestamps.common_log(found.pop("time"))
        rows, ts, found = timed(rows, ts, found)
        return web_part(rows, ts, found, _bucket(found), context)

    if context.format == "aws_s3":
        return by_pattern(text, [(_S3, bucket)], "no line of S3's server access log: expected `owner bucket [time] …`")
    patterns = [(pattern, balancer) for pattern in (_APPLICATION, _CLASSIC, _NETWORK_TYPED)]
    return by_pattern(text, patterns, "no line of a load balancer: expected `type time elb client:port target:port …`")


def _balancer(found: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    client = extract(found["client"], _END)
    behind = next(found[name] for name in ("target", "backend", "destination") if name in found)
    target = extract(behind, _END)
    core = {
        "source_address": client["address"],
        "source_ip": client["address"],
        "source_port": client["port"],
        "destination_address": target["address"],
        "destination_ip": target["address"],
        "destination_port": target["port"],
        "http_response_body_bytes": pc.replace_substring(found["sent_bytes"], "-1", "-"),
    }
    if "request" not in found:
        return core | {"url_domain": found["domain_name"]}
    times = [nanoseconds(column, _SECOND) for name, column in found.items() if name.endswith("_processing_time")]
    return (
        core
        | _request(found["request"])
        | {
            "http_response_status_code": found["elb_status_code"],
            "user_agent_original": found["user_agent"],
            "event_duration": reduce(pc.add, times),
        }
    )


def _bucket(found: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    return _request(found["request"]) | {
        "source_address": found["remote_ip"],
        "source_ip": found["remote_ip"],
        "user_name": found["requester"],
        "event_action": found["operation"],
        "event_reason": found["error_code"],
        "event_duration": nanoseconds(found["total_time"], _MILLISECOND),
        "http_response_status_code": found["http_status"],
        "http_response_body_bytes": found["bytes_sent"],
        "http_request_referrer": found["referer"],
        "user_agent_original": found["user_agent"],
        "url_domain": found["host_header"],
    }


def _request(lines: pa.Array) -> dict[str, pa.Array]:
    found = requests(pc.if_else(pc.starts_with(lines, "- "), pa.scalar(None, pa.string()), absent(lines)))
    return {
        "http_request_method": found["method"],
        "http_version": found["version"],
        "url_original": found["url"],
    }
