"""A look back finds its own indicators only, behind the event up to which another one looks for them."""

from __future__ import annotations

import pyarrow as pa
from intel.listed import index_of
from making import events

from warroom.intel_finder import Finders, IndexFinder
from warroom.store.intel.look_backs import AFTER, LookBack

SOURCE, OTHER = "203.0.113.9", "198.51.100.7"  # the first is where all events of ``making`` come from


def wanted(*rows: tuple[str, int]) -> pa.Table:
    return pa.table(
        {
            "kind": ["ipv4"] * len(rows),
            "value": [value for value, _ in rows],
            AFTER: pa.array([after for _, after in rows], pa.int64()),
        }
    )


def look_back(number: int) -> LookBack:
    return LookBack(number, 1, (), "x", 1, 0, 99, 1, 0, "", 0, 0, None, None)


def nothing_known(_: list[str]) -> set[str]:
    return set()


def test_only_what_is_new_is_found() -> None:
    index = index_of(("ipv4", SOURCE), ("ipv4", OTHER))
    batch = events(3, pa.array([10, 11, 12]))
    assert IndexFinder(index, wanted((OTHER, 0))).rows(batch).tolist() == []
    finder = IndexFinder(index, wanted((SOURCE, 0), ("192.0.2.1", 0)))
    assert "source_ip" in finder.columns
    assert finder.rows(batch).tolist() == [0, 1, 2]
    (alert,), findings = finder.found(batch, nothing_known, drill=False)
    assert (alert.count, alert.event_ids) == (3, (10, 11, 12))
    assert findings.matches[0].looked_back
    assert sum(one.count for one in findings.sightings) == 3


def test_what_comes_before_the_end_of_another_look_back_is_left_to_it() -> None:
    finder = IndexFinder(index_of(("ipv4", SOURCE)), wanted((SOURCE, 11)))
    (alert,), findings = finder.found(events(3, pa.array([10, 11, 12])), nothing_known, drill=False)
    assert alert.event_ids == (12,)
    assert sum(one.count for one in findings.sightings) == 1


def test_known_alerts_go_with_their_sightings() -> None:
    finder = IndexFinder(index_of(("ipv4", SOURCE)), wanted((SOURCE, 0)))
    alerts, findings = finder.found(events(3, pa.array([10, 11, 12])), set, drill=False)
    assert alerts == []
    assert not findings


def test_without_an_index_nothing_is_looked_at() -> None:
    finder = IndexFinder(None, wanted((SOURCE, 0)))
    assert finder.columns == ()
    assert finder.rows(events(1, pa.array([10]))).tolist() == []
    assert finder.found(events(1, pa.array([10])), nothing_known, drill=False)[0] == []


def test_the_finder_changes_with_the_index_and_with_the_look_back() -> None:
    finders = Finders()
    assert finders.current(look_back(1), wanted((SOURCE, 0))).index is None
    index = index_of(("ipv4", SOURCE))
    finders.use(index)
    first = finders.current(look_back(1), wanted((SOURCE, 0)))
    assert first.index is index
    assert finders.current(look_back(1), wanted((SOURCE, 0))) is first
    assert finders.current(look_back(2), wanted((SOURCE, 0))) is not first
