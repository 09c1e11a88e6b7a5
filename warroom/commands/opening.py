"""The console's place: free before the start, answering after it, and the way in."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from warroom.access import create_signin_link
from warroom.errors import ConflictError, UsageError, WarroomError
from warroom.store.database import State

if TYPE_CHECKING:
    from warroom.commands.supervise import Processes
    from warroom.settings import Settings

_CONSOLE_SECONDS: Final = 60


def signin_url(settings: Settings) -> str:
    """Make a sign-in link and give its address."""
    with State(settings.db_url) as state:
        state.migrate()
        return f"http://{settings.address}/signin?token={create_signin_link(state, datetime.now(UTC))}"


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
