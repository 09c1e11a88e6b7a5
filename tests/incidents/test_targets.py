"""Targets: what is due when, what is left, how it stands; and who may set other ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import somebody

from warroom.access import Role
from warroom.catalog import load_service_targets
from warroom.errors import ContentError, ForbiddenError, UsageError
from warroom.incidents.targets import (
    SECOND,
    STOPPED_IN,
    Clock,
    Light,
    clocks,
    reset_target,
    runs_out_next,
    set_target,
    stopped_at,
    targets_now,
)
from warroom.model import Severity, Status, Target
from warroom.store.audit import AuditAction, Filter, read
from warroom.store.database import State

LEAD, ANALYST = somebody("wipa"), somebody("anong", Role.ANALYST)
moments = st.integers(0, 2_000_000_000_000_000)
targets = st.lists(st.integers(60, 31_536_000), min_size=3, max_size=3).map(lambda three: Target(*sorted(three)))
history = st.lists(st.tuples(moments, st.sampled_from(Status)), min_size=1, max_size=12).map(
    lambda steps: [(at, status) for (at, _), (_, status) in zip(sorted(steps), steps, strict=True)]
)
ORDER = [Light.GREEN, Light.AMBER, Light.RED, Light.PASSED]


@given(targets, moments, moments, moments)
def test_what_is_left_only_shrinks_and_the_light_only_gets_worse(
    target: Target, opened: int, one: int, other: int
) -> None:
    earlier, later = sorted((opened + one, opened + other))
    for running in clocks(target, opened, {}):
        assert running.remaining(earlier) - running.remaining(later) == later - earlier
        assert ORDER.index(running.light(earlier)) <= ORDER.index(running.light(later))
        assert (running.light(later) is Light.PASSED) is (later > running.due_at)


@given(targets, moments)
def test_the_clocks_run_out_in_their_order_and_begin_green(target: Target, opened: int) -> None:
    acknowledge, contain, resolve = clocks(target, opened, {})
    assert opened < acknowledge.due_at <= contain.due_at <= resolve.due_at
    assert {one.light(opened) for one in (acknowledge, contain, resolve)} == {Light.GREEN}


def test_the_lights_change_at_half_and_at_a_fifth_and_after_the_moment_itself() -> None:
    running = clocks(Target(100, 200, 300), 0, {})[0]
    seen = [running.light(second * SECOND) for second in (0, 50, 51, 80, 81, 100)]
    assert seen == [Light.GREEN, Light.GREEN, Light.AMBER, Light.AMBER, Light.RED, Light.RED]
    assert running.light(100 * SECOND + 1) is Light.PASSED


@given(targets, moments, moments, moments)
def test_a_clock_that_stopped_stands_still(target: Target, opened: int, took: int, later: int) -> None:
    running = clocks(target, opened, {Clock.CONTAIN: opened + took})[1]
    assert running.remaining(later) == running.remaining(later + 1) == target.contain * SECOND - took
    assert running.light(later) is (Light.KEPT if took <= target.contain * SECOND else Light.MISSED)


@given(targets, st.sets(st.sampled_from(Clock)))
def test_what_runs_out_next_is_the_first_that_still_runs(target: Target, done: set[Clock]) -> None:
    found = runs_out_next(clocks(target, 0, dict.fromkeys(done, 5)))
    left = [clock for clock in Clock if clock not in done]
    assert (found.clock if found else None) == (left[0] if left else None)


@given(history, st.sampled_from(Clock))
def test_a_clock_has_stopped_since_the_last_unbroken_run_of_its_states(
    steps: list[tuple[int, Status]], clock: Clock
) -> None:
    found = stopped_at(steps, clock)
    assert (found is None) is (steps[-1][1] not in STOPPED_IN[clock])
    if found is not None:
        first = max((place for place, (_, status) in enumerate(steps) if status not in STOPPED_IN[clock]), default=-1)
        assert found == steps[first + 1][0]


def test_what_is_moved_back_was_not_contained() -> None:
    steps = [(0, Status.NEW), (5, Status.CONTAINED), (9, Status.INVESTIGATING)]
    assert stopped_at(steps, Clock.CONTAIN) is None
    assert stopped_at([*steps, (12, Status.RECOVERED)], Clock.CONTAIN) == 12


def test_the_reference_has_a_target_for_every_severity_and_worse_is_sooner() -> None:
    told = load_service_targets().targets
    assert list(told) == list(Severity)
    for milder, worse in zip(Severity, list(Severity)[1:], strict=False):
        assert told[worse].acknowledge < told[milder].acknowledge
        assert told[worse].contain < told[milder].contain
        assert told[worse].resolve < told[milder].resolve


def test_a_faulty_reference_is_refused_with_its_line(tmp_path: Path) -> None:
    lines = [f"  {one}: {{acknowledge: 2m, contain: 1m, resolve: 3m}}\n" for one in Severity]
    file = tmp_path / "t.yaml"
    file.write_text("targets:\n" + "".join(lines) + "escalation: {from: high, every: 10m, times: 0, tiers: 1}\n")
    with pytest.raises(ContentError, match=r"t\.yaml:2: acknowledge comes before contain"):
        load_service_targets(file)


def test_who_manages_notifications_sets_targets_and_the_audit_has_it(state: State) -> None:
    set_target(state, LEAD, Severity.HIGH, Target(60, 120, 180))
    assert targets_now(state)[Severity.HIGH] == Target(60, 120, 180)
    reset_target(state, LEAD, Severity.HIGH)
    assert targets_now(state) == load_service_targets().targets
    with state.read() as connection:
        entries = read(connection, Filter(actions=[AuditAction.SETTINGS_CHANGED])).entries
    assert [(one.actor, one.subject_kind, one.subject_id) for one in entries] == [("wipa", "targets", "high")] * 2
    with pytest.raises(ForbiddenError, match="manage_notifications"):
        set_target(state, ANALYST, Severity.HIGH, Target(60, 120, 180))


@pytest.mark.parametrize("told", [(59, 60, 60), (60, 120, 119), (60, 60, 366 * 86_400)])
def test_targets_that_make_no_sense_are_refused(state: State, told: tuple[int, int, int]) -> None:
    with pytest.raises(UsageError):
        set_target(state, LEAD, Severity.LOW, Target(*told))
