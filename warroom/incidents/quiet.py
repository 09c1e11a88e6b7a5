"""What is kept out of the queue: alerts that a suppression hides or a planned window folds apart.

The grouping asks here, and only here, before an alert may join an incident. Nothing is dropped: a held alert is stored
and counted, the screens say how many there are, and it comes back when what holds it ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from warroom.store import planned, suppressions
from warroom.store.database import Transaction
from warroom.store.incidents import AlertRow
from warroom.store.planned import Window
from warroom.store.suppressions import Suppression

#: Who gives alerts back when the time of what held them is over.
WORKER: Final = "worker"


@dataclass(frozen=True, slots=True)
class Quiet:
    """The suppressions and planned windows that may hold some alerts, as they are at one moment."""

    suppressions: tuple[Suppression, ...]
    windows: tuple[Window, ...]
    free: frozenset[str]  # alerts that a person gave back: held no more

    @classmethod
    def about(cls, connection: Transaction, alerts: Sequence[AlertRow], now_us: int) -> Self:
        """Give what may hold any of these alerts at a time of our clock."""
        if not alerts:
            return cls((), (), frozenset())
        first, last = min(alert.first_at for alert in alerts), max(alert.last_at for alert in alerts)
        hiding = tuple(suppressions.in_force(connection, now_us))
        windows = tuple(planned.touching(connection, first, last))
        free = suppressions.free(connection, [alert.id for alert in alerts], WORKER) if hiding or windows else set()
        return cls(hiding, windows, frozenset(free))

    def holder(self, alert: AlertRow) -> Suppression | Window | None:
        """Give what holds an alert; None where it goes its way.

        An alert that is in an incident stays there. A suppression is somebody's decision about this very kind, so it
        goes before a window.
        """
        if alert.incident_id is not None or alert.id in self.free:
            return None
        hidden = next((one for one in self.suppressions if one.pattern.holds(alert)), None)
        return hidden or next((one for one in self.windows if one.covers(alert)), None)


def set_aside(connection: Transaction, alerts: Sequence[AlertRow], now_us: int) -> set[str]:
    """Hold those of the waiting alerts that something holds; their ids: the grouping leaves them out."""
    quiet = Quiet.about(connection, alerts, now_us)
    held = [(alert.id, found) for alert in alerts if (found := quiet.holder(alert)) is not None]
    suppressions.hold(
        connection,
        [(name, found.id, None) if isinstance(found, Suppression) else (name, None, found.id) for name, found in held],
        now_us,
    )
    names = {name for name, _ in held}
    # what grew past the end of a window, or by somebody else's address, is no longer what was announced
    loose = [alert.id for alert in alerts if alert.id not in names]
    suppressions.give_back(connection, loose, WORKER, now_us)
    return names
