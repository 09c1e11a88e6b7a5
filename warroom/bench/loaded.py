"""Makes of a rule set what the store tells of it: each rule that raises alerts, with the feeds that it looks at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from warroom.catalog.stages import Stage
from warroom.detect.meeting import rules_meeting
from warroom.detect.rules import Correlation, LogSource
from warroom.detect.staging import is_own, own_stage
from warroom.store.rules.loaded import Loaded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from warroom.catalog import Feed
    from warroom.detect import RuleSet
    from warroom.detect.rules import Filter, Rule


def loaded_rules(ruleset: RuleSet, feeds: Iterable[Feed], folder: Path, drafts: Mapping[Path, str]) -> list[Loaded]:
    """Give every rule that raises alerts, or would in another stage, and every filter that is applied.

    Args:
        ruleset: the rules, staged or not.
        feeds: those that are switched on.
        folder: of the detectors.
        drafts: the drafts among the files, with their digests.
    """
    whole = ruleset.whole
    used = _feeds_by_rule(whole, feeds)
    sources: dict[str, tuple[LogSource, ...]] = {rule.id: (rule.logsource,) for rule in whole.rules}
    for one in whole.correlations:  # each comes after what it refers to
        ids = [whole.correlations[~place].id if place < 0 else whole.rules[place].id for place in one.members]
        used[one.id] = sorted({feed for name in ids for feed in used.get(name, ())})
        sources[one.id] = tuple(dict.fromkeys(source for name in ids for source in sources[name]))
    raising: list[Rule | Correlation] = [one for place, one in enumerate(whole.rules) if place not in whole.silent]
    raising += [one for one in whole.correlations if not one.silent]
    found = [_loaded(one, sources[one.id], used.get(one.id, ()), folder, drafts) for one in raising]
    filters = {one.id: one for rule in whole.rules for one in rule.filters}
    return [*found, *(_filter(one, folder, drafts) for one in filters.values())]


def _feeds_by_rule(ruleset: RuleSet, feeds: Iterable[Feed]) -> dict[str, list[str]]:
    by_source: dict[LogSource, list[str]] = {}
    for feed in feeds:
        by_source.setdefault(LogSource(feed.log_product, feed.log_category, feed.log_service), []).append(feed.id)
    found: dict[str, list[str]] = {}
    for source, ids in by_source.items():
        for rule in rules_meeting(ruleset, source):
            found.setdefault(rule.id, []).extend(ids)
    return {rule_id: sorted(ids) for rule_id, ids in found.items()}


def _loaded(
    one: Rule | Correlation,
    sources: Sequence[LogSource],
    feeds: Sequence[str],
    folder: Path,
    drafts: Mapping[Path, str],
) -> Loaded:
    return Loaded(
        rule_id=one.id,
        title=one.title,
        title_th=one.title_th,
        severity=str(one.severity),
        kind=one.kind if isinstance(one, Correlation) else "rule",
        status=one.status,
        own=is_own(one.file, folder),
        default_stage=own_stage(one, folder),
        file=_inside(one.file, folder),
        draft_sha256=drafts.get(Path(one.file)),
        logsource=tuple((source.product, source.category, source.service) for source in sources),
        tags=one.tags,
        feeds=tuple(feeds),
        ncsa_category=one.ncsa_category,
    )


def _filter(one: Filter, folder: Path, drafts: Mapping[Path, str]) -> Loaded:
    source = (one.logsource.product, one.logsource.category, one.logsource.service)
    return Loaded(
        rule_id=one.id,
        title=one.title,
        title_th="",
        severity="",
        kind="filter",
        status="",
        own=is_own(one.file, folder),
        default_stage=Stage.PRODUCTION,
        file=_inside(one.file, folder),
        draft_sha256=drafts.get(Path(one.file)),
        logsource=(source,),
        tags=(),
        feeds=(),
    )


def _inside(file: str, folder: Path) -> str:
    """Give a rule's file below the folder of detectors; a draft's name alone."""
    path = Path(file)
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else path.name
