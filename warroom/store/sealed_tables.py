"""The tables whose rows are sealed into the audit chain, and which of their columns count.

What is not here, and why, is listed in docs/evidence.md; a test keeps that list in step with the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, Select, Table, select

from warroom.store import sealed_columns as columns
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
from warroom.store.response_tables import (
    assessments,
    contacts,
    controllers,
    document_signatures,
    document_versions,
    documents,
    duty_rulings,
    exports,
    periodic_reports,
    playbook_entries,
    playbook_runs,
    printed_files,
    reach_drills,
    sendings,
)
from warroom.store.rules.tables import rule_changes, rule_proposals, rule_stages
from warroom.store.tables import alerts, incident_log, incidents

#: A longer key is told by its hash: platforms are named by texts, and fifty keys fit into a body with their hashes.
_LONGEST_KEY: Final = 80
#: What a database holds that is not written as it is.
_ODD: Final = frozenset({bytes, float})


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
        plain = list(row) if _ODD.isdisjoint(map(type, row)) else [_plain(value) for value in row]
        return key_text(plain[:keys]), digest("warroom row 1", [self.name, *plain])


#: What the chain calls the list of stored files, where it says with what it was begun.
MANIFEST: Final = "segments"
#: Every form in which rows are or were sealed, by name.
SEALED: Final = {
    one.name: one
    for one in (
        Sealed("incident_log", incident_log, ("incident_id", "at", "actor", "action", "body")),
        Sealed("incidents", incidents, columns.INCIDENT),
        Sealed("incidents 2", incidents, columns.COURSE),
        Sealed("alerts", alerts, columns.ALERT),
        Sealed("holds", holds, columns.HOLD),
        Sealed("regroupings", regroupings, columns.REGROUPING),
        Sealed("regrouped_alerts", regrouped_alerts, ("reason",)),
        Sealed("suppressions", suppressions, columns.SUPPRESSION),
        Sealed("planned_windows", planned_windows, columns.PLANNED),
        Sealed("quiet_alerts", quiet_alerts, ("suppression_id", "window_id", "held_at", "returned_at", "returned_by")),
        Sealed("accounts", accounts, columns.ACCOUNT),
        Sealed("account_roles", account_roles, ()),  # a row is its key
        Sealed("account_platforms", account_platforms, ()),
        Sealed("api_tokens", api_tokens, columns.TOKEN),
        Sealed("incident_tags", incident_tags, ("added_at", "added_by")),
        Sealed("incident_links", incident_links, columns.LINK),
        Sealed("evidence_files", evidence_files, columns.EVIDENCE),
        Sealed("custody", custody, ("evidence_id", "at", "actor", "via", "action", "sha256", "whole")),
        Sealed("classifications", classifications, columns.CLASSIFICATION),
        Sealed("incident_times", incident_times, ("incident_id", "name", "moment", "set_at", "set_by", "reason")),
        Sealed("outside_reports", outside_reports, columns.REPORT),
        Sealed("containments", containments, columns.CONTAINMENT),
        Sealed("handovers", handovers, columns.HANDOVER),
        Sealed("handover_addenda", handover_addenda, ("handover_id", "at", "actor", "text")),
        Sealed("channels", channels, columns.CHANNEL),
        Sealed("on_call_turns", on_call_turns, columns.TURN),
        Sealed("service_targets", service_targets, columns.TARGET),
        Sealed("controllers", controllers, columns.CONTROLLER),
        Sealed("duty_rulings", duty_rulings, columns.RULING),
        Sealed("sendings", sendings, columns.SENDING),
        Sealed("assessments", assessments, columns.ASSESSMENT),
        Sealed("documents", documents, columns.DOCUMENT),
        Sealed("document_versions", document_versions, columns.VERSION),
        Sealed("document_signatures", document_signatures, columns.SIGNATURE),
        Sealed("playbook_runs", playbook_runs, columns.RUN),
        Sealed("playbook_entries", playbook_entries, columns.RUN_ENTRY),
        Sealed("contacts", contacts, columns.CONTACT),
        Sealed("reach_drills", reach_drills, columns.REACH),
        Sealed("exports", exports, columns.EXPORT),
        Sealed("periodic_reports", periodic_reports, columns.PERIODIC),
        Sealed("printed_files", printed_files, ("bytes", "media", "made_at")),
        Sealed("incident_times 2", incident_times, ("controller_id",)),
        Sealed("rule_stages", rule_stages, ("stage", "since", "changed_by", "version", "draft_sha256")),
        Sealed("rule_changes", rule_changes, columns.RULE_CHANGE),
        Sealed("rule_proposals", rule_proposals, columns.RULE_PROPOSAL),
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
