from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from proving import Kept
from sqlalchemy import func, select, update

from warroom.errors import ConflictError, NotFoundError, UsageError
from warroom.store import holds
from warroom.store.audit import AuditAction, Filter, Via, read
from warroom.store.commit import EventIds
from warroom.store.database import State, now_us, upsert
from warroom.store.forecast import daily, days_until_full, forecast
from warroom.store.keeping import Policy
from warroom.store.lease import Lease
from warroom.store.retention import Retention
from warroom.store.retired import Retired
from warroom.store.tables import incidents, meta, segments

DAY_US = 86_400_000_000


def today() -> date:
    return datetime.now(UTC).date()


@pytest.fixture
def old(kept: Kept) -> Kept:
    """A store with logs of 1,000 days ago, beside those of the last days."""
    with kept.state as state:
        ids = EventIds(state)
        for _ in range(3):
            kept.old_segment(state, ids, 1000)
        kept.prove()
        look_since(state, now_us() - 1000)
        holds.lift(state, 1, "over", "somchai", Via.CONSOLE)
        holds.lift(state, 2, "over", "somchai", Via.CONSOLE)
    return kept


def look_since(state: State, at: int) -> None:
    """As if retention had looked every hour for long."""
    with state.write() as connection:
        for key, value in (("retention_seen_at", at), ("retention_calm_at", 0)):
            row = upsert(meta).values(key=key, value=str(value))
            connection.execute(row.on_conflict_do_update(index_elements=["key"], set_={"value": str(value)}))


def retain(kept: Kept, days: int = 90) -> int:
    with kept.state as state:
        lease = Lease(state, kept.data_dir)
        lease.take()
        try:
            return Retention(state, kept.data_dir, lease, Policy(days)).run()
        finally:
            lease.release()


def stored(kept: Kept) -> int:
    with kept.state as state, state.read() as connection:
        return connection.scalar(select(func.count()).select_from(segments)) or 0


def test_a_day_that_is_over_goes_and_the_check_stays_clean(old: Kept) -> None:
    before = stored(old)
    assert retain(old) == 1
    assert stored(old) == before - 3
    assert old.check().findings == []
    with old.state as state, state.read() as connection:
        (entry,) = read(connection, Filter(actions=[AuditAction.RETENTION_DELETED])).entries
    assert entry.subject_id == f"web/{today() - timedelta(days=1000)}"
    old.prove()  # the deletion is in the signed list of that day too
    assert old.check().findings == []
    day = old.data_dir / "events" / str(today() - timedelta(days=1000))
    for path in day.iterdir():
        path.unlink()
    assert old.check().findings == []


def test_a_hold_keeps_it_until_it_is_lifted(old: Kept) -> None:
    with old.state as state:
        number = holds.hold_query(state, holds.Scope(feed_id="web"), "case", "somchai", Via.CONSOLE)
    assert retain(old) == 0
    with old.state as state:
        holds.lift(state, number, "case closed", "malee", Via.CONSOLE)
    assert retain(old) == 1


def test_an_incident_under_hold_keeps_the_logs_of_its_time(old: Kept) -> None:
    then = now_us() - 1000 * DAY_US
    with old.state as state:
        with state.write() as connection:
            connection.execute(update(segments).values(min_ts=then, max_ts=then))
            connection.execute(update(incidents).where(incidents.c.id == 1).values(first_at=then, last_at=then))
        number = holds.hold_incident(state, 1, "court", "somchai", Via.CONSOLE)
        holds.hold_incident(state, 2, "court", "somchai", Via.CONSOLE)
    assert retain(old) == 0
    with old.state as state:
        holds.lift(state, number, "judged", "somchai", Via.CONSOLE)
    assert retain(old) == 1  # the other incident is of another time


def test_a_clock_that_jumps_deletes_nothing_for_a_day(old: Kept) -> None:
    with old.state as state:
        look_since(state, now_us() - 3 * DAY_US)
    assert retain(old) == 0
    assert retain(old) == 0
    with old.state as state, state.write() as connection:
        connection.execute(update(meta).where(meta.c.key == "retention_calm_at").values(value=str(now_us())))
    assert retain(old) == 1


def test_what_an_order_needs(state: State) -> None:
    order = holds.Order("12/2569", "MDES", today())
    scope = holds.Scope(platform_id="tang_rat")
    late = today().replace(day=1, month=1, year=today().year + 3)
    with pytest.raises(UsageError, match="two years"):
        holds.hold_order(state, order, scope, "case", "x", Via.CONSOLE, expires_on=late)
    with pytest.raises(UsageError, match="is over"):
        holds.hold_query(state, scope, "case", "x", Via.CONSOLE, expires_on=today() - timedelta(days=1))
    with pytest.raises(UsageError, match="say what is held"):
        holds.hold_query(state, holds.Scope(), "case", "x", Via.CONSOLE)
    with pytest.raises(UsageError, match="reason"):
        holds.hold_query(state, scope, " ", "x", Via.CONSOLE)
    with pytest.raises(NotFoundError):
        holds.hold_incident(state, 99, "case", "x", Via.CONSOLE)
    with state.read() as connection:
        assert holds.find(connection) == []


def test_a_leap_day_ends_two_years_later_in_february(state: State) -> None:
    order = holds.Order("1", "MDES", date(2028, 2, 29))
    holds.hold_order(state, order, holds.Scope(feed_id="web"), "c", "x", Via.CONSOLE, expires_on=date(2030, 2, 28))
    with pytest.raises(UsageError, match="2030-02-28"):
        holds.hold_order(state, order, holds.Scope(feed_id="web"), "c", "x", Via.CONSOLE, expires_on=date(2030, 3, 1))


def test_setting_and_lifting_are_audited_and_end_once(state: State) -> None:
    number = holds.hold_query(state, holds.Scope(feed_id="web"), "case 7", "somchai", Via.CONSOLE)
    holds.lift(state, number, "done", "malee", Via.COMMAND_LINE)
    with pytest.raises(ConflictError):
        holds.lift(state, number, "again", "malee", Via.COMMAND_LINE)
    with pytest.raises(NotFoundError):
        holds.lift(state, 77, "done", "malee", Via.COMMAND_LINE)
    with state.read() as connection:
        lifted, was_set = read(connection, Filter(subject_kind="hold")).entries
        assert holds.find(connection, active_on=str(today())) == []
    assert (was_set.actor, lifted.actor, lifted.via) == ("somchai", "malee", "command_line")
    assert "case 7" in was_set.body


def test_files_of_deleted_days_go_after_a_while_with_their_folders(tmp_path: Path) -> None:
    path = tmp_path / "events" / "2026-01-01" / "x.parquet"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x")
    retired = Retired(tmp_path, grace_seconds=0.0)
    retired.add(["events/2026-01-01/x.parquet"])
    retired.unlink()
    assert not path.parent.exists()


def test_the_forecast_counts_what_comes_and_what_goes(old: Kept) -> None:
    today = date(2026, 11, 22)
    steady = {today - timedelta(days=number): 100 for number in range(1, 8)}
    assert daily(steady, today) == 100
    assert daily({today: 40}, today) == 40
    assert daily({today - timedelta(days=2): 100}, today) == 50
    assert days_until_full(steady, 100, 1250, 365, today) == 12
    assert days_until_full(steady, 100, 100 * 95, 90, today) is None  # as much goes as comes
    assert days_until_full(steady, 100, 100 * 80, 90, today) == 80
    with old.state as state:
        told = forecast(state, old.data_dir, datetime.now(UTC), 365)
    assert told.free > 0
    assert told.stored > 0
