"""The screens' logic, run by Streamlit's own test runner: who may see what, and what a button does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from console.seeding import ATTACKS, FEEDS, add_attack, fresh_state, seed
from making import somebody
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from warroom.console import snapshot
from warroom.console.chart import alerts_figure
from warroom.console.person import Person
from warroom.console.queue_panel import asked_number, queue_data
from warroom.console.room import Room
from warroom.console.texts import words
from warroom.incidents import actions
from warroom.model import Disposition, Status
from warroom.settings import ROOT, Settings
from warroom.store import audit, pulse, views
from warroom.store.database import State, now_us
from warroom.store.tables import feed_states, leases

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


PERSON = replace(
    ATTACKS[0],
    value="victim.of.theft@example.go.th",
    kind="account",
    user="somchai.jaidee@example.go.th",
    raw='{{"citizen_id":"1-1017-00203-45-0","login":"somchai.jaidee@example.go.th","n":{n}}}',
)
IDENTIFIERS = ("victim.of.theft@", "somchai.jaidee@", "00203")


def everything(app: AppTest) -> str:
    tables = [str(table.value.to_dict()) for table in app.dataframe]
    return "\n".join([page(app), *(code.value for code in app.code), *tables])


def test_personal_data_is_masked_until_somebody_says_why(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = fresh_state(data_dir)
    add_attack(state, data_dir, PERSON, now=datetime.now(UTC), number=7)
    actions.note(state, 1, somebody("anong"), "called somchai.jaidee@example.go.th about 1101700203450")
    app = opened(data_dir, monkeypatch, incident="1")
    assert not [one for one in IDENTIFIERS if one in everything(app)]
    assert "x-xxxx-xxxx3-45-x" in everything(app)
    app.button(key="reveal_do").click().run()
    assert "a reason has 10 to 300 characters" in page(app)
    assert not [one for one in IDENTIFIERS if one in everything(app)]
    app.text_input(key="reveal_reason").input("the agency asked us to call the victim").run()
    app.button(key="reveal_do").click().run()
    assert [one for one in IDENTIFIERS if one in everything(app)] == list(IDENTIFIERS)
    with state.read() as connection:
        (entry,) = audit.read(connection, audit.Filter(actions=[audit.AuditAction.REVEAL])).entries
    assert (entry.actor, entry.subject_id) == ("operator", "1")
    app.button(key="reveal_hide").click().run()
    assert not [one for one in IDENTIFIERS if one in everything(app)]


def test_the_queue_shows_nobody(data_dir: Path) -> None:
    state = fresh_state(data_dir)
    add_attack(state, data_dir, PERSON, now=datetime.now(UTC), number=7)
    room = Room(Settings(), state, Person(somebody("anong"), "th", ""), words("th"), drill=False)
    told = queue_data(room, room.look(), views.queue(state)).decode()
    assert "v***@example.go.th" in told
    assert not [one for one in IDENTIFIERS if one in told]


def test_caches_keep_platforms_apart(seeded: State) -> None:
    def seen(*platforms: str) -> set[str]:
        person = Person(somebody("anong", platforms=frozenset(platforms) if platforms else None), "th", "")
        room = Room(Settings(), seeded, person, words("th"), drill=False)
        return {row.platform_id for row in snapshot.queue(room.state, room.seen, 1, closed=False)}

    everything = seen()
    assert len(everything) > 2
    for platform in everything:
        assert seen(platform) == {platform}
    assert seen("tang_rat", "gdcc") == {"tang_rat", "gdcc"} & everything
    assert seen() == everything


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
    actions.assign(seeded, 1, somebody("สมชาย"), "สมชาย")
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


def test_who_may_no_longer_be_here_does_nothing(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = fresh_state(data_dir)
    seed(state, data_dir, drill=True)
    app = opened(data_dir, monkeypatch, drill=False, incident="1")
    # the page is open; now the store is no exercise any more, and without the gate nobody may be here
    with state.write("feeds") as connection:
        connection.execute(update(feed_states).values(drill=False))
    app.button(key="act_acknowledge").click().run()
    view = views.incident(state, 1)
    assert view is not None
    assert (view.incident.status, view.incident.assignee) == (Status.NEW, None)
    assert "does not open without the gate" in page(app)
    state.close()


@pytest.mark.usefixtures("seeded")
@pytest.mark.parametrize("query", [{}, {"incident": "3"}, {"incident": "99"}, {"wall": "1"}])
def test_every_screen_of_an_exercise_says_so_in_both_languages(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, query: dict[str, str]
) -> None:
    shown = page(opened(data_dir, monkeypatch, **query))
    assert "Exercise, not a real incident" in shown
    assert "การฝึกซ้อม ไม่ใช่เหตุจริง" in shown


@pytest.mark.usefixtures("state")
def test_without_a_worker_it_says_that_nothing_is_watched(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "No worker has run yet: every detector is blind" in page(opened(data_dir, monkeypatch))


def test_forty_silent_feeds_hide_no_other_trouble(
    seeded: State, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = now_us()
    pulse.write(seeded, pulse.Pulse(now, now, "1", pulse.Durations(), 1.0, 90.0, now))
    with seeded.write("feeds") as connection:
        connection.execute(update(leases).values(renewed_at=now))
        connection.execute(update(feed_states).values(received_at=now - 3_600_000_000))
        unread = feed_states.c.feed_id.in_(["kyc_attempts", "bastion_auth"])
        connection.execute(update(feed_states).where(unread).values(error="<b>EACCES</b>"))
    shown = page(opened(data_dir, monkeypatch))
    assert "90.0 s behind" in shown
    assert "2 feeds cannot be read: Admin bastion (sshd), Identity proofing (KYC);" in shown
    assert "&lt;b&gt;EACCES&lt;/b&gt;" in shown
    assert f"{len(FEEDS) - 2} feeds silent, up to" in shown
    assert f"and {len(FEEDS) - 2 - 3} more; the detectors" in shown


def test_a_flood_of_alerts_hides_nothing_of_the_timeline(
    seeded: State, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_attack(seeded, data_dir, replace(ATTACKS[0], value="203.0.113.3", alerts=230), now=datetime.now(UTC), number=60)
    shown = page(opened(data_dir, monkeypatch, incident="13"))
    assert "added 229 alerts" in shown
    assert "opened the incident" in shown


@pytest.mark.parametrize("asked", [None, True, "1", [1], {"id": 1}, 1.0, 99, 1 << 80])
def test_only_a_number_of_the_queue_opens(seeded: State, asked: object) -> None:
    rows = views.queue(seeded)
    assert asked_number(asked, rows) is None
    assert asked_number(1, rows) == 1


@pytest.mark.parametrize(("alerts", "apart"), [(1, 1), (4, 1), (40, None)])
def test_the_axis_counts_whole_alerts(alerts: int, apart: int | None) -> None:
    figure = alerts_figure([(100, "tang_rat", alerts)], {}, 100, height=190, size=11)
    assert figure.layout.yaxis.dtick == apart


def test_what_plotly_would_read_as_html_stays_text() -> None:
    figure = alerts_figure([(100, "x", 1)], {"x": '<a href="http://203.0.113.250">x</a>'}, 100, height=100, size=12)
    assert figure.data[0].name == "&lt;a href=&quot;http://203.0.113.250&quot;&gt;x&lt;/a&gt;"
