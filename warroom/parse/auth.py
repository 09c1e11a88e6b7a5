"""What the messages of sshd, PAM, sudo, su, the account tools and cron say: who, from where, with what outcome.

Wording: OpenSSH's auth.c, auth2.c, packet.c and sshd.c, Linux-PAM's pam_unix, sudo's logging, shadow's tools.
Names and commands in these lines are chosen by strangers: patterns are anchored at both ends and take the
*last* address, which is the daemon's own word.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_FROM: Final = r"(?P<address>[^ ]+)(?: port (?P<port>[0-9]{1,5}))?"
# Where no word stands in front of the address, only its own dots or colons tell it from a name.
_PEER: Final = r"(?P<address>[^ ]*[.:][^ ]*)(?: port (?P<port>[0-9]{1,5}))?"
_END: Final = r"(?: (?P<protocol>ssh2))?(?:: (?P<signature>.*?))?(?: \[preauth\])?"
_WHO: Final = r"(?:(?:authenticating |invalid |illegal )?user (?P<user>.*) )?"


_MODULE: Final = r"pam_[a-z0-9_]+\([^)]*\): "
_SUDO_TAIL: Final = (
    r"TTY=(?P<tty>[^;]*) ; PWD=(?P<pwd>[^;]*) ; USER=(?P<target>[^;]*) ; (?:[^;]* ; )?COMMAND=(?P<command>.*)"
)
#: Daemons cut their messages at 1 KiB; a longer one is no word of theirs, and patterns take time by length.
_LONGEST: Final = 2048


def _rules(*rules: tuple[str, str, str | None]) -> list[tuple[re.Pattern[str], str, str | None]]:
    return [(re.compile(pattern), action, outcome) for pattern, action, outcome in rules]


_SSHD: Final = _rules(
    (r"Accepted (?P<method>[^ ]+) for (?P<user>.*) from " + _FROM + _END, "ssh_login", "success"),
    (
        r"Failed (?P<method>[^ ]+) for (?:(?:invalid|illegal) user )?(?P<user>.*) from " + _FROM + _END,
        "ssh_login",
        "failure",
    ),
    (r"(?:Invalid|Illegal) user (?P<user>.*) from " + _FROM, "ssh_login", "failure"),
    (r"User (?P<user>.*) from " + _FROM + r" not allowed because .*", "ssh_login", "failure"),
    (
        r"error: maximum authentication attempts exceeded for (?:(?:invalid|illegal) user )?(?P<user>.*) from "
        + _FROM
        + _END,
        "ssh_login",
        "failure",
    ),
    (
        r"error: PAM: [^ ]+(?: [^ ]+){0,15}? for (?:(?:invalid|illegal) user )?(?P<user>.*) from " + _FROM,
        "ssh_login",
        "failure",
    ),
    (r"Connection (?:closed|reset) by " + _WHO + _PEER + r" \[preauth\]", "ssh_disconnect", "failure"),
    (r"Connection (?:closed|reset) by " + _WHO + _PEER, "ssh_disconnect", None),
    (
        r"Disconnected from (?:(?:authenticating|invalid|illegal) user (?P<user>.*) )" + _PEER + r"(?: \[preauth\])?",
        "ssh_disconnect",
        "failure",
    ),
    (r"Disconnected from " + _WHO + _PEER + r"(?: \[preauth\])?", "ssh_disconnect", None),
    (r"Disconnecting " + _WHO + _PEER + r": (?P<reason>.*)", "ssh_disconnect", "failure"),
    (r"Received disconnect from " + _FROM + r": ?(?P<reason>.*)", "ssh_disconnect", None),
    (r"Did not receive identification string from " + _FROM, "ssh_connect", "failure"),
    (r"Bad protocol version identification .* from " + _FROM, "ssh_connect", "failure"),
    (r"Unable to negotiate with " + _FROM + r": (?P<reason>.*)", "ssh_connect", "failure"),
    (
        r"(?:error: )?(?:kex_exchange_identification|banner exchange): Connection from " + _FROM + r": (?P<reason>.*)",
        "ssh_connect",
        "failure",
    ),
    (
        r"(?:fatal: )?Timeout before authentication for (?:connection from )?" + _FROM + r"(?: to .*)?",
        "ssh_connect",
        "failure",
    ),
    (
        r"(?:fatal: )?ssh_dispatch_run_fatal: Connection from " + _WHO + _PEER + r": (?P<reason>.*)",
        "ssh_connect",
        "failure",
    ),
    (r"drop connection .* from \[(?P<address>[^\]]+)\]:(?P<port>[0-9]{1,5}) on .*", "ssh_connect", "failure"),
    (r"reverse mapping checking getaddrinfo for .* \[(?P<address>[^\]]+)\] failed.*", "ssh_connect", None),
    (r"Magic value check failed \([0-9]+\) on obfuscated handshake from " + _FROM, "ssh_connect", "failure"),
    (r"refused connect from .* \((?P<address>[^)]+)\)", "ssh_connect", "failure"),
    (r"Connection from " + _FROM + r"(?: on .*)?", "ssh_connect", None),
    (
        r"(?:Starting session: .* for|Close session: user) (?P<user>.*) from " + _FROM + r" id [0-9]+",
        "ssh_session",
        None,
    ),
    (r"subsystem request for (?P<subsystem>[^ ]+) by user (?P<user>[^ ]+)", "ssh_session", None),
)
_PAM_WHO: Final = (
    r" logname=(?P<logname>[^ ]*) uid=(?P<uid>[0-9]*) euid=(?P<euid>[0-9]*) tty=(?P<tty>[^ ]*) ruser=(?P<ruser>[^ ]*)"
)
_PAM: Final = _rules(
    (
        r"(?:pam_(?P<pam_type>[a-z0-9_]+)\([^)]*\): |PAM [0-9]+ more )authentication failures?;(?:"
        + _PAM_WHO
        + r"|.*) +rhost=(?P<address>[^ ]*)(?: +user=(?P<user>(?:(?! rhost=).)*))?",
        "pam_login",
        "failure",
    ),
    (
        _MODULE + r"session opened for user (?P<target>[^ (]+)(?:\(uid=[0-9]+\))? "
        r"by (?P<user>[^ (]*)\(uid=(?P<id>[0-9]+)\)",
        "session_start",
        "success",
    ),
    (_MODULE + r"session (?:opened|closed) for user (?P<user>[^ ]+).*", "session_end", None),
    (_MODULE + r'requirement ".*" not met by user "(?P<user>.*)"', "pam_login", "failure"),
    (_MODULE + r"user (?P<user>[^ ]+) \((?P<uid>[0-9]+)\) tally .*", "pam_login", "failure"),
    (_MODULE + r"password changed for (?P<user>.*)", "password_changed", "success"),
)
_SUDO: Final = _rules(
    (
        r" *(?P<user>[^ ]+) : (?P<reason>[^;=]+) ; " + _SUDO_TAIL,
        "sudo",
        "failure",
    ),
    (
        r" *(?P<user>[^ ]+) : " + _SUDO_TAIL,
        "sudo",
        "success",
    ),
)
_SU: Final = _rules(
    (r"FAILED SU \(to (?P<target>[^)]*)\) (?P<user>[^ ]+) on .*", "su", "failure"),
    (r"FAILED su for (?P<target>.*) by (?P<user>[^ ]+)", "su", "failure"),
    (r"(?:Successful su for (?P<target>.*) by|\(to (?P<target2>[^)]*)\)) (?P<user>[^ ]+)(?: on .*)?", "su", "success"),
)
_ACCOUNTS: Final = _rules(
    (
        (
            r"new user: name=(?P<user>[^,]*), UID=(?P<id>[0-9]+), GID=(?P<gid>[0-9]+), "
            r"home=(?P<home>[^,]*), shell=(?P<shell>[^,]*).*"
        ),
        "user_added",
        "success",
    ),
    (r"new group: name=(?P<group>[^,]*), GID=(?P<gid>[0-9]+).*", "group_added", "success"),
    (r"delete user '(?P<user>.*)'", "user_deleted", "success"),
    (r"add '(?P<user>.*)' to (?:shadow )?group '(?P<group>.*)'", "group_member_added", "success"),
    (r"(?:removed )?group '(?P<group>[^']*)'.*", "group_deleted", "success"),
    (r"failed adding user '(?P<user>.*)'.*", "user_added", "failure"),
)
_CRON: Final = _rules(
    (r"\((?P<user>[^)]*)\) CMD \((?P<command>.*)\)", "cron_command", None),
)
_LOGIND: Final = _rules(
    (r"New session (?P<session>[^ ]+) of user (?P<user>.*)\.", "session_start", "success"),
)
_PROGRAMS: Final[Mapping[str, list[tuple[re.Pattern[str], str, str | None]]]] = {
    "sshd": _SSHD + _PAM, "sshd-session": _SSHD + _PAM, "sshd-auth": _SSHD + _PAM, "sudo": _SUDO + _PAM,
    "su": _SU + _PAM, "login": _PAM, "passwd": _PAM, "polkitd": _PAM, "useradd": _ACCOUNTS, "usermod": _ACCOUNTS,
    "userdel": _ACCOUNTS, "groupadd": _ACCOUNTS, "groupdel": _ACCOUNTS, "gpasswd": _ACCOUNTS, "adduser": _ACCOUNTS,
    "CRON": _CRON + _PAM, "cron": _CRON + _PAM, "crond": _CRON + _PAM, "CROND": _CRON + _PAM,
    "systemd-logind": _LOGIND, "systemd": _PAM, "vsftpd": _PAM,
}  # fmt: skip
_REPEATED: Final = re.compile(r"message repeated [0-9]+ times: \[ ?(.*)\]")


def facts(program: str, message: str) -> dict[str, str | None]:
    """Read one message: action, outcome, user, address, port and what else its pattern names (see programs.py)."""
    if repeated := _REPEATED.fullmatch(message):
        message = repeated[1]
    if len(message) > _LONGEST:
        return {}
    for pattern, action, outcome in _PROGRAMS.get(program, _PAM):
        if match := pattern.fullmatch(message):
            found: dict[str, str | None] = {**match.groupdict(), "action": action, "outcome": outcome}
            if second := found.pop("target2", None):
                found["target"] = second
            return found
    return {}
