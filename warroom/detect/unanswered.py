"""Finds rules that a source can never answer: what they ask of fields that its events do not have."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from warroom.detect.atoms import Null, Reference
from warroom.detect.columns import Schema, read_chain
from warroom.detect.rules import Every, Leaf, LogSource, Negation
from warroom.detect.taxonomy import Origin, load_taxonomy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pyarrow as pa

    from warroom.detect.rules import Condition, Rule
    from warroom.detect.ruleset import RuleSet

_SOURCE: Final = ("log_product", "log_category", "log_service")


@dataclass(frozen=True, slots=True)
class Gap:
    """A rule, the fields it asks that no event carries, and whether it can match in spite of that.

    What a correlation groups by and counts belongs to the rules it looks at.
    """

    rule: Rule
    fields: tuple[str, ...]
    can_match: bool


def gaps(ruleset: RuleSet, batch: pa.RecordBatch, certain: Iterable[str] = ()) -> tuple[int, list[Gap]]:
    """Compare what rules ask with what events carry.

    Args:
        ruleset: the rules.
        batch: a sample of the source's events, with the columns of the log source.
        certain: columns and fields that the source has even where the sample has no value.

    Returns:
        How many rules the source's events meet by log source, and those of them that ask a field in vain.
    """
    taxonomy = load_taxonomy()
    schema = Schema(batch.schema)
    known = frozenset(certain)
    asked = asked_fields(ruleset)
    lacking: dict[int, set[str]] = {}
    dead: dict[int, bool] = {}
    for origin, rows in origins(batch, schema):
        carried = _carried(batch.take(rows), schema, known)
        for number, rule in enumerate(ruleset.rules):
            if not taxonomy.meets(rule.logsource, origin):
                continue
            missing = {field for field in asked[number] if not carried(field)}
            lacking[number] = lacking.get(number, missing) & missing
            dead[number] = dead.get(number, True) and True not in _outcomes(rule.condition, carried)
    found = [
        Gap(ruleset.rules[number], tuple(sorted(fields)), not dead[number])
        for number, fields in lacking.items()
        if fields
    ]
    return len(lacking), found


def asked_fields(ruleset: RuleSet) -> list[set[str]]:
    """Give the fields that each rule asks for, by its position, with those that correlations count in its events."""
    counted = _counted(ruleset)
    return [{*_fields(rule.condition), *counted.get(number, ())} for number, rule in enumerate(ruleset.rules)]


def _counted(ruleset: RuleSet) -> dict[int, set[str]]:
    """Give what correlations group by and count, at the rules they look at."""
    found: dict[int, set[str]] = defaultdict(set)
    for correlation in ruleset.correlations:
        for reference, member in zip(correlation.rules, correlation.members, strict=True):
            names = (correlation.aliases.get(name, {}).get(reference, name) for name in correlation.group_by)
            if member >= 0:  # else it looks at another correlation
                found[member].update(names, correlation.fields)
    return found


def origins(batch: pa.RecordBatch, schema: Schema) -> Iterator[tuple[Origin, list[int]]]:
    """Give each origin of the events and its rows."""
    looked_at = load_taxonomy().looked_at
    columns: list[Sequence[object]] = [
        batch.column(name).to_pylist() if name in batch.schema.names else [None] * batch.num_rows for name in _SOURCE
    ]
    columns += [read_chain(batch, schema.chain(field)).to_pylist() for field in looked_at]
    rows: dict[Origin, list[int]] = defaultdict(list)
    for row, (product, category, service, *values) in enumerate(zip(*columns, strict=True)):
        told = zip(looked_at.items(), values, strict=True)
        seen = tuple(
            (field, value.lower())
            for (field, known), value in told
            if isinstance(value, str) and value.lower() in known
        )
        rows[Origin(LogSource(*(str(one) if one else None for one in (product, category, service))), seen)].append(row)
    yield from rows.items()


def _carried(batch: pa.RecordBatch, schema: Schema, certain: frozenset[str]) -> Callable[[str], bool]:
    answers: dict[str, bool] = {}

    def carried(field: str) -> bool:
        if field not in answers:
            chain = schema.chain(field)
            answers[field] = any(column.name in certain for column in chain) or any(
                column.read(batch).null_count < batch.num_rows for column in chain
            )
        return answers[field]

    return carried


def _fields(condition: Condition) -> Iterator[str]:
    if isinstance(condition, Leaf):
        if condition.field is not None:
            yield condition.field
        if isinstance(condition.atom, Reference):
            yield condition.atom.field
    elif isinstance(condition, Negation):
        yield from _fields(condition.part)
    else:
        for part in condition.parts:
            yield from _fields(part)


def _outcomes(condition: Condition, carried: Callable[[str], bool]) -> frozenset[bool]:
    """Say what a condition can come to: of a field that is never there only ``null`` is true."""
    if isinstance(condition, Leaf):
        if all(carried(field) for field in _fields(condition)):
            return frozenset((True, False))
        return frozenset((isinstance(condition.atom, Null),))
    if isinstance(condition, Negation):
        return frozenset(not outcome for outcome in _outcomes(condition.part, carried))
    parts = [_outcomes(part, carried) for part in condition.parts]
    # `all of`: true needs every part true, false one that is false; `one of` the other way round
    agreed = isinstance(condition, Every)
    found = {agreed} if all(agreed in part for part in parts) else set()
    return frozenset(found | ({not agreed} if any((not agreed) in part for part in parts) else set()))
