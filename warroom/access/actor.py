"""Who acts: handed to every function that does something in a person's or a program's name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from warroom.access.roles import BY_PLATFORM, WORKER_MAY, Permission, Role, permissions_of
from warroom.store.audit import Via


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody, with what they may do at this moment.

    Made anew at every request from what the store says then; not to be kept: a role that was taken away would live on.
    """

    name: str
    """As the incident log and the audit show it."""
    roles: frozenset[Role]
    platforms: frozenset[str] | None = None
    """The platforms that the account is confined to; None: it is confined to none."""
    via: Via = Via.CONSOLE
    """Through which door."""
    account_id: int | None = None
    """None for the worker and for a command line without accounts."""
    scopes: frozenset[Permission] | None = None
    """What an API token was made for; None: no token, everything that the roles grant."""

    @property
    def permissions(self) -> frozenset[Permission]:
        """Everything that the actor may do, somewhere at least."""
        if self.via is Via.WORKER:
            return WORKER_MAY
        granted = permissions_of(self.roles)
        if self.scopes is not None:
            granted &= self.scopes
        # What concerns all platforms is not for who is confined to some.
        return granted if self.platforms is None else granted & BY_PLATFORM

    def can(self, permission: Permission, platform: str | None = None) -> bool:
        """Whether the actor has a permission, and has it for this platform where one is named.

        Without a platform the answer says that there may be something to see or do, not for which platform: what is
        about an incident or an event is asked with its platform.
        """
        return permission in self.permissions and (platform is None or self.sees(platform))

    def sees(self, platform: str) -> bool:
        """Whether a platform is in the actor's scope."""
        return self.platforms is None or platform in self.platforms


#: The worker, where it does what a person could do too.
WORKER: Final = Actor("worker", frozenset(), via=Via.WORKER)
