"""A form that an incident, a period or the agency has or should have, and what it is called in drafts and addresses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from warroom.access import Actor, Permission
    from warroom.catalog.forms import Form
    from warroom.console.texts import Words
    from warroom.respond.standing import ClockState
    from warroom.store.controllers import Controller
    from warroom.store.views.documents import DocumentShown

#: Where the drafts of forms are kept that belong to no incident.
AGENCY: Final = "agency/paper/"


@dataclass(frozen=True, slots=True)
class Paper:
    """A form of an incident for one of its controllers, or one of a period or of the agency.

    Attributes:
        form: which.
        shown: its versions; None: none was made.
        incident_id: of which incident; None: of none.
        platform_id: of that incident's platform.
        controller: for whom; None: response has not begun, or there is no incident.
        period: which year, record or request, where there is no incident: ``2569``.
        clock: what asks for it, the soonest first; None: no clock does.
        tasks: titles of playbooks that ask for it.
    """

    form: Form
    shown: DocumentShown | None
    incident_id: int | None = None
    platform_id: str | None = None
    controller: Controller | None = None
    period: str = ""
    clock: ClockState | None = None
    tasks: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Its name in addresses, where it is clear of which incident."""
        return f"{self.form.id}.{self.period or self.controller_id or 0}"

    @property
    def name(self) -> str:
        """Its name among those of all incidents."""
        return f"{'agency' if self.incident_id is None else self.incident_id}_{self.key}"

    @property
    def place(self) -> str:
        """Where its drafts are kept."""
        return (AGENCY if self.incident_id is None else f"incident/{self.incident_id}/paper/") + self.key

    @property
    def controller_id(self) -> int | None:
        """For which controller."""
        return self.controller.id if self.controller is not None else None

    @property
    def wanted(self) -> bool:
        """Whether anything asks for it, or somebody began it."""
        return self.clock is not None or bool(self.tasks) or self.shown is not None

    def open_to(self, actor: Actor, permission: Permission) -> bool:
        """Whether an actor may do something with it; what is of no incident is about all platforms."""
        return actor.can(permission, self.platform_id) and (self.incident_id is not None or actor.platforms is None)


def standing(words: Words, paper: Paper) -> tuple[str, str, bool]:
    """Say which version is the newest, what it waits for, and whether that is nothing."""
    newest = paper.shown.versions[0] if paper.shown and paper.shown.versions else None
    if newest is None:
        return "—", words("paper.to_do" if paper.wanted else "paper.at_need"), False
    kind = words(f"paper_kind.{newest.version.kind}")
    step = "approved" if newest.signed("approved") else "verified" if newest.signed("verified") else "drafted"
    return words("paper.number", number=newest.version.number, kind=kind), words(f"paper.{step}"), step == "approved"
