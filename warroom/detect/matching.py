"""``match``: which rules are true for which events of a batch; pure, no I/O and no clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from warroom.detect import raw_lines
from warroom.detect.batch_columns import Reading
from warroom.detect.batch_texts import SETS, BatchTexts, TextColumn
from warroom.detect.routing import plans_of
from warroom.detect.taxonomy import load_taxonomy
from warroom.model import RAW

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from warroom.detect.atoms import Reference
    from warroom.detect.columns import Chain
    from warroom.detect.compiled import CompiledRules, Words
    from warroom.detect.keywords import Keywords
    from warroom.detect.layout import Layout, Signs, Slot
    from warroom.detect.plan import Plan
    from warroom.detect.ruleset import RuleSet

    Ints = npt.NDArray[np.int64]

#: What ``match`` answers: the event's row in the batch, and the rule's position in ``ruleset.rules``.
MATCHED: Final = pa.schema([pa.field("row", pa.int32()), pa.field("rule", pa.int32())])


def match(batch: pa.RecordBatch, ruleset: RuleSet) -> pa.RecordBatch:
    """Match events with rules.

    Args:
        batch: events; the log-source columns choose the rules, a column that is missing counts as null. Text
            columns and children of ``fields`` may be dictionaries.
        ruleset: what ``load_rules`` gave.

    Returns:
        ``MATCHED``, one row for each rule that is true for an event, ascending by row, then rule.
    """
    if not batch.num_rows or not ruleset.rules:
        return pa.RecordBatch.from_pylist([], MATCHED)
    compiled = ruleset.compiled
    compiled.make_room()
    layout = compiled.layout(batch.schema)
    reading = Reading(batch)
    plans, plan_of = plans_of(reading, layout.schema, compiled)
    if not any(plans):
        return pa.RecordBatch.from_pylist([], MATCHED)
    signed = _Signed(reading, layout, compiled, plans, plan_of)
    firsts, inverse = _distinct(signed.sums)
    found = signed.rules(firsts)
    counts = np.fromiter(map(len, found), np.int64, len(found))
    per_row = counts[inverse]
    row = np.repeat(np.arange(batch.num_rows, dtype=np.int32), per_row)
    flat = np.array([rule for rules in found for rule in rules], dtype=np.int32)
    begins = (np.cumsum(counts) - counts)[inverse]
    within = np.arange(len(row)) - np.repeat(np.cumsum(per_row) - per_row, per_row)
    rule = flat[np.repeat(begins, per_row) + within] if len(row) else flat
    return pa.RecordBatch.from_arrays([pa.array(row, pa.int32()), pa.array(rule, pa.int32())], schema=MATCHED)


class _Signed:
    """The signature of each row of a batch, and what it is made of."""

    def __init__(
        self, reading: Reading, layout: Layout, compiled: CompiledRules, plans: list[Plan], plan_of: Ints
    ) -> None:
        self._reading = reading
        self._layout = layout
        self._compiled = compiled
        self._plans = plans
        self._plan_of = plan_of
        asked = frozenset().union(*(plan.asked for plan in plans))
        slots = layout.slots(asked)
        reading.classify(layout.columns(slots, reading), compiled.form.groups, compiled.classes)
        self.sums = np.array([plan.bits for plan in plans], dtype=np.uint64)[plan_of]
        self._told: list[Slot] = [slot for slot in slots if slot.add(reading, self.sums)]
        self._words = list(self._worded(compiled.words(plans)))
        for signs, classes in self._words:
            self.sums += signs.sums()[classes]
        self._related: list[tuple[int, npt.NDArray[np.bool_]]] = []
        for predicate, left, right, reference in layout.references:
            if left and right and predicate in asked:
                wanted = np.array([predicate in plan.asked for plan in plans])[plan_of]
                true = _related(reading, left, right, reference, wanted)
                if true.any():
                    self._related.append((predicate, true))
                    self.sums[true] += np.array(compiled.reference_bits[predicate], dtype=np.uint64)

    def _worded(self, asked: Sequence[tuple[Words, list[bool]]]) -> Iterator[tuple[Signs, npt.NDArray[np.int32]]]:
        """Give the class of each row by its keywords, for each set of keywords."""
        for first in range(0, len(asked), SETS):
            some = asked[first : first + SETS]
            rows = [np.array(theirs)[self._plan_of] for _, theirs in some]
            bits = np.zeros(self._reading.batch.num_rows, dtype=np.uint64)
            for number, here in enumerate(rows):
                bits[here] |= np.uint64(1 << number)
            keywords = [words.keywords for words, _ in some]
            texts = BatchTexts(self._texts(keywords), bits, self._compiled.prefilters(keywords))
            for number, ((words, _), here) in enumerate(zip(some, rows, strict=True)):
                yield words.signs, words.keywords.classify(here, number, texts)

    def _texts(self, keywords: Sequence[Keywords]) -> Iterator[TextColumn]:
        """Give every column of text that has any, once."""
        decoded = load_taxonomy().decoded
        raw = any(raw_lines.tell_more(self._reading.batch.schema, one.alone) for one in keywords)
        for column in self._reading.different(tuple(self._layout.schema.texts())):
            values = self._reading.encoded(column, distinct=False)
            if values is not None:
                own = not column.native
                yield TextColumn(values, own and column.name in decoded, raw or not own or column.name != RAW)

    def rules(self, rows: Ints) -> list[tuple[int, ...]]:
        """Give the rules of some rows, by their signature where it was met before."""
        keys = list(map(tuple, self.sums[rows].tolist()))
        known = self._compiled.signatures
        found = [known.get(key) for key in keys]
        new = [place for place, rules in enumerate(found) if rules is None]
        if new:
            for place, rules in zip(new, self._evaluated(rows[new]), strict=True):
                found[place] = known[keys[place]] = rules
        return [rules or () for rules in found]

    def _evaluated(self, rows: Ints) -> Iterator[tuple[int, ...]]:
        empty = frozenset[int]()
        told = empty.union(*(slot.signs.absent for slot in self._told))
        nulls = [plan.nulls - told for plan in self._plans]
        columns = [
            [slot.signs.contents[number] for number in slot.classes(self._reading, rows).tolist()]
            for slot in self._told
        ]
        for signs, classes in self._words:
            columns.append([signs.contents[number] for number in classes[rows].tolist()])
        for predicate, true in self._related:
            one = frozenset((predicate,))
            columns.append([one if here else empty for here in true[rows].tolist()])
        contents = zip(*columns, strict=True) if columns else ((),) * len(rows)
        for number, several in zip(self._plan_of[rows].tolist(), contents, strict=True):
            plan = self._plans[number]
            yield plan.matching(nulls[number].union(*several) & plan.asked) if plan else ()


def _related(
    reading: Reading, left: Chain, right: Chain, reference: Reference, wanted: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Compare two fields row by row: true where some value of one stands in the relation to some value of the other."""
    result = np.zeros(len(wanted), dtype=np.bool_)
    (ones, values), (others, more) = _chained(reading, left), _chained(reading, right)
    rows = np.flatnonzero(wanted & (ones >= 0) & (others >= 0))
    pairs, inverse = np.unique(ones[rows] * len(more) + others[rows], return_inverse=True)
    true = [reference.related(values[pair // len(more)], more[pair % len(more)]) for pair in pairs.tolist()]
    result[rows] = np.array(true, dtype=np.bool_)[inverse]
    return result


def _chained(reading: Reading, chain: Chain) -> tuple[Ints, list[tuple[str, ...]]]:
    """Number the first non-null value of each row, -1 where there is none, and give the texts of each number."""
    codes = np.full(reading.batch.num_rows, -1, dtype=np.int64)
    values: list[tuple[str, ...]] = []
    for column in chain:
        encoded = reading.encoded(column)
        if encoded is not None:
            codes = np.where((codes < 0) & (encoded.codes >= 0), encoded.codes + np.int64(len(values)), codes)
            values += [(value,) if isinstance(value, str) else value for value in encoded.values]
    return codes, values


def _distinct(sums: npt.NDArray[np.uint64]) -> tuple[Ints, Ints]:
    """Number distinct rows: the first row of each, and each row's number."""
    encoded = pa.array(np.ascontiguousarray(sums[:, 0])).dictionary_encode()
    inverse = encoded.indices.to_numpy().astype(np.int64)
    firsts = np.zeros(len(encoded.dictionary), dtype=np.int64)
    # Written backwards, so that the first row of each number stays.
    firsts[inverse[::-1]] = np.arange(len(sums) - 1, -1, -1)
    if (sums[firsts[inverse], 1] != sums[:, 1]).any():  # the other half decides; next to never
        _, firsts, inverse = np.unique(sums, axis=0, return_index=True, return_inverse=True)
    return firsts, inverse
