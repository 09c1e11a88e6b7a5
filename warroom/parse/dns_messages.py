"""What BIND and dnsmasq say of queries, refusals, transfers and leases.

Wording: BIND 9's ns/client.c, ns/query.c, ns/xfrout.c and dns/xfrin.c (9.4 to 9.20), dnsmasq's cache.c and rfc2131.c.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_HEAD: Final = 4096
_NAME: Final = r"[^ ()']{0,1024}"
_CLIENT: Final = (
    r"client (?:@0x[0-9a-f]{1,16} )?(?P<address>[0-9a-fA-F.:%]{2,64})#(?P<port>[0-9]{1,5})"
    r"(?:/key (?P<key>[^ :]{1,255}))?(?: \((?P<asked>" + _NAME + r")\))?: (?:view (?P<view>[^ :]{1,64}): )?"
)
_QUESTION: Final = (
    r"(?P<dns_question_name>" + _NAME + r")/(?P<query_type>[A-Z0-9-]{1,16})/(?P<query_class>[A-Z0-9]{1,8})"
)
_ZONE: Final = r"'(?P<zone>[^'/]{0,1024})(?:/[A-Z0-9]{1,8})?'"
_BIND: Final = [
    (re.compile(pattern, re.DOTALL), action, outcome)
    for pattern, action, outcome in (
        (_CLIENT + r"query: (?P<dns_question_name>[^ ]{0,1024}) (?P<query_class>[A-Z0-9]{1,8}) "
         r"(?P<query_type>[A-Z0-9-]{1,16}) (?P<flags>[-+][A-Z()0-9]{0,32})(?: \((?P<destination_address>[^)]{1,64})\))?"
         r"(?: \[.*\])?", "dns_query", None),
        (_CLIENT + r"(?P<kind>query(?: \(cache\))?|recursion|zone transfer|update|notify) " + _QUESTION.join("''")
         + r" (?P<reason>denied.*|refused.*)", "dns_denied", "failure"),
        (_CLIENT + r"(?P<kind>zone transfer|update|update forwarding) " + _ZONE + r" (?P<reason>denied.*|failed.*)",
         "dns_denied", "failure"),
        (_CLIENT + r"(?P<reason>query failed \([A-Z0-9 ]{1,32}\)) for " + _QUESTION + r" at .*",
         "dns_failed", "failure"),
        (_CLIENT + r"(?P<kind>transfer) of " + _ZONE
         + r": (?P<reason>[AI]XFR(?:-style [AI]XFR)? (?:started|ended).*)", "dns_transfer", None),
        (_CLIENT + r"(?P<kind>bad zone transfer request): " + _ZONE + r": (?P<reason>.*)", "dns_transfer", "failure"),
        (r"transfer of " + _ZONE + r" from (?P<address>[0-9a-fA-F.:%]{2,64})#(?P<port>[0-9]{1,5}): (?P<reason>.*)",
         "dns_transfer", None),
        (_CLIENT + r"rpz (?P<rpz_type>[A-Z-]{1,16}) (?P<rpz_policy>[A-Za-z-]{1,32}) rewrite " + _QUESTION
         + r" via (?P<rpz_rule>[^ ]{1,1024}).*", "dns_rewritten", None),
        (_CLIENT + r"rate limit (?P<reason>(?:drop|slip|stop limiting).*)", "dns_limited", None),
        (_CLIENT + r"(?P<reason>.*)", "dns_client", None),
    )
]  # fmt: skip
_DNSMASQ: Final = [
    (re.compile(pattern), action)
    for pattern, action in (
        ((r"(?:[0-9]{1,10} )?(?:[^ /]{2,64}/[0-9]{1,5} )?query\[(?P<query_type>[^\]]{1,32})\] "
         r"(?P<dns_question_name>[^ ]{0,1024}) from (?P<address>[^ ]{2,64})"), "dns_query"),
        ((r"(?:[0-9]{1,10} )?(?:(?P<address>[^ /]{2,64})/(?P<port>[0-9]{1,5}) )?forwarded "
         r"(?P<dns_question_name>[^ ]{0,1024}) to (?P<destination_address>[^ #]{2,64})(?:#[0-9]{1,5})?"),
         "dns_forwarded"),
        ((r"(?:[0-9]{1,10} )?(?:(?P<address>[^ /]{2,64})/(?P<port>[0-9]{1,5}) )?"
         r"(?P<kind>reply|cached|config|cached-stale|/[^ ]{1,255}|validation result|DHCP) "
         r"(?P<dns_question_name>[^ ]{0,1024}) is (?P<answer>.*)"), "dns_answer"),
        ((r"(?:[0-9]{1,18} )?(?P<kind>DHCP[A-Z]{1,16}|BOOTP)\((?P<interface>[^)]{1,64})\)"
         r"(?: (?P<address>[0-9a-fA-F.:]{2,64}))?"
         r"(?: (?P<mac>[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5,19}))?(?: (?P<client_name>[^ ]{1,255}))?"), "dhcp_lease"),
        (r"possible DNS-rebind attack detected: (?P<dns_question_name>.{1,1024})", "dns_rebind"),
    )
]  # fmt: skip


def facts(program: str, message: str) -> Mapping[str, str | None]:
    """Read one message; see programs.py for the names."""
    head = message[:_HEAD]
    if program.startswith("dnsmasq"):
        for pattern, action in _DNSMASQ:
            if match := pattern.fullmatch(head):
                return {**match.groupdict(), "action": action}
        return {}
    for pattern, action, outcome in _BIND:
        if match := pattern.fullmatch(head):
            found: dict[str, str | None] = {**match.groupdict(), "action": action, "outcome": outcome}
            asked = found.pop("asked", None)
            found["dns_question_name"] = found.get("dns_question_name") or asked
            return found
    return {}
