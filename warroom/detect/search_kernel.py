r"""Compiled: which literals and patterns are in each text, and which predicates are true of each value.

A text stands between two sentinels, ``\x02text\x03``, with ASCII in lower case, so equals, begins-with, ends-with
and contains are all plain substrings. Of each literal the four bytes that the fewest others have are looked up at
every place; where they stand the whole literal is compared. What cannot be decided here by bytes alone (letters
beyond ASCII where a rule asks for such, numbers written in another way) makes a value odd: the caller folds it and
comes again.

Whoever calls these gives arrays of the types that search_tables.py and classes.py make; nothing is written beyond
them whatever the texts hold.
"""

# ruff: noqa: ANN001, ANN201, ANN202, C901, PLR0912, PLR0913, PLR0915, PLR0917
# mypy: ignore-errors
# What is compiled has no annotations, for the compiler finds the types; it names bytes by their numbers, and what is
# done for each byte stands in one place.

from __future__ import annotations

from typing import Final

import numpy as np

from warroom.detect.text_kernel import decoded, folding, lowered, marked, matches, oddly_numeric, same, text_hash
from warroom.machine.kernels import inline, kernel
from warroom.machine.words import load

#: What is asked of a group, in ``Tables.flags``.
HAS_GRAMS: Final = 1
HAS_PAIRS: Final = 2
HAS_EQUALS: Final = 4
STRICT: Final = 8
NUMERIC: Final = 16
CASED: Final = 32
HAS_ONES: Final = 64

#: Columns of ``Tables.grams`` and ``Tables.pairs``.
GRAM, UNIT, GROUP, LENGTH, BEGIN, OFFSET = range(6)

#: By what four bytes are multiplied for the number of their bucket.
SPREAD: Final = 0x9E37_79B9_7F4A_7C15

#: Bytes that ``lowered`` needs beyond the longest text: two sentinels and a word.
ROOM: Final = 32

_U0: Final = np.uint64(0)
_U1: Final = np.uint64(1)
_U6: Final = np.uint64(6)
_U32: Final = np.uint64(32)
_U63: Final = np.uint64(63)
_PAIR: Final = np.uint64(0xFFFF)
_FOUR: Final = np.uint64(0xFFFF_FFFF)
_SPREAD: Final = np.uint64(SPREAD)
_PRIME: Final = np.uint64(0x9E37_79B9_7F4A_7C15)


@inline
def _noted(unit, serial, count, stamps, units):
    """Note a unit of the value; give how many units there are now."""
    if stamps[unit] != serial:
        stamps[unit] = serial
        units[count] = unit
        count += 1
    return count


@inline
def _tried(unit, reading, count, stamps, triggers, tried):
    """Note a literal that stands in some pattern; give how many such literals there are now."""
    if tried[unit] != tried[unit + 1] and stamps[unit] != reading:
        stamps[unit] = reading
        triggers[count] = unit
        count += 1
    return count


@inline
def _first_slot(low, group):
    return low + np.uint64(group) * _PRIME


@kernel
def refill(known):
    """Put the classes met back into new slots."""
    mask = np.uint64(len(known.slots) - 1)
    for entry in range(known.counts[0]):
        slot = _first_slot(known.low[entry], known.groups[entry]) & mask
        while known.slots[slot] >= 0:
            slot = (slot + _U1) & mask
        known.slots[slot] = entry


@kernel
def _settled(count, group, serial, terms, state, known):
    """Give the class of a value by its units; -1 where it is new and there is no room for it."""
    low, high = _U0, _U0
    true = 0
    for place in range(count):
        unit = state.units[place]
        for item in range(terms.plain_first[unit], terms.plain_first[unit + 1]):
            predicate = terms.plain[item]
            if state.predicate_stamps[predicate] != serial:
                state.predicate_stamps[predicate] = serial
                state.predicates[true] = predicate
                true += 1
                low += terms.bits[predicate, 0]
                high += terms.bits[predicate, 1]
        for item in range(terms.begun_first[unit], terms.begun_first[unit + 1]):
            conjunction = terms.begun[item]
            predicate = terms.predicates[conjunction]
            if state.predicate_stamps[predicate] == serial:
                continue
            met = True
            for other in range(terms.needed_first[conjunction], terms.needed_first[conjunction + 1]):
                if state.unit_stamps[terms.needed[other]] != serial:
                    met = False
                    break
            if met:
                state.predicate_stamps[predicate] = serial
                state.predicates[true] = predicate
                true += 1
                low += terms.bits[predicate, 0]
                high += terms.bits[predicate, 1]
    if true == 0:
        return 1
    mask = np.uint64(len(known.slots) - 1)
    slot = _first_slot(low, group) & mask
    while known.slots[slot] >= 0:
        entry = known.slots[slot]
        if known.low[entry] == low and known.high[entry] == high and known.groups[entry] == group:
            return known.classes[entry]
        slot = (slot + _U1) & mask
    entry = known.counts[0]
    used = known.ends[known.counts[1]]
    if entry >= len(known.low) or known.counts[1] + 1 >= len(known.ends) or used + true > len(known.predicates):
        return -1
    known.slots[slot] = entry
    known.low[entry], known.high[entry], known.groups[entry] = low, high, group
    known.classes[entry] = known.met[group]
    known.met[group] += 1
    known.counts[0] += 1
    known.counts[1] += 1
    for place in range(true):
        known.predicates[used + place] = state.predicates[place]
    known.ends[known.counts[1]] = used + true
    return known.classes[entry]


