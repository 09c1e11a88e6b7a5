"""Correlations whose groups may have no name: events without a field of `group-by` are counted as one group."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from warroom.catalog.log_sources import load_log_sources
from warroom.detect.atoms import Null
from warroom.detect.rules import Every, Leaf, LogSource, Negation, Some
from warroom.detect.taxonomy import Origin, load_taxonomy

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from warroom.detect import Correlation, Rule, RuleSet
    from warroom.detect.rules import Condition

#: What every event has from us, whatever its source.
_OURS: Final = frozenset({"ts", "event_id", "feed_id", "platform_id"})


@dataclass(frozen=True, slots=True)
class Nameless:
    """A correlation, and what of its `group-by` an event may lack that one of its rules matches."""

    correlation: Correlation
    rule: Rule
    fields: tuple[str, ...]


def nameless(ruleset: RuleSet, files: AbstractSet[str]) -> list[Nameless]:
    """Give the correlations of some files that may count events without a field that they group by.

    A field is there where the rule asks for a value of it, or where the kind of log holds it in every record, by the
    vocabulary of platforms.yaml.
    """
    found: list[Nameless] = []
    for correlation in ruleset.correlations:
        if correlation.file not in files:
            continue
        for place, name in zip(correlation.members, correlation.rules, strict=True):
            if place < 0:  # a correlation: the only fields that it has are those of its own `group-by`
                continue
            rule = ruleset.rules[place]
            there = _OURS | _required(rule.condition) | _always(rule.logsource)
            asked = (correlation.aliases.get(field, {}).get(name, field) for field in correlation.group_by)
            if lacking := tuple(field for field in asked if there.isdisjoint(_names(field))):
                found.append(Nameless(correlation, rule, lacking))
    return found


def _required(condition: Condition) -> frozenset[str]:
    """Give every name of the fields without which a condition is never true."""
    if isinstance(condition, Leaf):
        asks = condition.field is not None and not isinstance(condition.atom, Null)
        return _names(condition.field) if asks and condition.field else frozenset()
    if isinstance(condition, Negation):
        part = condition.part
        denied = part.parts if isinstance(part, Some) else (part,)
        nulls = (one.field for one in denied if isinstance(one, Leaf) and isinstance(one.atom, Null) and one.field)
        return frozenset().union(*map(_names, nulls))
    parts = [_required(part) for part in condition.parts]
    if isinstance(condition, Every):
        return frozenset().union(*parts)
    return frozenset.intersection(*parts) if parts else frozenset()


@functools.cache
def _always(source: LogSource) -> frozenset[str]:
    """Give every name of what each record of a log source holds, as far as the kinds of log are known."""
    taxonomy = load_taxonomy()
    found: list[frozenset[str]] = []
    for kind in load_log_sources().values():
        given = kind.given.get("logsource")
        if given is None:
            continue
        origin = Origin(LogSource(given.get("product"), given.get("category"), given.get("service")))
        if taxonomy.meets(source, origin):
            found.append(frozenset().union(*(_names(part) for one in kind.min_fields for part in _spelled(one))))
    return frozenset.intersection(*found) if found else frozenset()


def _spelled(field: str) -> list[str]:
    """Give the fields that an entry of the vocabulary names: `src_ip:port` and `ja3/ja4` are two each."""
    return [field, *field.replace(":", "/").split("/")]


def _names(field: str) -> frozenset[str]:
    """Give what a field is called, here and in its source, and the core column that holds it."""
    taxonomy = load_taxonomy()
    column = taxonomy.column_of(field)
    return frozenset((field, *taxonomy.natives_of(field), *((column,) if column else ())))
