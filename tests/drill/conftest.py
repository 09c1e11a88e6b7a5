"""The shipped scenario, and a short performance of it in files."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from warroom.drill.scenario import Scenario, load_scenario
from warroom.drill.stage import Pace, Performance, perform
from warroom.drill.truth import TRUTH, AttackTruth, read_truth

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Played:
    scenario: Scenario
    data_dir: Path
    done: Performance
    truth: dict[str, AttackTruth]

    def files(self, log: str) -> list[Path]:
        path = self.data_dir / "logs" / self.scenario.log(log).path
        return sorted(path.parent.glob(path.name + "*"))

    def lines(self, log: str) -> list[bytes]:
        return [line for file in self.files(log) for line in file.read_bytes().splitlines(keepends=True)]


@pytest.fixture(scope="session")
def scenario() -> Scenario:
    return load_scenario("registration_day")


@pytest.fixture(scope="session")
def played(scenario: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Thirteen minutes with all six first attacks: one rotation of the wallet's web log, few people."""
    thin = scenario.model_copy(update={"day": scenario.day.model_copy(update={"one_of": 8_000})})
    data_dir = tmp_path_factory.mktemp("played")
    done = perform(thin, 3, Pace(13 * 60, math.inf), data_dir, clock=lambda: NOW, wait=lambda _: False)
    truth = {attack.attack: attack for attack in read_truth(data_dir / TRUTH)}
    return Played(thin, data_dir, done, truth)