@kernel
def search(
    texts, group, wanted, given, first, classes, odd, pairs, settle, tables, patterns, terms, state, known,
):  # fmt: skip
    """Give the class of each value, or its units, from value ``first`` on; give the value to go on with, or the end.

    Args:
        texts: see classes.Searched; ``ends[value]`` says where the texts of a value end, empty: one text a value.
        group: of the values.
        wanted: for each value 1 where it is looked at; empty for all.
        given: values, ascending, and units that are known to be true of them.
        first: the value to begin with.
        classes: for each value its class; filled where ``settle``.
        odd: for each value 1 where the caller must fold it and come again; filled.
        pairs: where not ``settle``: values, and the units that are true of them; [0]: how many these are. Filled.
        settle: give classes, not units.
        tables: of literals.
        patterns: with wildcards.
        terms: predicates by units.
        state: room for one value.
        known: classes met; grows up to its room.
    """
    given_values, given_units = given
    values, units_of, counts = pairs
    data, offsets, ends, plain_data, plain_offsets = (
        texts.data, texts.offsets, texts.ends, texts.plain, texts.plain_offsets,
    )  # fmt: skip
    letters, flags, salt, seed = tables.letters, tables.flags[group], tables.salts[group], tables.seeds[group]
    step = np.int64(tables.steps[group])
    gram_known, gram_shift, gram_first, by_gram = (
        tables.gram_known, tables.gram_shift, tables.gram_first, tables.grams,
    )  # fmt: skip
    pair_known, pair_first, by_pair, pair_salt = tables.pair_known, tables.pair_first, tables.pairs, salt & _PAIR
    one_bytes, one_units, one_begin, one_end = (
        tables.one_bytes, tables.one_units, tables.one_first[group], tables.one_first[group + 1],
    )  # fmt: skip
    present = state.present
    equal_slots, equal_hashes, equal_units = tables.equal_slots, tables.equal_hashes, tables.equal_units
    equal_groups, equal_begins, equal_lengths = tables.equal_groups, tables.equal_begins, tables.equal_lengths
    equal_mask = np.uint64(len(equal_slots) - 1)
    tried, pattern_numbers, pattern_units, cased = patterns.tried, patterns.numbers, patterns.units, patterns.cased
    stamps, units, text, plain = state.unit_stamps, state.units, state.lowered, state.plain
    trigger_stamps, triggers = state.trigger_stamps, state.triggers
    serial, reading = state.serial[0], state.serial[1]
    equals, grams, pairs = flags & HAS_EQUALS != 0, flags & HAS_GRAMS != 0, flags & HAS_PAIRS != 0
    ones = flags & HAS_ONES != 0
    strict, numeric, with_case = flags & STRICT != 0, flags & NUMERIC != 0, flags & CASED != 0
    folded, encoded, several = texts.folded, texts.encoded, len(ends) > 0
    given = 0
    while given < len(given_values) and given_values[given] < first:
        given += 1
    used = 0
    stop = len(odd)
    for value in range(first, len(odd)):
        if len(wanted) > 0 and wanted[value] == 0:
            continue
        if not settle and used + len(units) > len(values):
            stop = value
            break
        serial += 1
        count = 0
        strange = False
        while given < len(given_values) and given_values[given] == value:
            count = _noted(given_units[given], serial, count, stamps, units)
            given += 1
        number, last = value, value + 1
        if several:
            number = ends[value - 1] if value else np.int64(0)
            last = ends[value]
        turn = 0
        begin = end = size = plain_size = np.int64(0)
        while number < last:
            reading += 1
            if turn == 0:
                begin, end = np.int64(offsets[number]), np.int64(offsets[number + 1])
                size = end - begin
                high = lowered(data, begin, end, text)
                if with_case:
                    at = np.int64(plain_offsets[number])
                    plain_size = np.int64(plain_offsets[number + 1]) - at
                    for place in range(plain_size):
                        plain[place] = plain_data[at + place]
            else:
                high = lowered(plain, 0, size, text)
                plain_size = size
            length = size + 2
            if not folded and (
                (high and (strict or folding(text, length))) or (numeric and oddly_numeric(text, length))
            ):
                strange = True
                break
            found_triggers = 0
            if equals:
                found = text_hash(text, 1, size, seed)
                slot = found & equal_mask
                while equal_slots[slot] >= 0:
                    entry = np.int64(equal_slots[slot])
                    if (
                        equal_hashes[entry] == found
                        and equal_groups[entry] == group
                        and equal_lengths[entry] == size
                        and same(text, 1, letters, equal_begins[entry], size)
                    ):
                        unit = np.int64(equal_units[entry])
                        count = _noted(unit, serial, count, stamps, units)
                        found_triggers = _tried(unit, reading, found_triggers, trigger_stamps, triggers, tried)
                    slot = (slot + _U1) & equal_mask
            if grams:
                at = np.int64(0)
                while at < length - 3:
                    bucket = (((load(text, at) ^ salt) << _U32) * _SPREAD) >> gram_shift
                    if (gram_known[bucket >> _U6] >> (bucket & _U63)) & _U1:
                        gram = np.int64(np.int32(load(text, at) & _FOUR))
                        for entry in range(gram_first[bucket], gram_first[bucket + _U1]):
                            start = at - by_gram[entry, OFFSET]
                            long = np.int64(by_gram[entry, LENGTH])
                            if (
                                by_gram[entry, GRAM] == gram
                                and by_gram[entry, GROUP] == group
                                and start >= 0
                                and start + long <= length
                                and same(text, start, letters, np.int64(by_gram[entry, BEGIN]), long)
                            ):
                                unit = np.int64(by_gram[entry, UNIT])
                                count = _noted(unit, serial, count, stamps, units)
                                found_triggers = _tried(unit, reading, found_triggers, trigger_stamps, triggers, tried)
                    at += step
            if pairs:
                for at in range(length):
                    pair = load(text, at) & _PAIR
                    bucket = pair ^ pair_salt
                    if (pair_known[bucket >> _U6] >> (bucket & _U63)) & _U1:
                        for entry in range(pair_first[bucket], pair_first[bucket + _U1]):
                            long = np.int64(by_pair[entry, LENGTH])
                            if (
                                by_pair[entry, GRAM] == np.int64(pair)
                                and by_pair[entry, GROUP] == group
                                and at + long <= length
                                and same(text, at, letters, np.int64(by_pair[entry, BEGIN]), long)
                            ):
                                unit = np.int64(by_pair[entry, UNIT])
                                count = _noted(unit, serial, count, stamps, units)
                                found_triggers = _tried(unit, reading, found_triggers, trigger_stamps, triggers, tried)
            if ones:
                for at in range(1, length - 1):
                    present[text[at]] = reading
                for entry in range(one_begin, one_end):
                    if present[one_bytes[entry]] == reading:
                        unit = np.int64(one_units[entry])
                        count = _noted(unit, serial, count, stamps, units)
                        found_triggers = _tried(unit, reading, found_triggers, trigger_stamps, triggers, tried)
            for trigger in range(found_triggers):
                for place in range(tried[triggers[trigger]], tried[triggers[trigger] + 1]):
                    pattern = pattern_numbers[place]
                    unit = np.int64(pattern_units[pattern])
                    if stamps[unit] == serial:
                        continue
                    if cased[pattern]:
                        good = matches(
                            plain, 0, plain_size, pattern, patterns.parts, patterns.begins, patterns.lengths,
                            patterns.characters, patterns.letters, patterns.one,
                        )  # fmt: skip
                    else:
                        good = matches(
                            text, 1, length - 1, pattern, patterns.parts, patterns.begins, patterns.lengths,
                            patterns.characters, patterns.letters, patterns.one,
                        )  # fmt: skip
                    if good:
                        count = _noted(unit, serial, count, stamps, units)
            # of what is percent-encoded, two more readings
            if encoded and turn == 0 and marked(data, begin, end):
                size = decoded(data, begin, end, plain, True)
                turn = 1
            elif turn == 1:
                size = decoded(plain, 0, plain_size, plain, False)
                turn = 2 if size < plain_size else 0
            else:
                turn = 0
            if turn == 0:
                number += 1
        if strange:
            odd[value] = 1
        elif not settle:
            for place in range(count):
                values[used], units_of[used] = value, units[place]
                used += 1
        elif count == 0:
            classes[value] = 1
        else:
            found_class = _settled(count, group, serial, terms, state, known)
            if found_class < 0:
                stop = value
                break
            classes[value] = found_class
    counts[0] = used
    state.serial[0], state.serial[1] = serial, reading
    return stop


@kernel
def add(total, codes, sums, left, last):
    """Add the bits of each row's value to the row's sum.

    Args:
        total: rows x 2.
        codes: value of each row, -1 for none.
        sums: bits of each value, x 2.
        left: 1 for each row that may still be told; set to 0 where there was a value, unless it is the ``last`` column.
        last: no further column answers.
    """
    for row in range(len(codes)):
        code = codes[row]
        if code >= 0 and left[row]:
            total[row, 0] += sums[code, 0]
            total[row, 1] += sums[code, 1]
            if not last:
                left[row] = 0


@kernel
def mark(codes, rows, values):
    """Give each value the bits of every row that has it."""
    for row in range(len(codes)):
        code = codes[row]
        if code >= 0:
            values[code] |= rows[row]
