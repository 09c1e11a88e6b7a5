"""Every screen in both languages and themes: a picture, nothing foreign, cut off or too wide, every text readable.

With ``WARROOM_PICTURES=docs/screens`` the pictures are kept there; else the screens are only read. The ordinary run
tries light colours in one language; the long one tries them in both, and each screen at the size of a wall.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

import pytest
from console.admin_seeding import session_of
from console.conftest import Console, console_over_copy
from console.intel_seeding import LISTED
from console.picture_attacks import alive
from console.picture_seeding import FIRST, NAME, add_shift
from console.rule_seeding import in_shadow
from PIL import Image
from playwright.sync_api import Page, expect

from warroom.console.cookie import COOKIE
from warroom.console.incident_parts import Part
from warroom.console.texts import CATALOGUE, LANGUAGES, load_texts
from warroom.console.ways import Way
from warroom.settings import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

_HERE: Final = Path(__file__).parent
READ: Final = (_HERE / "reading.js").read_text(encoding="utf-8")
CONTRAST: Final = (_HERE / "contrast.js").read_text(encoding="utf-8")
SETTLING: Final = (_HERE / "settling.js").read_text(encoding="utf-8")
LIGHT: Final = (ROOT / "warroom" / "console" / "assets" / "light.css").read_text(encoding="utf-8")
KEPT: Final = os.environ.get("WARROOM_PICTURES")
#: What Streamlit's own controls say in English where nobody gave them a text.
OF_STREAMLIT: Final = (
    *(
        "Choose an option",
        "Choose options",
        "No options to select.",
        "No results",
        "Press Enter to apply",
        "Skip to main content",
        "Select all",
    ),
    *("Drag and drop file here", "Drag and drop files here", "Browse files", "Upload", "Running...", "Stop", "Rerun"),
)
#: Puts a style on a page where the product puts its own: behind all others.
_DRESS: Final = """(css) => {
  const style = document.createElement("style");
  style.id = "tried_on";
  style.textContent = css;
  document.body.append(style);
}"""
#: How far a page is wider than its window: what is too wide makes Streamlit's main part scroll, not the document.
WIDE: Final = """Math.max(
  ...[...document.querySelectorAll("html, [data-testid=stMain]")].map((one) => one.scrollWidth - one.clientWidth))"""
#: A page stands when nothing was added to it for so long.
_QUIET_MS: Final = 250
SMALL, LARGE, WALL_4K = (1366, 768), (1920, 1080), (3840, 2160)
#: Screens of many columns: the ordinary run tries these at the size of a wall.
WIDEST: Final = {"war_room_small", Way.ATTACK.value, Way.ONBOARDING.value, Way.AUDIT.value}
#: What is clicked on a screen, so that its picture shows what it is for, and what is there then.
CHOSEN: Final = {
    Way.ONBOARDING: ("button[data-id='gdx/authn']", ".st-key-panel_onboard_what"),
    Way.PLANNED: ("tr[data-id='1']", ".st-key-panel_window"),
    Way.SUPPRESSIONS: ("tr[data-id='1']", ".st-key-panel_suppression"),
    Way.CONTACTS: ("tr[data-id='1']", ".st-key-panel_contact_drills"),
    Way.INDICATORS: (f"tr[data-id='ipv4 {LISTED}']", ".st-key-panel_indicator .wr-days"),
    Way.AUDIT: ("tbody tr:nth-child(10)", ".st-key-panel_audit_entry .wr-facts"),
}


#: The incident that is answered in law, and what its parts open beside themselves.
ANSWERED: Final = FIRST + 1
FURTHER: Final = {Part.DOCUMENTS: "&form=ncsa_k2"}


@dataclass(frozen=True, slots=True)
class Walk:
    """One person's way through the screens in one language, and what was found wrong on it."""

    console: Console
    page: Page
    language: str
    foreign: list[str]
    faults: list[str]
    #: Whether each screen is tried in light colours and at the wall's size: else in one language, and the widest ones.
    whole: bool

    def look(self, name: str, size: tuple[int, int], *, light: bool = False) -> None:
        """Look at what stands: keep its picture, read it, and measure its contrast."""
        page = self.page
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.mouse.move(size[0] // 2, 4)  # nothing lights up under the pointer
        stands(page)
        if KEPT:
            folder = Path(KEPT)
            folder.mkdir(parents=True, exist_ok=True)
            kept(page.screenshot(), folder / f"{name}-{self.language}.png")
        found = [f"{kind}: {text}" for kind, texts in page.evaluate(READ, self.foreign).items() for text in texts]
        found += self._faint("light" if light else "dark")
        if not light and (self.whole or self.language == "th"):
            page.evaluate(f"({_DRESS})({json.dumps(LIGHT)})")
            found += self._faint("light")
            page.evaluate("document.getElementById('tried_on').remove()")
        found += self._wide()
        if size == SMALL and (self.whole or (name in WIDEST and self.language == "th")):
            page.set_viewport_size({"width": WALL_4K[0], "height": WALL_4K[1]})
            found += self._wide()
        found += self.console.complaints
        found += page.locator("[data-testid=stException]").all_inner_texts()
        self.console.complaints.clear()
        self.faults.extend(f"{name}: {one}" for one in sorted(set(found)))

    def _wide(self) -> list[str]:
        wide = self.page.evaluate(WIDE)
        return [f"{wide} pixels wider than its window"] if wide > 0 else []

    def _faint(self, theme: str) -> list[str]:
        found = {
            f"{theme}: {text!r} {contrast} {colour} on {below}"
            for contrast, _, text, colour, below in self.page.evaluate(CONTRAST)
        }
        return sorted(found)

    def go(self, way: Way) -> None:
        """Go where a link leads; the page is not loaded anew."""
        alive(self.console.state)
        name = load_texts(CATALOGUE)[f"app.{way}"][self.language]
        link = (
            self.page.locator(".who")
            if way is Way.ME
            else self.page.locator(".links button", has_text=re.compile(rf"^{re.escape(name)}( \(\d+\))?$"))
        )
        if not link.is_visible():
            self.page.locator(".links .more").press("Enter")
        link.click()
        self.page.locator(".links button[aria-current], .who[aria-current]").and_(link).wait_for(state="attached")

    def open(self, address: str) -> None:
        """Load a page."""
        alive(self.console.state)
        self.page.goto(f"{self.console.url}/{address}")
        self.page.wait_for_selector(".live")

    def screen(self, way: Way) -> None:
        """Look at a screen, and at what one of its rows opens."""
        page = self.page
        if way is Way.ADD_FEED:  # behind a cell of the onboarding
            self.open("?screen=add_feed&platform=gdx&kind=authn")
        elif way is Way.DRAFT:  # behind the detectors
            self.open("?screen=draft")
            page.locator(".st-key-panel_draft_check .wr-standing").wait_for()
        else:
            self.go(way)
        if way in CHOSEN:
            stands(page)
            what, then = CHOSEN[way]
            page.locator(what).click()
            page.locator(then).wait_for()
        self.look(way.value, SMALL)
        if way is Way.INTEL:
            self.open("?screen=intel&feed=circl_osint")
            self.look("intel_feed", SMALL)
        elif way is Way.RULES:
            self.open(f"?screen=rules&rule={in_shadow(self.console.state)}")
            self.look("rule", LARGE)


@pytest.fixture(scope="session")
def full_day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("full_day") / "data"
    add_shift(folder)
    return folder


@pytest.fixture(scope="module")
def day_console(full_day: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """The console of this module: over a store after a shift."""
    with console_over_copy(full_day, tmp_path_factory.mktemp("shift")) as running:
        yield running


@pytest.mark.parametrize(
    ("language", "whole"),
    [*((one, False) for one in LANGUAGES), *(pytest.param(one, True, marks=pytest.mark.soak) for one in LANGUAGES)],
)
def test_every_screen(console: Console, page: Page, language: str, *, whole: bool) -> None:
    token = session_of(console.state, NAME, language=language)
    page.context.add_cookies([{"name": COOKIE, "value": token, "url": console.url}])
    page.add_init_script(SETTLING)
    console.watch(page)
    walk = Walk(console, page, language, texts_of_the_other(language), [], whole)
    walk.open("?wall=1")
    walk.look("wall", LARGE)
    if language == "th":
        walk.look("wall_4k", WALL_4K)
    walk.open(f"?incident={FIRST}")
    walk.look("incident", LARGE)
    if language == "th":
        page.locator("button.theme").click()
        expect(page.locator("html")).not_to_have_css("filter", "none")
        walk.look("incident_light", LARGE, light=True)
        walk.go(Way.INCIDENTS)
        walk.look("war_room_light", LARGE, light=True)
        page.locator("button.theme").click()
        expect(page.locator("html")).to_have_css("filter", "none")
    else:
        walk.go(Way.INCIDENTS)
    walk.look("war_room", LARGE)
    walk.look("war_room_small", SMALL)
    for part in Part:
        if part is Part.WORK:
            continue
        walk.open(f"?incident={FIRST if part is Part.INTEL else ANSWERED}&part={part}{FURTHER.get(part, '')}")
        walk.look(f"incident_{part}", LARGE if part is Part.LAW else SMALL)
    for way in Way:
        if way is not Way.INCIDENTS:
            walk.screen(way)
    assert not walk.faults, "\n".join(walk.faults)


def kept(picture: bytes, path: Path) -> None:
    """Keep a picture in 256 colours, small patches as they are: a third of the bytes, and nobody sees it."""
    with Image.open(BytesIO(picture)) as whole:
        whole.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE).save(path, optimize=True)


def stands(page: Page) -> None:
    """Wait until the page stands: nothing runs, all is drawn, and nothing was added for a while."""
    page.evaluate(f"settled({_QUIET_MS}, 30000)")


def texts_of_the_other(language: str) -> list[str]:
    """Give the texts that may not stand on a page in this language: those of the other one, and Streamlit's own."""
    other = next(one for one in LANGUAGES if one != language)
    texts = load_texts(CATALOGUE).values()
    spoken = {text[language] for text in texts}
    found = {text[other] for text in texts if "{" not in text[other] and re.search("[ก-๙]|[a-z]{4}", text[other])}
    return sorted((found - spoken) | (set(OF_STREAMLIT) if language == "th" else set()))
