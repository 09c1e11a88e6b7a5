"""A picture of every screen in both languages, with what a picture does not show: nothing foreign, nothing cut off.

With ``WARROOM_PICTURES=docs/screens`` the pictures are kept there; else they only show that the screens stand.
"""

from __future__ import annotations

import os
import re
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from console.admin_seeding import add_deeds, add_people, session_of
from console.picture_seeding import NAME, add_everybody, add_shift
from console.seeding import fresh_state, seed
from PIL import Image
from playwright.sync_api import Page

from warroom.console.cookie import COOKIE
from warroom.console.texts import CATALOGUE, LANGUAGES, load_texts
from warroom.console.ways import Way

if TYPE_CHECKING:
    from console.conftest import Console

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

READ: Final = (Path(__file__).parent / "reading.js").read_text(encoding="utf-8")
#: What Streamlit's own controls say in English where nobody gave them a text.
OF_STREAMLIT: Final = (
    *(
        "Choose an option",
        "Choose options",
        "No options to select.",
        "No results",
        "Press Enter to apply",
        "Select all",
    ),
    *("Drag and drop file here", "Drag and drop files here", "Browse files", "Upload", "Running...", "Stop", "Rerun"),
)
#: Looks, 400 ms apart, in which nothing was added.
_STILL: Final = 5
SMALL, LARGE = (1366, 768), (1920, 1080)
#: Screens by the name of their picture: where they are, and how large the glass is.
SCREENS: Final = {
    "war_room": ("", LARGE),
    "war_room_small": ("", SMALL),
    "incident": ("?incident=1", LARGE),
    "wall": ("?wall=1", LARGE),
} | {way.value: (f"?screen={way}", SMALL) for way in Way if way is not Way.INCIDENTS}


@pytest.fixture(scope="session")
def full_day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("full_day") / "data"
    state = fresh_state(folder)
    seed(state, folder)
    add_people(state)
    add_deeds(state)
    add_everybody(state)
    add_shift(state, folder)
    state.close()
    return folder


@pytest.fixture
def busy_day(full_day: Path) -> Path:
    """The store that ``seeded`` copies, here after a shift."""
    return full_day


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_screen(console: Console, page: Page, language: str, tmp_path: Path) -> None:
    folder = Path(os.environ.get("WARROOM_PICTURES") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    token = session_of(console.state, NAME, language=language)
    page.context.add_cookies([{"name": COOKIE, "value": token, "url": console.url}])
    console.watch(page)
    foreign = texts_of_the_other(language)
    faults = []
    for name, (where, (width, height)) in SCREENS.items():
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"{console.url}/{where}")
        settled(page)
        kept(page.screenshot(), folder / f"{name}-{language}.png")
        read = page.evaluate(READ, foreign)
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        faults += [f"{name}: {kind}: {text}" for kind, texts in read.items() for text in sorted(set(texts))]
        faults += [f"{name}: {wide} pixels too wide"] if wide > 0 else []
        faults += [f"{name}: {text}" for text in console.complaints]
        faults += [f"{name}: {text}" for text in page.locator("[data-testid=stException]").all_inner_texts()]
        console.complaints.clear()
    assert not faults, "\n".join(faults)


def kept(picture: bytes, path: Path) -> None:
    """Keep a picture in 128 colours: a quarter of the bytes, and nobody sees it."""
    with Image.open(BytesIO(picture)) as whole:
        whole.convert("RGB").quantize(128).save(path, optimize=True)


def settled(page: Page) -> None:
    """Wait until the page stands: its masthead lives, nothing runs, and no panel was added for a while."""
    page.wait_for_selector(".live")
    panels, still = -1, 0
    while still < _STILL:
        page.wait_for_timeout(400)
        running = page.locator("[data-testid=stStatusWidget]").count()
        now = page.locator(".wr-title, .js-plotly-plot .main-svg").count()
        still = still + 1 if now == panels and not running else 0
        panels = now


def texts_of_the_other(language: str) -> list[str]:
    """Give the texts that may not stand on a page in this language: those of the other one, and Streamlit's own."""
    other = next(one for one in LANGUAGES if one != language)
    texts = load_texts(CATALOGUE).values()
    spoken = {text[language] for text in texts}
    found = {text[other] for text in texts if "{" not in text[other] and re.search("[ก-๙]|[a-z]{4}", text[other])}
    return sorted((found - spoken) | (set(OF_STREAMLIT) if language == "th" else set()))
