"""vsftpd's two logs: its own (``vsftpd_log_file``) and the transfers as wu-ftpd wrote them (xferlog).

https://security.appspot.com/vsftpd/vsftpd_conf.html, xferlog(5).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warroom.parse.each import Found, instant, read_each

if TYPE_CHECKING:
    import pyarrow as pa

    from warroom.parse.shapes import ParseContext, Part, Reject

_MONTHS: Final = {
    name: f"{place:02}"
    for place, name in enumerate(
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], 1
    )
}
_TIME: Final = (
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?P<month>[A-Z][a-z]{2}) {1,2}(?P<dom>[0-9]{1,2}) "
    r"(?P<clock>[0-9]{2}:[0-9]{2}:[0-9]{2}) (?P<year>[0-9]{4}) "
)
_OWN: Final = re.compile(
    _TIME + r"\[pid (?P<process_pid>[0-9]{1,9})\] (?:\[(?P<user>[^\]]{0,320})\] )?(?:(?P<status>OK|FAIL) )?"
    r"(?P<command>CONNECT|LOGIN|FTP command|FTP response|FTP debug|UPLOAD|DOWNLOAD|MKDIR|DELETE|RENAME|CHMOD|RMDIR|"
    r"DEBUG): "
    r"(?:Client \"(?P<address>[^\"]{1,255})\")?(?:, )?(?P<message>.*)"
)
_FILE: Final = re.compile(
    r"\"(?P<file_path>.{0,4096})\"(?:, (?P<bytes>[0-9]{1,18}) bytes)?(?:, (?P<rate>[0-9.]{1,18})Kbyte/sec)?"
)
_XFER: Final = re.compile(
    _TIME + r"(?P<transfer_time>[0-9]{1,9}) (?P<address>[^ ]{1,255}) (?P<bytes>[0-9]{1,18}) (?P<file_path>.{1,4096}) "
    r"(?P<transfer_type>[ab]) (?P<special_action>[^ ]) (?P<direction>[oid]) (?P<access_mode>[agr]) "
    r"(?P<user>[^ ]{1,320}) "
    r"(?P<service_name>[^ ]{1,64}) (?P<authentication_method>[01]) (?P<authenticated_user>[^ ]{1,320})"
    r"(?: (?P<completion_status>[ci]))?"
)
_ACTIONS: Final = {
    "CONNECT": "ftp_connect", "LOGIN": "ftp_login", "UPLOAD": "ftp_upload", "DOWNLOAD": "ftp_download",
    "MKDIR": "ftp_mkdir", "DELETE": "ftp_delete", "RENAME": "ftp_rename", "CHMOD": "ftp_chmod", "RMDIR": "ftp_rmdir",
    "FTP command": "ftp_command", "FTP response": "ftp_response", "FTP debug": "ftp_debug", "DEBUG": "ftp_debug",
}  # fmt: skip
_DIRECTIONS: Final = {"o": "ftp_download", "i": "ftp_upload", "d": "ftp_delete"}


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read lines; rows are indices into ``text``."""
    return read_each(text, lambda line: _line(line, context))


def _line(line: str, context: ParseContext) -> Found:
    match = _OWN.fullmatch(line) or _XFER.fullmatch(line)
    if match is None:
        return 'no line of vsftpd: expected `Tue Jul  5 05:35:22 2005 [pid 1] CONNECT: Client "…"`, or one of xferlog'
    said = match.groupdict()
    month, dom, clock, year = said.pop("month"), said.pop("dom"), said.pop("clock"), said.pop("year")
    time = instant(f"{year}-{_MONTHS.get(month, '')}-{dom:0>2}", clock, None, context.timezone)
    if time is None:
        return "there is no such time"
    if match.re is _XFER:
        said["action"] = _DIRECTIONS[match["direction"]]
        said["outcome"] = {"c": "success", "i": "failure"}.get(match["completion_status"] or "")
        return time, said
    said["ftp_command"] = command = said.pop("command")
    said["action"] = _ACTIONS[command]
    said["outcome"] = {"OK": "success", "FAIL": "failure"}.get(match["status"] or "")
    if command not in ("CONNECT", "LOGIN") and (file := _FILE.fullmatch(match["message"])):
        said |= file.groupdict()
    return time, said
