"""Sealed rows: what a transaction wrote to tables that matter is hashed into the audit chain of that transaction.

Whoever writes such a row says so by ``touch``; ``State.write`` calls ``seal`` before it commits. A row that is
changed, removed or added behind the war room's back is then not the one that the chain knows. One entry of the chain
tells of up to fifty rows, each by table, key and SHA-256.

Accounts are changed by those who could have changed them past the war room: who swapped a password could sign in and
choose another one, and the row would be sealed as it is then. So ``touch_before`` also seals what a row was when the
war room found it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, Table, select, tuple_

from warroom.store.account_tables import account_platforms, account_roles, accounts, api_tokens
from warroom.store.audit import AuditAction, Entry, Via, append
from warroom.store.audit_tables import holds
from warroom.store.canonical import canonical, digest
from warroom.store.case_tables import (
    classifications,
    containments,
    custody,
    evidence_files,
    incident_links,
    incident_times,
    outside_reports,
)
from warroom.store.duty_tables import handover_addenda, handovers
from warroom.store.grouping_tables import regrouped_alerts, regroupings
from warroom.store.quiet_tables import planned_windows, quiet_alerts, suppressions
from warroom.store.tables import alerts, incident_log, incidents

_TOUCHED: Final = "warroom.touched"
#: Rows told of by one entry: their hashes fit into its body.
_AT_ONCE: Final = 50
#: A longer key is told by its hash: platforms are named by texts, and fifty keys fit into a body with their hashes.
_LONGEST_KEY: Final = 80
#: Who the entries say it was: the store itself, in a transaction of whoever the entries around it name.
_ACTOR: Final = "store"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A table whose rows are sealed, and which of its columns count.

    The columns are named one by one: a column added later is not covered until a new form says so, under a new
    ``name``, and what was sealed in the old form can still be checked.
    """

    name: str
    table: Table
    columns: tuple[str, ...]

    def query(self) -> Select[Any]:
        """The key and the columns that count, of every row."""
        keys = [column.label(f"key_{number}") for number, column in enumerate(self.table.primary_key)]
        return select(*keys, *(self.table.c[name] for name in self.columns)).order_by(*self.table.primary_key)

    def told(self, row: Row[Any]) -> tuple[str, str]:
        """Give a row's key as a text, and its hash."""
        keys = len(self.table.primary_key)
        plain = [_plain(value) for value in row]
        return key_text(plain[:keys]), digest("warroom row 1", [self.name, *plain])


_INCIDENT: Final = (
    "title",
    "title_th",
    "severity",
    "status",
    "disposition",
    "platform_id",
    "drill",
    "assignee",
    "opened_at",
    "first_at",
    "last_at",
    "acknowledged_at",
    "closed_at",
    "alert_count",
    "event_count",
    "version",
    "updated_at",
)
# Not `waiting`: a mark of what the grouping has not looked at yet.
_ALERT: Final = (
    "rule_id",
    "rule_title",
    "rule_title_th",
    "severity",
    "platform_id",
    "feed_id",
    "first_at",
    "last_at",
    "raised_at",
    "count",
    "entities",
    "event_ids",
    "tags",
    "drill",
    "incident_id",
    "reason",
)
_HOLD: Final = (
    "kind",
    "incident_id",
    "order_number",
    "authority",
    "ordered_on",
    "feed_id",
    "platform_id",
    "from_day",
    "to_day",
    "reason",
    "set_at",
    "set_by",
    "expires_on",
    "lifted_at",
    "lifted_by",
    "lifted_why",
)
_REGROUPING: Final = (
    "at",
    "actor",
    "kind",
    "source_id",
    "target_id",
    "reason",
    "alert_count",
    "before",
    "undone_at",
    "undone_by",
    "undone_why",
)
_SUPPRESSION: Final = (
    "rule_id",
    "rule_title",
    "platform_id",
    "entity_kind",
    "entity_value",
    "reason",
    "owner",
    "set_by",
    "set_at",
    "expires_at",
    "ended_at",
    "ended_by",
    "ended_why",
    "shown_alerts",
    "shown_true",
)
_PLANNED: Final = (
    "kind",
    "title",
    "platform_id",
    "sources",
    "starts_at",
    "ends_at",
    "approved_by",
    "reference",
    "announced",
    "entered_by",
    "entered_at",
    "cancelled_at",
    "cancelled_by",
    "cancelled_why",
)
# Not `signed_in_at` and `totp_last_step`: every sign-in changes them, and an entry for each would prove nothing that
# the entry of the sign-in itself does not say.
_ACCOUNT: Final = (
    "name",
    "name_key",
    "display_name",
    "state",
    "password_hash",
    "must_change_password",
    "password_changed_at",
    "created_at",
    "changed_at",
    "totp_sealed",
    "totp_confirmed_at",
    "os_user",
    "oidc_issuer",
    "oidc_subject",
)
_HANDOVER: Final = (
    "shift_from",
    "shift_to",
    "brief",
    "brief_at",
    "notes",
    "tasks",
    "sha256",
    "outgoing",
    "outgoing_at",
    "incoming",
    "incoming_at",
)
# Not `last_used_at`: every use changes it.
_TOKEN: Final = ("token_sha256", "name", "account_id", "scopes", "created_at", "expires_at", "revoked_at")
_LINK: Final = ("incident_id", "other_id", "kind", "made_at", "made_by", "removed_at", "removed_by")
_EVIDENCE: Final = ("incident_id", "sha256", "bytes", "name", "kind", "note", "added_at", "added_by")
_CLASSIFICATION: Final = ("incident_id", "at", "actor", "categories", "level", "reason", "proposed")
_REPORT: Final = (
    "incident_id",
    "channel",
    "reference",
    "reporter",
    "contact",
    "informed_at",
    "claim",
    "evidence",
    "taken_at",
    "taken_by",
)
_CONTAINMENT: Final = (
    "incident_id",
    "measure",
    "target",
    "asked_of",
    "reason",
    "asked_at",
    "asked_by",
    "due_at",
    "ends_at",
    "state",
    "state_at",
    "state_by",
    "answer",
)

