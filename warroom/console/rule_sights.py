"""What the store says of detectors: stages, alerts, how often they were right; read once for all who see the same."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from warroom.bench import blind, cost_kept
from warroom.bench import stages as deeds
from warroom.bench.catalogue import DRAFT, OWN
from warroom.bench.rule_history import Commit, file_history
from warroom.bench.shadow_figures import shadow_figures
from warroom.catalog.stages import Stage, default_stage
from warroom.console import rule_shelf, snapshot
from warroom.console.shared import Shared
from warroom.errors import NotFoundError
from warroom.store.rules import hits
from warroom.store.rules import stages as moves
from warroom.store.views import FaultRow
from warroom.store.views.rules import Counts, RuleRow, alerts_by_hour, rule_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from warroom.bench.blind import Spell
    from warroom.bench.catalogue import Entry
    from warroom.bench.drafts import Draft
    from warroom.console.room import Room, Tick
    from warroom.detect import LogSource
    from warroom.store.rules.hits import ShadowAlert
    from warroom.store.rules.stages import Change

#: What may be wrong with a rule, worst first.
FAILING, NOISY, SILENT = "failing", "noisy", "silent"
CONDITIONS: Final = (FAILING, rule_shelf.BLINDED, NOISY, SILENT, rule_shelf.UNFED)
_RUNNING: Final = (Stage.PRODUCTION, Stage.SHADOW)
_FIGURES: Final = Shared["Mapping[str, Figures]"](16)
_ROWS: Final = Shared["Mapping[str, RuleRow]"](16)
_HOURS: Final = Shared["list[tuple[str, int, str, int]]"](64)
_COMMITS: Final = Shared["list[Commit]"](64)
_CONDITIONS: Final = Shared["Mapping[str, str]"](16)
_COSTS: Final = Shared["Mapping[str, float]"](4)
_SECONDS: Final = 30
_HOUR_US: Final = 3_600_000_000
_WEEK: Final = 168
_BAR: Final = 6  # hours
BARS: Final = _WEEK // _BAR


@dataclass(frozen=True, slots=True)
class Figures:
    """A rule in figures: of one in shadow, what it would have raised. Times in microseconds since 1970.

    Attributes:
        day: alerts in 24 hours in the stage where it is; ``week`` likewise.
        raised: all its alerts that were raised; ``shadow`` those that were only counted.
        bars: alerts of the last seven days, six hours each, oldest first.
        right: judged incidents that were no false alarm; ``wrong`` those that were.
    """

    stage: Stage
    day: int = 0
    week: int = 0
    raised: Counts = field(default=Counts())
    shadow: Counts = field(default=Counts())
    bars: tuple[int, ...] = (0,) * BARS
    last_at: int | None = None
    right: int = 0
    wrong: int = 0
    noisy: bool = False
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """Where a rule is and since when, what waits for a second person, where a roll back leads; its draft, if any.

    ``is_changed``: the draft is not the one that its stage was given for. ``in_shadow``: figures of its shadow until
    now, where something waits while it goes on.
    """

    stage: Stage
    since: int | None
    changed_by: str
    before: Stage | None
    proposal: Change | None
    draft: Draft | None
    is_changed: bool
    in_shadow: Mapping[str, object] | None


def rows(room: Room, tick: Tick) -> Mapping[str, RuleRow]:
    """Give the store's figures of the rules that the worker has loaded, by id."""
    key = room.sight(tick, "rules", "incidents", seconds=_SECONDS)
    return _ROWS.get(key, lambda: {one.rule_id: one for one in rule_rows(room.state, scope=room.seen.scope)})


def figures(room: Room, tick: Tick) -> Mapping[str, Figures]:
    """Give the figures of every rule of the catalogue, by id."""
    now = rule_shelf.shelf(room, tick)
    key = (now.state, *room.sight(tick, "rules", "incidents", seconds=_SECONDS))

    def make() -> Mapping[str, Figures]:
        known, bars = rows(room, tick), _bars(room, tick)
        with room.state.read() as connection:
            put = moves.staged(connection)
        return {entry.id: _figures(_stage(entry, put), known.get(entry.id), bars) for entry in now.entries.values()}

    return _FIGURES.get(key, make)


def conditions(room: Room, tick: Tick) -> Mapping[str, str]:
    """Say what is wrong with each rule of the catalogue, by id; empty where nothing is, or where it does not run."""
    now = rule_shelf.shelf(room, tick)
    key = (now.state, *room.sight(tick, "rules", "incidents", "feeds", "content", seconds=_SECONDS))

    def make() -> Mapping[str, str]:
        known, seen = figures(room, tick), rule_shelf.sights(room, tick)
        faulty = {Path(one.file).name for one in faults(room, tick)}
        return {entry.id: _condition(entry, known[entry.id], seen, faulty) for entry in now.entries.values()}

    return _CONDITIONS.get(key, make)


def faults(room: Room, tick: Tick) -> Sequence[FaultRow]:
    """Give what is at fault among rules and drafts: as the worker loaded them, and as they are read now."""
    settings = room.settings
    told = [(one.file, one.line, one.reason) for one in _told(room, tick)]
    told += [(one.file, one.line, one.reason) for one in rule_shelf.shelf(room, tick).faults]
    others = {settings.feeds.name, settings.playbooks.name}
    found = {
        (relative(room, file), line, reason): FaultRow(file, line, reason)
        for file, line, reason in told
        if others.isdisjoint(Path(file).parts[:-1])
    }
    return list(found.values())


def _told(room: Room, tick: Tick) -> list[FaultRow]:
    return snapshot.content_problems(room.state, room.seen, tick.version("content"))


