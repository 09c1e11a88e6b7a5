"""The screens' logic, run by Streamlit's own test runner: who may see what, and what a button does."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from warroom.incidents import actions
from warroom.model import Disposition, Status
from warroom.settings import ROOT
from warroom.store import views
from warroom.store.database import State

# Streamlit asks for the session's context, which its own test runner has not got.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def opened(data_dir: Path, monkeypatch: pytest.MonkeyPatch, *, drill: bool = True, **query: str) -> AppTest:
    monkeypatch.setenv("WARROOM_DATA", str(data_dir))
    monkeypatch.setenv("WARROOM_DRILL", str(drill))
    monkeypatch.setenv("WARROOM_LANGUAGE", "en")
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=30)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def page(app: AppTest) -> str:
    assert not app.exception
    return "\n".join(str(element.proto.body) for element in app.get("html"))


def test_without_the_gate_a_real_store_stays_closed(
    seeded: State, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = page(opened(data_dir, monkeypatch, drill=False))
    assert "does not open without the gate" in shown
    assert "./run console" in shown
    assert 'class="wr-cards"' not in shown
    assert views.queue(seeded)


@pytest.mark.usefixtures("seeded")
def test_without_the_gate_a_drill_opens(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = page(opened(data_dir, monkeypatch))
    assert "Alerts per minute by platform" in shown
    assert "Ledger balanced" in shown


def test_without_a_store_it_says_what_to_do(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = page(opened(data_dir, monkeypatch))
    assert "There is no state yet" in shown
    assert "./run demo" in shown


@pytest.mark.usefixtures("state")
def test_an_empty_store_says_what_to_do_next(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = page(opened(data_dir, monkeypatch))
    assert "No open incidents" in shown
    assert "No alerts in the last 60 minutes" in shown


@pytest.mark.usefixtures("seeded")
@pytest.mark.parametrize("number", ["99", "-1", "9" * 40])
def test_an_unknown_incident_is_a_message(data_dir: Path, monkeypatch: pytest.MonkeyPatch, number: str) -> None:
    app = opened(data_dir, monkeypatch, incident=number)
    assert "There is no incident with this number" in page(app)


def test_an_incident_says_why_it_is_one_and_shows_its_lines(
    seeded: State, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened(data_dir, monkeypatch, incident="3")
    shown = page(app)
    assert "8 alerts joined because they share the address 198.51.100.9" in shown
    assert "sqlmap/1.8" in app.code[0].value
    assert views.incident(seeded, 3) is not None


def test_acknowledging_makes_it_mine(seeded: State, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(data_dir, monkeypatch, incident="1")
    app.button(key="act_acknowledge").click().run()
    view = views.incident(seeded, 1)
    assert view is not None
    assert (view.incident.status, view.incident.assignee) == (Status.ACKNOWLEDGED, "operator")


def test_somebody_elses_change_is_a_message_and_nothing_is_done(
    seeded: State, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened(data_dir, monkeypatch, incident="1")
    actions.assign(seeded, 1, "สมชาย", "สมชาย")
    app.button(key="act_acknowledge").click().run()
    assert "Somebody else changed this incident first" in page(app)
    view = views.incident(seeded, 1)
    assert view is not None
    assert (view.incident.status, view.incident.assignee) == (Status.NEW, "สมชาย")


def test_closing_without_a_note_asks_for_one(seeded: State, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(data_dir, monkeypatch, incident="1")
    app.selectbox(key="act_disposition").select(Disposition.BENIGN).run()
    app.button(key="act_close").click().run()
    assert "Write a note first" in page(app)
    view = views.incident(seeded, 1)
    assert view is not None
    assert view.incident.status is Status.NEW


def test_a_real_incident_cannot_be_closed_as_a_drill(
    seeded: State, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened(data_dir, monkeypatch, incident="1")
    assert "Drill" not in app.selectbox(key="act_disposition").options
    assert not seeded.versions().get("drafts")