#: What the chain calls the list of stored files, where it says with what it was begun.
MANIFEST: Final = "segments"
#: Every form in which rows are or were sealed, by name.
SEALED: Final = {
    one.name: one
    for one in (
        Sealed("incident_log", incident_log, ("incident_id", "at", "actor", "action", "body")),
        Sealed("incidents", incidents, _INCIDENT),
        Sealed("alerts", alerts, _ALERT),
        Sealed("holds", holds, _HOLD),
        Sealed("regroupings", regroupings, _REGROUPING),
        Sealed("regrouped_alerts", regrouped_alerts, ("reason",)),
        Sealed("suppressions", suppressions, _SUPPRESSION),
        Sealed("planned_windows", planned_windows, _PLANNED),
        Sealed("quiet_alerts", quiet_alerts, ("suppression_id", "window_id", "held_at", "returned_at", "returned_by")),
        Sealed("accounts", accounts, _ACCOUNT),
        Sealed("account_roles", account_roles, ()),  # a row is its key
        Sealed("account_platforms", account_platforms, ()),
        Sealed("api_tokens", api_tokens, _TOKEN),
        Sealed("incident_links", incident_links, _LINK),
        Sealed("evidence_files", evidence_files, _EVIDENCE),
        Sealed("custody", custody, ("evidence_id", "at", "actor", "via", "action", "sha256", "whole")),
        Sealed("classifications", classifications, _CLASSIFICATION),
        Sealed("incident_times", incident_times, ("incident_id", "name", "moment", "set_at", "set_by", "reason")),
        Sealed("outside_reports", outside_reports, _REPORT),
        Sealed("containments", containments, _CONTAINMENT),
        Sealed("handovers", handovers, _HANDOVER),
        Sealed("handover_addenda", handover_addenda, ("handover_id", "at", "actor", "text")),
    )
}


def touch(connection: Connection, name: str, *key: object) -> None:
    """Say that this transaction writes or deletes a row of a sealed table."""
    connection.info.setdefault(_TOUCHED, {}).setdefault((name, key), ())


def touch_before(connection: Connection, name: str, *key: object) -> None:
    """Say the same before it does so: what the row is now, if it is there, is sealed with what it becomes."""
    touched = connection.info.setdefault(_TOUCHED, {})
    if (name, key) not in touched:
        ((*_, own),) = _told(connection, SEALED[name], [key])
        touched[name, key] = (own,)


def seal(connection: Connection) -> None:
    """Hash every touched row, as it is now, into the chain; the last statement of a write transaction."""
    touched = connection.info.pop(_TOUCHED, {})
    told: list[list[str | None]] = []
    for name in dict.fromkeys(name for name, _ in touched):
        keys = {key: before for (own, key), before in touched.items() if own == name}
        now = _told(connection, SEALED[name], list(keys))
        told += [[*one, *before] for one, before in zip(now, keys.values(), strict=True)]
    for start in range(0, len(told), _AT_ONCE):
        body = {"rows": told[start : start + _AT_ONCE]}
        append(connection, Entry(_ACTOR, Via.STORE, AuditAction.ROWS_SEALED, "rows", body=body))


def forget(connection: Connection) -> None:
    """Drop what a transaction touched that did not happen."""
    connection.info.pop(_TOUCHED, None)


def seal_all(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    """Seal every row of tables that is there: where the chain begins after the rows. How many, by table."""
    counts = {}
    for one in map(SEALED.__getitem__, names):
        keys = [tuple(row) for row in connection.execute(select(*one.table.primary_key))]
        for key in keys:
            touch(connection, one.name, *key)
        counts[one.name] = len(keys)
    seal(connection)
    return counts


def current(connection: Connection, one: Sealed) -> Iterator[tuple[str, str]]:
    """Every row's key and hash as they are now, in the order of the keys."""
    for row in connection.execution_options(yield_per=1000).execute(one.query()):
        yield one.told(row)


def key_text(key: Sequence[Any]) -> str:
    """Write a row's key: a single one plainly, one of several columns as a JSON list; what is too long as its hash."""
    text = str(key[0]) if len(key) == 1 else canonical(list(key))
    if len(text) <= _LONGEST_KEY and text.isprintable():
        return text
    return digest("warroom key 1", list(key))


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a database holds, also one that somebody else wrote to
    if isinstance(value, bytes):
        return value.hex()
    return repr(value) if isinstance(value, float) else value


def _told(connection: Connection, one: Sealed, keys: list[tuple[Any, ...]]) -> list[list[str | None]]:
    """Give [table, key, hash] of rows; the hash of one that is gone is null."""
    columns = list(one.table.primary_key)
    found: dict[str, str] = {}
    for start in range(0, len(keys), _AT_ONCE):
        part = keys[start : start + _AT_ONCE]
        wanted = columns[0].in_([key[0] for key in part]) if len(columns) == 1 else tuple_(*columns).in_(part)
        found |= dict(one.told(row) for row in connection.execute(one.query().where(wanted)))
    return [[one.name, text, found.get(text)] for text in map(key_text, keys)]
