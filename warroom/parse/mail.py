"""What Postfix and Dovecot say: connections, sign-ins, refusals, and where mail went.

Wording: Postfix's smtpd.c, smtpd_sasl_glue.c, smtpd_check.c and log_adhoc.c (2.5 to 3.9), Dovecot's login-common and
auth (2.2 to 2.4). Names, addresses and what strangers say (HELO) are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from warroom.parse import auth

_HEAD: Final = 4096
_PEER: Final = r"(?P<client_name>[^ \[\]]{0,255})\[(?P<address>[^\]\n]{1,64})\](?::(?P<port>[0-9]{1,5}))?"
_QUEUE: Final = r"(?P<queue_id>NOQUEUE|[0-9A-Za-z]{5,20}): "
_POSTFIX: Final = [
    (re.compile(pattern), action, outcome)
    for pattern, action, outcome in (
        (r"connect from " + _PEER, "mail_connect", None),
        (r"disconnect from " + _PEER + r"(?: (?P<commands>.*))?", "mail_disconnect", None),
        (r"(?P<reason>lost connection after .{1,100}|timeout after .{1,100}|too many errors after .{1,100}) from "
         + _PEER, "mail_disconnect", "failure"),
        (r"(?:warning: )?" + _PEER + r": SASL (?P<method>[^ ]{1,32}) authentication failed:? ?(?P<reason>.*?)"
         r"(?:, sasl_username=(?P<user>[^ ,]{1,320}))?", "mail_login", "failure"),
        (_QUEUE + r"client=" + _PEER + r"(?:, sasl_method=(?P<method>[^ ,]{1,32}))?"
         r"(?:, sasl_username=(?P<user>.{1,320}?))?"
         r"(?:, sasl_sender=(?P<sasl_sender>[^ ,]{1,320}))?(?:, orig_.*)?", "mail_accepted", "success"),
        (_QUEUE + r"(?:milter-)?(?P<kind>reject|reject_warning|discard|hold|redirect|filter|warn|info): "
         r"(?P<stage>.{1,64}?) "
         r"from " + _PEER + r": (?P<reason>.*?)(?:; from=<(?P<from>[^>]{0,320})>)?(?: to=<(?P<to>[^>]{0,320})>)?"
         r"(?: proto=(?P<proto>[A-Z]{1,8}))?(?: sasl_username=<?(?P<user>[^ >]{1,320})>?)?"
         r"(?: helo=<(?P<helo>[^>]{0,255})>)?",
         "mail_refused", "failure"),
        (_QUEUE + r"from=<(?P<from>[^>]{0,320})>, size=(?P<size>[0-9]{1,18}), nrcpt=(?P<nrcpt>[0-9]{1,9}) .*",
         "mail_queued", None),
        (_QUEUE + r"from=<(?P<from>[^>]{0,320})>, status=(?P<status>[a-z]{1,16}), (?P<reason>.*)",
         "mail_expired", "failure"),
        (_QUEUE + r"(?:resent-)?message-id=(?P<message_id>.{0,998})", "mail_message", None),
        (_QUEUE + r"to=<(?P<to>[^>]{0,320})>,(?: orig_to=<(?P<orig_to>[^>]{0,320})>,)? relay=(?P<relay>[^,]{1,255}),"
         r"(?: conn_use=(?P<conn_use>[0-9]{1,9}),)? delay=(?P<delay>[0-9.]{1,18}),"
         r"(?: delays=(?P<delays>[0-9./]{1,64}),)?"
         r"(?: dsn=(?P<dsn>[0-9.]{1,16}),)? status=(?P<status>[a-z]{1,16})(?: \((?P<reason>.*)\))?",
         "mail_delivery", None),
        (_QUEUE + r"(?:uid=(?P<uid>[0-9]{1,18}) from=<(?P<from>[^>]{0,320})>)", "mail_pickup", None),
        (_QUEUE + r"removed", "mail_removed", None),
    )
]  # fmt: skip
_DELIVERED: Final = {"sent": "success", "bounced": "failure", "deferred": "failure", "expired": "failure"}
_DOVECOT: Final = re.compile(
    r"(?P<service>(?:imap|pop3|managesieve|submission|sieve)(?:-urlauth)?-login): (?:(?:Info|Warning|Error): )?"
    r"(?:Login aborted: )?(?P<reason>Login|Aborted login|Disconnected|Logged in|Connection closed|[^:(]{1,100})"
    r"(?P<more>(?:: [^:(=]{1,100})?(?: \([^)]{0,200}\)){0,2}): (?P<pairs>.*)"
)
_PAIR: Final = re.compile(
    r"(user|method|rip|lip|rport|lport|mpid|session|secured|service)=(?:<([^>]{0,320})>|([^, ]{0,320}))"
)
_AUTH: Final = re.compile(
    r"auth(?:-worker)?(?:\([^)]{1,64}\))?: (?:(?:Info|Warning|Error|Debug): )?(?:conn [^:]{1,100}: )?"
    r"(?:auth-worker<[0-9]{1,18}>: )?(?P<method>[a-z0-9-]{1,32})\((?P<user>[^,)]{0,320}),(?P<address>[^,)]{1,64})"
    r"(?:,[^)]{0,200})?\): (?P<reason>.*)"
)
_SESSION: Final = re.compile(
    r"(?P<service>imap|pop3|lmtp|lda|sieve)\((?P<user>[^),]{0,320})(?:,[^)]{0,64})?\)"
    r"(?:<[^>]{0,64}>){0,2}: (?P<reason>.*)"
)
_FAILED: Final = re.compile(r"(?:unknown user|[Pp]assword mismatch|pam_authenticate\(\) failed|.*[Ff]ailed).*")
_NAMES: Final = {"rip": "address", "rport": "port", "lip": "destination_address", "lport": "destination_port"}


def facts(program: str, message: str) -> Mapping[str, str | None]:
    """Read one message; see programs.py for the names."""
    head = message[:_HEAD]
    if not program.startswith("dovecot"):
        return _postfix(head)
    if match := _DOVECOT.fullmatch(head):
        return _login(match)
    if match := _AUTH.fullmatch(head):
        failed = _FAILED.fullmatch(match["reason"]) is not None
        return {**match.groupdict(), "action": "mail_login", "outcome": "failure"} if failed else {}
    if match := _SESSION.fullmatch(head):
        return {**match.groupdict(), "action": "mail_session"}
    return auth.facts(program, head)


def _postfix(head: str) -> Mapping[str, str | None]:
    for pattern, action, outcome in _POSTFIX:
        if match := pattern.fullmatch(head):
            found: dict[str, str | None] = {**match.groupdict(), "action": action, "outcome": outcome}
            if action == "mail_delivery":
                found["outcome"] = _DELIVERED.get(match["status"])
            if action == "mail_refused" and match["kind"] not in ("reject", "discard"):
                found["outcome"] = None
            return found
    return {}


def _login(match: re.Match[str]) -> dict[str, str | None]:
    found: dict[str, str | None] = {"service": match["service"]}
    for name, bracketed, plain in _PAIR.findall(match["pairs"]):
        found.setdefault(_NAMES.get(name, name), bracketed or plain)
    if "address" not in found:
        return {}
    said = match["reason"] + match["more"]
    if match["reason"] in ("Login", "Logged in"):
        return found | {"action": "mail_login", "outcome": "success"}
    tried = (
        "auth failed" in said or "auth fail" in match["pairs"] or ("no auth attempts" not in said and found.get("user"))
    )
    return found | {"action": "mail_login" if tried else "mail_disconnect", "outcome": "failure", "reason": said}
