"""What PostgreSQL's messages say: who connected from where, what failed, what was asked and how long it took.

Wording: PostgreSQL's postmaster.c, auth.c, postgres.c (9.0 to 17) and pgaudit. Names in them are chosen by strangers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

#: Messages are looked at up to here; queries behind it are kept, but tell nothing.
_HEAD: Final = 2048
_NANO: Final = 1_000_000

_DURATION: Final = re.compile(
    r"duration: (?P<ms>[0-9]{1,12}(?:\.[0-9]{1,6})?) ms"
    r"(?:  (?P<query_step>statement|fastpath function call|parse|bind|execute(?: fetch from)?)"
    r"(?: (?P<query_name>[^\n:]{1,200}(?::[^\n: ]{1,100})?))?: (?P<query>.*))?",
    re.DOTALL,
)
_STATEMENT: Final = re.compile(
    r"(?P<query_step>statement|execute(?: fetch from)?)"
    r"(?: (?P<query_name>[^\n:]{1,200}(?::[^\n: ]{1,100})?))?: (?P<query>.*)",
    re.DOTALL,
)
_PLACE: Final = r"host=(?P<address>[^ ]{1,255})(?: port=(?P<port>[0-9]{1,5}))?"
_RULES: Final = [
    (re.compile(pattern), action, outcome)
    for pattern, action, outcome in (
        (r"connection received: " + _PLACE + r".*", "db_connect", None),
        ((r"connection authenticated: (?:identity=\"(?P<identity>[^\"]*)\"|user=\"(?P<user>[^\"]*)\") "
         r"method=(?P<auth_method>[^ ]+).*"), "db_authenticated", "success"),
        ((r"(?:replication )?connection authorized: user=(?P<user>.*?)(?: database=(?P<dbname>[^ ]+))?"
         r"(?: application_name=(?P<application_name>.*?))?"
         r"(?: SSL (?:enabled )?\(protocol=(?P<ssl_protocol>[^,]+), cipher=(?P<ssl_cipher>[^,)]+).*)?"),
         "db_login", "success"),
        (r"disconnection: session time: (?P<session_time>[0-9:.]{1,20}) user=(?P<user>.*) database=(?P<dbname>.*) "
         + _PLACE, "db_disconnect", None),
        (r"(?P<auth_method>[^ ]+) authentication failed for user \"(?P<user>.*)\".*", "db_login", "failure"),
        ((r"(?:no pg_hba\.conf entry|pg_hba\.conf rejects (?:replication )?connection) for (?:replication connection "
         r"from )?host \"(?P<address>[^\"]*)\", user \"(?P<user>.*?)\"(?:, database \"(?P<dbname>.*?)\")?"
         r"(?:, [a-zA-Z ]+)?"), "db_login", "failure"),
        (r"role \"(?P<user>.*)\" (?:does not exist|is not permitted to log in)", "db_login", "failure"),
        (r"database \"(?P<dbname>.*)\" does not exist", "db_login", "failure"),
        ((r"permission denied for (?:database|table|schema|relation|function|sequence|view|column|language|type) "
         r"\"?(?P<object>[^\"]*)\"?"), "db_permission_denied", "failure"),
        ((r"AUDIT: (?P<audit_type>SESSION|OBJECT),(?P<statement_id>[0-9]+),(?P<substatement_id>[0-9]+),"
         r"(?P<audit_class>[A-Z_]+),(?P<command_tag>[^,]*),(?P<object_type>[^,]*),(?P<object>[^,]*),(?P<query>(?s:.*))"),
         "db_audit", None),
        (r"database system is ready to accept (?:read[ -]only )?connections", "db_started", None),
        (r"(?:received (?:smart|fast|immediate) shutdown request|database system is shut down)", "db_stopped", None),
    )
]  # fmt: skip
#: Failures that only mean a login where the session ends with them.
_FATAL_ONLY: Final = ("role ", "database ")


def facts(message: str, severity: str = "") -> dict[str, str | None]:
    """Read one message; see programs.py for the names."""
    head = message[:_HEAD]
    if match := _DURATION.fullmatch(message) or _STATEMENT.fullmatch(message):
        found: dict[str, str | None] = match.groupdict()
        taken = found.pop("ms", None)
        if taken is not None:
            found["event_duration"] = str(round(float(taken) * _NANO))
        return found | {"action": "db_statement"}
    if head.startswith(_FATAL_ONLY) and severity not in ("FATAL", ""):
        return {}
    for pattern, action, outcome in _RULES:
        if match := pattern.fullmatch(head):
            return {**match.groupdict(), "action": action, "outcome": outcome}
    return {}


def completed(values: Mapping[str, str | None]) -> dict[str, str | None]:
    """Add to what stands around a message what it says itself; its names count where both have one."""
    said = facts(values.get("message") or "", values.get("error_severity") or "")
    kept = {name: value for name, value in values.items() if value not in (None, "", "[unknown]")}
    return {**kept, **{name: value for name, value in said.items() if value}}