def held(room: Room, tick: Tick, entry: Entry) -> Held:
    """Say where a rule is at this moment."""
    draft = rule_shelf.shelf(room, tick).drafts.get(entry.id) if entry.origin == DRAFT else None
    with room.state.read() as connection:
        put = moves.staged(connection)
        last = moves.last_done(connection, entry.id)
        proposal = moves.proposal_of(connection, entry.id)
        stage = _stage(entry, put)
        goes_on = proposal is not None and stage is Stage.SHADOW
        in_shadow = shadow_figures(connection, entry.id, tick.now_us) if goes_on else None
    own = put.get(entry.id)
    return Held(
        stage=stage,
        since=None if own is None else own.since,
        changed_by="" if own is None else own.changed_by,
        before=None if last is None else Stage(last.from_stage),
        proposal=proposal,
        draft=draft,
        is_changed=draft is not None and own is not None and own.draft_sha256 not in (None, draft.sha256),
        in_shadow=in_shadow,
    )


def by_hour(room: Room, tick: Tick, rule_id: str, days: int) -> Sequence[tuple[int, str, int]]:
    """Give (hour since 1970, stage, alerts) of a rule in the last days, in order."""
    hour = tick.now_us // _HOUR_US
    key = (*room.sight(tick, "rules", seconds=_SECONDS), rule_id, days)
    found = _HOURS.get(
        key, lambda: alerts_by_hour(room.state, hour - 24 * days, rule_id=rule_id, scope=room.seen.scope)
    )
    return [(at, stage, alerts) for _, at, stage, alerts in found]


def shadow_alerts(room: Room, rule_id: str, limit: int) -> list[ShadowAlert]:
    """Give what a rule would have raised on the person's platforms, the newest first."""
    scope = room.seen.scope
    with room.state.read() as connection:
        found = hits.sample(connection, rule_id, limit)
    return [one for one in found if scope is None or one.platform_id in scope]


def changes(room: Room, rule_id: str, limit: int) -> list[Change]:
    """Give the moves of a rule and what was proposed for it, newest first."""
    return deeds.history(room.state, room.person.actor, rule_id, limit)


def blind_spells(room: Room, tick: Tick, rule_id: str, days: int) -> list[Spell]:
    """Give when a rule saw nothing in the last days, newest first; nothing of one that no worker has loaded."""
    since = tick.now_us - days * 24 * _HOUR_US
    try:
        return blind.told_spells(room.state, blind.blind_spells(room.state, room.person.actor, rule_id, since))
    except NotFoundError:
        return []


def costs(room: Room, tick: Tick) -> Mapping[str, float]:
    """Give what rules were measured to cost, microseconds an event, by id; those that nobody measured are left out."""
    now, cache = rule_shelf.shelf(room, tick), room.settings.cache_dir
    files = {entry.id: entry.file for entry in now.entries.values()}
    return _COSTS.get((now.state, cost_kept.stamp(cache)), lambda: cost_kept.kept(cache, files))


def commits(room: Room, tick: Tick, entry: Entry) -> list[Commit]:
    """Give the commits that changed a rule's file, newest first; none where there is no git."""
    key = (rule_shelf.shelf(room, tick).state, entry.id)
    return _COMMITS.get(key, lambda: file_history(Path(entry.file)))


def relative(room: Room, file: str) -> str:
    """Give a file below the folder of detectors or drafts, without what stands above."""
    path = Path(file)
    for folder in (room.settings.detectors, room.settings.data_dir):
        if path.is_relative_to(folder):
            return str(path.relative_to(folder))
    return path.name


def _stage(entry: Entry, put: Mapping[str, moves.Staged]) -> Stage:
    if entry.id in put:
        return Stage(put[entry.id].stage)
    return Stage.DRAFT if entry.origin == DRAFT else default_stage(entry.status, own=entry.origin == OWN)


def _figures(stage: Stage, row: RuleRow | None, bars: Mapping[tuple[str, str], Sequence[int]]) -> Figures:
    if row is None:
        return Figures(stage)
    shadow = stage is Stage.SHADOW
    counts = row.shadow if shadow else row.raised
    return Figures(
        stage=stage,
        day=counts.day,
        week=counts.week,
        raised=row.raised,
        shadow=row.shadow,
        bars=tuple(bars.get((row.rule_id, hits.SHADOW if shadow else hits.RAISED), (0,) * BARS)),
        last_at=row.last_at,
        right=row.true,
        wrong=row.false,
        noisy=row.noisy,
        silent=row.silent,
    )


def _bars(room: Room, tick: Tick) -> Mapping[tuple[str, str], Sequence[int]]:
    """Give the alerts of the last seven days, six hours each, by rule and stage."""
    first = tick.now_us // _HOUR_US - _WEEK + 1
    found: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * BARS)
    for rule_id, hour, stage, alerts in alerts_by_hour(room.state, first, scope=room.seen.scope):
        found[rule_id, stage][min(BARS - 1, (hour - first) // _BAR)] += alerts
    return found


def _condition(entry: Entry, own: Figures, seen: Mapping[LogSource, str], faulty: set[str]) -> str:
    if Path(entry.file).name in faulty:
        return FAILING
    if own.stage not in _RUNNING:
        return ""
    sight = rule_shelf.sight_of(entry, seen)
    signs = (
        (sight == rule_shelf.BLINDED, rule_shelf.BLINDED),
        (own.noisy, NOISY),
        (own.silent, SILENT),
        (sight == rule_shelf.UNFED, rule_shelf.UNFED),
    )
    return next((name for sign, name in signs if sign), "")
