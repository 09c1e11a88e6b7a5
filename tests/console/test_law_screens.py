"""The screens of law: what runs and passed is shown, what is typed becomes a ruling or a sending, roles decide."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from console.admin_seeding import actor_named
from console.entering import Enter, page, quick
from console.law_seeding import answer_incidents, controller_of
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from warroom.access import Role, accounts
from warroom.console import drafted, law_line
from warroom.console.texts import words
from warroom.respond import board
from warroom.store import shared_drafts
from warroom.store.database import State, now_us
from warroom.store.views.response import ResponseView, response

pytestmark = quick
TRICKS = "<img src=x onerror=alert(1)> \u202egnp.exe"


@pytest.fixture
def answered(staff: State) -> State:
    answer_incidents(staff)
    return staff


def told(app: AppTest) -> str:
    """All that was handed to the browser's own pieces."""
    pieces = [json.loads(element.proto.json) for element in app.get("bidi_component")]
    return json.dumps(pieces, ensure_ascii=False)


def fill(state: State, place: str, **fields: str) -> None:
    """Type into a form as somebody's browser does."""
    for name, text in fields.items():
        shared_drafts.save(state, place, name, text, 0, "anong", now_us())


def view_of(state: State, number: int) -> ResponseView:
    found = response(state, number)
    assert found is not None
    return found


@pytest.mark.parametrize("language", ["th", "en"])
def test_the_board_shows_what_runs_soonest_first(answered: State, enter: Enter, language: str) -> None:
    app = enter("wipa", screen="clocks")
    app.session_state["language"] = language
    shown = page(app.run())
    assert words(language)("law.advice") in shown
    assert words(language)("clocks.waiting") in shown
    due = [one.state.planned.due_at or 0 for one in board.board(answered, now_us()).running]
    assert due == sorted(due)
    pieces = told(app)
    assert "NCSA_K2_24H" in pieces
    assert words(language)("law.no_reason") in pieces
    assert "the letter lay over the weekend" in pieces
    assert f"{words(language)('app.clocks')} (2)" in pieces  # limits of the law that passed: 24 and 72 hours


def test_an_empty_board_says_what_to_do(staff: State, enter: Enter) -> None:
    assert "No legal clock is running" in page(enter("wipa", screen="clocks"))
    assert "No case yet" in page(enter("wipa", screen="breaches"))
    assert board.board(staff, now_us()).running == ()


def test_a_response_begins_by_a_button(staff: State, enter: Enter) -> None:
    app = enter("anong", incident="3", part="law")
    assert "No legal clock runs for this incident yet" in page(app)
    app.button(key="law_begin_do").click().run()
    assert {one.clock for one in view_of(staff, 3).rulings} >= {"NCSA_K1", "NCSA_K2_24H", "PDPC_72H"}
    assert "Which clocks apply" in page(app.run())


def test_only_what_somebody_may_is_offered(answered: State, enter: Enter) -> None:
    accounts.set_roles(answered, actor_named(answered, "boss"), "wipa", {Role.VIEWER}, datetime.now(UTC))
    app = enter("wipa", incident="3", part="law")
    assert "You are looking on" in page(app)
    assert not [one.key for one in app.button if one.key and one.key.startswith("law_")]
    app = enter("dpo", incident="3", part="law")
    assert "law_sending_do" not in {one.key for one in app.button}
    app.session_state["law_task_3"] = "exempt"
    assert "law_exemption_do" in {one.key for one in app.run().button}


def test_a_sending_that_is_typed_stops_its_clock(answered: State, enter: Enter) -> None:
    one = controller_of(answered, 1)
    at = drafted.as_typed(now_us())
    fields = {
        "clock": "NCSA_K2_24H",
        "sent_at": at,
        "channel": "letter",
        "recipient": TRICKS,
        "reference": "สพร 1/2569",
    }
    app = enter("anong", incident="1", part="law")
    fill(answered, f"incident/1/sending/{one}/", **fields)
    app.button(key="law_sending_do").click().run()
    (sent,) = view_of(answered, 1).sendings
    assert (sent.clock, sent.reference, sent.partial) == ("NCSA_K2_24H", "สพร 1/2569", False)
    shown = page(app.run())
    assert "<img src=x" not in shown
    assert "&lt;img src=x onerror=alert(1)&gt; \\u202egnp.exe" in shown
    running = {(row.incident.id, row.state.clock.id) for row in board.board(answered, now_us()).running}
    assert (1, "NCSA_K2_24H") not in running


