"""One rule: what it is, how it does, its stages and figures."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from console.admin_seeding import actor_named
from console.entering import Enter, entries, page, quick
from console.rule_entering import labels, press, stage_of
from console.rule_seeding import (
    DRAFTED,
    ENGINEER,
    HOSTILE,
    HOUR,
    LOUD,
    SHY,
    STRANGE,
    write_draft,
)
from sqlalchemy import insert

from warroom.access import Role, accounts
from warroom.bench import stages as deeds
from warroom.catalog.stages import Stage
from warroom.console.rule_acts import beside
from warroom.console.rule_life import alerts_told
from warroom.console.rule_sights import Figures
from warroom.console.texts import words
from warroom.store.audit import AuditAction
from warroom.store.database import State, now_us
from warroom.store.rules import stages
from warroom.store.rules.tables import rule_hits
from warroom.store.views.rules import Counts, rule_rows

pytestmark = quick


def proposal_of(state: State, rule_id: str) -> stages.Change:
    """Give what waits for a second person of a rule."""
    with state.read() as connection:
        found = stages.proposal_of(connection, rule_id)
    assert found is not None
    return found


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


def test_who_decides_sees_what_shadow_brought_since_the_proposal(ruled: State, enter: Enter) -> None:
    with ruled.write("rules") as connection:
        row = {"rule_id": SHY, "hour": now_us() // HOUR, "stage": "shadow", "platform_id": "gdx", "last_at": 0}
        connection.execute(insert(rule_hits).values(alerts=4_000, events=70_000, **row))
    shown = page(enter("prometheus", screen="rules", rule=SHY))
    heads = re.findall(r"<th>(?:Figure|Shadow[^<]*|Back-test)</th>", shown)
    assert heads == [f"<th>{one}</th>" for one in ("Figure", "Shadow, when proposed", "Shadow, until now", "Back-test")]
    alerts, since, _ = re.findall(r"<td class=\"n\">([^<]*)</td>", shown.split(">Alerts</td>", 1)[1])[:3]
    assert int(since.replace(",", "")) == int(alerts.replace(",", "")) + 4_000
    deeds.withdraw(ruled, ENGINEER, proposal_of(ruled, SHY).id, "no longer wanted")
    assert "until now" not in page(enter("prometheus", screen="rules", rule=SHY))


def test_who_proposed_withdraws_and_proposes_anew_and_never_approves(ruled: State, enter: Enter) -> None:
    waiting = proposal_of(ruled, SHY)
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
    waiting = proposal_of(ruled, SHY)
    deeds.withdraw(ruled, ENGINEER, waiting.id, "to be tried once more")
    app = enter("prometheus", screen="rules", rule=SHY)
    assert app.selectbox(key="rule_trial_hours").value == 7 * 24
    app.button(key="rule_trial_begin").click().run()
    for _ in range(100):
        if "alerts (" in page(app):
            break
        app.run()
    press(app, "rule_propose")
    assert proposal_of(ruled, SHY).figures["backtest"]["complete"] is True


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
    assert proposal_of(ruled, DRAFTED).figures["backtest"]["complete"] is True


def test_where_a_draft_lies_is_not_told_like_a_second_stage(enter: Enter, ruled: State, data_dir: Path) -> None:
    write_draft(data_dir)
    app = enter("prometheus", screen="rules", rule=DRAFTED)
    assert stage_of(ruled, DRAFTED) is None
    assert "Draft file" not in page(app)
    assert "Draft file" in page(press(app, "rule_to_shadow"))


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
