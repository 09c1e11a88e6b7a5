"""Who may do what: accounts, roles, sessions, sign-in links and API tokens."""

from __future__ import annotations

from warroom.access.actor import WORKER, Actor
from warroom.access.attempts import AttemptLimit
from warroom.access.guard import check, needs
from warroom.access.links import (
    LINK_MINUTES,
    LinkPurpose,
    create_password_link,
    create_signin_link,
    opens,
    purpose_of,
    sign_in,
)
from warroom.access.roles import Permission, Role
from warroom.access.session_policy import ABSOLUTE_HOURS, IDLE_MINUTES
from warroom.access.sessions import (
    Session,
    choose_language,
    end_sessions,
    find_session,
    sign_out,
)
from warroom.access.tokens import fingerprint

__all__ = [
    "ABSOLUTE_HOURS",
    "IDLE_MINUTES",
    "LINK_MINUTES",
    "WORKER",
    "Actor",
    "AttemptLimit",
    "LinkPurpose",
    "Permission",
    "Role",
    "Session",
    "check",
    "choose_language",
    "create_password_link",
    "create_signin_link",
    "end_sessions",
    "find_session",
    "fingerprint",
    "needs",
    "opens",
    "purpose_of",
    "sign_in",
    "sign_out",
]
