"""Periodic reports: what they count, what they leave apart, when the worker makes them, and who is given which."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from responding import sent
from sqlalchemy import insert

from warroom import gathering, reporting
from warroom.access import Actor, Role
from warroom.errors import ForbiddenError, NotFoundError, StoreError, UsageError
from warroom.report.figures import as_json, from_json
from warroom.report.layout import Block, Heading, Paragraph, Picture, Sheet, Table
from warroom.report.periodic import report_sheet
from warroom.report.periods import DAY_US, HOUR_US, Kind, read_period
from warroom.report.printing import print_pdf
from warroom.report.word import print_docx
from warroom.respond.beginning import begin_response
from warroom.respond.sending import record_sending
from warroom.settings import Settings
from warroom.store import audit, periodic_reports
from warroom.store.case_tables import classifications, incident_tags
from warroom.store.database import State
from warroom.store.lease import Lease
from warroom.store.tables import alerts, feed_states, incident_log, incidents, ledger
from warroom.store.views.annual import kor3_counts
from warroom.store.views.periodic import Lines, Span, list_incidents

LEAD = Actor("wipa", frozenset({Role.SHIFT_LEAD}))
CONFINED = Actor("somchai", frozenset({Role.LIAISON}), frozenset({"gdx"}))
OCTOBER = read_period(Kind.MONTHLY, "2026-10")
NOW = OCTOBER.until + 20 * DAY_US
HOSTILE = "#panic(1) $x$ *b* \u202e<script> somchai.jaidee@example.go.th 1101700203450 " + "x" * 300


@pytest.fixture
def settings(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("WARROOM_DATA", str(data_dir))
    return Settings()


def add(state: State, number: int, opened_at: int, **changes: object) -> None:
    """Add an incident of one alert, classified where ``categories`` says so."""
    told = {
        "id": number,
        "title": "SQL injection",
        "title_th": "ฝังคำสั่ง SQL",
        "severity": "high",
        "status": "new",
        "platform_id": "gdx",
        "drill": False,
        "opened_at": opened_at,
        "first_at": opened_at,
        "last_at": opened_at,
        "alert_count": 1,
        "event_count": 4,
        "version": 1,
        "updated_at": opened_at,
    } | changes
    categories, level = told.pop("categories", None), told.pop("level", "non_serious")
    with state.write() as connection:
        connection.execute(insert(incidents).values(**told))
        alert = {name: told[name] for name in ("severity", "platform_id", "drill", "first_at", "last_at")}
        connection.execute(
            insert(alerts).values(
                id=f"a{number}",
                rule_id="r1",
                rule_title=told["title"],
                rule_title_th="",
                feed_id="web",
                raised_at=opened_at,
                count=4,
                entities="[]",
                event_ids="[]",
                tags='["attack.t1190", "attack.initial_access"]',
                incident_id=number,
                waiting=False,
                **alert,
            )
        )
        if categories is not None:
            row = {"incident_id": number, "at": opened_at, "actor": "wipa", "reason": "x", "proposed": "{}"}
            connection.execute(insert(classifications).values(categories=json.dumps(categories), level=level, **row))


@pytest.fixture
def october(state: State) -> State:
    """Two incidents of October, one of September that is still open, one drill, one that went into another."""
    since = OCTOBER.since
    add(state, 1, since, categories=[4, 7], level="serious", severity="critical")
    closed = since + 5 * HOUR_US
    add(state, 2, since + HOUR_US, platform_id="tang_rat", status="closed", disposition="benign", closed_at=closed)
    add(state, 3, since - DAY_US, categories=[2])
    add(state, 4, since + DAY_US, drill=True)
    add(state, 5, since + DAY_US, merged_into=1)
    add(state, 6, OCTOBER.until, severity="low")
    with state.write() as connection:
        log = {"incident_id": 2, "actor": "wipa", "body": "{}"}
        connection.execute(insert(incident_log).values(action="acknowledged", at=since + HOUR_US + 60_000_000, **log))
        connection.execute(insert(incident_log).values(action="closed", at=closed, **log))
        feed = {"feed_id": "gdx_web", "platform_id": "gdx", "title_th": "เว็บ", "title_en": "Web", "drill": False}
        connection.execute(insert(feed_states).values(**feed, lag_bytes=0, silent_after_seconds=900))
        first = since // 60_000_000
        lines = {"feed_id": "gdx_web", "received": 10, "stored": 9, "rejected": 1, "evaluated": 9}
        connection.execute(insert(ledger).values(minute=first, **lines))
        connection.execute(insert(ledger).values(minute=first + 120, **lines))
    return state


def words(blocks: tuple[Block, ...]) -> Iterator[str]:
    """Give every text of a sheet's blocks."""
    for one in blocks:
        if isinstance(one, Paragraph):
            yield "".join(run.text for run in one.runs)
        elif isinstance(one, Heading):
            yield one.text
        elif isinstance(one, Picture):
            yield one.alt
        elif isinstance(one, Table):
            yield from one.header
            for row in one.rows:
                for cell in row:
                    yield from words(cell)


