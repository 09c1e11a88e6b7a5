"""Alerts of batches enter the store once, and grow by what later ones bring."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import NOW, an_alert, new_store
from sqlalchemy import delete, event, select

from warroom.model import Alert, Entity
from warroom.store.database import State, to_us
from warroom.store.raising import add_alerts
from warroom.store.rules.hits import rule_hits
from warroom.store.tables import alert_minutes, alerts

AT = to_us(NOW)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[State]:
    with new_store(tmp_path_factory.mktemp("raising") / "state.db") as made:
        yield made


def entered(store: State, batches: Sequence[Sequence[Alert]]) -> tuple[list[object], int]:
    """Enter batches into an empty store; the rows that are there then, and how many alerts their minutes count."""
    with store.write() as connection:
        for table in (alerts, alert_minutes, rule_hits):
            connection.execute(delete(table))
        for one in batches:
            assert add_alerts(connection, one, AT) == len(one)
        rows: list[object] = [tuple(row) for row in connection.execute(select(alerts).order_by(alerts.c.id))]
        return rows, sum(connection.scalars(select(alert_minutes.c.count)))


ALERTS = st.builds(
    lambda own, minute, lasts, count, ids, people: an_alert(
        alert_id=own * 64,
        first_at=NOW + timedelta(minutes=minute),
        last_at=NOW + timedelta(minutes=minute + lasts),
        count=count,
        event_ids=tuple(ids),
        entities=tuple(Entity("user", one) for one in people),
    ),
    st.sampled_from("abc"),
    st.integers(-9, 9),
    st.integers(0, 9),
    st.integers(1, 99),
    st.lists(st.integers(1, 40), min_size=1, max_size=25),
    st.lists(st.sampled_from(["somchai", "สมหญิง", "u" * 300, "a\x00b", "c\ud800d"]), max_size=4),
)


@given(found=st.lists(st.lists(ALERTS, max_size=6), max_size=4))
def test_alerts_grow_alike_however_they_come(store: State, found: list[list[Alert]]) -> None:
    together = entered(store, found)
    assert together == entered(store, [[one] for batch in found for one in batch])
    ids = Counter(one.alert_id for batch in found for one in batch)
    assert (len(together[0]), together[1]) == (len(ids), len(ids))


def test_an_alert_that_grows_keeps_its_first_ids_and_waits_for_its_incident(store: State) -> None:
    first = an_alert(count=3, event_ids=tuple(range(100, 130)))
    later = replace(first, count=2, event_ids=(9, 8), last_at=NOW + timedelta(minutes=2))
    entered(store, [[first]])
    with store.write() as connection:
        connection.execute(alerts.update().values(waiting=False))
        add_alerts(connection, [later], AT)
        (row,) = connection.execute(select(alerts)).all()
    assert (row.count, row.waiting, row.first_at, row.last_at - row.first_at) == (5, True, AT, 120_000_000)
    assert json.loads(row.event_ids) == [8, 9, *range(100, 118)]


def test_what_names_an_alert_is_bounded_and_grows_with_it(store: State) -> None:
    hostile = Entity("user", "\x00\x1b" + "x" * 100_000)
    crowd = tuple(Entity("device", f"d{number}") for number in range(100))
    first = an_alert(entities=(Entity("address", "203.0.113.9"),))
    entered(store, [[first], [replace(first, entities=(hostile,))], [replace(first, entities=crowd)]])
    with store.read() as connection:
        (found,) = connection.execute(select(alerts.c.entities)).scalars()
    address, user, *others = json.loads(found)
    assert address == ["address", "203.0.113.9"]
    assert (len(user[1]), user[1].isprintable()) == (200, True)
    assert len(others) == 48


def test_many_alerts_that_grow_take_few_statements(store: State) -> None:
    storm = [an_alert(alert_id=f"{number:064x}") for number in range(500)]
    entered(store, [storm])
    asked: list[str] = []
    with store.write() as connection:
        event.listen(connection, "before_cursor_execute", lambda *told: asked.append(told[2]))
        add_alerts(connection, storm, AT)
        about_alerts = len(asked)
        assert set(connection.scalars(select(alerts.c.count))) == {2}
    assert about_alerts < 10
