"""kill -9 at random moments: what is left is proven, and so is what came after it."""

from __future__ import annotations

import json
import random
import time
from typing import TYPE_CHECKING

import pytest
from making import web_line

if TYPE_CHECKING:
    from faults.conftest import Place


@pytest.mark.slow
def test_after_kills_the_records_are_proven_unchanged(place: Place) -> None:
    dice = random.Random(7)
    number = 0
    for _ in range(4):
        worker = place.start("worker")
        ends = time.monotonic() + 0.5 + 2 * dice.random()
        while time.monotonic() < ends:
            number += 1
            with place.log.open("ab") as file:
                file.write(
                    web_line(number, "q=1+union+select" if number % 3 == 0 else "page=1", f"203.0.113.{number % 9}")
                )
            time.sleep(0.02)
        worker.kill()
        worker.wait()
    assert place.run("ingest", "--once").returncode == 0
    said = place.run("verify", "--json")
    told = json.loads(said.stdout)
    assert told["findings"] == []
    assert told["checked"]["sealed rows"] > 3
    assert place.run("ledger", "--deep").returncode == 0
