"""What people and outsiders write into the new fields, on the screens: as text in which nothing hides or runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from console.test_screens import opened, page
from making import somebody
from streamlit.testing.v1 import AppTest

from warroom.console.drafted import Form, Input, as_typed, chosen, moment
from warroom.errors import UsageError
from warroom.incidents import actions, containing, correcting, evidence, tagging, taking_in
from warroom.incidents.containing import Measure, Outcome, Request
from warroom.incidents.correcting import EntryKind
from warroom.incidents.taking_in import Channel, Told
from warroom.model import Severity
from warroom.store import shared_drafts
from warroom.store.database import State, now_us

# Streamlit asks for the session's context, which its own test runner has not got.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

LEAD = somebody("somchai")
TRICKS = "<img src=x onerror=alert(1)> \u202egnp.exe \u200b\u2066x\u2069 ![b](http://203.0.113.250/) =1+1"
HIDING = "\u202e\u200b\u2066\u2069"


@pytest.fixture
def tricked(seeded: State, data_dir: Path) -> int:
    """An incident in whose every field stands what attackers write."""
    tagging.tag(seeded, 2, LEAD, "<b>tag")
    actions.note(seeded, 2, LEAD, TRICKS)
    entry = correcting.enter(seeded, 2, LEAD, EntryKind.DECISION, TRICKS, now_us())
    correcting.correct(seeded, 2, LEAD, entry, TRICKS, TRICKS)
    told = Told(Channel.DARK_WEB, TRICKS, now_us(), reporter=TRICKS, contact=TRICKS, reference=TRICKS, evidence=TRICKS)
    taking_in.attach_report(seeded, LEAD, told, 2)
    number = containing.ask(seeded, 2, LEAD, Request(Measure.OTHER, TRICKS, TRICKS, TRICKS, now_us()))
    containing.answer(seeded, number, LEAD, Outcome.REFUSED, TRICKS)
    evidence.add(seeded, data_dir, 2, LEAD, f"{TRICKS}.txt", TRICKS.encode(), TRICKS)
    taking_in.open_from_report(seeded, LEAD, told, TRICKS, Severity.CRITICAL, "gdx")
    shared_drafts.save(seeded, "intake/0a1b2c3d", "claim", TRICKS, 0, "malee", now_us())
    return 2


def everything(app: AppTest) -> str:
    """All that the page was told to show, the browser's own components aside."""
    shown = page(app)
    for kind in ("button", "selectbox", "caption", "code", "markdown", "text_input", "button_group"):
        shown += "".join(str(element.proto) for element in app.get(kind))
    return shown


@pytest.mark.parametrize("language", ["en", "th"])
@pytest.mark.parametrize("part", ["cause", "files", "reports", "requests"])
def test_the_incident(tricked: int, data_dir: Path, monkeypatch: pytest.MonkeyPatch, part: str, language: str) -> None:
    app = opened(data_dir, monkeypatch, incident=str(tricked))
    app.session_state["language"] = language
    app.session_state[f"incident_tab_{tricked}"] = part
    shown = everything(app.run())
    assert "<img src=x" not in page(app)  # the options of a list are text whatever stands in them
    assert not set(shown) & set(HIDING)
    assert "&lt;img src=x onerror=alert(1)&gt; \\u202egnp.exe" in shown
    assert "#&lt;b&gt;tag" in shown


@pytest.mark.parametrize("language", ["en", "th"])
@pytest.mark.parametrize("screen", ["intake", "containment", "mine"])
def test_the_screens(tricked: int, data_dir: Path, monkeypatch: pytest.MonkeyPatch, screen: str, language: str) -> None:
    assert tricked
    app = opened(data_dir, monkeypatch, screen=screen)
    app.session_state["language"] = language
    shown = everything(app.run())
    assert "<img src=x" not in page(app)  # the options of a list are text whatever stands in them
    assert not set(shown) & set(HIDING)
    if screen != "mine":
        assert "\\u202egnp.exe" in shown


def test_the_reporter_is_hidden_until_somebody_says_why(
    tricked: int, data_dir: Path, monkeypatch: pytest.MonkeyPatch, seeded: State
) -> None:
    told = Told(Channel.LETTER, "a claim", now_us(), reporter="Somying Jaidee", contact="Soi 5")
    taking_in.attach_report(seeded, LEAD, told, tricked)
    app = opened(data_dir, monkeypatch, incident=str(tricked))
    app.session_state[f"incident_tab_{tricked}"] = "reports"
    shown = page(app.run())
    assert "a claim" in shown
    assert "Somying" not in shown
    assert "Soi 5" not in shown
    app.session_state["revealed"] = {tricked: now_us() + 60_000_000}
    assert "Somying Jaidee" in page(app.run())


def test_an_unread_mention_is_counted_on_every_screen(
    seeded: State, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # who opens a drill without the gate has no account: nobody can name them
    app = opened(data_dir, monkeypatch, screen="mine")
    assert "Nobody has named you yet" in page(app)
    actions.assign(seeded, 3, somebody("operator"), "operator")
    tagging.watch(seeded, 4, somebody("operator"))
    actions.note(seeded, 4, LEAD, "news")
    shown = page(app.run())
    assert "?incident=3" in shown
    assert 'class="news"' in shown


@pytest.mark.parametrize("draft", ["../../etc", "0a1b2c3", "0A1B2C3D", "x" * 5000, "0a1b2c3d'--", "๐๑๒๓๔๕๖๗"])
def test_a_draft_that_cannot_be_is_a_new_one(
    seeded: State, data_dir: Path, monkeypatch: pytest.MonkeyPatch, draft: str
) -> None:
    app = opened(data_dir, monkeypatch, screen="intake", draft=draft)
    assert not app.exception
    assert app.query_params["draft"] != [draft]
    assert shared_drafts.begun(seeded, "intake/") == []


def test_moments_and_choices_of_a_form() -> None:
    at = moment("2026-11-22T14:05")
    assert at == 1_795_331_100_000_000
    assert (as_typed(at), moment("")) == ("2026-11-22T14:05", None)
    for wrong in ("yesterday", "2026-13-01T00:00", "9" * 5000, "2026-11-22T14:05:99"):
        with pytest.raises(UsageError, match="no date and time"):
            moment(wrong)
    assert chosen("1,,7,") == ["1", "7"]
    assert Form("a", "b", (Input("x", "X"),)).inputs[0].kind == "line"
