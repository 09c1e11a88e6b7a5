"""Which days of logs may be deleted: pure judgement over days, holds and our clock.

What is judged is one feed's whole day of ingestion. Traffic logs are kept at least 90 days from when they entered
the system (Computer Crime Act s.26).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from warroom.errors import UsageError
from warroom.store.holds import Hold, HoldKind

LAW_DAYS: Final = 90
_DAY: Final = timedelta(days=1)
_DAY_US: Final = 86_400_000_000
_EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Policy:
    """How long logs are kept, in whole days from the end of their day of ingestion."""

    traffic_days: int


@dataclass(frozen=True, slots=True)
class FeedDay:
    """One feed's logs of one day: ``day`` of ingestion (UTC), the span of their own times in microseconds."""

    feed_id: str
    platform_id: str | None  # None: nobody knows whose it is
    day: str
    min_ts: int
    max_ts: int


@dataclass(frozen=True, slots=True)
class HeldIncident:
    """What a hold by incident holds: its platform and feeds, and its time; open ones go on (``last_at`` None)."""

    id: int
    platform_id: str
    feed_ids: frozenset[str]
    first_at: int
    last_at: int | None


def policy(traffic_days: int, *, below_law: bool) -> Policy:
    """Check what was set.

    Raises:
        UsageError: fewer than 90 days, and nobody said that this is known.
    """
    if traffic_days < LAW_DAYS and not below_law:
        raise UsageError(
            f"WARROOM_RETENTION_DAYS={traffic_days}: traffic logs are kept at least {LAW_DAYS} days (Computer Crime "
            "Act s.26). Whom the Act does not bind sets WARROOM_RETENTION_BELOW_LAW=true too"
        )
    return Policy(traffic_days)


def deletable(
    found: Iterable[FeedDay], held: Sequence[Hold], incidents: Sequence[HeldIncident], kept: Policy, now: datetime
) -> list[FeedDay]:
    """Give the days that are old enough and under no hold."""
    today = now.astimezone(UTC).strftime("%Y-%m-%d")
    active = [one for one in held if one.is_active(today)]
    return [one for one in found if is_due(one.day, kept, now) and not is_held(one, active, incidents)]


def is_due(day: str, kept: Policy, now: datetime) -> bool:
    """Whether a day is over for as long as logs are kept, and for one day more.

    A batch that was read before midnight may be committed after it; the day more makes that of no account.
    """
    end = datetime.fromisoformat(day).replace(tzinfo=UTC) + _DAY
    return now >= end + timedelta(days=kept.traffic_days) + _DAY


def is_held(one: FeedDay, active: Iterable[Hold], incidents: Sequence[HeldIncident]) -> bool:
    """Whether any of the holds is about a feed's day; where that is not known, it is."""
    by_id = {incident.id: incident for incident in incidents}
    for hold in active:
        if hold.kind == HoldKind.INCIDENT:
            incident = by_id.get(hold.incident_id or 0)
            if incident is None or _concerns(one, incident):
                return True
        elif _in_scope(one, hold):
            return True
    return False


def _in_scope(one: FeedDay, hold: Hold) -> bool:
    if hold.feed_id is not None and hold.feed_id != one.feed_id:
        return False
    if hold.platform_id is not None and one.platform_id not in {None, hold.platform_id}:
        return False
    first = _start_us(hold.from_day) if hold.from_day else None
    last = _start_us(hold.to_day) + _DAY_US if hold.to_day else None
    return _touches(one, first, last)


def _concerns(one: FeedDay, incident: HeldIncident) -> bool:
    if one.feed_id not in incident.feed_ids and one.platform_id not in {None, incident.platform_id}:
        return False
    return _touches(one, incident.first_at, incident.last_at)


def _touches(one: FeedDay, first: int | None, last: int | None) -> bool:
    """Whether a day's ingestion or its events' own times touch a time, which is a day longer at either end.

    The day covers the difference between days in Thailand and in UTC.
    """
    low = None if first is None else first - _DAY_US
    high = None if last is None else last + _DAY_US
    start = _start_us(one.day)
    return _overlap(start, start + _DAY_US, low, high) or _overlap(one.min_ts, one.max_ts, low, high)


def _overlap(start: int, end: int, low: int | None, high: int | None) -> bool:
    return (low is None or end >= low) and (high is None or start <= high)


def _start_us(day: str) -> int:
    return (date.fromisoformat(day) - _EPOCH).days * _DAY_US
