"""Palo Alto Networks' logs: comma-separated values whose order the log's type says.

Format: https://docs.paloaltonetworks.com/pan-os/11-1/pan-os-admin/monitoring/use-syslog-for-monitoring/syslog-field-descriptions
Newer versions add values at the end: what has no name here is kept as ``more``.
"""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, Final

from warroom.parse.line_heads import LONGEST, Head, read_head
from warroom.parse.records import Event, read_lines
from warroom.parse.verdicts import verdict
from warroom.parse.wall_time import WallTime

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from warroom.parse.shapes import ParseContext, Part, Reject

_MARK: Final = re.compile(
    r"(?:^|(?<=[ >:]))(?=[0-9]{0,3},[0-9]{4}/[0-9]{2}/[0-9]{2} [0-9:]{8},[^,]{0,32},[A-Z-]{3,20},)"
)
_START: Final = "future_use,receive_time,serial,type,subtype,future_use2,time_generated"
_SESSION: Final = (
    f"{_START},src,dst,natsrc,natdst,rule,srcuser,dstuser,app,vsys,from,to,inbound_if,outbound_if,logset,future_use3,"
    "sessionid,repeatcnt,sport,dport,natsport,natdport,flags,proto,action"
)
#: Type → names of its values, as the log forwarding's own field names have them.
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    kind: tuple(names.split(","))
    for kind, names in {
        "TRAFFIC": f"{_SESSION},bytes,bytes_sent,bytes_received,packets,start,elapsed,category,future_use4,seqno,"
        "actionflags,srcloc,dstloc,future_use5,pkts_sent,pkts_received,session_end_reason,dg_hier_level_1,dg_hier_level_2,"
        "dg_hier_level_3,dg_hier_level_4,vsys_name,device_name,action_source",
        "THREAT": f"{_SESSION},misc,threatid,category,severity,direction,seqno,actionflags,srcloc,dstloc,future_use4,"
        "contenttype,pcap_id,filedigest,cloud,url_idx,user_agent,filetype,xff,referer,sender,subject,recipient,reportid,"
        "dg_hier_level_1,dg_hier_level_2,dg_hier_level_3,dg_hier_level_4,vsys_name,device_name,future_use5,src_uuid,"
        "dst_uuid,http_method",
        "SYSTEM": f"{_START},vsys,eventid,object,future_use3,future_use4,module,severity,opaque,seqno,actionflags,"
        "dg_hier_level_1,dg_hier_level_2,dg_hier_level_3,dg_hier_level_4,vsys_name,device_name",
        "CONFIG": f"{_START},host,vsys,cmd,admin,client,result,path",
        "AUTHENTICATION": f"{_START},vsys,ip,user,normalize_user,object,authpolicy,repeatcnt,authid,vendor,logset,"
        "serverprofile,desc,clienttype,event,factorno,seqno,actionflags,dg_hier_level_1,dg_hier_level_2,dg_hier_level_3,"
        "dg_hier_level_4,vsys_name,device_name",
        "GLOBALPROTECT": f"{_START},vsys,eventid,stage,auth_method,tunnel_type,srcuser,srcregion,machinename,public_ip,"
        "public_ipv6,private_ip,private_ipv6,hostid,serialnumber,client_ver,client_os,client_os_ver,repeatcnt,reason,"
        "error,opaque,status,location,login_duration,connect_method,error_code,portal,seqno,actionflags",
        "USERID": f"{_START},vsys,ip,user,datasourcename,eventid,repeatcnt,timeout,beginport,endport,datasource,"
        "datasourcetype,seqno,actionflags",
    }.items()
}
_CORE: Final[Mapping[str, tuple[str, ...]]] = {
    "message": ("opaque", "desc", "threatid"),
    "event_reason": ("session_end_reason", "reason", "error"),
    "source_ip": ("src", "public_ip", "ip", "host"),
    "source_port": ("sport",),
    "destination_ip": ("dst",),
    "destination_port": ("dport",),
    "user_name": ("srcuser", "user", "admin", "sender"),
    "host_hostname": ("device_name",),
    "device_id": ("hostid", "serial"),
    "http_request_method": ("http_method",),
    "http_request_referrer": ("referer",),
    "user_agent_original": ("user_agent",),
    "process_name": ("app",),
    "rule_name": ("threatid", "rule"),
    "process_command_line": ("cmd",),
}
_NONE: Final = ("0.0.0.0", "::", "0")  # noqa: S104  what PAN-OS writes for no address
_VPN: Final = {
    "gateway-connected": "vpn_connect", "gateway-logout": "vpn_disconnect", "gateway-auth": "vpn_login",
    "portal-auth": "vpn_login", "gateway-tunnel-latency": "vpn_statistics",
}  # fmt: skip
#: What PAN-OS sends by TCP is at most 8 KiB; a line that is longer is no line of it.
_LONGEST: Final = 65_536
_EXPECTED: Final = "no PAN-OS log: expected `1,2026/11/22 10:00:00,serial,TRAFFIC|THREAT|SYSTEM|…,subtype,…`"


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read events, with a syslog header or bare; rows are indices into ``text``."""
    wall = WallTime(context)

    def read(line: str) -> Event | str:
        mark = _MARK.search(line, 0, LONGEST)
        head = read_head(line[: mark.start()], wall) if mark else None
        values = _values(line[mark.start() :]) if mark else []
        if head is None or not values:
            return _EXPECTED
        names = _NAMES.get(values[3], _NAMES["TRAFFIC"][:7])
        found: dict[str, str | list[str]] = dict(zip(names, values, strict=False))
        if len(values) > len(names):
            found["more"] = values[len(names) :]
        return _event({name: value for name, value in found.items() if not name.startswith("future_use")}, head, wall)

    return read_lines(text, context, read)


def _values(text: str) -> list[str]:
    if len(text) > _LONGEST:
        return []
    try:
        return next(csv.reader([text], strict=False), [])
    except csv.Error:  # a control character where none may be
        return []


def _event(found: dict[str, str | list[str]], head: Head, wall: WallTime) -> Event:
    told = {name: value for name, value in found.items() if isinstance(value, str) and value}
    core = {column: next((told[key] for key in keys if key in told), None) for column, keys in _CORE.items()}
    core["host_hostname"] = core["host_hostname"] or head.host
    core |= _meaning(told)
    if told["type"] == "THREAT" and "misc" in told:
        core["url_original" if told.get("subtype") == "url" else "file_path"] = told["misc"]
    if len(told.get("filedigest", "")) == 64:  # noqa: PLR2004 - SHA-256 in hexadecimal digits
        core["file_hash_sha256"] = told["filedigest"]
    more = {
        name: told[key]
        for name, key in {"nat_ip": "natsrc", "nat_port": "natsport", "assigned_ip": "private_ip"}.items()
        if told.get(key, "0") not in _NONE
    }
    return Event({**head.fields, **found, **more}, core, _time(told, wall) or head.time)


def _meaning(told: Mapping[str, str]) -> dict[str, str | None]:
    kind = told["type"]
    if kind == "GLOBALPROTECT":
        event = told.get("eventid", "")
        return {"event_action": _VPN.get(event, event), "event_outcome": told.get("status")}
    if kind == "AUTHENTICATION":
        failed = "fail" in told.get("event", "").lower() or "fail" in told.get("desc", "").lower()
        return {"event_action": "authentication", "event_outcome": "failure" if failed else "success"}
    if kind == "CONFIG":
        return {"event_action": "configuration_changed", "event_outcome": told.get("result")}
    if kind == "SYSTEM":
        event = told.get("eventid", "")
        word = next((word for word in ("fail", "succ") if word in event), "")
        return {"event_action": event or "system", "event_outcome": {"fail": "failure", "succ": "success"}.get(word)}
    return verdict(told.get("action") or told.get("subtype"))


def _time(told: Mapping[str, str], wall: WallTime) -> str | None:
    return wall.iso(told.get("time_generated", "")) or wall.iso(told.get("receive_time", ""))
