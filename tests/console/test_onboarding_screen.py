"""The onboarding matrix and the wizard for a feed, run by Streamlit's own test runner: what is told, kept and saved."""

from __future__ import annotations

import json
import re
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from console.admin_seeding import CHEAP, OPERATOR, PASSWORD, session_of
from console.conftest import console_over
from console.entering import Enter, entries, quick
from console.entering import page as page_of
from console.onboarding_seeding import add_onboarding
from playwright.sync_api import Page, expect
from streamlit.testing.v1 import AppTest

from warroom.access import Role, accounts
from warroom.catalog import load_feed, load_platforms
from warroom.console.cookie import COOKIE
from warroom.store import accounts as rows
from warroom.store.audit import AuditAction
from warroom.store.database import State

pytestmark = quick
needs_feeds = pytest.mark.usefixtures("feeds")
CITIZEN = "1101700207366"
LINES = "\n".join(
    json.dumps({"ts": f"2026-11-22T10:00:0{n}+07:00", "src_ip": f"203.0.113.{n}", "user": f"u{n}", "card": CITIZEN})
    for n in range(5)
)


@pytest.fixture
def feeds(staff: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "feeds"
    add_onboarding(staff, folder, ("tang_rat", "gdx", "digital_id"))
    monkeypatch.setenv("WARROOM_FEEDS", str(folder))
    return folder


def said(app: AppTest) -> str:
    """What stands on the page, without its styles."""
    return re.sub(r"<style>.*?</style>", "", page_of(app), flags=re.DOTALL)


@needs_feeds
def test_the_matrix_counts_every_pair_and_tells_of_the_chosen_one_what_to_do(enter: Enter) -> None:
    total = sum(len(one.log_sources) for one in load_platforms().values())
    app = enter("prometheus", screen="onboarding", platform="tang_rat", kind="kyc")
    shown = said(app)
    assert re.search(rf"\d+ of {total} connected, 38 platforms", shown)
    for told in ("attempt_id", "ial_target", "tang_rat/tang_rat_kyc.yml", "Nothing: lines come."):
        assert told in shown
    assert re.search(r"Detectors that would see it</dt><dd>[1-9]", shown)
    states = {option.split()[1]: option for option in app.segmented_control(key="onboard_states").options}
    assert {"connected", "silent", "ready", "missing"} < states.keys()
    kinds = load_platforms()["tang_rat"].log_sources[-5:]
    for kind, told in zip(
        kinds[1:],
        ("Ask the operator why it stopped", "no firewall is between", "Set enabled: true in", "./run feeds new"),
        strict=True,
    ):
        assert told in said(enter("prometheus", screen="onboarding", platform="tang_rat", kind=kind))
    assert "which addresses may be tried" in said(
        enter("prometheus", screen="onboarding", platform="nsw", kind="probe")
    )


@needs_feeds
def test_a_filter_takes_rows_and_columns_away_and_none_is_left_says_so(enter: Enter) -> None:
    app = enter("prometheus", screen="onboarding")
    app.multiselect(key="onboard_platforms").set_value(["tang_rat"]).run()
    app.multiselect(key="onboard_kinds").set_value(["lms"]).run()
    assert "Nothing fits the filters" in said(app)


@needs_feeds
def test_who_is_confined_sees_their_platforms_and_who_makes_no_feeds_has_no_wizard(enter: Enter, staff: State) -> None:
    confined = frozenset({"gdx", "tang_rat"})
    kanya = accounts.Newcomer("kanya", frozenset({Role.ANALYST}), "กัญญา", confined, password=PASSWORD)
    made = accounts.create(staff, OPERATOR, kanya, datetime.now(UTC), hashing=CHEAP)
    with staff.write() as connection:
        rows.change(connection, made.id, must_change_password=False)
    shown = said(enter("kanya", screen="onboarding", platform="digital_id", kind="authn"))
    assert f"{len(confined)} platforms" in shown
    assert "digital_id" not in shown
    shown = said(enter("kanya", screen="platforms"))
    assert "1 of 2 addresses answer" in shown  # the second one of the seeding is down
    assert "no answer within 10 s" in shown
    assert "95.83 %" in shown
    assert "certificate ends in 4 days" in shown
    assert "digital_id.example.go.th" not in shown
    shown = said(enter("kanya", screen="onboarding", platform="tang_rat", kind="kyc"))
    assert "Make a feed from pasted lines" not in shown
    assert "Your roles do not open this screen" in said(enter("anong", screen="add_feed"))


@needs_feeds
def test_the_administrator_who_sees_no_incident_connects_platforms(enter: Enter) -> None:
    assert "38 platforms" in said(enter("boss", screen="onboarding"))
    assert "Paste lines of the log" in said(enter("boss", screen="add_feed"))


def test_pasted_lines_become_a_draft_beside_the_feeds(enter: Enter, feeds: Path, staff: State, data_dir: Path) -> None:
    before = sorted(feeds.rglob("*"))
    app = enter("prometheus", screen="add_feed", platform="tang_rat", kind="kyc")
    assert app.text_input(key="feed_id").value == "tang_rat_kyc"
    assert app.button(key="feed_save").disabled
    app.text_area(key="feed_lines").set_value(LINES).run()
    yaml = str(app.text_area(key="feed_yaml").value)
    for line in ("platform: tang_rat", "log_source: kyc", "  format: jsonl", "    source_ip: src_ip", "enabled: false"):
        assert line in yaml
    assert "`collect.paths` is a list" in said(app)
    assert app.button(key="feed_save").disabled
    app.text_input(key="feed_key_file_paths").set_value("/var/log/kyc/*.jsonl*").run()
    shown = said(app)
    for told in ("5 events · 0 refused", "203.0.113.3", "2026-11-22 10:00:04.000", "Every line is an event."):
        assert told in shown
    assert CITIZEN not in shown

    assert enter("prometheus", screen="add_feed").text_area(key="feed_lines").value == LINES  # kept as typed …

    app.button(key="feed_save").click().run()
    assert "Saved" in said(app)
    draft, sample = data_dir / "feeds-drafts" / "tang_rat_kyc.yml", data_dir / "feeds-drafts/samples/tang_rat_kyc.log"
    feed, faults = load_feed(draft, data_dir, load_platforms())
    assert faults == []
    assert feed is not None
    assert (feed.log_source, feed.enabled) == ("kyc", False)
    assert CITIZEN not in sample.read_text()
    assert len(sample.read_text().splitlines()) == 5
    assert {stat.S_IMODE(path.stat().st_mode) for path in (draft, sample)} == {0o600}
    assert sorted(feeds.rglob("*")) == before
    assert f"cp {draft} {feeds / 'tang_rat' / 'tang_rat_kyc.yml'}" in app.code[0].value
    assert len(app.get("download_button")) == 2
    (entry,) = entries(staff, AuditAction.FEED_CHANGED)
    assert (entry.actor, entry.subject_kind, entry.subject_id) == ("prometheus", "feed_draft", "tang_rat_kyc")

    assert enter("prometheus", screen="add_feed").text_area(key="feed_lines").value == ""  # … until it is saved


@needs_feeds
def test_what_a_person_wrote_stays_and_faults_have_their_line(enter: Enter) -> None:
    app = enter("prometheus", screen="add_feed")
    app.text_area(key="feed_lines").set_value('{"a": 1}\n\u202e<b>evil</b>').run()
    app.text_area(key="feed_yaml").set_value("# mine\nparse:\n  format: jsonl\n  zone: x\nplatform: tang_rat\n").run()
    shown = said(app)
    assert "line 4" in shown
    assert "`zone`" in shown
    app.selectbox(key="feed_transport").select("syslog").run()
    app.text_input(key="feed_key_syslog_listen").set_value("0.0.0.0:6514").run()
    app.text_input(key="feed_key_syslog_hosts").set_value("web-*, db-*").run()
    app.text_input(key="feed_proxies").set_value("10.0.0.0/8").run()
    yaml = str(app.text_area(key="feed_yaml").value)
    assert yaml.startswith('# mine\nparse:\n  format: jsonl\n  zone: x\n  proxies: ["10.0.0.0/8"]\nplatform:')
    assert 'collect:\n  transport: syslog\n  listen: "0.0.0.0:6514"\n  hosts: ["web-*", "db-*"]\n' in yaml
    assert "<b>evil" not in said(app)
    app.text_area(key="feed_yaml").set_value(yaml.replace("hosts:", "programs: [sshd]\n  hosts:")).run()
    app.text_input(key="feed_key_syslog_hosts").set_value("").run()
    assert '  listen: "0.0.0.0:6514"\n  programs: [sshd]\n' in str(app.text_area(key="feed_yaml").value)


@pytest.mark.slow
def test_the_matrix_by_keyboard_and_the_wizard_in_a_browser(
    staff: State, feeds: Path, data_dir: Path, page: Page
) -> None:
    with console_over(staff, data_dir, data_dir.parent / "console.log", WARROOM_FEEDS=str(feeds)) as console:
        token = session_of(staff, "prometheus")
        page.context.add_cookies([{"name": COOKIE, "value": token, "url": console.url}])
        console.watch(page)
        page.goto(f"{console.url}/?screen=onboarding")
        first = page.locator("button[data-id='tang_rat/cdn_ddos']")
        first.focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        told = page.locator(".st-key-panel_onboard_what")
        expect(told).to_contain_text("tang_rat/tang_rat_waf.yml")
        expect(page).to_have_url(re.compile("platform=tang_rat&kind=waf"))
        told.get_by_role("link", name="Make a feed from pasted lines").click()
        lines = page.get_by_role("textbox", name="1. Paste lines of the log")
        lines.fill(LINES + '\n<img src=x onerror="document.title=1">')
        lines.press("Control+Enter")
        expect(page.locator(".st-key-panel_feed_yaml textarea")).to_have_value(re.compile("log_source: waf"))
        page.get_by_role("textbox", name="paths").fill("/var/log/waf/*.json*")
        page.get_by_role("textbox", name="paths").press("Enter")
        result = page.locator(".st-key-panel_feed_result")
        expect(result).to_contain_text("5 events · 1 refused")
        expect(result).to_contain_text("line 6")
        page.get_by_role("button", name="Save the draft and its sample").click()
        with page.expect_download() as taken:
            page.get_by_role("button", name="tang_rat_waf.yml").click()
        assert "log_source: waf" in taken.value.path().read_text()
        assert page.locator("img[src=x]").count() == 0
        assert console.complaints == []
