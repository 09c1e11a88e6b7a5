"""Cisco's messages: ASA, FTD, PIX and IOS — ``%ASA-6-302013: Built outbound TCP connection …``.

Wording: Cisco Secure Firewall ASA Series Syslog Messages; IOS: ``%FACILITY-SEVERITY-MNEMONIC: text``. A message
that has no pattern here is an event all the same, with its number, severity and words.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warroom.parse.line_heads import LONGEST, read_head
from warroom.parse.records import Event, event_of, read_lines
from warroom.parse.wall_time import WallTime

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from warroom.parse.shapes import ParseContext, Part, Reject

_MARK: Final = re.compile(
    r"(?:^|(?<=[ >:]))%(?P<facility>[A-Z0-9_]{2,32}(?:-[A-Z0-9_]{1,32}){0,2}?)-(?P<severity>[0-7])-"
    r"(?P<number>[A-Z0-9_]{2,64}): ?"
)


def _end(side: str) -> str:
    """Pattern of ``interface:address/port`` with what may stand behind it: a translated address, a user."""
    return (
        rf"(?P<{side}_interface>[^\s:/]{{1,64}}):(?P<{side}>[^\s/()]{{1,100}})(?:/(?P<{side}_port>[0-9]{{1,5}}))?"
        rf"(?: ?\((?P<{side}_map>[^\s/()]{{1,100}})(?:/(?P<{side}_map_port>[0-9]{{1,5}}))?\))?"
        rf"(?:\((?P<{side}_user>[^()]{{1,200}})\))?"
    )


_SRC: Final = _end("src")
_DST: Final = _end("dst")
_QUOTED: Final = r"[\"'<]?"
#: A name goes to the words behind it; where the words could be part of it, the last count.
_USER: Final = r"(?P<user>[^>\"]{0,200}?)"
_Rule = tuple[re.Pattern[str], str, str | None]


def _rule(pattern: str, action: str, outcome: str | None) -> _Rule:
    return re.compile(pattern), action, outcome


_ACL: Final = _rule(
    r"(?P<verdict>Deny|Permit|permitted|denied) (?P<proto>\S{1,20}) (?:src|source) " + _SRC + r" (?:dst|dest) " + _DST
    + r"(?: \(type (?P<icmp_type>[0-9]{1,3}), code (?P<icmp_code>[0-9]{1,3})\))? by access-group \"?"
    r"(?P<rule_name>[^\"\s]{1,200}).*",
    "block",
    "failure",
)  # fmt: skip
_ACL_HIT: Final = _rule(
    r"access-list (?P<rule_name>\S{1,200}) (?P<verdict>permitted|denied|est-allowed) (?P<proto>\S{1,20}) "
    r"(?:for user '[^']{0,200}' )?(?P<src_interface>[^\s/]{1,64})/(?P<src>[^\s()]{1,100})\((?P<src_port>[0-9]{1,5})\)"
    r"(?:\([^()]{0,200}\))? -> (?P<dst_interface>[^\s/]{1,64})/(?P<dst>[^\s()]{1,100})\((?P<dst_port>[0-9]{1,5})\).*",
    "block",
    "failure",
)
_BUILT: Final = _rule(
    r"Built (?P<direction>inbound|outbound) (?P<proto>TCP|UDP|SCTP) connection (?P<connection>[0-9]{1,20}) for "
    + _SRC + r" to " + _DST + r".*",
    "connection_start",
    "success",
)  # fmt: skip
_TEARDOWN: Final = _rule(
    r"Teardown (?P<proto>TCP|UDP|SCTP) connection (?P<connection>[0-9]{1,20}) for " + _SRC + r" to " + _DST
    + r"(?: duration (?P<duration>[0-9]{1,6}:[0-9]{2}:[0-9]{2}))?(?: bytes (?P<bytes>[0-9]{1,18}))?(?: "
    r"(?P<event_reason>.*))?",
    "connection_end",
    None,
)  # fmt: skip
_ICMP: Final = _rule(
    r"(?P<what>Built|Teardown) (?:(?P<direction>inbound|outbound) )?(?P<proto>ICMP) connection for faddr "
    r"(?P<dst>[^\s/()]{1,100})/(?P<dst_port>[0-9]{1,5})(?:\([^()]{0,200}\))? gaddr (?P<src_map>[^\s/]{1,100})"
    r"/[0-9]{1,5} "
    r"laddr (?P<src>[^\s/()]{1,100})/(?P<src_port>[0-9]{1,5}).*",
    "connection",
    None,
)
_XLATE: Final = _rule(
    r"(?P<what>Built|Teardown) (?P<kind>static|dynamic|portmap) (?:(?P<proto>TCP|UDP|ICMP|SCTP) )?translation from "
    r"(?P<src_interface>[^\s:]{1,64}):(?P<src>[^\s/()]{1,100})(?:/(?P<src_port>[0-9]{1,5}))?(?:\("
    r"(?P<src_user>[^()]{1,200})\))?"
    r" to (?P<dst_interface>[^\s:(]{1,64})(?:\([^()]{1,200}\))?:(?P<nat_ip>[^\s/]{1,100})(?:/(?P<nat_port>[0-9]{1,5}))?"
    r"(?: duration (?P<duration>\S{1,20}))?.*",
    "nat_translation",
    None,
)
_AAA: Final = _rule(
    r"AAA user (?P<kind>\S{1,40}) (?P<result>Successful|Rejected) ?: ?(?:reason = (?P<event_reason>[^:]{0,300}?) : )?"
    r"(?:server = *(?P<server>\S{1,100}) ?)?: *user = " + _USER + r"(?: ?: user IP = (?P<src>\S{1,100}))?",
    "authentication",
    None,
)
_GROUP_USER: Final = r"Group <(?P<group>[^>]{0,200})> User <(?P<user>[^>]{0,200})> IP <(?P<src>[^>]{1,100})> "
_ASSIGNED: Final = _rule(
    r"(?:TunnelGroup <(?P<tunnel_group>[^>]{0,200})> GroupPolicy|Group) <(?P<group>[^>]{0,200})> User <"
    r"(?P<user>[^>]{0,200})> "
    r"IP <(?P<src>[^>]{1,100})> (?:IPv4 Address <(?P<assigned_ip>[^>]{0,100})> IPv6 [Aa]ddress <"
    r"(?P<assigned_ipv6>[^>]{0,100})> "
    r"assigned to session|Assigned address <(?P<assigned_ip2>[^>]{0,100})>.*).*",
    "vpn_address_assigned",
    "success",
)
_WORDS: Final = (
    (_rule(_GROUP_USER + r"AnyConnect parent session started\.?.*", "vpn_connect", "success")),
    (
        _rule(
            _GROUP_USER + r"(?:SVC|AnyConnect|First|UDP|TCP).{0,300}(?:established|started|connection).*",
            "vpn_tunnel",
            None,
        )
    ),
    (_rule(_GROUP_USER + r".*", "vpn", None)),
)
#: Message number → how its text reads.
_MESSAGES: Final[Mapping[str, tuple[_Rule, ...]]] = {
    **dict.fromkeys(("106023", "106103"), (_ACL, _ACL_HIT)),
    "106100": (_ACL_HIT,),
    **dict.fromkeys(("302013", "302015"), (_BUILT,)),
    **dict.fromkeys(("302014", "302016"), (_TEARDOWN,)),
    **dict.fromkeys(("302020", "302021"), (_ICMP,)),
    **dict.fromkeys(("305009", "305010", "305011", "305012"), (_XLATE,)),
    **dict.fromkeys(("113004", "113005", "113014", "113016", "113017"), (_AAA,)),
    "106001": (_rule(
        r"(?P<direction>Inbound) (?P<proto>TCP) connection denied from (?P<src>[^\s/]{1,100})/"
        r"(?P<src_port>[0-9]{1,5}) to "
        r"(?P<dst>[^\s/]{1,100})/(?P<dst_port>[0-9]{1,5}) flags (?P<tcp_flags>.{0,60}?) +on interface "
        r"(?P<src_interface>\S{1,64})",
        "block", "failure",
    ),),
    **dict.fromkeys(("106006", "106007", "106010", "106014", "106015", "106021"), (_rule(
        r"Deny (?:(?:inbound|no connection|reverse path check) ?)?(?:\((?:no connection)\) )?(?:"
        r"(?P<proto>[A-Za-z]{2,10}) )?"
        r"(?:reverse path check )?(?:\(no connection\) )?(?:from|src) (?:(?P<src_interface>[^\s:]{1,64}):)?"
        r"(?P<src>[^\s/]{1,100})"
        r"(?:/(?P<src_port>[0-9]{1,5}))? (?:to|dst) (?:(?P<dst_interface>[^\s:]{1,64}):)?(?P<dst>[^\s/]{1,100})"
        r"(?:/(?P<dst_port>[0-9]{1,5}))?.*", "block", "failure",
    ),)),
    "605004": (_rule(
        r"Login denied from (?P<src>[^\s/]{1,100})/(?P<src_port>\w{1,20}) to (?P<dst_interface>[^\s:]{1,64}):"
        r"(?P<dst>[^\s/]{1,100})/"
        r"(?P<service>\S{1,40}) for user \"(?P<user>.{0,200})\"", "login", "failure",
    ),),
    "605005": (_rule(
        r"Login permitted from (?P<src>[^\s/]{1,100})/(?P<src_port>\w{1,20}) to (?P<dst_interface>[^\s:]{1,64}):"
        r"(?P<dst>[^\s/]{1,100})/"
        r"(?P<service>\S{1,40}) for user \"(?P<user>.{0,200})\"", "login", "success",
    ),),
    "113015": (_rule(
        r"AAA user authentication Rejected : reason = (?P<event_reason>[^:]{0,300}?) : local database : user = " + _USER
        + r"(?: ?: user IP = (?P<src>\S{1,100}))?", "authentication", "failure",
    ),),
    "113012": (_rule(r"AAA user authentication Successful : local database : user = "
    r"(?P<user>.{0,200})", "authentication", "success"),),
    "113039": _WORDS[:1],
    "722051": (_ASSIGNED,),
    **dict.fromkeys(("722022", "722023", "722033", "722034", "722037", "722028"), _WORDS[1:]),
    "113019": (_rule(
        r"Group = (?P<group>[^,]{0,200}), Username = (?P<user>.{0,200}), IP = (?P<src>[^,]{1,100}), Session"
        r" disconnected\. "
        r"Session Type: (?P<session_type>[^,]{0,100}), Duration: (?P<duration>[^,]{0,40}), Bytes xmt: "
        r"(?P<bytes_sent>[0-9]{1,18}), "
        r"Bytes rcv: (?P<bytes_received>[0-9]{1,18}), Reason: (?P<event_reason>.*)", "vpn_disconnect", None,
    ),),
    **dict.fromkeys(("716001", "716002"), (
        _rule(_GROUP_USER + r"WebVPN session started\.", "vpn_connect", "success"),
        _rule(_GROUP_USER + r"WebVPN session terminated: (?P<event_reason>.*)", "vpn_disconnect", None),
    )),
    "111008": (_rule(r"User " + _QUOTED + r"(?P<user>[^']{1,200})' executed the '(?P<command>.*)'"
    r" command\.?", "command", None),),
    "111010": (_rule(
        r"User '(?P<user>[^']{1,200})', running '(?P<application>[^']{0,100})' from IP (?P<src>\S{1,100}), executed '"
        r"(?P<command>.*)'",
        "command", None,
    ),),
    "733100": (_rule(r"\[ *(?P<rule_name>[^\]]{1,200})\] drop rate-(?P<rate>\d) exceeded.*", "threat_detected", None),),
    "IPACCESSLOGP": (_rule(
        r"list (?P<rule_name>\S{1,200}) (?P<verdict>permitted|denied) (?P<proto>\S{1,20}) (?P<src>[^\s()]{1,100})\("
        r"(?P<src_port>[0-9]{1,5})\)"
        r"(?: \([^()]{0,200}\))? -> (?P<dst>[^\s()]{1,100})\((?P<dst_port>[0-9]{1,5})\).*", "block", "failure",
    ),),
    "LOGIN_SUCCESS": (_rule(r"Login Success \[user: (?P<user>[^\]]{0,200})\] \[Source: (?P<src>[^\]]{1,100})"
    r"\].*", "login", "success"),),
    "LOGIN_FAILED": (_rule(
        r"Login failed \[user: (?P<user>[^\]]{0,200})\] \[Source: (?P<src>[^\]]{1,100})\] \[localport: [^\]]{0,20}\] "
        r"\[Reason: (?P<event_reason>[^\]]{0,300})\].*", "login", "failure",
    ),),
    "CONFIG_I": (_rule(
        r"Configured from (?P<terminal>\S{1,64})(?: by (?P<user>\S{1,200}))?(?: on (?P<line>\S{1,40}))?(?: \("
        r"(?P<src>[^()]{1,100})\))?",
        "configuration_changed", "success",
    ),),
}  # fmt: skip
_PERMITTED: Final = ("permit", "permitted", "est-allowed")
_RESULTS: Final = {"Successful": "success", "Rejected": "failure"}
_WELL_KNOWN: Final = 1024
_LONGEST: Final = 4096
_EXPECTED: Final = "no Cisco message: expected `%ASA-6-302013: text`, with a syslog header or bare"


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read messages; rows are indices into ``text``."""
    wall = WallTime(context)

    def read(line: str) -> Event | str:
        mark = _MARK.search(line, 0, LONGEST)
        head = read_head(line[: mark.start()], wall) if mark else None
        if mark is None or head is None:
            return _EXPECTED
        seen = facts(line[mark.start() : mark.end()].rstrip(": "), line[mark.end() :])
        return event_of({**head.fields, "host_hostname": head.host, **seen}, head.time)

    return read_lines(text, context, read)


