"""What a back-test gave of a rule, as it goes with a proposal: what a second person decides with, beside the shadow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warroom.bench.rates import DAY_US

if TYPE_CHECKING:
    from warroom.bench.backtest import BackTest
    from warroom.store.canonical import Json


def trial_figures(found: BackTest, rule_id: str) -> dict[str, Json] | None:
    """Give the figures of a rule; None where it was not tried.

    Returns:
        ``since`` and ``until`` as asked, in microseconds since 1970, ``seen_us``: for how long of these there are
        stored events, ``alerts``, ``alerts_per_day_hundredths`` (over that; whole, None for less than a day, as the
        shadow's), ``events`` found, ``looked_at`` and whether the back-test came to its end: ``complete``.
    """
    own = found.rules.get(rule_id)
    if own is None:
        return None
    return {
        "alerts": own.alerts,
        "alerts_per_day_hundredths": None if own.alerts_per_day is None else round(own.alerts_per_day * 100),
        "events": own.events,
        "looked_at": found.events,
        "since": found.since,
        "until": found.until,
        "seen_us": round(found.days * DAY_US),
        "complete": found.complete,
    }