def told(sheet: Sheet) -> str:
    return "\n".join(words(sheet.blocks))


def test_figures_of_a_month(october: State, settings: Settings) -> None:
    found = gathering.gather(october, settings, OCTOBER, NOW)
    own = found.incidents
    assert (own.opened, own.closed, own.open_before, own.open_after, own.drills) == (2, 1, 1, 2, 1)
    assert own.severities == {"critical": [1, 0, 1], "high": [1, 1, 1]}
    assert own.platforms == {"gdx": [1, 0, 2], "tang_rat": [1, 1, 0]}
    assert (own.dispositions, own.categories, own.levels) == ({"benign": 1}, {"4": 1, "7": 1}, {"serious": 1})
    assert own.unclassified == 1
    assert own.course[0] == {"critical": 1, "high": 1}
    assert len(own.course) == 31
    assert found.opened_before == 1
    assert (found.alerts.total, found.alerts.events, found.alerts.techniques) == (3, 12, [("T1190", 3)])
    (feed,) = (one for one in found.feeds if one.feed_id == "gdx_web")
    assert (feed.received, feed.rejected, feed.unbalanced, feed.hours, feed.quiet) == (20, 2, 0, 744, 742)
    taken = found.targets.all("acknowledge")
    assert taken is not None
    assert (taken.count, taken.median, taken.kept) == (1, 60.0, 1)
    assert from_json(as_json(found)) == found


def test_an_incident_of_another_platform_is_in_no_figure_of_who_is_confined(october: State, settings: Settings) -> None:
    found = gathering.gather(october, settings, OCTOBER, NOW, scope=("tang_rat",))
    assert found.incidents.platforms == {"tang_rat": [1, 1, 0]}
    assert (found.alerts.total, found.incidents.drills) == (1, 0)
    assert {one.platform_id for one in found.feeds} <= {"tang_rat"}
    assert "tang_rat" not in told(report_sheet(found, Lines((), 0), "en", version="1"))
    assert "Tang Rat super-app" in told(report_sheet(found, Lines((), 0), "en", version="1"))


