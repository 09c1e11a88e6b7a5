"""The screens of detectors: catalogue, one rule and its stages, coverage, noise, drafts."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from console.admin_seeding import actor_named
from console.conftest import kept_fresh
from console.entering import Enter, entries, page, quick
from console.rule_seeding import (
    DRAFTED,
    ENGINEER,
    EXCEPTION,
    HOSTILE,
    HOUR,
    LOUD,
    SAMPLES,
    SHY,
    STRANGE,
    rule,
    seed_rules,
    write_detectors,
    write_draft,
)
from sqlalchemy import insert
from streamlit.testing.v1 import AppTest

from warroom.access import Role, accounts
from warroom.bench import cost_kept
from warroom.bench import stages as deeds
from warroom.bench.catalogue import entries_of
from warroom.bench.cost import Cost
from warroom.bench.drafts import drafts_folder
from warroom.catalog.stages import Stage
from warroom.console import attack_matrix
from warroom.console.person import Person
from warroom.console.rule_acts import beside
from warroom.console.rule_asking import Asked, narrowed
from warroom.console.rule_coverage import navigator_layer
from warroom.console.rule_life import alerts_told
from warroom.console.rule_sights import CONDITIONS, Figures
from warroom.console.texts import CATALOGUE, load_texts, words
from warroom.console.ways import Way, open_to
from warroom.detect import load_rules
from warroom.errors import ForbiddenError
from warroom.store.audit import AuditAction
from warroom.store.database import State, now_us
from warroom.store.rules import proposals, stages
from warroom.store.rules.tables import rule_hits
from warroom.store.views.rules import Counts, rule_rows

pytestmark = quick


@pytest.fixture(scope="module")
def detectors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rules") / "detectors"
    write_detectors(folder)
    return folder


@pytest.fixture(scope="module")
def staffed(
    staffed: Callable[[], Path], detectors: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], Path]:
    """Give the folder of the staffed store in which rules did something, too."""

    def make() -> Path:
        folder = tmp_path_factory.mktemp("ruled") / "data"
        shutil.copytree(staffed(), folder)
        with State(f"sqlite:///{folder / 'state.db'}") as state:
            seed_rules(state, folder, detectors)
        return folder

    return kept_fresh(make)


@pytest.fixture
def ruled(staff: State, detectors: Path, monkeypatch: pytest.MonkeyPatch) -> State:
    monkeypatch.setenv("WARROOM_DETECTORS", str(detectors))
    return staff


def listed(app: AppTest) -> str:
    """Give what the components of a page were handed."""
    return "\n".join(str(one.proto) for one in app.get("bidi_component"))


def stage_of(state: State, rule_id: str) -> str | None:
    with state.read() as connection:
        put = stages.get(connection, rule_id)
    return None if put is None else put.stage


def labels(app: AppTest) -> set[str]:
    return {one.label for one in app.button}


def press(app: AppTest, key: str, reason: str = "looked at with care") -> AppTest:
    app.text_input(key="rule_reason").set_value(reason)
    return app.button(key=key).click().run()


def test_who_sees_incidents_sees_rules_and_who_manages_them_writes_drafts(staff: State) -> None:
    seen = {Way.RULES, Way.COVERAGE, Way.NOISE}
    for name, sees, writes in (
        ("anong", True, False),
        ("dpo", True, False),
        ("prometheus", True, True),
        ("boss", False, False),
    ):
        ways = open_to(Person(actor_named(staff, name), "en", "t"))
        assert (seen <= ways, Way.DRAFT in ways) == (sees, writes), name
        assert bool(seen & ways) is sees


@pytest.mark.usefixtures("ruled")
def test_the_catalogue_lists_rules_and_says_at_its_head_what_does_not_load(enter: Enter) -> None:
    app = enter("anong", screen="rules")
    shown, table = page(app), listed(app)
    assert "authn/authn_broken.yml" in shown
    assert "4 of 4 detectors" in shown
    assert all(one in table for one in (LOUD, SHY, STRANGE, EXCEPTION, "Guessing at the door", "govplatform/authn"))
    assert "Write a new one" not in shown
    assert "Write a new one" in page(enter("prometheus", screen="rules"))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (Asked("เดารหัส"), {LOUD}),
        (Asked("guessing t1078"), {SHY}),
        (Asked("user_name", origin="upstream"), {STRANGE}),
        (Asked(stage="shadow"), {SHY}),
        (Asked(level="medium"), {SHY}),
        (Asked("the", source="govplatform/authn", level="high"), {LOUD}),
        (Asked(LOUD[:8]), {LOUD}),
        (Asked("door slowly"), set()),
    ],
)
def test_all_words_must_be_in_one_rule(detectors: Path, asked: Asked, found: set[str]) -> None:
    rules = entries_of(load_rules([detectors]), detectors)
    assert {one.id for one in narrowed(rules, asked, {LOUD: "production", SHY: "shadow"})} == found


@pytest.mark.usefixtures("ruled")
def test_the_catalogue_is_narrowed_by_the_address(enter: Enter) -> None:
    table = listed(enter("anong", screen="rules", q="slowly", stage="shadow", level="medium", origin="own"))
    assert SHY in table
    assert LOUD not in table


@pytest.mark.usefixtures("staff")
def test_no_rule_at_all_is_said_with_what_to_do(enter: Enter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "none").mkdir()
    monkeypatch.setenv("WARROOM_DETECTORS", str(tmp_path / "none"))
    assert "There is no detector yet" in page(enter("anong", screen="rules"))
    assert "cell uncovered" in page(enter("anong", screen="coverage"))


@pytest.mark.usefixtures("ruled")
def test_nothing_found_and_no_such_rule_are_said(enter: Enter) -> None:
    assert "No detector has all of this" in page(enter("anong", screen="rules", q="zzz"))
    assert "No detector has this id" in page(enter("anong", screen="rules", rule="'; DROP"))


@pytest.mark.usefixtures("ruled")
def test_one_rule_tells_what_it_is_how_it_does_and_what_tunes_it(enter: Enter) -> None:
    app = enter("anong", screen="rules", rule=LOUD)
    shown = page(app)
    assert "Lock the account" in shown
    assert "1 · Unsuccessful activity attempt" in shown
    assert "Account takeover" in shown
    assert "The scanner is ours" in shown
    assert "filters/authn_scanner.yml" in shown
    assert "it was a scan of ours" in shown
    assert "Shadow → Production" in shown
    assert "too loud at night &lt;script&gt;" in shown
    assert 'href="javascript:' not in shown
    assert any(f"id: {LOUD}" in one.value for one in app.code)
    assert not labels(app) & {"To shadow", "Retire", "Roll back", "Back-test"}
    assert "You may look" in shown


@pytest.mark.usefixtures("ruled")
def test_a_rule_of_a_stranger_is_shown_harmlessly_with_author_and_licence(enter: Enter) -> None:
    for query in ({"rule": STRANGE}, {"q": "script"}):
        app = enter("prometheus", screen="rules", **query)
        shown = page(app)
        assert "<script>" not in shown
        assert "\u202e" not in shown
        assert "\u202e" not in "".join(one.value for one in app.code)
    shown = page(enter("anong", screen="rules", rule=STRANGE))
    assert f"Eve {HOSTILE}".replace("<", "&lt;").replace(">", "&gt;") in shown
    assert "DRL-1.1 (Detection Rule License)" in shown


def test_a_second_person_approves_with_shadow_and_back_test_side_by_side(ruled: State, enter: Enter) -> None:
    app = enter("prometheus", screen="rules", rule=SHY)
    shown = page(app)
    assert "Waits for a second person" in shown
    assert "917" in shown
    assert "1.4" in shown
    assert "203.0.113.3" in shown
    assert {"Approve", "Refuse"} <= labels(app)
    app = press(app, "rule_approve", "")
    assert stage_of(ruled, SHY) == Stage.PRODUCTION
    assert "Approved: the rule raises alerts. The worker follows within seconds." in page(app)
    assert entries(ruled, AuditAction.RULE_STAGE_CHANGED)[0].actor == "prometheus"


def test_who_proposed_withdraws_and_proposes_anew_and_never_approves(ruled: State, enter: Enter) -> None:
    with ruled.read() as connection:
        waiting = stages.proposal_of(connection, SHY)
    assert waiting is not None
    deeds.withdraw(ruled, ENGINEER, waiting.id, "not yet, says the lead")
    app = press(enter("prometheus", screen="rules", rule=SHY), "rule_propose", "")
    assert "a reason" in page(app)
    app = press(app, "rule_propose")
    assert "Proposed" in page(app)
    assert "Approve" not in labels(app)
    app = press(app, "rule_withdraw")
    with ruled.read() as connection:
        assert stages.proposal_of(connection, SHY) is None


def test_a_rule_is_moved_retired_and_rolled_back_by_one_click(ruled: State, enter: Enter) -> None:
    app = press(enter("prometheus", screen="rules", rule=LOUD), "rule_to_shadow")
    assert stage_of(ruled, LOUD) == Stage.SHADOW
    app = press(app, "rule_retire")
    assert stage_of(ruled, LOUD) == Stage.RETIRED
    app.session_state["language"] = "th"
    assert "ทำไม่ได้: เหตุผลต้องมี 5 ถึง 500 ตัวอักษร" in page(press(app.run(), "rule_to_shadow", ""))
    app.session_state["language"] = "en"
    app = press(app.run(), "rule_roll_back", "")
    assert stage_of(ruled, LOUD) == Stage.SHADOW
    assert "rolled back on the rule&#x27;s screen" in page(app)


def test_the_boxes_count_what_the_chart_shows_with_what_was_in_shadow_apart(ruled: State, enter: Enter) -> None:
    with ruled.write("rules") as connection:
        for stage, alerts in (("production", 1_000), ("shadow", 7)):
            row = {"rule_id": LOUD, "hour": now_us() // HOUR, "stage": stage, "platform_id": "thaid_2", "last_at": 0}
            connection.execute(insert(rule_hits).values(alerts=alerts, events=alerts, **row))
    (own,) = (one for one in rule_rows(ruled) if one.rule_id == LOUD)
    app = enter("prometheus", screen="rules", rule=LOUD)
    shown, (chart,) = page(app), app.get("plotly_chart")
    drawn = json.loads(chart.proto.spec)
    first = min(drawn["data"][0]["x"])
    assert drawn["layout"]["xaxis"]["tickvals"][0] >= first + 2  # its date is clear of the scale's zero
    for counts in (own.raised.day, own.raised.week, own.raised.month):
        assert f"<b>{counts + 7:,}</b><em" in shown
    assert shown.count("7 in shadow</em>") == 3
    in_shadow = Figures(Stage.SHADOW, shadow=Counts(month=2))
    assert alerts_told(words("en"), in_shadow, "month") == ("2", "all in shadow")
    assert alerts_told(words("en"), Figures(Stage.SHADOW, raised=Counts(day=1)), "day") == ("1", "alert")


@pytest.mark.usefixtures("ruled")
def test_the_field_of_the_reason_says_what_needs_none(enter: Enter) -> None:
    def label(person: str, rule_id: str) -> str:
        return str(enter(person, screen="rules", rule=rule_id).text_input(key="rule_reason").label)

    assert label("prometheus", STRANGE).startswith("Reason (required; kept")
    assert label("prometheus", LOUD).startswith("Reason (required, optional for “Roll back”; kept")
    assert label("prometheus", SHY).startswith("Reason (required, optional for “Approve”; kept")


def test_a_role_that_was_taken_away_moves_nothing(ruled: State, enter: Enter) -> None:
    app = enter("prometheus", screen="rules", rule=LOUD)
    accounts.set_roles(ruled, actor_named(ruled, "boss"), "prometheus", {Role.VIEWER}, datetime.now(UTC))
    press(app, "rule_retire")
    assert stage_of(ruled, LOUD) == Stage.PRODUCTION


def test_a_back_test_from_the_page_goes_with_the_proposal(ruled: State, enter: Enter) -> None:
    with ruled.read() as connection:
        waiting = stages.proposal_of(connection, SHY)
    assert waiting is not None
    deeds.withdraw(ruled, ENGINEER, waiting.id, "to be tried once more")
    app = enter("prometheus", screen="rules", rule=SHY)
    assert app.selectbox(key="rule_trial_hours").value == 7 * 24
    app.button(key="rule_trial_begin").click().run()
    for _ in range(100):
        if "alerts (" in page(app):
            break
        app.run()
    press(app, "rule_propose")
    with ruled.read() as connection:
        asked = stages.proposal_of(connection, SHY)
    assert asked is not None
    assert asked.figures["backtest"]["complete"] is True


def test_a_back_test_of_a_draft_is_of_the_draft(ruled: State, enter: Enter, data_dir: Path) -> None:
    write_draft(data_dir)
    app = press(enter("prometheus", screen="rules", rule=DRAFTED), "rule_to_shadow")
    assert "No back-test goes with a proposal yet" in page(app)
    app.button(key="rule_trial_begin").click().run()
    for _ in range(100):
        if "alerts (" in page(app):
            break
        app.run()
    assert "No back-test goes" not in page(app)
    press(app, "rule_propose")
    with ruled.read() as connection:
        asked = stages.proposal_of(connection, DRAFTED)
    assert asked is not None
    assert asked.figures["backtest"]["complete"] is True


def test_who_may_approve_is_told_and_who_proposed_waits(ruled: State, enter: Enter) -> None:
    yours, link = "1 rule waits for your approval", f"rule={SHY}"
    shown = page(enter("prometheus", screen="mine"))
    assert yours in shown
    assert link in shown
    app = enter("prometheus", screen="rules", state="waiting")
    assert yours in page(app)
    assert "Detectors (1)" in listed(app)
    assert "Waits for approval" in listed(app)
    assert SHY in listed(app)
    assert LOUD not in listed(app)
    looking_on = enter("anong", screen="mine")
    assert link not in page(looking_on)
    assert "Detectors (1)" not in listed(looking_on)
    with ruled.read() as connection:
        (asked,) = stages.proposals(connection)
    deeds.withdraw(ruled, ENGINEER, asked.id, "somebody else proposes it")
    deeds.propose(ruled, actor_named(ruled, "prometheus"), SHY, "a week without a false alarm")
    own = enter("prometheus", screen="mine")
    assert yours not in page(own)
    assert "waits for a second person" in page(own)
    assert "Detectors (1)" not in listed(own)


def test_where_a_draft_lies_is_not_told_like_a_second_stage(enter: Enter, ruled: State, data_dir: Path) -> None:
    write_draft(data_dir)
    app = enter("prometheus", screen="rules", rule=DRAFTED)
    assert stage_of(ruled, DRAFTED) is None
    assert "Draft file" not in page(app)
    assert "Draft file" in page(press(app, "rule_to_shadow"))


@pytest.mark.usefixtures("ruled")
def test_a_cost_that_was_measured_stands_in_the_catalogue(enter: Enter, data_dir: Path, detectors: Path) -> None:
    assert "nothing was measured on this machine yet" in listed(enter("anong", screen="rules"))
    file = detectors / "authn" / "authn_loud.yml"
    cost_kept.keep(data_dir / "cache", [Cost(one, 7.25, 0.1) for one in load_rules([file]).rules])
    table = listed(enter("anong", screen="rules"))
    assert "7.25 " in table
    assert "nothing was measured" not in table


@pytest.mark.usefixtures("ruled")
def test_a_technique_that_attack_does_not_have_is_not_counted_as_covered(
    enter: Enter, detectors: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert attack_matrix.known({"T1110": 1, "T9999": 2}) == {"T1110": 1}
    shutil.copytree(detectors, tmp_path / "detectors")
    text = rule(DRAFTED, "Of no technique", technique="t9999")
    (tmp_path / "detectors" / "authn" / "authn_strange.yml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("WARROOM_DETECTORS", str(tmp_path / "detectors"))
    shown = page(enter("anong", screen="coverage"))
    assert '<span class="name">Covered</span><strong>2</strong>' in shown
    assert "does not know: T9999" in shown


@pytest.mark.usefixtures("ruled")
def test_coverage_tells_what_is_covered_tested_and_seen_and_gives_a_layer(enter: Enter, staff: State) -> None:
    shown = page(enter("anong", screen="coverage"))
    assert "T1110" in shown
    assert "rules: 1 in production, 0 in shadow, 1 with samples; alerts: " in shown
    assert "cell shadowed" in shown
    assert "q=t1110" in shown
    layer = json.loads(navigator_layer(actor_named(staff, "anong"), {}, "x"))
    assert layer["domain"] == "enterprise-attack"
    with pytest.raises(ForbiddenError):
        navigator_layer(actor_named(staff, "boss"), {}, "x")


def test_the_names_of_tactics_break_between_words() -> None:
    """Thai has no spaces: where lines are of one length, a word such as เป้าหมาย keeps its parts together."""
    style = (Path(attack_matrix.__file__).parent / "assets" / "finding.css").read_text(encoding="utf-8")
    (heading,) = (line for line in style.splitlines() if line.startswith(".wr-matrix header b {"))
    assert "text-wrap: balance" in heading


def test_the_noise_board_tells_the_loudest_and_what_is_proposed(ruled: State, enter: Enter) -> None:
    app = enter("anong", screen="noise")
    assert LOUD in listed(app)
    assert "2 open" in page(app)
    assert "Make a filter draft" not in labels(app)
    app = enter("prometheus", screen="noise")
    app.text_input(key="tuning_reason_1").set_value("the agency scans itself")
    app.button(key="tuning_dismiss_1").click().run()
    with ruled.read() as connection:
        assert proposals.get(connection, 1).state == proposals.DISMISSED
    assert "1 open" in page(app)


def test_a_proposal_becomes_a_filter_among_the_drafts(ruled: State, enter: Enter, data_dir: Path) -> None:
    app = enter("prometheus", screen="noise")
    app.button(key="tuning_draft_1").click().run()
    (file,) = drafts_folder(data_dir).glob("*.yml")
    assert "filter:" in file.read_text(encoding="utf-8")
    with ruled.read() as connection:
        assert proposals.get(connection, 1).draft == file.name
    assert f"draft={file.stem}" in page(app)


def test_a_draft_is_checked_while_it_is_written_saved_and_shown_as_a_patch(
    ruled: State, enter: Enter, data_dir: Path, detectors: Path
) -> None:
    before = {path: path.read_bytes() for path in detectors.rglob("*") if path.is_file()}
    app = settled(enter("prometheus", screen="draft"))
    assert "Something is to be mended" in page(app)
    app.text_input(key="rule_draft_name").set_value("authn_drafted")
    app.text_area(key="rule_draft_yaml").set_value(rule(DRAFTED, "Guessing by draft"))
    app.text_area(key="rule_draft_samples").set_value(SAMPLES)
    app = settled(app.run())
    assert "2 of 2 samples hold" in page(app)
    assert "No fault" in page(app)
    again = settled(enter("prometheus", screen="draft"))
    assert "Guessing by draft" in str(again.text_area(key="rule_draft_yaml").value)
    app = settled(app.button(key="draft_save_do").click().run())
    assert (drafts_folder(data_dir) / "authn_drafted.yml").is_file()
    assert any("+++ b/detectors/authn/authn_drafted.yml" in one.value for one in app.code)
    assert entries(ruled, AuditAction.RULE_CHANGED)[0].actor == "prometheus"
    assert {path: path.read_bytes() for path in detectors.rglob("*") if path.is_file()} == before
    app = press(enter("prometheus", screen="rules", rule=DRAFTED), "rule_to_shadow")
    assert stage_of(ruled, DRAFTED) == Stage.SHADOW
    write_draft(data_dir, text=rule(DRAFTED, "Guessing by another draft"))
    assert "not the file that this stage was given for" in page(app.run())


@pytest.mark.usefixtures("ruled")
def test_a_copy_begins_with_the_rule_and_its_faults_have_lines(enter: Enter) -> None:
    app = settled(enter("prometheus", screen="draft", copy=LOUD))
    assert app.text_input(key="rule_draft_name").value == "authn_loud"
    assert f"id: {LOUD}" in str(app.text_area(key="rule_draft_yaml").value)
    app.text_area(key="rule_draft_yaml").set_value("title: [\n")
    assert "line 2" in page(settled(app.run()))
    app.text_input(key="rule_draft_name").set_value("../../etc/passwd")
    assert "name it" in page(settled(app.run()))


@pytest.mark.usefixtures("ruled")
def test_pasted_lines_become_a_rule(enter: Enter) -> None:
    app = settled(enter("prometheus", screen="draft"))
    app.text_input(key="rule_draft_name").set_value("authn_pasted_rule")
    line = '{"ts": "2026-11-22T07:00:00+07:00", "result": "failure", "reason": "otp_wrong", "user_name": "x"}'
    app.text_area(key="rule_draft_lines").set_value(line)
    app.session_state["rule_draft_pasting"] = True
    app = app.button(key="draft_paste_do").click().run()
    assert "otp_wrong" in str(app.text_area(key="rule_draft_samples").value)
    assert "author: 'prometheus'" in str(app.text_area(key="rule_draft_yaml").value)
    assert app.session_state["rule_draft_pasting"] is False


@pytest.mark.usefixtures("ruled")
def test_a_name_that_a_detector_has_is_told_and_taken_by_no_draft(enter: Enter, data_dir: Path) -> None:
    write_draft(data_dir, "authn_loud", rule(DRAFTED, "Guessing by draft"))
    app = settled(enter("prometheus", screen="draft", draft="authn_loud"))
    assert "a detector named `authn_loud` is there already, authn/authn_loud.yml" in page(app)
    assert "No patch: another detector" in page(app)
    assert not app.code
    app.text_area(key="rule_draft_lines").set_value('{"ts": "2026-11-22T07:00:00+07:00", "result": "failure"}')
    app = app.button(key="draft_paste_do").click().run()
    assert "Guessing by draft" in str(app.text_area(key="rule_draft_yaml").value)
    app.text_input(key="rule_draft_name").set_value("authn_shy")
    app = app.button(key="draft_save_do").click().run()
    assert "`authn_shy` is there already" in page(app)
    assert not (drafts_folder(data_dir) / "authn_shy.yml").exists()


@pytest.mark.usefixtures("ruled")
def test_an_id_that_another_draft_or_detector_has_is_told_and_not_saved(enter: Enter, data_dir: Path) -> None:
    write_draft(data_dir)
    app = settled(enter("prometheus", screen="draft", draft="authn_drafted"))
    assert "already belongs to" not in page(app)
    app.text_input(key="rule_draft_name").set_value("authn_second")
    assert "already belongs to authn_drafted.yml, “Guessing by draft”" in page(settled(app.run()))
    app = app.button(key="draft_save_do").click().run()
    assert "Not done: the id" in page(app)
    app.text_area(key="rule_draft_yaml").set_value(rule(LOUD, "Louder"))
    app = settled(app.button(key="draft_save_do").click().run())
    assert "already belongs to authn/authn_loud.yml, “Guessing at the door”" in page(app)
    assert not (drafts_folder(data_dir) / "authn_second.yml").exists()
    (drafts_folder(data_dir) / "authn_a_second.yml").write_text(rule(DRAFTED, "By hand"), encoding="utf-8")
    app = press(enter("prometheus", screen="rules", rule=DRAFTED), "rule_to_shadow")
    assert "Not done: the id" in page(app)
    assert "as the project" not in page(app)  # the licence of an agency's own draft is not ours to tell
    assert "drafts/authn_drafted.yml</code>" in page(enter("prometheus", screen="rules"))  # no line 0
    app = settled(enter("prometheus", screen="draft", copy=STRANGE))
    assert app.text_input(key="rule_draft_name").value == "web_strange"
    assert STRANGE not in str(app.text_area(key="rule_draft_yaml").value)  # theirs stays, and ours stands beside it


@pytest.mark.usefixtures("ruled")
def test_who_may_not_manage_rules_has_no_drafts(enter: Enter) -> None:
    app = enter("anong", screen="draft")
    assert "Your roles do not open this screen" in page(app)
    assert not app.text_area


def test_figures_that_are_none_are_not_shown_as_figures() -> None:
    told = beside(words("en"), {"shadow": {"alerts": "<b>", "events": True}, "backtest": "x"}).html
    assert "<b>&lt;" not in told
    assert told.count("—") == 4
    assert "No figures" in beside(words("en"), {}).html


def test_what_was_looked_at_for_minutes_tells_nothing_of_a_day() -> None:
    minutes = {"alerts": 1, "alerts_per_day_hundredths": None, "seen_us": 12 * 60_000_000}
    days = {"alerts": 3, "alerts_per_day_hundredths": 75, "seen_us": 4 * 86_400_000_000}
    told = beside(words("en"), {"shadow": minutes, "backtest": days}).html
    assert all(f">{one}</td>" in told for one in ("—", "0.75", "12 min", "4.0 days"))
    assert "12 นาที" in beside(words("th"), {"shadow": minutes}).html


def test_what_rules_are_called_has_texts() -> None:
    spoken = load_texts(CATALOGUE)
    assert {f"rulestate.{one}" for one in CONDITIONS} <= spoken.keys()
    assert {f"{section}.{one}" for section in ("stage", "stagetold") for one in Stage} <= spoken.keys()


def settled(app: AppTest) -> AppTest:
    """Run a page until its check is over."""
    for _ in range(100):
        if ">Checking<" not in page(app):
            return app
        app.run()
    raise AssertionError(page(app))
