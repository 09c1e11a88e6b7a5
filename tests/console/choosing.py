"""Choosing an entry of a box in a real browser."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator

_TRIES = 5


def choose(box: Locator, name: str) -> None:
    """Choose an entry; a box that is drawn anew at the very click closes, and a person opens it again."""
    expect(box).to_be_visible()
    entry = box.page.get_by_role("option", name=name).first
    for _ in range(_TRIES):
        box.click()
        with contextlib.suppress(PlaywrightTimeout):
            entry.click(timeout=4_000)
            return
    raise AssertionError(f"the box has no entry `{name}`")
