"""The table of roles, role by role: a change of it is a decision, and shows here."""

from __future__ import annotations

import pytest

from warroom.access.actor import WORKER, Actor
from warroom.access.roles import (
    BY_PLATFORM,
    FIRST_ROLES,
    GRANTS,
    MEANING,
    ROLE_MEANING,
    WORKER_MAY,
    Permission,
    Role,
)
from warroom.access.roles_page import roles_page
from warroom.settings import ROOT
from warroom.store.audit import Via

V, A, S, L, D, P, X = Role  # in the order of their definition
#: Written out a second time, the other way round: permission → who has it.
EXPECTED = {
    "read_incidents": {V, A, S, L, D, P},
    "search_events": {A, S, D, P},
    "act_on_incidents": {A, S, L},
    "assign_others": {S},
    "close_incidents": {A, S},
    "regroup_incidents": {A, S},
    "open_incidents": {A, S, L},
    "request_containment": {A, S, L},
    "reveal_personal_data": {A, S, P},
    "export": {S, L, P},
    "sign_handover": {A, S},
    "suppress": {S, D},
    "manage_changes": {S, D},
    "prepare_reports": {A, S, L, P},
    "send_reports": {L},
    "manage_contacts": {S, L, P},
    "manage_rules": {D},
    "manage_feeds": {D, X},
    "decide_breach": {P},
    "legal_hold": {P},
    "read_audit": {P, X},
    "manage_accounts": {X},
    "manage_settings": {X},
    "manage_notifications": {S, X},
    "back_up": {X},
    "read_metrics": {D, X},
}


@pytest.mark.parametrize("permission", Permission)
@pytest.mark.parametrize("role", Role)
def test_every_role_and_every_permission(role: Role, permission: Permission) -> None:
    actor = Actor("anong", frozenset({role}))
    assert actor.can(permission) is (role in EXPECTED[permission])
    assert actor.can(permission, "tang_rat") is (role in EXPECTED[permission])


def test_every_permission_has_a_meaning_and_somebody_who_has_it() -> None:
    assert set(MEANING) == set(Permission)
    assert set(GRANTS) == set(Role)
    assert frozenset().union(*GRANTS.values()) == frozenset(Permission)


def test_who_runs_the_machine_sees_no_case_and_who_works_cases_makes_no_accounts() -> None:
    administrator = GRANTS[Role.ADMINISTRATOR]
    assert not administrator & {Permission.READ_INCIDENTS, Permission.SEARCH_EVENTS, Permission.REVEAL_PERSONAL_DATA}
    assert [role for role in Role if Permission.MANAGE_ACCOUNTS in GRANTS[role]] == [Role.ADMINISTRATOR]
    # Who is watched does not read what the watch wrote down.
    assert not any(Permission.READ_AUDIT in GRANTS[role] for role in (Role.ANALYST, Role.SHIFT_LEAD))


def test_two_roles_are_both() -> None:
    both = Actor("anong", FIRST_ROLES)
    assert both.permissions == GRANTS[Role.ADMINISTRATOR] | GRANTS[Role.SHIFT_LEAD]


def test_no_role_may_nothing() -> None:
    assert Actor("anong", frozenset()).permissions == frozenset()


def test_who_is_confined_acts_there_only_and_on_nothing_that_concerns_all() -> None:
    lead = Actor("anong", frozenset({Role.SHIFT_LEAD, Role.ADMINISTRATOR}), frozenset({"gdx"}))
    assert lead.can(Permission.CLOSE_INCIDENTS)
    assert lead.can(Permission.CLOSE_INCIDENTS, "gdx")
    assert not lead.can(Permission.CLOSE_INCIDENTS, "tang_rat")
    assert lead.permissions <= BY_PLATFORM
    assert not lead.can(Permission.SUPPRESS)
    assert not lead.can(Permission.MANAGE_ACCOUNTS)


def test_a_tokens_scopes_only_take_away() -> None:
    scopes = frozenset({Permission.READ_INCIDENTS, Permission.MANAGE_ACCOUNTS})
    token = Actor("robot", frozenset({Role.ANALYST}), via=Via.API, scopes=scopes)
    assert token.permissions == {Permission.READ_INCIDENTS}


def test_the_worker_may_what_the_worker_does() -> None:
    assert WORKER.permissions == WORKER_MAY
    assert not WORKER.can(Permission.REVEAL_PERSONAL_DATA)


def test_the_page_of_roles_is_in_step() -> None:
    written = (ROOT / "docs" / "roles.md").read_text(encoding="utf-8")
    assert written == roles_page(), "python -m warroom.access.roles_page > docs/roles.md"
    assert set(ROLE_MEANING) == set(Role)
