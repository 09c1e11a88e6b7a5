"""One-time sign-in links, printed by the command that starts the console."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from warroom.access.tokens import fingerprint, new_token
from warroom.store.database import to_us
from warroom.store.sessions import add_link

if TYPE_CHECKING:
    from warroom.store.database import State

#: How long a link can be opened.
LINK_MINUTES: Final = 60


def create_signin_link(state: State, now: datetime) -> str:
    """Store a new link and give its token, for ``http://address/signin?token=…``; it is stored as a hash only."""
    token = new_token()
    expires = now + timedelta(minutes=LINK_MINUTES)
    add_link(state, fingerprint(token), created_at=to_us(now), expires_at=to_us(expires))
    return token
