"""The tables whose rows are sealed into the audit chain, and which of their columns count.

What is not here, and why, is listed in docs/evidence.md; a test keeps that list in step with the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, Select, Table, select

from warroom.store.account_tables import account_platforms, account_roles, accounts, api_tokens
from warroom.store.audit_tables import holds
from warroom.store.canonical import canonical, digest
from warroom.store.case_tables import (
    classifications,
    containments,
    custody,
    evidence_files,
    incident_links,
    incident_tags,
    incident_times,
    outside_reports,
)
from warroom.store.duty_tables import channels, handover_addenda, handovers, on_call_turns, service_targets
from warroom.store.grouping_tables import regrouped_alerts, regroupings
from warroom.store.quiet_tables import planned_windows, quiet_alerts, suppressions
from warroom.store.tables import alerts, incident_log, incidents

#: A longer key is told by its hash: platforms are named by texts, and fifty keys fit into a body with their hashes.
_LONGEST_KEY: Final = 80


@dataclass(frozen=True, slots=True)
class Sealed:
    """A table whose rows are sealed, and which of its columns count.

    The columns are named one by one: a column added later is not covered until a further form of the table says so,
    under a ``name`` of its own. A row is sealed in every form of its table, so what was sealed before stays checkable.
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
#: What incidents have had since alerts are folded into them.
_COURSE: Final = (
    "risk",
    "risk_parts",
    "folded",
    "lead_kind",
    "lead_value",
    "shaped",
    "merged_into",
    "follows_id",
    "grew_at",
)
# Not `waiting` and `grouped_count`: marks of what the grouping has not looked at or counted yet.
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
_CHANNEL: Final = (
    "name",
    "scheme",
    "address_sealed",
    "least_severity",
    "platforms",
    "language",
    "personal",
    "quiet_from",
    "quiet_to",
    "per_minute",
    "enabled",
    "made_at",
    "made_by",
    "removed_at",
)
_TURN: Final = (
    "tier",
    "person",
    "channel_id",
    "starts_at",
    "ends_at",
    "weekly_until",
    "made_at",
    "made_by",
    "removed_at",
)
_TARGET: Final = ("acknowledge_seconds", "contain_seconds", "resolve_seconds", "set_at", "set_by")

#: What the chain calls the list of stored files, where it says with what it was begun.
MANIFEST: Final = "segments"
#: Every form in which rows are or were sealed, by name.
SEALED: Final = {
    one.name: one
    for one in (
        Sealed("incident_log", incident_log, ("incident_id", "at", "actor", "action", "body")),
        Sealed("incidents", incidents, _INCIDENT),
        Sealed("incidents 2", incidents, _COURSE),
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
        Sealed("incident_tags", incident_tags, ("added_at", "added_by")),
        Sealed("incident_links", incident_links, _LINK),
        Sealed("evidence_files", evidence_files, _EVIDENCE),
        Sealed("custody", custody, ("evidence_id", "at", "actor", "via", "action", "sha256", "whole")),
        Sealed("classifications", classifications, _CLASSIFICATION),
        Sealed("incident_times", incident_times, ("incident_id", "name", "moment", "set_at", "set_by", "reason")),
        Sealed("outside_reports", outside_reports, _REPORT),
        Sealed("containments", containments, _CONTAINMENT),
        Sealed("handovers", handovers, _HANDOVER),
        Sealed("handover_addenda", handover_addenda, ("handover_id", "at", "actor", "text")),
        Sealed("channels", channels, _CHANNEL),
        Sealed("on_call_turns", on_call_turns, _TURN),
        Sealed("service_targets", service_targets, _TARGET),
    )
}
#: The forms of each table that is sealed, by the table's name.
FORMS: Final = {
    table: tuple(one.name for one in SEALED.values() if one.table.name == table)
    for table in dict.fromkeys(one.table.name for one in SEALED.values())
}


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
