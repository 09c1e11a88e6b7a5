"""Searching, keeping searches and taking out what was found: within one's platforms, masked, and told to the audit."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from console.seeding import fresh_state, seed
from making import somebody
from sqlalchemy import select

from warroom.access import Role
from warroom.errors import ForbiddenError, NotFoundError, UsageError
from warroom.incidents import searching
from warroom.incidents.searching import safe_cell
from warroom.store.audit import AuditAction
from warroom.store.audit_tables import audit
from warroom.store.database import State, now_us
from warroom.store.event_search import EventSearch, Span
from warroom.store.query import QueryError, parse
from warroom.store.query.events import kind_of
from warroom.store.search_history import MOST_REMEMBERED, Asked
from warroom.store.tables import segments

ANALYST = somebody("anong", Role.ANALYST)
LEAD = somebody("wipha", Role.SHIFT_LEAD)
CONFINED = somebody("somchai", Role.ANALYST, platforms=frozenset({"gdx"}))
CITIZEN = "1101700203450"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("searched") / "data"
    state = fresh_state(folder)
    seed(state, folder)
    state.close()
    return folder


@pytest.fixture
def state(folder: Path) -> Iterator[State]:
    with State(f"sqlite:///{folder / 'state.db'}") as state:
        yield state


def day() -> Span:
    return Span(now_us() - 86_400_000_000, now_us() + 600_000_000)


def entries(state: State, action: AuditAction) -> list[tuple[str, str]]:
    with state.read() as connection:
        rows = connection.execute(select(audit.c.actor, audit.c.body).where(audit.c.action == action))
        return [(row.actor, row.body) for row in rows]


def run(state: State, folder: Path, text: str, *, actor: object = ANALYST) -> list[str]:
    search = searching.begin_event_search(state, folder, actor, Asked("events", text, "day"), day())  # type: ignore[arg-type]
    found = search.run()
    assert found.ended == "done"
    return sorted(found.facets["platform_id"].elements())


def test_everything_is_found_once_and_only_on_the_platforms_that_one_sees(state: State, folder: Path) -> None:
    assert len(run(state, folder, "")) == 96
    assert run(state, folder, "", actor=CONFINED) == ["gdx"] * 16
    assert run(state, folder, "platform:tang_rat OR NOT platform:tang_rat", actor=CONFINED) == ["gdx"] * 16
    assert run(state, folder, "sqlmap") == ["gdx"] * 8
    assert run(state, folder, "source.ip:203.0.113.0/24 -platform:gdx") == ["gdcc"] * 8 + ["tang_rat"] * 8


def test_who_may_not_search_is_refused(state: State, folder: Path) -> None:
    with pytest.raises(ForbiddenError):
        run(state, folder, "", actor=somebody("v", Role.VIEWER))
    with pytest.raises(ForbiddenError):
        searching.export_events(state, folder, ANALYST, Asked("events", "", "day"), day())
    assert (
        searching.search_incidents(state, somebody("v", Role.VIEWER), Asked("incidents", "", "day"), day()).matched
        == 12
    )


def test_incidents_are_found_by_what_they_are_about_and_only_ones_own(state: State) -> None:
    def numbers(text: str, actor: object = ANALYST) -> list[int]:
        found = searching.search_incidents(state, actor, Asked("incidents", text, "day"), day())  # type: ignore[arg-type]
        assert sum(count for _, count in found.opened) == found.matched
        return [row.id for row in found.rows]

    assert numbers("ฝังคำสั่ง") == [3]
    assert numbers("severity:critical status:new", CONFINED) == [3]
    assert numbers("198.51.100.9") == numbers("ip:198.51.100.9") == [3]
    assert numbers("tag:t1190") == [3]
    assert numbers("rule:*injection*") == [3]
    assert numbers("number:<=2") == [2, 1]
    assert numbers('title:"100%"') == numbers("note:anything") == []
    assert len(numbers("NOT user.name:*")) + len(numbers("user.name:*")) == 12


def test_a_search_for_a_person_is_told_to_the_audit_masked_and_not_remembered(state: State, folder: Path) -> None:
    run(state, folder, f"citizen:{CITIZEN}")
    (actor, body), *_ = entries(state, AuditAction.SEARCH_IDENTIFIER)
    assert actor == "anong"
    assert CITIZEN not in body
    assert "3-45-x" in body
    recent, _ = searching.searches_of(state, ANALYST, 20)
    assert CITIZEN not in str(recent)
    with pytest.raises(UsageError, match="not kept"):
        searching.keep_search(state, ANALYST, "him", Asked("events", CITIZEN, "day"), shared=False)


def test_history_is_ones_own_and_bounded(state: State, folder: Path) -> None:
    for number in range(MOST_REMEMBERED + 5):
        asked = Asked("events", f"word{number} platform:nobody", "day")
        searching.begin_event_search(state, folder, LEAD, asked, day())
    recent, _ = searching.searches_of(state, LEAD, 500)
    assert len(recent) == MOST_REMEMBERED
    assert recent[0].text == f"word{MOST_REMEMBERED + 4} platform:nobody"
    other, _ = searching.searches_of(state, somebody("nobody", Role.ANALYST), 500)
    assert other == []


def test_a_kept_search_is_shared_or_ones_own_and_only_its_owner_removes_it(state: State) -> None:
    searching.keep_search(state, LEAD, "Floods", Asked("events", "status:503", "day"), shared=True)
    searching.keep_search(state, LEAD, "Mine", Asked("events", "status:502", "day"), shared=False)
    searching.keep_search(state, LEAD, "Mine", Asked("events", "status:504", "day"), shared=False)
    _, kept = searching.searches_of(state, ANALYST, 1)
    assert [one.name for one in kept] == ["Floods"]
    _, own = searching.searches_of(state, LEAD, 1)
    assert [(one.name, one.asked.text) for one in own] == [("Floods", "status:503"), ("Mine", "status:504")]
    with pytest.raises(NotFoundError):
        searching.drop_search(state, ANALYST, kept[0].id)
    searching.drop_search(state, LEAD, kept[0].id)
    with pytest.raises(QueryError):
        searching.keep_search(state, LEAD, "Broken", Asked("events", "status:", "day"), shared=False)


def test_an_export_is_masked_safe_in_a_spreadsheet_and_told_to_the_audit(state: State, folder: Path) -> None:
    taken = searching.export_events(state, folder, LEAD, Asked("events", "platform:gdx", "day"), day())
    rows = list(csv.reader(io.StringIO(taken.decode("utf-8-sig"))))
    assert len(rows) == 17
    assert {len(row) for row in rows} == {len(rows[0])}
    assert "sqlmap" in taken.decode()
    (actor, body), *_ = entries(state, AuditAction.EXPORT)
    assert actor == "wipha"
    assert '"rows":16' in body
    assert '"complete":true' in body


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_no_cell_begins_as_a_formula_does(text: str) -> None:
    assert safe_cell(text) == f"'{text}"
    assert safe_cell("plain") == "plain"


def test_a_search_that_runs_out_of_time_or_is_cancelled_says_what_it_has_not_seen(state: State, folder: Path) -> None:
    late = EventSearch(state, folder, parse("", kind_of), day(), None)
    found = late.run(seconds=0.0)
    assert found.ended == "time"
    assert found.searched < found.files
    assert found.reached > 0
    stopped = EventSearch(state, folder, parse("", kind_of), day(), None)
    stopped.cancel()
    assert stopped.run().ended == "cancelled"
    assert stopped.found.searched == 0


def test_a_file_that_is_gone_is_not_searched(tmp_path: Path) -> None:
    state = fresh_state(tmp_path / "data")
    seed(state, tmp_path / "data")
    with state.read() as connection:
        path = connection.scalars(select(segments.c.path).where(segments.c.kind == "events")).first()
    (tmp_path / "data" / str(path)).unlink()
    search = searching.begin_event_search(state, tmp_path / "data", ANALYST, Asked("events", "", "day"), day())
    assert search.run().matched == 88
    state.close()
