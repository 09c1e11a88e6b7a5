"""What many sessions show alike is made once, and not kept for ever."""

from __future__ import annotations

import pytest

from warroom.console.shared import Shared


def test_a_value_is_made_once_and_those_asked_for_last_are_kept() -> None:
    shared, made = Shared[str](2), []

    def ask(key: str) -> str:
        def make() -> str:
            made.append(key)
            return key.upper()

        return shared.get(key, make)

    assert [ask(key) for key in ("a", "b", "a", "c", "a", "b")] == ["A", "B", "A", "C", "A", "B"]
    assert made == ["a", "b", "c", "b"]


def test_what_could_not_be_made_is_tried_again() -> None:
    shared = Shared[int](2)
    with pytest.raises(ZeroDivisionError):
        shared.get("a", lambda: 1 // 0)
    assert shared.get("a", lambda: 1) == 1
