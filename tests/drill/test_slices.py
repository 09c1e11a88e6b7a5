"""A play in slices: whoever looks sees the lines so far, and no time stamp lies in the future."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from warroom.drill.scenario import load_scenario
from warroom.drill.stage import latest_opening, perform_in_slices
from warroom.drill.truth import TRUTH, read_truth

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)  # ten o'clock in Bangkok


@pytest.mark.parametrize(
    ("minutes", "first"),
    [(29, "2026-11-22T09:30:00+07:00"), (31, "2026-11-21T09:30:00+07:00")],
)
def test_a_play_begins_at_its_hour_and_has_ended_by_now(minutes: float, first: str) -> None:
    scenario = load_scenario("insider")
    at_half_past = scenario.model_copy(update={"day": scenario.day.model_copy(update={"opens": NINE_THIRTY})})
    assert latest_opening(at_half_past, minutes * 60, NOW).isoformat() == first


NINE_THIRTY = datetime(2026, 1, 1, 9, 30, tzinfo=UTC).time()


def test_after_every_slice_its_lines_are_there_to_be_read(tmp_path: Path) -> None:
    scenario = load_scenario("insider")
    seen: list[tuple[timedelta, int]] = []
    first = NOW - timedelta(hours=3)

    def look(moment: datetime) -> None:
        files = [path for path in (tmp_path / "logs").rglob("*") if path.is_file()]
        assert all(path.read_bytes()[-1:] in (b"\n", b"") for path in files)
        written = sum(len(path.read_bytes().split(b"\n")) for path in (tmp_path / "logs").rglob("*.jsonl"))
        seen.append((moment - first, written))

    done = perform_in_slices(scenario, 1, 900, tmp_path, first=first, every=300, look=look)
    assert [after for after, _ in seen] == [timedelta(seconds=at) for at in (300, 600, 900)]
    assert 0 < seen[0][1] < seen[1][1] < seen[2][1]
    lines = [line for path in (tmp_path / "logs").rglob("*.jsonl") for line in path.read_bytes().splitlines()]
    assert len(lines) == sum(done.lines.values())
    (truth,) = read_truth(tmp_path / TRUTH)
    assert (truth.attack, truth.lines, truth.finished) == ("night_browsing", done.attack_lines, True)
