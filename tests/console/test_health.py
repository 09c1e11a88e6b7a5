"""A feed's condition, and who is blind because of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from warroom.console.health import LAG_BYTES, judge, platform_sight, stale_seconds
from warroom.store.views import FeedRow

NOW = 1_795_332_605_000_000
SOUND = FeedRow("web", "tang_rat", "เว็บ", "Web", False, NOW, NOW, NOW - 1_000_000, 0, None, 900, 10, 9, 1, 9, 0, 2)


@pytest.mark.parametrize(
    ("changes", "condition"),
    [
        ({}, "ok"),
        ({"received_at": None}, "waiting"),
        ({"lag_bytes": LAG_BYTES + 1}, "lagging"),
        ({"received_at": NOW - 901_000_000}, "silent"),
        ({"received_at": NOW - 900_000_000}, "ok"),
        ({"error": "Permission denied"}, "failing"),
        ({"error": "Permission denied", "unbalanced": 1}, "unbalanced"),
    ],
)
def test_the_worst_condition_counts(changes: dict[str, object], condition: str) -> None:
    assert judge(replace(SOUND, **changes), NOW).condition == condition  # type: ignore[arg-type]


def test_a_platform_is_as_blind_as_its_feeds() -> None:
    sound, failing = judge(SOUND, NOW), judge(replace(SOUND, error="x"), NOW)
    assert platform_sight([sound, sound]) == "sees"
    assert platform_sight([sound, failing]) == "partly"
    assert platform_sight([failing]) == "blind"


def test_the_worker_is_gone_after_fifteen_seconds() -> None:
    assert stale_seconds(None, NOW) is None
    assert stale_seconds(NOW - 15_000_000, NOW) == 0
    assert stale_seconds(NOW - 16_000_000, NOW) == 16
