"""What a rule did in shadow, in figures: what a second person decides with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from warroom.bench.rates import DAY_US, HOUR_US, hundredths
from warroom.catalog.stages import Stage
from warroom.errors import NotFoundError
from warroom.store.feedlife import received_since
from warroom.store.rules import hits, loaded
from warroom.store.rules import stages as store

if TYPE_CHECKING:
    from warroom.store.canonical import Json
    from warroom.store.database import Transaction

#: It is looked back so far at most, and through so many moves.
_LONGEST_DAYS: Final = 30
_MOVES: Final = 500
_PLATFORMS: Final = 10


class _Time(NamedTuple):
    """A time in shadow in microseconds since 1970; ``since`` is None where its status began it, ``until`` for now."""

    since: int | None
    until: int | None


def shadow_figures(connection: Transaction, rule_id: str, at: int) -> dict[str, Json] | None:
    """Give what a rule would have raised in its last time in shadow, which may go on; its last thirty days at most.

    Hits are counted by the hour: those of the hours in which that time began and ended are counted wholly. Where
    the hour in which it began saw the end of an earlier time, too, ``since`` is the beginning of that hour.

    Returns:
        ``since`` and ``until`` in microseconds since 1970, ``seen_us`` between them, ``alerts``, ``events``,
        ``alerts_per_day_hundredths`` (whole; None where it was in shadow for less than a day), ``hours`` with any
        alert, and ``platforms``: the ten with most alerts. None for a rule that never was in shadow.
    """
    times = _times(connection, rule_id)
    if not times:
        return None
    last = times[0]
    until = at if last.until is None else last.until
    since = _since(connection, times, until)
    alerts, events, hours = hits.counted(connection, rule_id, (since, until), hits.SHADOW)
    own = {
        platform: count
        for (stage, platform), count in hits.by_platform(connection, rule_id, (since, until)).items()
        if stage == hits.SHADOW
    }
    most = sorted(own.items(), key=lambda one: (-one[1], one[0]))[:_PLATFORMS]
    return {
        "since": since,
        "until": until,
        "seen_us": until - since,
        "alerts": alerts,
        "events": events,
        "hours": hours,
        "alerts_per_day_hundredths": hundredths(alerts, until - since),
        "platforms": dict(most),
    }


def _since(connection: Transaction, times: list[_Time], until: int) -> int:
    """Say from when on the newest of some times counts."""
    begun = times[0].since
    if begun is None:
        # one whose status alone put it there has been in shadow since there was anything to see
        begun = received_since(connection)
    elif len(times) > 1 and (times[1].until or 0) // HOUR_US == begun // HOUR_US:
        begun -= begun % HOUR_US
    longest = -(-(until - _LONGEST_DAYS * DAY_US) // HOUR_US) * HOUR_US
    return max(until if begun is None else min(begun, until), longest)


def _times(connection: Transaction, rule_id: str) -> list[_Time]:
    """Give the times in which a rule was in shadow, newest first; another file begins a time of its own."""
    found: list[_Time] = []
    left: int | None = None
    moves = store.moves(connection, rule_id, _MOVES)
    here = _is_there(connection, rule_id)
    for move in moves:
        at = move.decided_at or move.at
        if here:
            found.append(_Time(at, left))
        here, left = move.from_stage == Stage.SHADOW, at
    if here and len(moves) < _MOVES:
        found.append(_Time(None, left))
    return found


def _is_there(connection: Transaction, rule_id: str) -> bool:
    """Say whether a rule is in shadow now: because somebody put it there, or because its status does."""
    put = store.get(connection, rule_id)
    if put is not None:
        return put.stage == Stage.SHADOW
    try:
        return loaded.get(connection, rule_id).default_stage == Stage.SHADOW
    except NotFoundError:
        return False
