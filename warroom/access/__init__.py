"""Who may open the console: one-time sign-in links and the sessions they open."""

from __future__ import annotations

from warroom.access.attempts import AttemptLimit
from warroom.access.links import LINK_MINUTES, create_signin_link
from warroom.access.sessions import (
    ABSOLUTE_HOURS,
    IDLE_MINUTES,
    Session,
    choose_language,
    find_session,
    opens,
    sign_in,
    sign_out,
    sign_out_everywhere,
)
from warroom.access.tokens import fingerprint

__all__ = [
    "ABSOLUTE_HOURS",
    "IDLE_MINUTES",
    "LINK_MINUTES",
    "AttemptLimit",
    "Session",
    "choose_language",
    "create_signin_link",
    "find_session",
    "fingerprint",
    "opens",
    "sign_in",
    "sign_out",
    "sign_out_everywhere",
]
