"""Roles and what each may do: the one table that every check, the documentation and the tests read."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from typing import Final


class Role(StrEnum):
    """What a person is in the war room; one person may be several."""

    VIEWER = "viewer"
    ANALYST = "analyst"
    SHIFT_LEAD = "shift_lead"
    LIAISON = "liaison"
    DETECTION_ENGINEER = "detection_engineer"
    DPO = "dpo"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """One kind of act; ``MEANING`` says which."""

    READ_INCIDENTS = "read_incidents"
    SEARCH_EVENTS = "search_events"
    ACT_ON_INCIDENTS = "act_on_incidents"
    ASSIGN_OTHERS = "assign_others"
    CLOSE_INCIDENTS = "close_incidents"
    REGROUP_INCIDENTS = "regroup_incidents"
    OPEN_INCIDENTS = "open_incidents"
    REQUEST_CONTAINMENT = "request_containment"
    REVEAL_PERSONAL_DATA = "reveal_personal_data"
    EXPORT = "export"
    SIGN_HANDOVER = "sign_handover"
    SUPPRESS = "suppress"
    MANAGE_CHANGES = "manage_changes"
    PREPARE_REPORTS = "prepare_reports"
    SEND_REPORTS = "send_reports"
    MANAGE_CONTACTS = "manage_contacts"
    MANAGE_RULES = "manage_rules"
    MANAGE_FEEDS = "manage_feeds"
    DECIDE_BREACH = "decide_breach"
    LEGAL_HOLD = "legal_hold"
    READ_AUDIT = "read_audit"
    MANAGE_ACCOUNTS = "manage_accounts"
    MANAGE_SETTINGS = "manage_settings"
    MANAGE_NOTIFICATIONS = "manage_notifications"
    BACK_UP = "back_up"
    READ_METRICS = "read_metrics"


#: Who each role is, for people.
ROLE_MEANING: Final[dict[Role, str]] = {
    Role.VIEWER: "looks on: management, a visiting agency, the wallboard",
    Role.ANALYST: "works incidents from the queue to their end",
    Role.SHIFT_LEAD: "leads the shift: shares out work, exports, quiets what is noise",
    Role.LIAISON: "speaks with agencies and the public, and releases what is sent",
    Role.DETECTION_ENGINEER: "writes rules, connects feeds",
    Role.DPO: "data protection officer: watches over the others and decides about breaches",
    Role.ADMINISTRATOR: "runs the machine: accounts, settings, backups; sees no incident",
}

#: What each permission allows, for people: docs/roles.md and the administration screen.
MEANING: Final[dict[Permission, str]] = {
    Permission.READ_INCIDENTS: "see incidents, alerts and the live screens, personal data masked",
    Permission.SEARCH_EVENTS: "search stored log lines, personal data masked",
    Permission.ACT_ON_INCIDENTS: "acknowledge, take, note, move on, reopen; tags, evidence, tasks",
    Permission.ASSIGN_OTHERS: "give an incident to somebody else",
    Permission.CLOSE_INCIDENTS: "close an incident with its disposition",
    Permission.REGROUP_INCIDENTS: "merge and split incidents, move an alert",
    Permission.OPEN_INCIDENTS: "open an incident by hand, take in a report from outside",
    Permission.REQUEST_CONTAINMENT: "enter whom we asked to block or isolate what, and what became of it",
    Permission.REVEAL_PERSONAL_DATA: "see masked personal data, with a reason and an audit entry",
    Permission.EXPORT: "take data out of the war room as a file",
    Permission.SIGN_HANDOVER: "sign a shift's handover",
    Permission.SUPPRESS: "hide alerts of a kind until a date; rule that a listed value is harmless",
    Permission.MANAGE_CHANGES: "enter planned changes and approved scans",
    Permission.PREPARE_REPORTS: "fill in forms, make versions of documents, verify them",
    Permission.SEND_REPORTS: "approve and release what is sent, and record that it was sent",
    Permission.MANAGE_CONTACTS: "change the register of contacts, record reachability drills",
    Permission.MANAGE_RULES: "switch, add and change detectors",
    Permission.MANAGE_FEEDS: "switch, add and change feeds; replay rejected lines",
    Permission.DECIDE_BREACH: "decide whether a breach of personal data is notified, and to whom",
    Permission.LEGAL_HOLD: "place and lift a legal hold",
    Permission.READ_AUDIT: "read and search the audit",
    Permission.MANAGE_ACCOUNTS: "create, change and disable accounts, API tokens and sessions of others",
    Permission.MANAGE_SETTINGS: "change settings, retention and integrations",
    Permission.MANAGE_NOTIFICATIONS: "change who is told what and the on-call rota",
    Permission.BACK_UP: "back up and restore",
    Permission.READ_METRICS: "read /metrics",
}

#: Permissions that are about one platform's incidents and events. The others concern the war room as a whole: who is
#: confined to some platforms does not have them.
BY_PLATFORM: Final = frozenset(
    {
        Permission.READ_INCIDENTS,
        Permission.SEARCH_EVENTS,
        Permission.ACT_ON_INCIDENTS,
        Permission.ASSIGN_OTHERS,
        Permission.CLOSE_INCIDENTS,
        Permission.REGROUP_INCIDENTS,
        Permission.OPEN_INCIDENTS,
        Permission.REQUEST_CONTAINMENT,
        Permission.REVEAL_PERSONAL_DATA,
        Permission.EXPORT,
        Permission.PREPARE_REPORTS,
        Permission.SEND_REPORTS,
        Permission.DECIDE_BREACH,
    }
)

_VIEW: Final = frozenset({Permission.READ_INCIDENTS})
_ANALYSE: Final = _VIEW | {
    Permission.SEARCH_EVENTS,
    Permission.ACT_ON_INCIDENTS,
    Permission.CLOSE_INCIDENTS,
    Permission.REGROUP_INCIDENTS,
    Permission.OPEN_INCIDENTS,
    Permission.REQUEST_CONTAINMENT,
    Permission.PREPARE_REPORTS,
    # An investigation ends at a masked identifier otherwise; the reason and the audit entry are the control.
    Permission.REVEAL_PERSONAL_DATA,
    # Both shifts sign, and at night the one who leaves may be an analyst.
    Permission.SIGN_HANDOVER,
}

#: Role → permissions. Nothing else grants anything.
GRANTS: Final[dict[Role, frozenset[Permission]]] = {
    Role.VIEWER: _VIEW,
    Role.ANALYST: _ANALYSE,
    Role.SHIFT_LEAD: _ANALYSE
    | {
        Permission.ASSIGN_OTHERS,
        Permission.EXPORT,
        Permission.SUPPRESS,
        Permission.MANAGE_CHANGES,
        Permission.MANAGE_NOTIFICATIONS,
        Permission.MANAGE_CONTACTS,
    },
    # Talks to the agencies: sees and writes, neither closes nor searches raw lines, and releases what leaves.
    Role.LIAISON: _VIEW
    | {
        Permission.ACT_ON_INCIDENTS,
        Permission.OPEN_INCIDENTS,
        Permission.REQUEST_CONTAINMENT,
        Permission.EXPORT,
        Permission.PREPARE_REPORTS,
        Permission.SEND_REPORTS,
        Permission.MANAGE_CONTACTS,
    },
    # Needs events to write rules by. Not the persons in them: rules are written on masked lines.
    Role.DETECTION_ENGINEER: _VIEW
    | {
        Permission.SEARCH_EVENTS,
        Permission.MANAGE_RULES,
        Permission.MANAGE_FEEDS,
        Permission.SUPPRESS,
        Permission.MANAGE_CHANGES,
        Permission.READ_METRICS,
    },
    # Watches over the others: reads the audit, decides about breaches and holds, works no incident.
    Role.DPO: _VIEW
    | {
        Permission.SEARCH_EVENTS,
        Permission.REVEAL_PERSONAL_DATA,
        Permission.EXPORT,
        Permission.PREPARE_REPORTS,
        Permission.DECIDE_BREACH,
        Permission.MANAGE_CONTACTS,
        Permission.LEGAL_HOLD,
        Permission.READ_AUDIT,
    },
    # Runs the machine, not the cases: sees no incident and no personal data by this role. Who does both has both
    # roles, and that stands in the audit.
    Role.ADMINISTRATOR: frozenset(
        {
            Permission.READ_AUDIT,
            Permission.MANAGE_ACCOUNTS,
            Permission.MANAGE_SETTINGS,
            Permission.MANAGE_NOTIFICATIONS,
            Permission.MANAGE_FEEDS,
            Permission.BACK_UP,
            Permission.READ_METRICS,
        }
    ),
}

#: The worker's own acts: escalation, folding a storm. It reveals and exports nothing.
WORKER_MAY: Final = frozenset(
    {
        Permission.READ_INCIDENTS,
        Permission.ACT_ON_INCIDENTS,
        Permission.ASSIGN_OTHERS,
        Permission.REGROUP_INCIDENTS,
    }
)

#: Who sets a war room up alone runs it and leads its first shift, until the work is shared out.
FIRST_ROLES: Final = frozenset({Role.ADMINISTRATOR, Role.SHIFT_LEAD})


@cache
def permissions_of(roles: frozenset[Role]) -> frozenset[Permission]:
    """Give everything that any of the roles grants."""
    return frozenset[Permission]().union(*(GRANTS[role] for role in roles))


def roles_with(permission: Permission) -> list[Role]:
    """Give the roles that grant a permission, in the order of ``Role``."""
    return [role for role in Role if permission in GRANTS[role]]


def known_roles(names: Iterable[str]) -> frozenset[Role]:
    """Give the roles of stored names; a name of no role of this version grants nothing."""
    return frozenset(Role(name) for name in names if name in Role.__members__.values())
