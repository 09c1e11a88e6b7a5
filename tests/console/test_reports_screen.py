"""The screen of periodic reports, run by Streamlit's own test runner: made, listed, looked at, by whom."""

from __future__ import annotations

import pytest
from console.entering import Enter
from streamlit.testing.v1 import AppTest

from warroom.access import Actor, Role
from warroom.report.periods import Kind
from warroom.reporting import list_made
from warroom.store.database import State

# Streamlit asks for the session's context, which its own test runner has not got.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
LEAD = Actor("wipa", frozenset({Role.SHIFT_LEAD}))


def page(app: AppTest) -> str:
    assert not app.exception
    return "\n".join(str(element.proto.body) for element in app.get("html"))


def test_a_report_is_made_on_demand_and_shown_as_it_prints(staff: State, enter: Enter) -> None:
    app = enter("wipa", screen="reports")
    assert "No report yet" in page(app)
    assert "Choose a report from the list" in page(app)
    app.segmented_control(key="reports_kind").select(Kind.WEEKLY).run()
    app.button(key="reports_do").click().run()
    (made,), _ = list_made(staff, LEAD)
    assert (made.kind, made.language, made.made_by) == ("weekly", "en", "wipa")
    shown = page(app)
    assert "it is at the top of the list" in shown
    assert "Page 1 of " in shown
    assert app.query_params["report"] == str(made.id)
    assert len(app.get("download_button")) == 2


def test_who_may_not_export_looks_on(staff: State, enter: Enter) -> None:
    app = enter("prometheus", screen="reports", report="1' OR 1=1")
    shown = page(app)
    assert "Who may export makes and downloads reports" in shown
    assert not [one for one in app.button if one.key == "reports_do"]
    assert list_made(staff, LEAD)[1] == 0
