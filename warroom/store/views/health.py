"""Whether the war room sees: feeds with their ledger, faulty content, the worker, and whether all of it is a drill."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import case, func, select

from warroom.store.feed_tables import losses
from warroom.store.tables import content_faults, feed_states, incidents, leases, ledger
from warroom.store.views.rows import Scope, within

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

    from warroom.store.database import State

#: Faults that the screen shows at most.
FAULT_LIMIT: Final = 50

_DAY_MINUTES: Final = 1440
_HOUR_MINUTES: Final = 60
_RATE_MINUTES: Final = 5
_LEDGER_SUMS: Final = ("received", "stored", "rejected", "evaluated", "unbalanced", "per_minute")


@dataclass(frozen=True, slots=True)
class FeedRow:
    """What the worker last saw of a feed, and its ledger of the last 24 hours."""

    feed_id: str
    platform_id: str
    title_th: str
    title_en: str
    drill: bool
    read_at: int | None
    event_at: int | None
    received_at: int | None
    lag_bytes: int
    error: str | None
    silent_after_seconds: int
    received: int
    stored: int
    rejected: int
    evaluated: int
    unbalanced: int  # lines that are neither stored nor rejected, or stored and not evaluated
    per_minute: int  # lines received a minute, over the last five
    lost: int = 0  # records that its sources lost in the last hour, before we had them


@dataclass(frozen=True, slots=True)
class FaultRow:
    """A fault in a rule, feed or playbook file as the worker loaded it."""

    file: str
    line: int
    reason: str


def feeds(state: State, now_us: int, *, scope: Scope = None) -> list[FeedRow]:
    """Give every feed the worker knows with its ledger of the last 24 hours, by id."""
    minute = now_us // 60_000_000
    entries = ledger.c
    imbalance = func.abs(entries.received - entries.stored - entries.rejected) + func.abs(
        entries.stored - entries.evaluated
    )
    recent = case((entries.minute > minute - _RATE_MINUTES, entries.received), else_=0)
    sums = (
        select(
            entries.feed_id,
            func.sum(entries.received).label("received"),
            func.sum(entries.stored).label("stored"),
            func.sum(entries.rejected).label("rejected"),
            func.sum(entries.evaluated).label("evaluated"),
            func.sum(imbalance).label("unbalanced"),
            (func.sum(recent) / _RATE_MINUTES).label("per_minute"),
        )
        .where(entries.minute > minute - _DAY_MINUTES)
        .group_by(entries.feed_id)
        .subquery()
    )
    lost = (
        select(func.sum(losses.c.count))
        .where(losses.c.feed_id == feed_states.c.feed_id, losses.c.minute > minute - _HOUR_MINUTES)
        .scalar_subquery()
    )
    wanted = (
        select(
            *feed_states.c,
            func.coalesce(lost, 0).label("lost"),
            *(func.coalesce(sums.c[name], 0).label(name) for name in _LEDGER_SUMS),
        )
        .join(sums, sums.c.feed_id == feed_states.c.feed_id, isouter=True)
        .where(within(scope, feed_states.c.platform_id))
        .order_by(feed_states.c.feed_id)
    )
    with state.read() as connection:
        rows = connection.execute(wanted).mappings().all()
    return [_feed(row) for row in rows]


def content_problems(state: State) -> list[FaultRow]:
    """Give the faults of rule, feed and playbook files, by file and line."""
    columns = content_faults.c
    with state.read() as connection:
        rows = connection.execute(
            select(columns.file, columns.line, columns.reason).order_by(columns.file, columns.line).limit(FAULT_LIMIT)
        )
        return [FaultRow(*row) for row in rows]


def worker_seen_at(state: State) -> int | None:
    """When a worker last showed that it lives; None where none ever did."""
    with state.read() as connection:
        seen: int | None = connection.scalar(select(func.max(leases.c.renewed_at)))
    return seen


def is_drill(state: State) -> bool:
    """Whether everything in the store comes from drills: at least one feed, and no real feed or incident ever."""
    real_feeds = select(func.count()).select_from(feed_states).where(feed_states.c.drill.is_(False))
    real_incidents = select(func.count()).select_from(incidents).where(incidents.c.drill.is_(False))
    with state.read() as connection:
        known = connection.scalar(select(func.count()).select_from(feed_states))
        return bool(known) and not connection.scalar(real_feeds) and not connection.scalar(real_incidents)


def _feed(values: RowMapping) -> FeedRow:
    sums = {name: int(values[name]) for name in (*_LEDGER_SUMS, "lost")}
    return FeedRow(**{name: values[name] for name in FeedRow.__slots__} | sums)
