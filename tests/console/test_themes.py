"""Dark and light: chosen by a person, kept, and every text of both readable (WCAG 2.2 AA)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from console.seeding import ATTACKS
from making import somebody
from playwright.sync_api import Page, expect

from warroom.incidents import actions
from warroom.model import Disposition, Status
from warroom.store import coverage

if TYPE_CHECKING:
    from console.conftest import Console

pytestmark = pytest.mark.slow

CONTRAST = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")
#: Address, and what is there once it is drawn.
SCREENS = (
    ("", "tr[data-incident]"),
    ("incident=1", ".wr-head"),
    ("wall=1", "tr[data-incident]"),
    ("screen=search", ".st-key-panel_search_rows tr[data-id]"),
    ("screen=platforms", ".wr-plate"),
    ("screen=platforms&platform=gdx", ".st-key-panel_platform_facts"),
    ("screen=attack", ".wr-matrix .cell"),
    ("screen=map", ".st-key-panel_map path"),
)


def every_state(console: Console) -> None:
    """Bring incidents into every state, so that each has its colour on a screen."""
    lead = somebody("wipha")
    for number, status in enumerate(
        (Status.ACKNOWLEDGED, Status.INVESTIGATING, Status.CONTAINED, Status.RECOVERED), start=1
    ):
        actions.move(console.state, number, lead, status)
    actions.close(console.state, len(ATTACKS), lead, Disposition.BENIGN, "Known test.")
    coverage.tell(console.state, [["attack.t1190"], ["attack.t1059"]])


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_text_can_be_read(console: Console, page: Page, theme: str) -> None:
    every_state(console)
    console.sign_in(page)
    if theme == "light":
        page.get_by_role("button", name="Use light colours").click()
        expect(page.locator("html")).to_have_css("filter", "invert(1) hue-rotate(180deg)")
    faint = {}
    for address, drawn in SCREENS:
        page.goto(f"{console.url}/?{address}")
        page.locator(drawn).first.wait_for(timeout=60_000)
        page.wait_for_timeout(1_500)
        for contrast, look, text, colour, below in page.evaluate(CONTRAST):
            faint[address, str(look), colour, below] = (contrast, text)
    assert not faint, "\n".join(map(str, sorted(faint.items(), key=str)))


def test_the_theme_is_a_persons_own_and_stays(console: Console, page: Page) -> None:
    console.sign_in(page)
    page.get_by_role("button", name="Use light colours").click()
    expect(page.locator("html")).to_have_css("filter", "invert(1) hue-rotate(180deg)")
    page.reload()
    expect(page.locator("html")).to_have_css("filter", "invert(1) hue-rotate(180deg)")
    page.get_by_role("button", name="Use dark colours").click()
    expect(page.locator("html")).to_have_css("filter", "none")
    assert console.complaints == []


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (3840, 2160)])
def test_no_screen_is_wider_than_its_window(console: Console, page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    console.sign_in(page)
    for address, drawn in SCREENS:
        page.goto(f"{console.url}/?{address}")
        page.locator(drawn).first.wait_for(timeout=60_000)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, address