def test_what_is_missing_in_a_sending_is_named(answered: State, enter: Enter) -> None:
    app = enter("anong", incident="1", part="law")
    app.button(key="law_sending_do").click().run()
    assert "Recipient" in page(app)
    assert view_of(answered, 1).sendings == ()


def test_the_dpo_decides_and_others_are_told_who_does(answered: State, enter: Enter) -> None:
    one = controller_of(answered, 3)
    app = enter("anong", incident="3", part="assessment")
    assert "Only the DPO decides" in page(app)
    assert "risk_do" not in {button.key for button in app.button}
    fill(answered, f"incident/3/assessment/{one}/facts", types="C", subjects_how="number", subjects_count="120,000")
    fill(answered, f"incident/3/assessment/{one}/factors", f1="3", f1_text=TRICKS)
    app = enter("dpo", incident="3", part="assessment")
    shown = page(app)
    assert "High risk" in shown
    assert "100,000 data subjects or more" in shown
    fill(answered, f"incident/3/assessment/{one}/decision", decision="high", reason=TRICKS)
    app.button(key="risk_do").click().run()
    view = view_of(answered, 3)
    (judged,) = view.assessments
    assert (judged.decision, judged.actor, judged.proposed["level"]) == ("high", "dpo", "high")
    assert view.ruled(one)["SUBJECT_NOTICE"].ruling == "applies"
    assert "<img src=x" not in page(app.run())


def test_a_number_that_is_none_is_said_and_nothing_breaks(answered: State, enter: Enter) -> None:
    one = controller_of(answered, 3)
    fill(answered, f"incident/3/assessment/{one}/facts", subjects_how="estimate", subjects_count="many")
    assert "Data subjects: type a number" in page(enter("dpo", incident="3", part="assessment"))


def test_enisas_severity_is_a_picture(answered: State, enter: Enter) -> None:
    place = f"incident/2/assessment/{controller_of(answered, 2)}/enisa"
    fill(answered, place, context_sensitive="sensitive_plain", identification="maximum", circumstance_malice="m_intent")
    shown = page(enter("dpo", incident="2", part="assessment"))
    assert "SE 4.5" in shown
    assert "Very high" in shown


def test_the_register_has_every_case(answered: State, enter: Enter) -> None:
    shown = page(enter("wipa", screen="breaches"))
    for number in (2, 3, 4):
        assert f"incident={number}&amp;part=law" in shown
    assert "Unusable thanks to adequate technical measures" in shown
    assert "&gt; 72 h" in shown
    assert board.breach_register(answered, now_us()).counts["not_notifiable"] == 1


def test_who_may_not_see_a_platform_sees_none_of_its_clocks(answered: State, enter: Enter) -> None:
    accounts.set_platforms(answered, actor_named(answered, "boss"), "wipa", {"gdx", "tang_rat"}, datetime.now(UTC))
    pieces = told(enter("wipa", screen="clocks"))
    running = board.board(answered, now_us(), scope=("gdx", "tang_rat")).running
    assert {row.incident.id for row in running} == {1, 3}
    assert "One device proves many identities" not in pieces
    assert "SQL injection on the API gateway" in pieces


def test_the_wall_shows_the_soonest(answered: State, enter: Enter) -> None:
    app = enter("wipa", wall="1")
    assert "Legal clocks" in page(app)
    assert board.board(answered, now_us()).running


@given(
    st.lists(st.tuples(st.integers(0, 2**52), st.text(max_size=30), st.booleans()), max_size=8),
    st.lists(st.tuples(st.integers(0, 2**52), st.integers(0, 2**52)), max_size=6),
    st.integers(0, 2**52),
)
def test_the_picture_holds_whatever_the_moments_are(
    marks: list[tuple[int, str, bool]], spans: list[tuple[int, int]], now: int
) -> None:
    drawn = law_line.picture(
        [law_line.Mark(*one) for one in marks],
        [law_line.Span("x", begin, due, "green", internal=False, sent=((due, "y"),)) for begin, due in spans],
        now,
        words("en"),
    ).html
    shares = [float(one.split("%")[0]) for one in drawn.split("left:")[1:]]
    assert all(0 <= one <= 100 for one in shares)
    assert drawn.count('class="mark') == len(marks)
