"""Audit logs of web application firewalls as JSON: ModSecurity 2 and 3, Coraza; one transaction a line.

Format: https://github.com/owasp-modsecurity/ModSecurity/wiki (SecAuditLogFormat JSON) and
https://coraza.io/docs/seclang/directives/#secauditlogformat. The rules that matched are lists, in their order.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from warroom.parse.records import Event, read_objects
from warroom.parse.wall_time import WallTime

if TYPE_CHECKING:
    import pyarrow as pa

    from warroom.parse.shapes import ParseContext, Part, Reject

_TAG: Final = re.compile(r'\[(id|msg|severity) "((?:[^"\\]|\\.)*)"\]')
_REQUEST: Final = re.compile(r"(?P<method>[A-Z]{1,20}) (?P<url>.*?)(?: HTTP/(?P<version>[0-9.]{1,4}))?")
_EXPECTED: Final = "no audit record of a web application firewall: there is no `transaction`"
#: A record names the rules of one request; more are an attack on the reader.
_MOST: Final = 1000


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read transactions; rows are indices into ``text``."""
    wall = WallTime(context)
    return read_objects(text, context, lambda document: _event(document, wall))


def _event(document: dict[str, Any], wall: WallTime) -> Event | str:
    transaction = document.get("transaction")
    if not isinstance(transaction, dict):
        return _EXPECTED
    request, response = (_part(document, transaction, name) for name in ("request", "response"))
    rules = _rules(document, transaction)
    line = _REQUEST.fullmatch(_text(request, "request_line") or "")
    status = _text(response, "http_code", "status")
    blocked = _blocked(document, transaction, status)
    headers = _headers(request)
    core = {
        "message": rules[0]["message"] if rules else None,
        "rule_name": rules[0]["message"] or rules[0]["id"] if rules else None,
        "event_action": "request_blocked" if blocked else "rule_matched" if rules else "request",
        "event_outcome": "failure" if blocked else None,
        "source_ip": _text(transaction, "client_ip", "remote_address"),
        "source_port": _text(transaction, "client_port", "remote_port"),
        "destination_ip": _text(transaction, "host_ip", "local_address"),
        "destination_port": _text(transaction, "host_port", "local_port"),
        "http_request_method": _text(request, "method") or (line and line["method"]),
        "http_version": (_text(request, "http_version", "protocol") or (line and line["version"]) or "").removeprefix(
            "HTTP/"
        ),
        "http_response_status_code": status,
        "url_original": _text(request, "uri") or (line and line["url"]),
        "url_domain": headers.get("host", _text(transaction, "server_id") if "server_id" not in transaction else None),
        "user_agent_original": headers.get("user-agent"),
        "http_request_referrer": headers.get("referer"),
    }
    told = {
        f"rule_{name}": [rule[name] for rule in rules if rule[name]]
        for name in ("id", "message", "severity")
        if any(rule[name] for rule in rules)
    }
    return Event({**document, **told}, core, _time(transaction, wall))


def _part(document: dict[str, Any], transaction: dict[str, Any], name: str) -> dict[str, Any]:
    """Find a part where version 3 and Coraza have it, or beside the transaction as version 2 does."""
    found = transaction.get(name, document.get(name))
    return found if isinstance(found, dict) else {}


def _text(found: dict[str, Any], *names: str) -> str | None:
    value = next((found[name] for name in names if found.get(name) not in (None, "")), None)
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else None


def _headers(request: dict[str, Any]) -> dict[str, str]:
    """Give headers in small letters; of several values the first."""
    headers = request.get("headers")
    found: dict[str, str] = {}
    for name, value in headers.items() if isinstance(headers, dict) else ():
        first = value[0] if isinstance(value, list) and value else value
        if isinstance(first, str):
            found.setdefault(name.lower(), first)
    return found


def _rules(document: dict[str, Any], transaction: dict[str, Any]) -> list[dict[str, str | None]]:
    audit = document.get("audit_data")
    holders = (transaction, document, audit if isinstance(audit, dict) else {})
    messages = next((found for one in holders if isinstance(found := one.get("messages"), list)), [])
    return [_rule(message) for message in messages[:_MOST]]


def _rule(message: Any) -> dict[str, str | None]:  # noqa: ANN401 - any JSON value
    if isinstance(message, str):  # version 2: the words of the error log
        tags = dict(_TAG.findall(message))
        return {"id": tags.get("id"), "message": tags.get("msg") or message[:1000], "severity": tags.get("severity")}
    if not isinstance(message, dict):
        return {"id": None, "message": None, "severity": None}
    details = message.get("details", message.get("data"))
    details = details if isinstance(details, dict) else {}
    return {
        "id": _text(details, "ruleId", "id"),
        "message": _text(message, "message") or _text(details, "msg"),
        "severity": _text(details, "severity"),
    }


def _blocked(document: dict[str, Any], transaction: dict[str, Any], status: str | None) -> bool:
    """Whether the firewall stopped the request: it says so, or it was enforcing and the answer is a refusal."""
    audit = document.get("audit_data")
    action = audit.get("action") if isinstance(audit, dict) else None
    if isinstance(action, dict):
        return action.get("intercepted") is True
    if isinstance(transaction.get("is_interrupted"), bool):
        return bool(transaction["is_interrupted"])
    producer = transaction.get("producer")
    engine = _text(producer, "secrules_engine", "rule_engine") if isinstance(producer, dict) else None
    return bool(_rules(document, transaction)) and (engine or "").lower() in ("enabled", "on") and status == "403"


def _time(transaction: dict[str, Any], wall: WallTime) -> str | None:
    count = _text(transaction, "unix_timestamp")
    written = _text(transaction, "time_stamp", "timestamp", "time")
    return (count and wall.iso(count)) or (written and wall.iso(written)) or None