def facts(program: str, message: str) -> dict[str, str | None]:
    """Read a message; ``program`` is what stands before it: ``%ASA-6-302013``."""
    mark = _MARK.match(f"{program}:")
    if mark is None:
        return {}
    number = mark["number"]
    told = {"facility": mark["facility"], "severity": mark["severity"], "message_id": number, "message": message}
    for pattern, action, outcome in _MESSAGES.get(number, ()) if len(message) <= _LONGEST else ():
        if found := pattern.fullmatch(message):
            return told | _meaning({name: value for name, value in found.groupdict().items() if value}, action, outcome)
    return {**told, "event_action": number}


def _meaning(found: dict[str, str], action: str, outcome: str | None) -> dict[str, str | None]:
    if found.get("verdict", "").lower() in _PERMITTED:
        action, outcome = "allow", "success"
    what = {"Built": "_start", "Teardown": "_end"}.get(found.get("what", ""), "")
    source, target = ("dst", "src") if _turned(found, action) else ("src", "dst")
    mapped, port = found.get(f"{source}_map"), found.get(f"{source}_map_port")
    if mapped and mapped != found.get(source):
        found |= {"nat_ip": mapped, **({"nat_port": port} if port else {})}
    if second := found.pop("assigned_ip2", None):
        found["assigned_ip"] = second
    core = {
        "event_action": action + what,
        "event_outcome": _RESULTS.get(found.get("result", ""), outcome),
        "user_name": found.pop("user", None) or found.get(f"{source}_user"),
        "process_command_line": found.pop("command", None),
        "source_ip": found.get(source),
        "source_address": found.get(source),
        "source_port": found.get(f"{source}_port"),
        "destination_ip": found.get(target),
        "destination_address": found.get(target),
        "destination_port": found.get(f"{target}_port"),
    }
    return {**found, "proto": found.get("proto", "").lower() or None, **core}


def _turned(found: dict[str, str], action: str) -> bool:
    """Whether the second end is the source: the far end comes first, whoever began.

    A connection's end does not say who began it: of a well-known port and another the well-known one is the server's.
    """
    if action == "connection_start":
        return found.get("direction") == "outbound"
    if action != "connection_end":
        return False
    first, second = (int(found.get(f"{side}_port", "0")) for side in ("src", "dst"))
    return first < _WELL_KNOWN <= second
