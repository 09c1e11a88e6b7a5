"""Public lists of attack strings in every field that attackers write, on every screen, in a real Chromium.

No script runs, no request leaves, no element of theirs is made, nothing hides, and the page's frame still stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from console import hostile
from console.admin_seeding import add_people, session_of
from console.conftest import Console, console_over_copy
from console.looking import PATIENCE_MS, gone_to, looked_at, victim_of
from playwright.sync_api import BrowserContext, Page, expect

from warroom.console.cookie import COOKIE
from warroom.console.markup import visible
from warroom.console.masking import masked
from warroom.settings import ROOT
from warroom.store.drafts import load_draft

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
CELLS = (Path(__file__).parent / "cells.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def hostile_console(busy_days: Callable[[], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with console_over_copy(busy_days(), tmp_path_factory.mktemp("hostile")) as running:
        yield running


@pytest.fixture(scope="module")
def planted(hostile_console: Console) -> list[hostile.Planted]:
    return hostile.plant(hostile_console.state, hostile_console.data_dir)


@pytest.fixture
def console(hostile_console: Console) -> Console:
    hostile_console.complaints.clear()
    return hostile_console


@pytest.fixture
def victim(console: Console, context: BrowserContext) -> Page:
    return victim_of(console, context)


def be(console: Console, victim: Page, language: str = "en") -> None:
    """Be signed in, on no page yet."""
    console.watch(victim)
    victim.context.add_cookies([{"name": COOKIE, "value": console.session(language=language), "url": console.url}])


# -- before anything is planted: pages are light then --


@pytest.mark.parametrize("many", [2, pytest.param(4, marks=pytest.mark.soak)])
def test_what_the_address_bar_says(console: Console, victim: Page, many: int) -> None:
    be(console, victim)
    every = hostile.payloads()
    joined = [" ".join(every[at : at + 60])[:9_000] for at in range(0, len(every), 60)]
    texts = [quote(told) for told in joined[:many]]
    alone = [f"/?incident={texts[0]}", f"/?wall={texts[0]}", f"/?x={texts[0]}#{texts[0]}"]
    for address in alone + [f"/?incident={told}&wall={told}&x={told}#{told}" for told in texts[1:]]:
        victim.goto(console.url + address)
        victim.wait_for_selector(".live")
        looked_at(victim, console)
    for told in joined:
        page = httpx.get(f"{console.url}/signin", params={"token": told, "incident": told, "wall": told})
        assert page.status_code == 200
        assert "<script" not in page.text
        assert page.text.count("<form") == page.text.count('<input type="hidden"') == 1
        assert page.text.count("<meta") == 2


def test_the_sign_in_page(console: Console, victim: Page) -> None:
    console.watch(victim)
    every = hostile.payloads()
    for at in range(0, len(every), 120):
        token = " ".join(every[at : at + 120])[:9_000]
        victim.goto(f"{console.url}/signin?token={quote(token)}")
        assert victim.locator("input[name=token]").input_value() == visible(token).replace("\n", "").replace("\r", "")
        assert victim.evaluate("window.ran") == []
        assert victim.locator("form").count() == 1
        assert victim.locator("script, iframe, img, object, embed, base, svg").count() == 0
        assert victim.locator("a").count() == 0
    # a name is what one types: it stands in the masthead, and in what others see of one
    for name in (hostile.BY_HAND[0], "<img src=x onerror=alert(1)> a\u202eb\u200bc {0.__class__}%s"):
        victim.goto("about:blank")  # the page before still asks for its parts: without its cookie it would be refused
        victim.context.clear_cookies()
        victim.goto(console.link())
        victim.fill("input[name=name]", name)
        victim.click("button[value=en]")
        victim.wait_for_selector(".who")
        looked_at(victim, console)
    assert console.complaints == []


def test_half_a_character_in_a_note_is_a_question_mark(console: Console, victim: Page) -> None:
    console.enter(victim, "?incident=2")
    note = victim.locator(".st-key-panel_act textarea")
    note.wait_for()
    # no keyboard writes it, but what speaks for a browser can
    note.evaluate("one => { one.value = 'half \\ud800 of a pair \\u0000'; one.dispatchEvent(new Event('input')); }")
    while not load_draft(console.state, "วิภา", "incident/2/note"):
        victim.wait_for_timeout(100)
    victim.get_by_role("button", name="Add note").click()
    expect(victim.locator(".wr-timeline .noted p")).to_have_text("half ? of a pair", timeout=PATIENCE_MS)
    assert console.complaints == []


# -- every payload in every field --


def shown(payload: str) -> str:
    return visible(masked(payload))


def frame_of(console: Console, victim: Page, language: str) -> list[str]:
    """Sign in, open an incident of no attacker, and give the headings of its screen."""
    console.enter(victim, "?incident=1", language=language)
    victim.wait_for_selector(".st-key-panel_events pre")
    victim.wait_for_selector(".st-key-panel_related .wr-title")
    frame: list[str] = looked_at(victim, console)["headings"]
    assert len(frame) >= 7
    return frame


def open_incident(victim: Page, one: hostile.Planted) -> None:
    gone_to(victim, f"/?incident={one.incident}")
    expect(victim.locator(".wr-head .number")).to_have_text(f"#{one.incident}", timeout=PATIENCE_MS)
    # its head is of the new incident: when the script has come to its end, everything is
    is_still = victim.locator("[data-testid=stApp][data-test-script-state=notRunning]")
    expect(is_still).to_be_attached(timeout=PATIENCE_MS)
    expect(victim.locator(".wr-timeline .noted")).to_have_count(len(one.payloads), timeout=PATIENCE_MS)
    victim.wait_for_selector(".st-key-panel_related .wr-title")


@pytest.mark.parametrize(
    ("language", "every"),
    [("en", 3), ("th", 8), *(pytest.param(one, 1, marks=pytest.mark.soak) for one in ("en", "th"))],
)
def test_the_incident_screen(
    console: Console, planted: list[hostile.Planted], victim: Page, language: str, every: int
) -> None:
    assert sum(len(one.payloads) for one in planted) >= 800
    frame = frame_of(console, victim, language)
    # The first one holds those by hand. Of the others a part is looked at in the ordinary run, all in the long one.
    for one in planted[::every]:
        open_incident(victim, one)
        found = looked_at(victim, console)
        # every payload is there, as text
        assert found["headings"] == frame
        assert {shown(payload) for payload in one.payloads} <= set(found["entities"])
        assert {shown(payload.strip()) for payload in one.payloads} <= set(found["notes"])
        assert {visible(payload) for payload in one.payloads} == set(found["rules"])
        line = victim.locator(".st-key-panel_events pre").text_content() or ""
        assert line.startswith(shown(one.payloads[0])[:100])
        expect(victim.locator(".st-key-panel_events .wr-raw span")).to_contain_text("/var/log/")
        expect(victim.locator(".live")).to_be_visible()
        expect(victim.locator(".who")).to_have_text("วิภา")


@pytest.mark.parametrize("language", ["en", "th"])
@pytest.mark.usefixtures("planted")
def test_the_war_room_and_the_wall(console: Console, victim: Page, language: str) -> None:
    be(console, victim, language)
    for wall in (False, True):
        victim.goto(f"{console.url}/?wall=1" if wall else console.url)
        victim.wait_for_selector("tr[data-incident] .incident")
        victim.locator(".js-plotly-plot .bars path").first.wait_for(state="attached")
        victim.wait_for_selector(".wr-tile")
        # the chart's own letters under the pointer (Plotly reads a part of HTML); beside it that of before may still be
        victim.locator(".js-plotly-plot .cartesianlayer").last.hover(force=True)
        if not wall:
            victim.wait_for_selector(".wr-faults li")
        looked_at(victim, console)
        expect(victim.locator(".live")).to_be_visible()
        expect(victim.locator(".wr-banners")).to_contain_text("![beacon]", timeout=PATIENCE_MS)


def cells_of(victim: Page, *panels: str) -> list[tuple[int, list[set[str]]]]:
    """Give rows and texts by column of the tables on a canvas, once those of these panels are there, and no others."""
    for panel in set(panels):
        grids = victim.locator(f".st-key-panel_{panel} [data-testid=stDataFrame] [role=grid]")
        expect(grids).to_have_count(panels.count(panel), timeout=PATIENCE_MS)
    found = victim.evaluate(CELLS, PATIENCE_MS)
    assert [one["panel"] for one in found] == list(panels)
    return [(one["rows"], [{squeezed(text) for text in column} for column in one["columns"]]) for one in found]


def squeezed(text: str) -> str:
    """A cell is one line: whatever parts words is a blank there."""
    return " ".join(text.split())


def test_tables_on_a_canvas_hold_text(console: Console, planted: list[hostile.Planted], victim: Page) -> None:
    """Every table of `st.dataframe` there is: the events of an incident, an event's fields, the alerts to regroup."""
    add_people(console.state)
    console.watch(victim)
    token = session_of(console.state, "wipa")
    victim.context.add_cookies([{"name": COOKIE, "value": token, "url": console.url}])
    victim.goto(f"{console.url}/?incident={planted[0].incident}")
    told = planted[0].payloads
    (rows, events), (_, (names, values)) = cells_of(victim, "events", "events")
    assert rows == len(told)
    beginnings = {squeezed(visible(masked(payload)[:400])) for payload in told}
    for column in events[1:5]:  # source, user, action, outcome
        assert beginnings <= column
    short = [payload for payload in told[:30] if len(payload) < 100]  # of an event's fields the first ones are shown
    assert {squeezed(visible(payload)) for payload in short} <= names
    assert {squeezed(visible(payload)) for payload in short if masked(payload) == payload} <= values
    looked_at(victim, console)
    # no table goes out as a file that a spreadsheet would run
    tables = victim.locator("[data-testid=stDataFrame]")
    expect(tables.locator("button[aria-label^=Search]")).to_have_count(2)
    for name in ("csv", "download", "export"):
        assert tables.locator(f"[aria-label*={name} i]").count() == 0
    victim.get_by_role("radio", name="Grouping").click()
    expect(tables).to_have_count(1, timeout=PATIENCE_MS)
    ((rows, (_, titles, entities)),) = cells_of(victim, "regroup")
    assert rows == len(told)
    assert {squeezed(visible(payload)) for payload in told} <= titles
    assert [one for one in told if not any(squeezed(shown(one)) in cell for cell in entities)] == []
    looked_at(victim, console)


def test_no_other_table_is_drawn_on_a_canvas() -> None:
    drawn = re.compile(r"st\.(dataframe|data_editor|table|area_chart|bar_chart|line_chart|vega_lite_chart|map)\(")
    found = {
        f"{path.name} {called}": path.read_text(encoding="utf-8").count(called)
        for path in (ROOT / "warroom" / "console").rglob("*.py")
        for called in {match[0] for match in drawn.finditer(path.read_text(encoding="utf-8"))}
    }
    assert found == {"evidence.py st.dataframe(": 2, "grouping_panel.py st.dataframe(": 1}