def test_an_exercise_is_counted_as_if_it_were_real_and_says_so(
    october: State, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WARROOM_DATA", str(data_dir))
    monkeypatch.setenv("WARROOM_DRILL", "true")
    found = gathering.gather(october, Settings(), OCTOBER, NOW)
    assert (found.incidents.opened, found.incidents.drills) == (3, 0)
    sheet = report_sheet(found, Lines((), 0), "en", version="1")
    assert "ALL DATA ARE OF AN EXERCISE" in told(sheet)
    assert "ALL DATA ARE OF AN EXERCISE" in sheet.page.left


def test_the_first_page_says_what_happened_and_what_needs_a_decision(october: State, settings: Settings) -> None:
    found = gathering.gather(october, settings, OCTOBER, NOW)
    lines = list_incidents(october, Span(OCTOBER.since, OCTOBER.until))
    assert [one.id for one in lines.rows] == [1, 3, 2, 4]
    english = told(report_sheet(found, lines, "en", version="1"))
    assert "Incidents opened: 2 (1 critical, 1 high); closed: 1; still open: 2." in english
    assert "That is 1 more than in the period before (1)." in english
    assert "Incidents without an NCSA category: 1." in english
    assert "DRILL" in english
    thai = report_sheet(found, lines, "th", version="1")
    assert "เปิดเหตุใหม่ 2 เหตุ (วิกฤต 1 สูง 1) ปิดแล้ว 1 เหตุ คงเปิดอยู่ 2 เหตุ" in told(thai)
    assert thai.page.left[0] == "ข้อมูล ณ วันที่ 21 พฤศจิกายน พ.ศ. 2569 เวลา 00.00 น."
    assert thai.page.tlp.label == "TLP:AMBER"


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("language", ["th", "en"])
def test_an_empty_period_prints(state: State, settings: Settings, kind: Kind, language: str) -> None:
    period = reporting.ended(kind, settings, NOW)
    sheet = report_sheet(gathering.gather(state, settings, period, NOW), Lines((), 0), language, version="1")
    assert ("ไม่มีข้อมูลในช่วงเวลานี้" if language == "th" else "Nothing in this period.") in told(sheet)
    assert print_pdf(sheet).startswith(b"%PDF")


def test_hostile_titles_are_masked_and_break_nothing(state: State, settings: Settings) -> None:
    add(state, 1, OCTOBER.since, title=HOSTILE, title_th=HOSTILE)
    found = gathering.gather(state, settings, OCTOBER, NOW)
    lines = list_incidents(state, Span(OCTOBER.since, OCTOBER.until))
    sheet = report_sheet(found, lines, "th", version="1")
    shown = told(sheet)
    assert "somchai.jaidee@" not in shown
    assert "1101700203450" not in shown
    assert "#panic(1) $x$ *b*" in shown
    assert print_pdf(sheet).startswith(b"%PDF")
    assert print_docx(sheet).startswith(b"PK")


def test_counts_of_form_kor3(october: State) -> None:
    with october.write() as connection:
        row = {"incident_id": 1, "added_at": 1, "added_by": "wipa"}
        connection.execute(insert(incident_tags).values(tag="asset:website", **row))
        connection.execute(insert(incident_tags).values(tag="asset:toaster", **row))
    counts = kor3_counts(october, 2026)
    assert counts.total == 5
    assert counts.by_category == dict.fromkeys(map(str, range(10)), 0) | {"0": 1, "2": 1, "4": 1, "7": 1}
    assert counts.by_asset == {"server_ad": 0, "workstation": 0, "network": 0, "website": 1, "other": 5}
    assert counts.by_level == {"serious": 1, "non_serious": 1}
    assert (counts.without_category, counts.without_asset, counts.without_level) == (2, 4, 2)
    assert kor3_counts(october, 2026, scope=("tang_rat",)).total == 1
    assert kor3_counts(october, 2025).total == 0


def test_a_report_is_made_kept_and_given_out_with_an_entry(october: State, settings: Settings) -> None:
    steps: list[tuple[int, int]] = []
    number = reporting.make(
        october, settings, LEAD, OCTOBER, "en", tell=lambda step, steps_: steps.append((step, steps_))
    )
    assert steps == [(1, 3), (2, 3), (3, 3)]
    name, pdf = reporting.give_out(october, settings.data_dir, number, "pdf", LEAD)
    assert (name, pdf[:4]) == ("monthly-2026-10-en.pdf", b"%PDF")
    _, docx = reporting.give_out(october, settings.data_dir, number, "docx", LEAD)
    assert docx[:2] == b"PK"
    with october.read() as connection:
        entries = audit.read(connection, audit.Filter(actions=[audit.AuditAction.EXPORT])).entries
    assert [(one.actor, one.subject_kind, one.subject_id) for one in entries] == [("wipa", "report", "1")] * 3
    assert all(page.startswith(b"\x89PNG") for page in reporting.pages_of(october, number, LEAD))
    with pytest.raises(UsageError):
        reporting.give_out(october, settings.data_dir, number, "exe", LEAD)
    (path,) = (one for one in (settings.data_dir / "evidence").rglob("*") if one.is_file() and one.read_bytes() == pdf)
    path.write_bytes(b"%PDF something else")
    with pytest.raises(StoreError):
        reporting.give_out(october, settings.data_dir, number, "pdf", LEAD)


def test_who_is_confined_makes_and_sees_reports_of_their_own_platforms_alone(
    october: State, settings: Settings
) -> None:
    everything = reporting.make(october, settings, LEAD, OCTOBER, "en")
    own = reporting.make(october, settings, CONFINED, OCTOBER, "en")
    rows, total = reporting.list_made(october, CONFINED)
    assert ([one.id for one in rows], total) == ([own], 1)
    assert reporting.list_made(october, LEAD)[1] == 2
    with pytest.raises(NotFoundError):
        reporting.give_out(october, settings.data_dir, everything, "pdf", CONFINED)
    kept = from_json(periodic_reports.get(october, own, scope=("gdx",)).figures)
    assert set(kept.incidents.platforms) == {"gdx"}
    with pytest.raises(ForbiddenError):
        reporting.make(october, settings, Actor("anong", frozenset({Role.ANALYST})), OCTOBER, "en")


def test_a_period_that_has_not_begun_is_refused(state: State, settings: Settings) -> None:
    with pytest.raises(UsageError, match="not begun"):
        reporting.make(state, settings, LEAD, read_period(Kind.ANNUAL, "2190"), "en")


@pytest.fixture
def lease(state: State, data_dir: Path) -> Iterator[Lease]:
    held = Lease(state, data_dir)
    held.take()
    yield held
    held.release()


def test_the_worker_makes_what_is_due_once_and_catches_up(state: State, settings: Settings, lease: Lease) -> None:
    with state.write() as connection:
        audit.append(connection, audit.Entry("worker", audit.Via.WORKER, audit.AuditAction.SETTINGS_SEEN))
    with state.read() as connection:
        born = periodic_reports.born_at(connection)
    assert born is not None
    assert reporting.make_due(state, settings, lease, now=born) == []  # nothing has ended since the store began
    day = reporting.ended(Kind.DAILY, settings, born + 2 * DAY_US)
    assert reporting.make_due(state, settings, lease, now=day.until + 29 * 60_000_000)
    assert not [one for one in reporting.list_made(state, LEAD, Kind.DAILY)[0] if one.period_to == day.until]
    at = day.until + 31 * 60_000_000
    assert reporting.make_due(state, settings, lease, now=at)
    assert reporting.make_due(state, settings, lease, now=at) == []
    later = at + 3 * DAY_US
    reporting.make_due(state, settings, lease, now=later)
    rows, _ = reporting.list_made(state, LEAD, Kind.DAILY)
    begun = sorted({one.period_from for one in rows if one.period_from >= day.since})
    assert begun == [day.since + number * DAY_US for number in range(4)]
    assert len(rows) == len({(one.period_from, one.language) for one in rows})
    assert {one.made_by for one in rows} == {"worker"}


def test_legal_deadlines_that_run_were_kept_or_were_answered_late(state: State, settings: Settings) -> None:
    everyone = Actor("malee", frozenset(Role))
    opened = OCTOBER.since + DAY_US
    for number, hours in ((1, 20), (2, 100), (3, 0)):
        add(state, number, opened, severity="critical")
        begun = begin_response(state, number, everyone, ["breach"])
        controller = begun.controller_id
        if hours:
            told = sent("PDPC_72H", opened + hours * HOUR_US)
            record_sending(state, number, everyone, controller, told, late_reason="the office was closed")
    found = gathering.gather(state, settings, OCTOBER, NOW).legal
    assert (found.kept, found.late) == (1, 1)
    assert found.buckets == {"under_24": 1, "24_to_48": 0, "48_to_72": 0, "over_72": 1}
    assert found.passed >= 1
    assert found.running >= found.passed
    assert {one.incident for one in found.first} <= {2, 3}
