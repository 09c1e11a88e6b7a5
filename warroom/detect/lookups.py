"""What the compiled search looks up for some groups: their literals, patterns and terms."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from warroom.detect.search_kernel import CASED, NUMERIC, STRICT
from warroom.detect.search_tables import Patterns, Tables, Terms, lists_of, patterns_of, tables_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warroom.detect.value_groups import Group, Units


class Lookups(NamedTuple):
    """Arrays alone: they can be kept between starts."""

    tables: Tables
    patterns: Patterns
    terms: Terms


def lookups_of(groups: Sequence[Group], units: Units, predicates: int) -> Lookups:
    """Lay out what is asked of groups; ``predicates`` is how many there are."""
    flags = np.zeros(len(groups), np.int32)
    for group in groups:
        flags[group.number] = STRICT * group.strict + CASED * group.cased + NUMERIC * bool(group.numbers)
    tables = tables_of(
        [literal.text for literal in units.literals],
        [literal.unit for literal in units.literals],
        [literal.group for literal in units.literals],
        flags,
    )
    patterns = patterns_of([(one.unit, one.pieces, one.cased, one.trigger) for one in units.patterns], units.count)
    return Lookups(tables, patterns, _terms(units, predicates))


def _terms(units: Units, predicates: int) -> Terms:
    plain: list[Sequence[int]] = [()] * units.count
    for unit, found in units.plain.items():
        plain[unit] = found
    begun: list[list[int]] = [[] for _ in range(units.count)]
    for place, (_, needed) in enumerate(units.conjunctions):
        begun[needed[0]].append(place)
    bits = np.frombuffer(secrets.token_bytes(16 * predicates), np.uint64).reshape(predicates, 2).copy()
    return Terms(
        *lists_of(plain),
        *lists_of(begun),
        *lists_of([needed[1:] for _, needed in units.conjunctions]),
        np.array([predicate for predicate, _ in units.conjunctions], np.int32),
        bits,
    )
