"""What a rule did in shadow, in figures: what a second person decides with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warroom.bench.rates import DAY_US, hundredths
from warroom.catalog.stages import Stage
from warroom.store.feedlife import received_since
from warroom.store.rules import hits
from warroom.store.rules import stages as store

if TYPE_CHECKING:
    from warroom.store.canonical import Json
    from warroom.store.database import Transaction

#: It is looked back so far at most.
_LONGEST_DAYS: Final = 30
_PLATFORMS: Final = 10


def shadow_figures(connection: Transaction, rule_id: str, at: int) -> dict[str, Json]:
    """Give what a rule would have raised since it is in shadow, thirty days at most.

    Returns:
        ``since`` and ``until`` in microseconds since 1970, ``seen_us`` between them, ``alerts``, ``events``,
        ``alerts_per_day_hundredths`` (whole; None where it is in shadow for less than a day), ``hours`` with any alert,
        and ``platforms``: the ten with most alerts.
    """
    put = store.get(connection, rule_id)
    # one whose status alone puts it there has been in shadow since there was anything to see
    begun = put.since if put is not None and put.stage == Stage.SHADOW else received_since(connection)
    since = max(at if begun is None else min(begun, at), at - _LONGEST_DAYS * DAY_US)
    alerts, events, hours = hits.counted(connection, rule_id, since, hits.SHADOW)
    own = {
        platform: count
        for (stage, platform), count in hits.by_platform(connection, rule_id, since).items()
        if stage == hits.SHADOW
    }
    most = sorted(own.items(), key=lambda one: (-one[1], one[0]))[:_PLATFORMS]
    return {
        "since": since,
        "until": at,
        "seen_us": at - since,
        "alerts": alerts,
        "events": events,
        "hours": hours,
        "alerts_per_day_hundredths": hundredths(alerts, at - since),
        "platforms": dict(most),
    }
