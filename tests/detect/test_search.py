"""The compiled search finds in every value what a plain look at each atom finds, and never leaves its arrays."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warroom.detect.atoms import Atom, Network, Number, Regex, Text, Wild
from warroom.detect.banks import Banks
from warroom.detect.classes import ABSENT, Classes
from warroom.detect.decoding import readings
from warroom.detect.encoded import Encoded
from warroom.detect.lookups import lookups_of
from warroom.detect.predicates import Predicate
from warroom.detect.value_groups import Group, Units

LETTERS = st.sampled_from([*"aAbB.\\ s1+%2", "é", "ſ", "\u212a", "k", "\x02", "\x03", "\x1a", "\0", "ก", "ß", "-"])
WORDS = st.one_of(st.text(LETTERS, min_size=1, max_size=3), st.text(LETTERS, min_size=4, max_size=14))
NUMBERS = st.sampled_from([0, 1, 12, -5, 1.5, 4104, 10**19])
NUMBER_TEXTS = st.sampled_from(
    ["0", "-0", "1", "01", " 1", "1.0", "1e0", "+1", "12", "-5", "1.50", "4104", "1" + "0" * 19]
)


@st.composite
def patterns(draw: st.DrawFn) -> Text:
    pieces: list[str | Wild] = []
    for _ in range(draw(st.integers(0, 5))):
        piece = draw(st.one_of(WORDS, st.sampled_from(Wild)))
        if isinstance(piece, str) and pieces and isinstance(pieces[-1], str):
            pieces.append(Wild.MANY)
        pieces.append(piece)
    return Text(tuple(pieces), cased=draw(st.booleans()))


ATOMS: st.SearchStrategy[Atom] = st.one_of(
    patterns(),
    st.builds(lambda text: Text((Wild.MANY, text, Wild.MANY)), WORDS),
    st.builds(Number, NUMBERS),
    st.sampled_from([Regex("a.b", "i"), Network("10.0.0.0/8")]),
)
TERMS = st.frozensets(ATOMS, min_size=1, max_size=3)
PREDICATES = st.lists(st.builds(Predicate, st.just("field"), st.frozensets(TERMS, min_size=1, max_size=3)), min_size=1)
VALUES = st.lists(st.one_of(WORDS, NUMBER_TEXTS, st.text(LETTERS, max_size=30), st.just("10.1.2.3")), max_size=8)


def classes_of(predicates: list[Predicate], *, encoded: bool = False, groups: int = 1) -> Classes:
    """Make the same predicates for each of some groups; those of the last one are numbered from 0."""
    units = Units()
    made = [Group(number, encoded=encoded) for number in range(groups)]
    for group in reversed(made):
        for place, predicate in enumerate(predicates):
            group.add(place + len(predicates) * (groups - 1 - group.number), predicate, units)
    return Classes(made, lookups_of(made, units, groups * len(predicates)), Banks(None))


def true_of(predicate: Predicate, texts: tuple[str, ...]) -> bool:
    return any(all(any(atom.holds(text) for text in texts) for atom in term) for term in predicate.terms)


@pytest.mark.parametrize("encoded", [False, True])
@settings(max_examples=40)
@given(predicates=PREDICATES, values=VALUES, data=st.data())
def test_values_are_classed_as_their_atoms_say(
    *, encoded: bool, predicates: list[Predicate], values: list[str], data: st.DataObject
) -> None:
    kind = data.draw(st.sampled_from([pa.string(), pa.binary(), pa.dictionary(pa.int32(), pa.string())]))
    array = pa.array(["before", *values], pa.string()).cast(kind).slice(1)
    classes = classes_of(predicates, encoded=encoded, groups=2)
    column = Encoded(array, distinct=data.draw(st.booleans()))
    found = classes.classify(column, 1)
    for row, value in enumerate(values):
        texts = readings(value) if encoded else (value,)
        wanted = {place for place, predicate in enumerate(predicates) if true_of(predicate, texts)}
        assert set(classes.contents[1][found[column.codes[row]]]) == wanted


@settings(max_examples=30)
@given(PREDICATES, st.lists(VALUES, max_size=6))
def test_lists_are_one_value_each_and_empty_ones_are_absent(
    predicates: list[Predicate], values: list[list[str]]
) -> None:
    classes = classes_of(predicates)
    column = Encoded(pa.array(values, pa.list_(pa.string())), distinct=False)
    found = classes.classify(column, 0) if len(column) else np.zeros(0, np.int32)
    for row, texts in enumerate(values):
        number = int(found[column.codes[row]])
        wanted = {place for place, one in enumerate(predicates) if true_of(one, tuple(texts))}
        assert number == ABSENT if not texts else set(classes.contents[0][number]) == wanted


def test_more_classes_than_there_is_room_for_at_first() -> None:
    predicates = [Predicate("field", frozenset({frozenset({Text((f"{bit}x", Wild.MANY))})})) for bit in range(9)]
    predicates += [
        Predicate("field", frozenset({frozenset({Text((Wild.MANY, f"<{bit}>", Wild.MANY))})})) for bit in range(13)
    ]
    classes = classes_of(predicates)
    values = ["".join(f"<{bit}>" for bit in range(13) if number >> bit & 1) for number in range(1 << 13)]
    found = classes.classify(Encoded(pa.array(values), distinct=False), 0)
    assert len(set(found.tolist())) == 1 << 13
    for number in (1, 5, 8_191, 4_000):
        wanted = {9 + bit for bit in range(13) if number >> bit & 1}
        assert set(classes.contents[0][found[number]]) == wanted
    assert (classes.classify(Encoded(pa.array(values), distinct=False), 0) == found).all()
    classes.clear()
    assert classes.count == 0
    assert len(set(classes.classify(Encoded(pa.array(values[:8]), distinct=False), 0).tolist())) == 8


def test_texts_of_any_length_keep_their_places() -> None:
    classes = classes_of([Predicate("field", frozenset({frozenset({Text((Wild.MANY, "needles"))})}))])
    values = [f"{'y' * 3000}{'needles' if number % 7 == 3 else 'needle'}" for number in range(400)] + ["x" * 400_000]
    found = classes.classify(Encoded(pa.array(values), distinct=False), 0)
    assert np.flatnonzero(found > 1).tolist() == [number for number in range(400) if number % 7 == 3]


@pytest.mark.slow
def test_the_search_never_leaves_its_arrays(tmp_path: Path) -> None:
    """With every index checked, which is slow and compiled anew, the tests above pass, too."""
    environment = os.environ | {"NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "pytest", "-q", "-m", "not slow", "-p", "no:cacheprovider", __file__]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stdout[-3000:]


@given(VALUES)
@settings(max_examples=20)
def test_found_units_are_those_of_each_text(values: list[str]) -> None:
    predicates = [
        Predicate("field", frozenset({frozenset({Text((Wild.MANY, text, Wild.MANY))})})) for text in ("a", "ab b")
    ]
    classes = classes_of(predicates)
    texts, units = classes.find(pa.array(values, pa.string()), 0, encoded=False)
    wanted = [(place, text) for place, value in enumerate(values) for text in ("a", "ab b") if text in value.lower()]
    assert len({*zip(texts.tolist(), units.tolist(), strict=True)}) == len(wanted)
