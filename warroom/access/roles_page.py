"""Writes docs/roles.md from the table of roles: ``python -m warroom.access.roles_page > docs/roles.md``."""

from __future__ import annotations

import sys
from typing import Final

from warroom.access.roles import BY_PLATFORM, GRANTS, MEANING, ROLE_MEANING, Permission, Role

_HEAD: Final = """\
# Roles

Made from `warroom/access/roles.py` by `python -m warroom.access.roles_page`; a test keeps both in step.

A person may have several roles and may do what any of them grants. Roles are looked up at every request: a change
works at once, also in sessions that are open. `./run user roles NAME --role …` replaces them.

"""
_PLATFORMS: Final = """
## Confined to platforms

`./run user platforms NAME --platform …` confines an account. It then sees and does what is marked with ● in the table
for these platforms only, and nothing of what is marked with ○: that concerns the war room as a whole.

## Why it is shared out so

- An administrator sees no incident and no personal data. Where there are two, neither gives themselves a role: the
  other one does. Who sets a war room up alone begins as administrator and shift lead.
- Personal data are masked for everybody; revealing them takes a role, a reason, and leaves an audit entry.
- Who is watched does not read the audit: analysts and shift leads have no access to it, the DPO has, and works no case.
- Rules are written on masked lines.
- Administrator and DPO work only in sessions with a second factor, and these end after 30 minutes without a deed
  ([security](security.md#sessions-and-second-factors)); the person's other roles work meanwhile.
- An API token may what its scopes name and its account's roles still grant, never more.

## On the command line

A person acts as the account that their operating-system user is mapped to
([decision 11](decisions/0011-who-acts-on-the-command-line.md)). The state folder belongs to one such user and is closed
to all others but root: who could write it could change everything past every role. So what takes two people is begun
there by one, and **the second one decides in the console**, with an account of their own; another operating-system user
is told so.

While the folder's owner is mapped to no account, they administer. `./run user os-user` and `./run user add --os-user`
take a user of this machine; where an account without the administrator's role takes the administration from the owner
or root, they ask for `--yes`, and refuse as long as no account administers.
"""


def roles_page() -> str:
    """Give the page, in Markdown."""
    roles = "\n".join(f"- **{_name(role)}** {ROLE_MEANING[role]}" for role in Role)
    heading = f"| may | {' | '.join(map(_name, Role))} |\n| --- |{' :-: |' * len(Role)}\n"
    rows = "\n".join(_row(permission) for permission in Permission)
    return f"{_HEAD}{roles}\n\n{heading}{rows}\n{_PLATFORMS}"


def _row(permission: Permission) -> str:
    mark = "●" if permission in BY_PLATFORM else "○"
    cells = (mark if permission in GRANTS[role] else "" for role in Role)
    return f"| {MEANING[permission]} (`{permission}`) | {' | '.join(cells)} |"


def _name(role: Role) -> str:
    return "DPO" if role is Role.DPO else role.replace("_", " ")


if __name__ == "__main__":
    sys.stdout.write(roles_page())
