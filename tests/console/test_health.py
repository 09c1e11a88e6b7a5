"""A feed's condition, and who is blind because of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from warroom.console.health import judge, platform_sight, stale_seconds
from warroom.store.usual import Usual
from warroom.store.views import FeedRow
from warroom.store.views.condition import LAG_BYTES

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
        ({"lost": 3, "lag_bytes": LAG_BYTES + 1}, "losing"),
    ],
)
def test_the_worst_condition_counts(changes: dict[str, object], condition: str) -> None:
    assert judge(replace(SOUND, **changes), NOW).condition == condition  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("silent", "received", "missed", "condition"),
    [
        (5, 980, 1.0, "ok"),
        (5, 400, 1.0, "falling"),
        (5, 20, 1.0, "silent"),
        (1000, 980, 900.0, "silent"),
        (1000, 980, 3.0, "ok"),  # at night so little comes that nothing is missed
        (1000, 980, None, "silent"),
        (8 * 86_400, 980, 3.0, "silent"),  # of a feed that is silent for weeks nothing is usual any more
    ],
)
def test_what_is_usual_decides_over_silence(silent: int, received: int, missed: float | None, condition: str) -> None:
    usual = Usual(received, expected=1000, least=700, samples=8, basis="week", spread=2, missed=missed)
    feed = replace(SOUND, received_at=NOW - silent * 1_000_000, lost=1 if condition != "ok" else 0)
    assert judge(feed, NOW, usual).condition == condition


def test_a_platform_is_as_blind_as_its_feeds() -> None:
    sound, failing = judge(SOUND, NOW), judge(replace(SOUND, error="x"), NOW)
    assert platform_sight([sound, sound]) == "sees"
    assert platform_sight([sound, failing]) == "partly"
    assert platform_sight([failing]) == "blind"


def test_the_worker_is_gone_after_fifteen_seconds() -> None:
    assert stale_seconds(None, NOW) is None
    assert stale_seconds(NOW - 15_000_000, NOW) == 0
    assert stale_seconds(NOW - 16_000_000, NOW) == 16
