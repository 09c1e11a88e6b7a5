"""Weights bound what is in hand."""

from __future__ import annotations

import threading
import time

from warroom.weights import Weights


def test_what_is_too_much_waits_and_what_is_more_than_all_goes_alone() -> None:
    weights, entered = Weights(10), list[str]()

    def hold(name: str, weight: int) -> None:
        with weights.of(weight):
            entered.append(name)

    with weights.of(6):
        thread = threading.Thread(target=hold, args=("five", 5))
        thread.start()
        hold("four", 4)
        time.sleep(0.05)
        assert entered == ["four"]
        giant = threading.Thread(target=hold, args=("giant", 99))
        giant.start()
        time.sleep(0.05)
        assert "giant" not in entered
    thread.join()
    giant.join()
    assert sorted(entered) == ["five", "four", "giant"]
