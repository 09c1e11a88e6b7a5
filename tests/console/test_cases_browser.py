"""Intake, containment requests, files, timeline and shared drafts, in a real Chromium."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from console.conftest import Console, console_over
from playwright.sync_api import Locator, Page, expect

from warroom.console.cookie import COOKIE
from warroom.store import shared_drafts
from warroom.store.database import State
from warroom.store.views import cases

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

CLAIM = "[data-field=claim] textarea"


def field(page: Page, name: str) -> Locator:
    return page.locator(f"[data-field={name}] :is(input, textarea, select)")


def kept(state: State, place: str, name: str) -> str:
    found = shared_drafts.load(state, place)
    return found[name].text if name in found else ""


def test_a_draft_of_two_people_survives_the_death_of_the_console(
    seeded: State, data_dir: Path, tmp_path: Path, page: Page, other_page: Callable[[], Page]
) -> None:
    log, other = tmp_path / "console.log", other_page()
    with console_over(seeded, data_dir, log) as console:
        console.enter(page, "?screen=intake")
        page.wait_for_selector(CLAIM)
        draft = re.search(r"draft=([0-9a-f]{8})", page.url)
        assert draft is not None
        place = f"intake/{draft[1]}"
        page.locator(CLAIM).press_sequentially("a seller offers")
        console.enter(other, page.url.removeprefix(f"{console.url}/"), name="malee")
        expect(other.locator(CLAIM)).to_have_value("a seller offers")
        field(other, "reporter").fill("Somying")
        expect(field(page, "reporter")).to_have_value("Somying")
        expect(page.locator("[data-field=reporter] .state")).to_have_text("changed by malee")
        assert console.complaints == []  # what Chromium says while the server is gone is not counted
        assert console.pid is not None
        os.kill(console.pid, signal.SIGKILL)
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{console.url}/healthz")
    page.locator(CLAIM).press_sequentially(" two million records")
    field(other, "reference").fill("1212-69-004417")
    with console_over(seeded, data_dir, log, WARROOM_ADDRESS=console.url.removeprefix("http://")):
        expect(page.locator("[data-field=claim] .state")).to_have_text("draft kept")
        expect(field(page, "reference")).to_have_value("1212-69-004417")
        expect(other.locator(CLAIM)).to_have_value("a seller offers two million records")
        assert kept(seeded, place, "claim") == "a seller offers two million records"
        page.reload()
        expect(page.locator(CLAIM)).to_have_value("a seller offers two million records")
        expect(field(page, "reporter")).to_have_value("Somying")


def test_two_who_write_at_once_see_both_texts(console: Console, page: Page, other_page: Callable[[], Page]) -> None:
    console.enter(page, "?screen=intake")
    page.wait_for_selector(CLAIM)
    other = other_page()
    console.enter(other, page.url.removeprefix(f"{console.url}/"), name="malee")
    other.wait_for_selector(CLAIM)
    # both write before either has heard of the other
    page.locator(CLAIM).fill("they sell names")
    other.locator(CLAIM).fill("they sell numbers")
    either = page.locator("[data-field=claim] .other:not([hidden])")
    expect(either).to_be_visible()
    place = f"intake/{page.url.partition('draft=')[2]}"
    kept_field = shared_drafts.load(console.state, place)["claim"]
    assert {kept_field.text, kept_field.other_text} == {"they sell names", "they sell numbers"}
    expect(either).to_contain_text(kept_field.other_text)
    expect(page.locator(CLAIM)).to_have_value(kept_field.text)
    expect(other.locator(CLAIM)).to_have_value(kept_field.text)
    either.get_by_role("button", name="Use this text").click()
    expect(other.locator(CLAIM)).to_have_value(kept_field.other_text)
    expect(other.locator("[data-field=claim] .other")).to_be_hidden()
    assert console.complaints == []


def test_a_report_from_outside_becomes_an_incident(console: Console, page: Page) -> None:
    console.enter(page, "?screen=intake", name="อรทัย")  # whose only draft it is
    page.wait_for_selector(CLAIM)
    place = f"intake/{page.url.partition('draft=')[2]}"
    page.get_by_role("button", name="Open an incident from this report").click()
    expect(page.locator(".wr-warning")).to_contain_text("Still missing: It came by")
    field(page, "channel").select_option("line_1212")
    field(page, "informed").fill("2026-11-20T09:05")
    field(page, "reporter").fill("Somying Jaidee")
    field(page, "contact").fill("081-234-5678")
    field(page, "platform").select_option("digital_wallet_reg")
    page.locator(CLAIM).fill("somebody sells 1-1017-00203-45-0 \u202egnp")
    field(page, "name").fill("Wallet data for sale")
    field(page, "severity").select_option("critical")
    expect(page.locator(".st-key-panel_intake_similar")).to_contain_text("Mass export of records")
    page.get_by_role("button", name="Open an incident from this report").click()
    expect(page.locator(".wr-head")).to_contain_text("Wallet data for sale")
    number = int(page.url.partition("incident=")[2])
    report = page.locator(".st-key-panel_reports")
    expect(report).to_contain_text("x-xxxx-xxxx3-45-x \\u202egnp")
    expect(report.locator("em.hidden")).to_have_count(2)
    assert "Somying" not in page.content()
    expect(page.locator(".st-key-panel_facts")).to_contain_text("20 Nov 2026 09:05")
    report.get_by_role("button", name="Reveal personal data").click()
    page.get_by_label("Reason").last.fill("the agency asks us to call her back")
    page.get_by_role("button", name="Reveal", exact=True).click()
    expect(report).to_contain_text("Somying Jaidee")
    seen = cases.case(console.state, number)
    assert seen is not None
    assert (seen.reports[0][1].contact, seen.informed[0].moment) == ("081-234-5678", 1_795_140_300_000_000)
    assert place not in {one.place for one in shared_drafts.begun(console.state, "intake/")}
    page.goto(f"{console.url}/?screen=intake")
    expect(page.locator(CLAIM)).to_have_value("")
    assert console.complaints == []


def test_a_containment_request_from_asking_to_undoing(console: Console, page: Page) -> None:
    console.enter(page, "?incident=3")
    page.get_by_role("radio", name="Containment").click()
    field(page, "measure").select_option("block_address")
    field(page, "target").fill("198.51.100.9")
    field(page, "asked_of").fill("NOC")
    page.locator("[data-field=reason] textarea").fill("SQL injection")
    page.get_by_role("button", name="Enter the request").click()
    expect(page.locator(".wr-table.requests")).to_contain_text("198.51.100.9")
    page.goto(f"{console.url}/?screen=containment")
    register = page.locator(".st-key-panel_register")
    expect(register.locator(".wr-chip.asked")).to_have_text("Asked")
    for outcome, said in (("done", "Done"), ("undone again", "Undone")):
        panel = page.locator(".st-key-panel_request_outcome")
        panel.get_by_role("radio", name=outcome, exact=True).click()
        panel.get_by_role("button", name="Enter what became of it").click()
        expect(register.locator(f".wr-chip.{said.lower()}")).to_have_text(said)
    rows, _ = cases.register(console.state)
    assert [(row.request.state, row.request.state_by) for row in rows] == [("undone", "วิภา")]
    assert console.complaints == []


def test_files_are_taken_by_their_bytes_and_given_out_as_attachments(
    console: Console, page: Page, tmp_path: Path
) -> None:
    shot, program = tmp_path / "shot.png", tmp_path / "photo.png"
    shot.write_bytes(b"\x89PNG\r\n\x1a\n" + b"s" * 300_000)
    program.write_bytes(b"MZ" + bytes(500))
    console.enter(page, "?incident=2")
    page.get_by_role("radio", name="Evidence files").click()
    for path, told in ((program, "Not done: the file is a program"), (shot, "Kept as evidence")):
        page.locator(".st-key-upload input[type=file]").set_input_files(path)
        remove = page.locator(".st-key-upload").get_by_role("button", name=f"Remove {path.name}")
        remove.wait_for()  # the whole file has arrived
        page.get_by_role("button", name="Keep as evidence").click()
        expect(page.locator(".st-key-panel_files [role=status]")).to_contain_text(told)
        if path is program:
            remove.click()
    expect(page.locator(".wr-table.files tbody tr")).to_have_count(1)
    with page.expect_download() as given:
        page.locator("a.wr-button").click()
    assert given.value.suggested_filename == "shot.png"
    assert Path(given.value.path()).read_bytes() == shot.read_bytes()
    expect(page.locator(".wr-custody")).to_contain_text("exported")
    cookies = {one["name"]: one["value"] for one in page.context.cookies()}
    answer = httpx.get(f"{console.url}/evidence/1", cookies=cookies)
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert httpx.get(f"{console.url}/evidence/1").status_code == 401
    for wrong in ("2", "x", "1" * 30, "-1", "%E0%B9%91"):
        assert httpx.get(f"{console.url}/evidence/{wrong}", cookies=cookies).status_code == 404
    assert console.complaints == []


def test_uploads_end_at_their_limit(console: Console) -> None:
    cookies = {COOKIE: console.session()}
    address = f"{console.url}/_stcore/upload_file/nobody/1"
    assert httpx.put(address, content=b"x" * 100).status_code == 401
    assert httpx.put(address, content=b"x" * 100, cookies=cookies).status_code in {400, 403}
    told = httpx.put(address, content=bytes(27 << 20), cookies=cookies)
    assert told.status_code == 413
    assert httpx.post(address, content=b"x" * 70_000, cookies=cookies).status_code == 413


def test_the_timeline_is_corrected_and_a_mention_is_counted(
    console: Console, page: Page, other_page: Callable[[], Page]
) -> None:
    other = other_page()
    console.enter(other, "?screen=me", name="malee")
    console.enter(page, "?incident=4")
    page.get_by_role("button", name="Add an entry").click()
    field(page, "kind").select_option("action")
    field(page, "when").fill("2026-11-21T14:05")
    page.locator("[data-field=text] textarea").fill("called the agency, @malee knows")
    page.get_by_role("button", name="Add to the timeline").click()
    entry = page.locator(".wr-timeline .entered")
    expect(entry).to_contain_text("14:05:00")
    expect(entry).to_contain_text(re.compile(r"entered \d+ \w{3} \d{4}"))
    expect(other.get_by_role("button", name="For me (1)")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Correct an entry").click()
    field(page, "entry").select_option(index=1)
    page.locator("[data-field=text] textarea").last.fill("called the other agency")
    field(page, "reason").fill("mixed them up")
    page.get_by_role("button", name="Correct it (the old entry stays readable)").click()
    expect(page.locator(".wr-timeline .corrected")).to_contain_text("called the other agency")
    old = page.locator(".wr-timeline .outdated p")
    expect(old).to_have_text("called the agency, @malee knows")
    assert old.evaluate("one => getComputedStyle(one).textDecorationLine") == "line-through"
    other.get_by_role("button", name="For me (1)").click()
    expect(other.locator(".wr-mentions .unread")).to_contain_text("@malee knows")
    other.locator(".wr-mentions a").click()
    expect(other.get_by_role("button", name="For me", exact=True)).to_be_visible()
    assert console.complaints == []
