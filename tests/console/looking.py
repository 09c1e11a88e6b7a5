"""Looks at a page in a real Chromium for everything that no text of an attacker may make there."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from playwright.sync_api import BrowserContext, Page

if TYPE_CHECKING:
    from console.conftest import Console

PATIENCE_MS: Final = 60_000
#: A page that is still being laid out may be too wide for a moment.
SETTLED_S: Final = 10
#: Runs before any script of a page: whoever gets to run one leaves a trace.
CANARY: Final = """
window.ran = [];
for (const name of ["alert", "confirm", "prompt", "print"]) window[name] = (told) => window.ran.push([name, `${told}`]);
"""
LOOK: Final = (Path(__file__).parent / "looking.js").read_text(encoding="utf-8")


def victim_of(console: Console, context: BrowserContext) -> Page:
    """Give a page of somebody whom every attack is meant for; what it asks of other hosts is refused and remembered."""
    context.route(
        lambda address: not address.startswith((console.url, console.url.replace("http", "ws", 1))),
        lambda route: (console.complaints.append(route.request.url), route.abort()),
    )
    page = context.new_page()
    page.add_init_script(CANARY)
    page.set_default_timeout(PATIENCE_MS)
    page.on("dialog", lambda dialog: (console.complaints.append(dialog.message), dialog.dismiss()))
    page.on("popup", lambda opened: console.complaints.append(opened.url))
    page.on("download", lambda taken: console.complaints.append(taken.url))
    return page


def gone_to(page: Page, address: str) -> None:
    """Go to an address of the console as the browser's "back" does: the page stays, and is not loaded anew."""
    page.evaluate("to => { history.pushState({}, '', to); dispatchEvent(new PopStateEvent('popstate')); }", address)


def looked_at(page: Page, console: Console) -> dict[str, Any]:
    """Look at a page for everything that may never be; gives what stands in it."""
    found: dict[str, Any] = page.evaluate(LOOK)
    until = time.monotonic() + SETTLED_S
    while found["wide"] > 0 and time.monotonic() < until:
        page.wait_for_timeout(200)
        found = page.evaluate(LOOK)
    assert found["ran"] == [], found["ran"][:3]
    assert found["wanted"] == [], found["wanted"][:3]
    assert found["hidden"] == [], found["hidden"][:3]
    assert found["wide"] <= 0, "the page is wider than its window"
    assert console.complaints == [], console.complaints[:3]
    return found
