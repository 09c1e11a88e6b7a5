"""Which fields the known log sources carry, what rules ask beyond them, and feeds that no rule looks at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from warroom.bench.feed_samples import origins_of, sample_events, sample_path, source_of
from warroom.catalog.log_fields import load_log_fields
from warroom.catalog.log_sources import load_log_sources
from warroom.detect import LogSource
from warroom.detect.meeting import rules_meeting
from warroom.detect.taxonomy import Origin, load_taxonomy
from warroom.detect.unanswered import asked_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from collections.abc import Set as AbstractSet

    import pyarrow as pa

    from warroom.catalog import Feed
    from warroom.detect import Rule, RuleSet


@dataclass(frozen=True, slots=True)
class _Known:
    """A log source that the war room knows: what its events count as, and its fields, by their own names."""

    origins: frozenset[Origin]
    fields: frozenset[str]


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A rule and the fields it asks for that no known log source carries; none at all where no source meets it."""

    rule: Rule
    fields: tuple[str, ...]
    met: bool


def unmapped(
    ruleset: RuleSet, files: AbstractSet[str], feeds: Callable[[], Iterable[Feed]], line_limit: int
) -> list[Unmapped]:
    """Give the rules of some files that ask for what no known log source carries.

    Known are the platforms' kinds of log, and feeds by their samples, which are read only where the kinds do not
    suffice. A name that stands for a core column counts as carried: the parsers fill it from whatever the source
    calls it.
    """
    asked = asked_fields(ruleset)
    rules = [(rule, asked[place]) for place, rule in enumerate(ruleset.rules) if rule.file in files]
    known = _kinds()
    left = [(rule, fields) for rule, fields in rules if _lacking(rule, fields, known)]
    if left:
        known += _samples([feed for feed in feeds() if any(_may_meet(rule, feed) for rule, _ in left)], line_limit)
    return [found for rule, fields in left if (found := _lacking(rule, fields, known))]


def _lacking(rule: Rule, asked: AbstractSet[str], known: Sequence[_Known]) -> Unmapped | None:
    """Give what a rule asks in vain; None where there is nothing."""
    taxonomy = load_taxonomy()
    met = [one.fields for one in known if any(taxonomy.meets(rule.logsource, each) for each in one.origins)]
    if not met:
        return Unmapped(rule, (), met=False)
    carried: frozenset[str] = frozenset().union(*met)
    missing = [
        field
        for field in sorted(asked)
        if taxonomy.column_of(field) is None and carried.isdisjoint(taxonomy.natives_of(field))
    ]
    return Unmapped(rule, tuple(missing), met=True) if missing else None


def _may_meet(rule: Rule, feed: Feed) -> bool:
    return rule.logsource.product in (None, feed.log_product)


def _kinds() -> list[_Known]:
    optional = load_log_fields()
    return [
        _Known(_bare(_source(kind.given["logsource"])), frozenset((*kind.min_fields, *optional.get(kind.id, ()))))
        for kind in load_log_sources().values()
        if "logsource" in kind.given
    ]


def _samples(feeds: Iterable[Feed], line_limit: int) -> list[_Known]:
    found: list[_Known] = []
    looked: set[tuple[LogSource, str]] = set()
    for feed in feeds:
        path = sample_path(feed)
        source = source_of(feed)
        if (source, str(path)) in looked or not path.is_file():
            continue
        looked.add((source, str(path)))
        events = sample_events(feed, line_limit)
        if events is not None:
            found.append(_Known(origins_of(events), _names(events)))
    return found


def blind_feeds(ruleset: RuleSet, feeds: Iterable[Feed], line_limit: int) -> dict[LogSource, list[str]]:
    """Give the feeds that no rule looks at, whatever is in their samples, by their log source."""
    found: dict[LogSource, list[str]] = {}
    for feed in feeds:
        source = source_of(feed)
        if source in found or not (rules_meeting(ruleset, source) or _is_seen(ruleset, feed, line_limit)):
            found.setdefault(source, []).append(feed.id)
    return found


def _is_seen(ruleset: RuleSet, feed: Feed, line_limit: int) -> bool:
    """Say whether a rule looks at what the events of a feed's sample count as, by what is in them."""
    events = sample_events(feed, line_limit) if sample_path(feed).is_file() else None
    if events is None:
        return False
    taxonomy, told = load_taxonomy(), origins_of(events)
    return any(taxonomy.meets(rule.logsource, origin) for rule in ruleset.rules for origin in told)


def _source(given: dict[str, str]) -> LogSource:
    return LogSource(given.get("product"), given.get("category"), given.get("service"))


def _bare(source: LogSource) -> frozenset[Origin]:
    return frozenset((Origin(source),))


def _names(events: pa.RecordBatch) -> frozenset[str]:
    kind = events.schema.field("fields").type
    return frozenset(kind.field(place).name for place in range(kind.num_fields))
