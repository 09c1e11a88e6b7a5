"""The entities of many alerts at once are those that counting each alone gives."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from warroom.detect.frequent import ENTITIES, frequent
from warroom.model import ENTITY_COLUMNS, Entity

KINDS = list(ENTITY_COLUMNS)
VALUES = st.one_of(st.none(), st.sampled_from(["", "a", "b", "ก"]), st.integers(0, 40).map(str))
ROWS = st.lists(st.tuples(st.integers(0, 3), VALUES, VALUES, VALUES, VALUES), max_size=120)


def alone(rows: list[tuple[str | None, ...]]) -> tuple[Entity, ...]:
    """One alert's entities, by the words of the description."""
    counts = {kind: Counter(row[place] for row in rows if row[place] is not None) for place, kind in enumerate(KINDS)}
    told: list[Entity] = []
    for kind in sorted(KINDS, key=lambda one: len(counts[one])):
        told += [Entity(kind, value) for value, _ in counts[kind].most_common(ENTITIES + 1) if value]
    return tuple(sorted(told[:ENTITIES], key=lambda entity: KINDS.index(entity.kind)))


@settings(deadline=None)
@given(ROWS)
def test_many_alerts_at_once_are_each_told_as_if_alone(rows: list[tuple[int, str | None]]) -> None:
    of = [alert for alert, *_ in rows]
    columns = [pa.array([row[1 + place] for row in rows], pa.string()) for place in range(len(KINDS))]
    found = frequent(columns, pa.array(of, pa.int64()).to_numpy(), 4)
    assert found == [alone([values for number, *values in rows if number == alert]) for alert in range(4)]


def test_many_of_one_kind_never_hide_the_one_of_another() -> None:
    users = pa.array([f"u{number}" for number in range(50)])
    one, none = pa.array(["web01"] * 50), pa.nulls(50, pa.string())
    (found,) = frequent([none, users, none, one], pa.array([0] * 50).to_numpy(), 1)
    assert (len(found), found[0], found[-2:]) == (
        ENTITIES,
        Entity("user", "u0"),
        (Entity("user", "u18"), Entity("host", "web01")),
    )
