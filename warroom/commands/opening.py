"""The console's place: free before the start, answering after it, and the way in."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from warroom.access import LinkPurpose, Role, create_signin_link
from warroom.access.first_run import has_accounts
from warroom.errors import ConflictError, UsageError, WarroomError
from warroom.store import views
from warroom.store.database import State

if TYPE_CHECKING:
    from warroom.commands.supervise import Processes
    from warroom.settings import Settings

_CONSOLE_SECONDS: Final = 60


def signin_url(settings: Settings) -> str | None:
    """Make a sign-in link and give its address; None where people sign in with their accounts.

    In a drill it opens the war room with every role, to whom it is given. Elsewhere it leads to the first
    administrator's account, as long as there is none.
    """
    now = datetime.now(UTC)
    with State(settings.db_url) as state:
        state.migrate()
        if settings.drill or views.is_drill(state):
            token = create_signin_link(state, now, roles=frozenset(Role))
        elif has_accounts(state):
            return None
        else:
            token = create_signin_link(state, now, purpose=LinkPurpose.SET_UP)
    return address_of_link(settings, token)


def address_of_link(settings: Settings, token: str) -> str:
    """Give the address at which a link is opened."""
    return f"http://{settings.address}/signin?token={token}"


def way_in(link: str | None) -> str:
    """Say how to sign in."""
    if link is None:
        return "Sign in with your account.\n"
    return f"One-time sign-in, valid for an hour:\n\n  {link}\n"


def free_place(address: str) -> tuple[str, int]:
    """Split ``host:port`` and make sure that nobody listens there yet. Raises UsageError, ConflictError."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise UsageError(f"WARROOM_ADDRESS={address}: give host:port, such as 127.0.0.1:8501")
    place = (host.strip("[]"), int(port))
    if _answers(place):
        raise ConflictError(
            f"something already listens at {address}: end it, or set WARROOM_ADDRESS, e.g. 127.0.0.1:8502"
        )
    return place


def opened(processes: Processes, place: tuple[str, int]) -> bool:
    """Wait until the console listens; False when the command is to end. Raises WarroomError when it never does."""
    for _ in range(_CONSOLE_SECONDS * 5):
        if _answers(place):
            return True
        processes.check()
        if processes.pause(0.2):
            return False
    raise WarroomError(f"the console did not open within {_CONSOLE_SECONDS} s: see console.log in the state folder")


def _answers(place: tuple[str, int]) -> bool:
    try:
        with socket.create_connection(place, timeout=1):
            return True
    except OSError:
        return False
