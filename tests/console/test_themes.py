"""Dark and light: chosen by a person, and kept. That every text of both can be read is a part of ``test_pictures``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from console.conftest import Console

pytestmark = pytest.mark.slow


def test_the_theme_is_a_persons_own_and_stays(console: Console, page: Page) -> None:
    console.enter(page)
    page.get_by_role("button", name="Use light colours").click()
    expect(page.locator("html")).to_have_css("filter", "invert(1) hue-rotate(180deg)")
    page.reload()
    expect(page.locator("html")).to_have_css("filter", "invert(1) hue-rotate(180deg)")
    page.get_by_role("button", name="Use dark colours").click()
    expect(page.locator("html")).to_have_css("filter", "none")
    assert console.complaints == []
