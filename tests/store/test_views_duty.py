"""The board and the courses: the order that the database gives is the one that the clocks say."""

from __future__ import annotations

from console.duty_seeding import DAY, add_history
from hypothesis import given
from hypothesis import strategies as st
from incidents.test_escalating import START, open_one

from warroom.catalog import load_service_targets
from warroom.incidents.measuring import Measured, figures, measure
from warroom.incidents.targets import SECOND, STOPPED_IN, Clock, clocks, runs_out_next
from warroom.model import Disposition, Severity, Status
from warroom.store.database import State, now_us
from warroom.store.tables import incidents
from warroom.store.views.duty import Course, board, courses

TARGETS = load_service_targets().targets
STATES = [status for status in Status if status is not Status.CLOSED]


def test_the_board_is_in_the_order_in_which_clocks_run_out(state: State) -> None:
    for place, severity in enumerate(Severity):
        for step, status in enumerate(STATES):
            number = open_one(state, severity, START - (place * 7 + step * 3) * 3_600 * SECOND)
            with state.write() as connection:
                connection.execute(incidents.update().where(incidents.c.id == number).values(status=status))
    now = START + 3_600 * SECOND
    found = board(state, TARGETS, now)

    def due(row_status: Status, severity: Severity, opened: int) -> int | None:
        done = dict.fromkeys((clock for clock in Clock if row_status in STOPPED_IN[clock]), opened)
        following = runs_out_next(clocks(TARGETS[severity], opened, dict(done)))
        return following.due_at if following else None

    told = [due(row.status, row.severity, row.opened_at) for row in found.rows]
    running = [one for one in told if one is not None]
    assert running == sorted(running)
    assert told[len(running) :] == [None] * 5
    assert (found.open_count, found.passed_count) == (25, sum(one < now for one in running))
    assert len(board(state, TARGETS, now, limit=4).rows) == 4
    assert board(state, TARGETS, now, scope=("tang_rat",)).open_count == 0


def test_courses_are_those_of_the_window_and_of_the_platforms_that_may_be_seen(state: State) -> None:
    add_history(state, 60)
    since = now_us() - 20 * DAY
    found, total = courses(state, since)
    assert 0 < total == len(found) < 60
    assert all(one.opened_at >= since for one in found)
    assert all(one.history[-1][1] is Status.CLOSED for one in found)
    mine, _ = courses(state, since, scope=("gdx",))
    assert {one.platform_id for one in mine} == {"gdx"}
    told = measure(found, TARGETS)
    assert len(told.all) + told.drills + told.doubles == total
    assert told.drills == sum(one.drill for one in found) > 0
    assert told.doubles == sum(one.disposition is Disposition.DUPLICATE and not one.drill for one in found)


steps = st.lists(st.tuples(st.integers(0, 10**12), st.sampled_from(Status)), max_size=6)


@given(st.lists(st.tuples(st.sampled_from(Severity), steps), max_size=12))
def test_figures_are_of_what_was_done_and_of_nothing_else(
    told: list[tuple[Severity, list[tuple[int, Status]]]],
) -> None:
    found = [
        Course(number, severity, "gdx", 0, ((0, Status.NEW), *sorted(history)), drill=False, disposition=None)
        for number, (severity, history) in enumerate(told)
    ]
    measured = measure(found, TARGETS)
    assert len(measured.all) == len(found)
    everything = figures(measured.all)
    parts = measured.by(lambda course: course.severity)
    for clock in Clock:
        count = sum(clock in one.took for one in measured.all)
        assert (everything[clock].count if clock in everything else 0) == count
        assert sum(part[clock].count for part in parts.values() if clock in part) == count
        for figure in filter(None, [everything.get(clock)]):
            took = [one.took[clock] / SECOND for one in measured.all if clock in one.took]
            assert min(took) <= figure.median <= figure.ninetieth <= max(took)
            assert 0 <= figure.kept <= figure.count


def test_drills_and_what_was_merged_or_a_double_are_left_out_and_counted() -> None:
    history = ((0, Status.NEW), (5, Status.CLOSED))
    kinds = [
        {"drill": True},
        {"disposition": Disposition.DRILL},
        {"merged": True},
        {"disposition": Disposition.DUPLICATE},
        {"disposition": Disposition.FALSE_POSITIVE},
    ]
    usual = {"drill": False, "disposition": None, "merged": False}
    found = [Course(1, Severity.HIGH, "gdx", 0, history, **(usual | one)) for one in kinds]  # type: ignore[arg-type]
    told = measure(found, TARGETS)
    assert (len(told.all), told.drills, told.doubles) == (1, 2, 2)


def test_means_are_of_incidents_and_not_of_groups() -> None:
    courses_of = [
        Course(1, Severity.HIGH, "gdx", 0, ((0, Status.NEW), (10 * SECOND, Status.ACKNOWLEDGED)), False, None),
        Course(2, Severity.HIGH, "gdx", 0, ((0, Status.NEW), (30 * SECOND, Status.CLOSED)), False, None),
    ]
    told = figures(measure(courses_of, TARGETS).all)
    assert told[Clock.ACKNOWLEDGE].mean == 20
    assert told[Clock.RESOLVE].count == 1
    assert isinstance(measure(courses_of, TARGETS).all[0], Measured)
