"""Who acts on the command line: the account that the operating-system user is mapped to.

Why an unmapped user is not simply refused: docs/decisions/0011-who-acts-on-the-command-line.md.
"""

from __future__ import annotations

import getpass
import os
import re
from typing import TYPE_CHECKING, Final

from warroom.access.actor import Actor
from warroom.access.names import COMMAND_LINE
from warroom.access.roles import Role
from warroom.access.sessions import actor_of
from warroom.errors import ConflictError, ForbiddenError, UsageError
from warroom.store import accounts as rows
from warroom.store.audit import Via
from warroom.store.permission import NAMELESS, user_name

if TYPE_CHECKING:
    from collections.abc import Collection

    from warroom.store.database import State, Transaction

#: Characters of a name that is told.
_LONGEST: Final = 64
_NUMBER: Final = re.compile(r"[0-9]{1,9}")


def os_user() -> str:
    """Give the name of the operating-system user that runs this process, by its user id.

    Not what LOGNAME or USER say: those are the caller's to set.
    """
    return user_name(os.getuid()) if hasattr(os, "getuid") else getpass.getuser()


def checked_os_user(user: str) -> str:
    """Give the name of an operating-system user of this machine. Raises UsageError where there is none."""
    if not _is_known(user):
        raise UsageError(
            f"this machine has no operating-system user `{user[:_LONGEST]}`: give one that `getent passwd` lists"
        )
    return user


def check_mapping(
    connection: Transaction, user: str, owner: str, roles: Collection[str], *, confined: bool, sure: bool
) -> None:
    """Refuse what takes the administration from the command line and may not be meant.

    Who can open the state folder administers, as long as no account is theirs (decision 11); an account that does not
    administer takes that from them.

    Args:
        connection: to the state database.
        user: the operating-system user that is to act as an account.
        owner: the one that the state folder belongs to.
        roles: of that account.
        confined: that account sees some platforms only.
        sure: it was said that this is meant.

    Raises:
        UsageError: the user administers now by no account's role, and it was not said that this is to end.
        ConflictError: there is no administrator's account, so nobody would administer any more.
    """
    if user not in {os_user(), user_name(0), owner} or (Role.ADMINISTRATOR in roles and not confined):
        return
    if rows.find_by_os_user(connection, user) is not None:
        return
    if not rows.active_with_role(connection, Role.ADMINISTRATOR):
        raise ConflictError(
            f"`{user}` administers the war room on the command line, and no account does: make an administrator first"
        )
    if not sure:
        raise UsageError(
            f"`{user}` administers the war room on the command line now, by no account; as this one it may do only "
            f"what the account's roles grant, and make or mend no accounts: add --yes if that is meant"
        )


def _is_known(user: str) -> bool:
    """Whether this machine knows an operating-system user, or a process may run as this number without a name."""
    try:
        import pwd  # noqa: PLC0415  POSIX only

        pwd.getpwnam(user)
    except ImportError:
        return True
    except (KeyError, ValueError):  # a NUL, or a sign that no name has
        digits = user.removeprefix(NAMELESS)
        return _NUMBER.fullmatch(digits) is not None and user_name(int(digits)) == user
    return True


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
