"""Who acts on the command line: the account that the operating-system user is mapped to.

Why an unmapped user is not simply refused: docs/decisions/0011-who-acts-on-the-command-line.md.
"""

from __future__ import annotations

import getpass
import os
from typing import TYPE_CHECKING

from warroom.access.actor import Actor
from warroom.access.names import COMMAND_LINE
from warroom.access.roles import Role
from warroom.access.sessions import actor_of
from warroom.errors import ForbiddenError
from warroom.store import accounts as rows
from warroom.store.audit import Via

if TYPE_CHECKING:
    from warroom.store.database import State


def os_user() -> str:
    """Give the name of the operating-system user that runs this process, by its user id.

    Not what LOGNAME or USER say: those are the caller's to set.
    """
    try:
        import pwd  # noqa: PLC0415  POSIX only

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):  # a container's user without a name
        return f"uid-{os.getuid()}" if hasattr(os, "getuid") else getpass.getuser()


def command_line_actor(state: State, user: str) -> Actor:
    """Give who acts when this operating-system user runs a command.

    - Mapped to an account: that account, with its roles and platforms.
    - No account has a password or another proof yet: the local operator, with every role.
    - Otherwise: the local operator as administrator alone, who can make and mend accounts but works no incident.

    Raises:
        ForbiddenError: the mapped account is disabled.
    """
    with state.read() as connection:
        account = rows.find_by_os_user(connection, user)
        shared_out = rows.has_credentials(connection)
    if account is None:
        roles = frozenset({Role.ADMINISTRATOR} if shared_out else Role)
        return Actor(f"{user}{COMMAND_LINE}", roles, via=Via.COMMAND_LINE)
    if not account.is_active:
        raise ForbiddenError(f"the account `{account.name}` of the operating-system user `{user}` is disabled")
    return actor_of(account, Via.COMMAND_LINE)
