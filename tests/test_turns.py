"""Turns are passed on in the order of asking."""

from __future__ import annotations

import threading
import time

import pytest

from warroom.turns import Turns


def test_turns_come_in_the_order_of_asking() -> None:
    turns, order = Turns(), list[int]()

    def take(number: int) -> None:
        with turns:
            order.append(number)

    with turns:
        threads = [threading.Thread(target=take, args=(number,)) for number in range(8)]
        for place, thread in enumerate(threads):
            thread.start()
            while turns.waiting <= place:
                time.sleep(0.001)
    for thread in threads:
        thread.join()
    assert order == list(range(8))


def test_a_failure_passes_the_turn_on() -> None:
    turns = Turns()
    with pytest.raises(ValueError, match="lost"), turns:
        raise ValueError("lost")
    with turns:
        pass
