"""Rules in figures: stage, alerts, last hit, how often they were right, which are noise and which are silent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlalchemy import case, func, select

from warroom.model import Disposition
from warroom.store.database import now_us
from warroom.store.feed_tables import feed_hours
from warroom.store.grouping_tables import incident_rules
from warroom.store.rules import loaded, stages
from warroom.store.rules.hits import RAISED, SHADOW
from warroom.store.rules.loaded import Loaded
from warroom.store.rules.tables import rule_hits
from warroom.store.tables import incidents
from warroom.store.views.rows import Scope, within

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

    from warroom.store.database import State
    from warroom.store.rules.stages import Staged

#: Incidents that were closed within so long say how often a rule is right; a last hit before that is not known.
JUDGED_DAYS: Final = 90
#: A rule whose feeds bring events and that has hit nothing for so long is silent.
SILENT_DAYS: Final = 14
_HOUR_US: Final = 3_600_000_000
_DAY_HOURS: Final = 24
_WEEK_HOURS: Final = 168
_MONTH_HOURS: Final = 720
#: A rule is noise where at least so many incidents were judged and most were false alarms …
_JUDGED: Final = 3
_HALF: Final = 0.5
#: … or where it raises so many alerts a day and none ever was true.
_MANY_A_DAY: Final = 20
_INTEL: Final = "intel."
_RIGHT: Final = (Disposition.TRUE_POSITIVE, Disposition.BENIGN)


@dataclass(frozen=True, slots=True)
class Counts:
    """Alerts of the last 24 hours, 7 days and 30 days, and events of the last 30 days; whole hours of our clock."""

    day: int = 0
    week: int = 0
    month: int = 0
    events: int = 0


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule with its figures; times in microseconds since 1970.

    Attributes:
        rule: what the worker loaded.
        stage: where it is, a name of ``catalog.stages.Stage``.
        put: since when it is there and by whom; None where its status says so.
        raised: alerts that were raised.
        shadow: alerts that were only counted.
        last_at: the newest event that it hit, of the last 90 days.
        true: incidents of the last 90 days with it that were closed as true, or as true and harmless.
        false: those that were closed as a false alarm.
        opened: incidents of the last 30 days with it.
        noise: alerts of 30 days for each incident that was true (at least one); 0 where it raised none.
        noise_rank: 1 for the greatest noise; None where it raised nothing.
        silent: it hit nothing for 14 days, though its feeds brought events.
    """

    rule: Loaded
    stage: str
    put: Staged | None
    raised: Counts = field(default=Counts())
    shadow: Counts = field(default=Counts())
    last_at: int | None = None
    true: int = 0
    false: int = 0
    opened: int = 0
    noise: float = 0.0
    noise_rank: int | None = None
    silent: bool = False

    @property
    def rule_id(self) -> str:
        """The rule's id."""
        return self.rule.rule_id

    @property
    def precision(self) -> float | None:
        """The share of judged incidents that were no false alarm; None where none was judged."""
        judged = self.true + self.false
        return self.true / judged if judged else None

    @property
    def noisy(self) -> bool:
        """Most of what it raised was no good, or much of it and nothing was."""
        precision = self.precision
        if precision is not None and self.true + self.false >= _JUDGED:
            return precision < _HALF
        return not self.true and self.raised.month >= _MANY_A_DAY * (_MONTH_HOURS // _DAY_HOURS)


@dataclass(frozen=True, slots=True)
class _Judged:
    true: int = 0
    false: int = 0
    opened: int = 0


def rule_rows(state: State, *, scope: Scope = None, now: int | None = None) -> list[RuleRow]:
    """Give every loaded rule, and those of intelligence that raised alerts, by id; figures of platforms to be seen."""
    at = now_us() if now is None else now
    hour = at // _HOUR_US
    with state.read() as connection:
        known = {one.rule_id: one for one in loaded.read(connection)}
        put = stages.staged(connection)
        counts, last = _counts(connection, hour, scope)
        judged = _judgements(connection, at, scope)
        speaking = _speaking(connection, hour)
    known |= {rule_id: _of_intel(rule_id) for rule_id, _ in counts if rule_id.startswith(_INTEL)}
    noise = {
        rule_id: counted.month / max(1, judged.get(rule_id, _Judged()).true)
        for (rule_id, stage), counted in counts.items()
        if stage == RAISED and counted.month and rule_id in known
    }
    ranks = {rule_id: rank for rank, rule_id in enumerate(sorted(noise, key=lambda one: (-noise[one], one)), 1)}
    return [
        RuleRow(
            rule=one,
            stage=put[rule_id].stage if rule_id in put else one.default_stage,
            put=put.get(rule_id),
            raised=counts.get((rule_id, RAISED), Counts()),
            shadow=counts.get((rule_id, SHADOW), Counts()),
            last_at=last.get(rule_id),
            true=judged.get(rule_id, _Judged()).true,
            false=judged.get(rule_id, _Judged()).false,
            opened=judged.get(rule_id, _Judged()).opened,
            noise=noise.get(rule_id, 0.0),
            noise_rank=ranks.get(rule_id),
            silent=_silent(one, put.get(rule_id), last.get(rule_id), speaking, at),
        )
        for rule_id, one in sorted(known.items())
    ]


def rule_row(state: State, rule_id: str, *, scope: Scope = None, now: int | None = None) -> RuleRow | None:
    """Give one rule; None where the worker has loaded none of this id."""
    return next((one for one in rule_rows(state, scope=scope, now=now) if one.rule_id == rule_id), None)


def alerts_by_hour(
    state: State, since_hour: int, *, rule_id: str | None = None, scope: Scope = None
) -> list[tuple[str, int, str, int]]:
    """Give (rule id, hour since 1970, stage, alerts) from an hour on, of one rule or all, by rule and hour."""
    by = (rule_hits.c.rule_id, rule_hits.c.hour, rule_hits.c.stage)
    wanted = [rule_hits.c.hour >= since_hour, within(scope, rule_hits.c.platform_id)]
    if rule_id is not None:
        wanted.append(rule_hits.c.rule_id == rule_id)
    with state.read() as connection:
        rows = connection.execute(select(*by, func.sum(rule_hits.c.alerts)).where(*wanted).group_by(*by).order_by(*by))
        return [(own, int(hour), stage, int(alerts)) for own, hour, stage, alerts in rows]


def _counts(connection: Connection, hour: int, scope: Scope) -> tuple[dict[tuple[str, str], Counts], dict[str, int]]:
    """Give what rules hit by id and stage, and the newest event that each hit."""
    table = rule_hits.c

    def since(hours: int, what: ColumnElement[int]) -> ColumnElement[int]:
        return func.sum(case((table.hour > hour - hours, what), else_=0))

    sums = [since(hours, table.alerts) for hours in (_DAY_HOURS, _WEEK_HOURS, _MONTH_HOURS)]
    rows = connection.execute(
        select(table.rule_id, table.stage, *sums, since(_MONTH_HOURS, table.events), func.max(table.last_at))
        .where(table.hour > hour - JUDGED_DAYS * _DAY_HOURS, within(scope, table.platform_id))
        .group_by(table.rule_id, table.stage)
    )
    counts: dict[tuple[str, str], Counts] = {}
    last: dict[str, int] = {}
    for rule_id, stage, day, week, month, events, newest in rows:
        counts[rule_id, stage] = Counts(int(day), int(week), int(month), int(events))
        last[rule_id] = max(last.get(rule_id, 0), int(newest))
    return counts, last


def _judgements(connection: Connection, at: int, scope: Scope) -> dict[str, _Judged]:
    """Give how incidents with each rule ended, and how many were opened."""
    table = incidents.c
    own = select(incident_rules.c.rule_id, incident_rules.c.incident_id).distinct().subquery()

    def counted(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.sum(case((condition, 1), else_=0))

    lately = table.opened_at >= at - _MONTH_HOURS * _HOUR_US
    closed = table.closed_at >= at - JUDGED_DAYS * _DAY_HOURS * _HOUR_US
    rows = connection.execute(
        select(
            own.c.rule_id,
            counted(closed & table.disposition.in_(_RIGHT)),
            counted(closed & (table.disposition == Disposition.FALSE_POSITIVE)),
            counted(lately),
        )
        .join(own, own.c.incident_id == table.id)
        .where(table.merged_into.is_(None), table.drill.is_(False), within(scope, table.platform_id))
        .where(lately | closed)
        .group_by(own.c.rule_id)
    )
    return {rule_id: _Judged(int(true), int(false), int(opened)) for rule_id, true, false, opened in rows}


def _speaking(connection: Connection, hour: int) -> frozenset[str]:
    """Give the feeds that brought events of late."""
    wanted = (feed_hours.c.hour > hour - SILENT_DAYS * _DAY_HOURS, feed_hours.c.received > 0)
    return frozenset(connection.scalars(select(feed_hours.c.feed_id).where(*wanted).distinct()))


def _silent(one: Loaded, put: Staged | None, last: int | None, speaking: frozenset[str], at: int) -> bool:
    early = at - SILENT_DAYS * _DAY_HOURS * _HOUR_US
    runs = (put.stage if put else one.default_stage) in {RAISED, SHADOW}
    long_ago = put is None or put.since < early
    return runs and long_ago and (last is None or last < early) and not speaking.isdisjoint(one.feeds)


def _of_intel(rule_id: str) -> Loaded:
    """Give the rule of an alert that intelligence raised: it has no file and no stages."""
    return Loaded(
        rule_id=rule_id,
        title=rule_id,
        title_th="",
        severity="",
        kind="intel",
        status="",
        own=True,
        default_stage=RAISED,
        file="",
        draft_sha256=None,
        logsource=(),
        tags=(),
        feeds=(),
    )
