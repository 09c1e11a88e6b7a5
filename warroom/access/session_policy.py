"""What is asked of sessions: which roles need a second factor, and how long nobody may be there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from warroom.access.roles import Role
from warroom.errors import UsageError

if TYPE_CHECKING:
    from warroom.settings import Settings

#: A session ends at the latest when nobody was there for this long …
IDLE_MINUTES: Final = 120
#: … and this long after sign-in, whoever is there: one shift and its hand-over.
ABSOLUTE_HOURS: Final = 12


class Proof(StrEnum):
    """By what somebody proved who they are."""

    LINK = "link"
    """A link of who runs the machine, for drills and before there are accounts."""
    PASSWORD_LINK = "password_link"  # noqa: S105  the word, not one
    """A link by which a password was chosen just now."""
    PASSWORD = "password"  # noqa: S105  likewise
    TWO_FACTORS = "two_factors"
    OIDC = "oidc"


#: A provider asks for its own second factor. Who makes a link on the machine owns everything there already.
_NEEDS_NO_MORE: Final = frozenset({Proof.TWO_FACTORS, Proof.OIDC, Proof.LINK})


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """What the settings ask of sessions."""

    guarded: frozenset[Role] = frozenset({Role.ADMINISTRATOR, Role.DPO})
    """Roles that work only in sessions with a second factor, and end these early when nobody is there."""
    idle_minutes: int = IDLE_MINUTES
    guarded_idle_minutes: int = 30

    def missing(self, roles: Iterable[str], proof: str) -> frozenset[Role]:
        """Give those of an account's roles that do not work in a session: it lacks the second factor."""
        return frozenset() if proof in _NEEDS_NO_MORE else self.guarded.intersection(roles)

    def is_guarded(self, roles: Iterable[str], proof: str) -> bool:
        """Whether a session is of an account with a guarded role, in force or not; a drill's link opens none such."""
        return proof != Proof.LINK and not self.guarded.isdisjoint(roles)

    def idle_minutes_of(self, roles: Iterable[str], proof: str) -> int:
        """Give after how many minutes without its person a session of such an account ends."""
        shorter = min(self.idle_minutes, self.guarded_idle_minutes)
        return shorter if self.is_guarded(roles, proof) else self.idle_minutes


#: What holds where no setting says otherwise.
STANDARD: Final = SessionPolicy()


def policy_from(settings: Settings) -> SessionPolicy:
    """Read the settings. Raises UsageError where they name a role that there is not."""
    known = {role.value: role for role in Role}
    wanted = [name.strip() for name in settings.guarded_roles.split(",") if name.strip()]
    if strange := [name for name in wanted if name not in known]:
        raise UsageError(f"WARROOM_GUARDED_ROLES: there is no role {strange[0]!r}, only {', '.join(Role)}")
    return SessionPolicy(
        frozenset(known[name] for name in wanted), settings.idle_minutes, settings.guarded_idle_minutes
    )
