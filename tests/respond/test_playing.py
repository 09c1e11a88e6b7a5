"""Playbooks of incidents: started, answered, ticked off; by whom, with which evidence, and by the worker."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from making import an_alert, events, somebody
from respond.playbook_samples import small, told

from warroom.access import Role
from warroom.catalog.playbooks import checked_playbook, kept_playbook
from warroom.errors import ConflictError, ForbiddenError, NotFoundError, UsageError
from warroom.incidents import actions, classifying, evidence
from warroom.incidents.grouping import group
from warroom.model import Disposition, Entity
from warroom.respond import playing
from warroom.respond.playbook_starts import FRESH_US, PlaybookStarts
from warroom.respond.progress import Progress, progress
from warroom.respond.starting import Facts
from warroom.store import incidents as store
from warroom.store.commit import Batch, EventIds, commit
from warroom.store.database import State, now_us
from warroom.store.lease import Lease
from warroom.store.rules import loaded
from warroom.store.rules.loaded import Loaded, Said
from warroom.store.views import incidents as incident_views
from warroom.store.views import playbook as views

ANONG, WIPA, DPO = somebody("anong"), somebody("wipa", Role.VIEWER), somebody("malee", Role.DPO)


@pytest.fixture
def one(state: State, data_dir: Path, lease: Lease) -> int:
    """An incident on tang_rat, and another one on gdx."""
    ids = EventIds(state)
    alerts = [
        an_alert(alert_id="1", tags=("attack.t1190",)),
        an_alert(alert_id="2", platform_id="gdx", rule_id="other"),
    ]
    commit(state, data_dir, Batch("web", "s", None, "{}", 1, events(1, ids.take(1)), 1, alerts=alerts), ids, lease)
    group(state, timedelta(hours=1))
    return 1


@pytest.fixture
def run(state: State, one: int) -> int:
    """A run of the small playbook."""
    return playing.start(state, one, ANONG, small(), "a breach is likely")


def now_of(state: State, incident_id: int) -> Progress:
    found = views.runs(state, incident_id)
    assert found is not None
    view = found[-1]
    return progress(kept_playbook(view.body, view.run.sha256), view.entries, {}, now_us())


def log(state: State, incident_id: int) -> list[store.LogEntry]:
    with state.read() as connection:
        return [one for one in store.log_of(connection, incident_id) if one.action.startswith("playbook")]


def test_a_run_keeps_its_version_whatever_becomes_of_the_file(state: State, one: int, run: int) -> None:
    newer = checked_playbook(told() | {"version": "2.0.0", "phases": told()["phases"][:1]}, Path("small.yml"))
    assert newer.sha256 != small().sha256
    (view,) = views.runs(state, one) or ()
    assert (view.run.id, view.run.version, view.run.reason) == (run, "1.0.0", "a breach is likely")
    assert kept_playbook(view.body, view.run.sha256) == small()
    assert views.runs(state, one, scope=("gdx",)) is None
    assert (views.running(state), views.running(state, scope=("gdx",))) == ({"small": 1}, {})


def test_the_definition_is_stored_once_and_is_what_its_hash_says(state: State, run: int) -> None:
    second = playing.start(state, 2, ANONG, small(), "the same again")
    assert second != run
    with state.read() as connection:
        bodies = connection.exec_driver_sql("SELECT body FROM playbook_runs ORDER BY id").scalars().all()
    assert [bool(body) for body in bodies] == [True, False]
    (view,) = views.runs(state, 2) or ()
    assert kept_playbook(view.body, view.run.sha256) == small()
    with pytest.raises(Exception, match="not what it was"):
        kept_playbook(view.body.replace("look", "hide"), view.run.sha256)


def test_several_playbooks_at_once_but_none_twice(state: State, one: int, run: int) -> None:
    other = checked_playbook(told() | {"id": "other"}, Path("other.yml"))
    playing.start(state, one, ANONG, other, "also this one")
    with pytest.raises(ConflictError, match="follows the playbook small already"):
        playing.start(state, one, ANONG, small(), "once more")
    playing.end(state, run, ANONG, "it was something else")
    with pytest.raises(ConflictError, match="has ended"):
        playing.finish(state, run, ANONG, "look")
    with pytest.raises(ConflictError, match="has ended"):
        playing.end(state, run, ANONG, "once more")
    playing.start(state, one, ANONG, small(), "it was this after all")
    assert [view.run.ended_why for view in views.runs(state, one) or ()] == ["it was something else", None, None]


def test_a_task_wants_its_evidence_and_is_settled_once(state: State, data_dir: Path, one: int, run: int) -> None:
    playing.answer(state, run, ANONG, "real", "yes")
    with pytest.raises(ConflictError, match="earlier phase"):
        playing.finish(state, run, ANONG, "mend")
    for note in ("", " ok "):
        with pytest.raises(UsageError, match="wants evidence"):
            playing.finish(state, run, ANONG, "keep", note)
    elsewhere = evidence.add(state, data_dir, 2, ANONG, "log.txt", b"a line\n", "from NOC")
    with pytest.raises(NotFoundError, match="no evidence file"):
        playing.finish(state, run, ANONG, "keep", evidence_id=elsewhere)
    file = evidence.add(state, data_dir, one, ANONG, "log.txt", b"another\n", "from NOC")
    playing.finish(state, run, ANONG, "keep", evidence_id=file)
    with pytest.raises(ConflictError, match="settled by anong already"):
        playing.skip(state, run, ANONG, "keep", "not needed")
    playing.finish(state, run, ANONG, "mend")
    playing.reopen(state, run, ANONG, "keep", "the wrong file")
    with pytest.raises(ConflictError, match="open already"):
        playing.reopen(state, run, ANONG, "keep", "the wrong file")
    playing.finish(state, run, ANONG, "keep", "it lies in the safe")
    state_of = now_of(state, one).task("keep")
    assert state_of is not None
    assert state_of.entry is not None
    assert (state_of.standing, state_of.entry.note, state_of.entry.evidence_id) == ("done", "it lies in the safe", None)


def test_a_task_off_the_branch_is_refused_and_a_changed_answer_says_why(state: State, one: int, run: int) -> None:
    playing.answer(state, run, ANONG, "real", "no")
    with pytest.raises(ConflictError, match="not on the branch"):
        playing.finish(state, run, ANONG, "keep", "it lies in the safe")
    with pytest.raises(ConflictError, match="not asked on the branch"):
        playing.answer(state, run, DPO, "how", "bad")
    with pytest.raises(UsageError, match="a changed answer says why"):
        playing.answer(state, run, ANONG, "real", "yes")
    with pytest.raises(UsageError, match="answered by one of yes, no"):
        playing.answer(state, run, ANONG, "real", "perhaps", "nobody knows")
    playing.answer(state, run, ANONG, "real", "yes", "a second log shows it")
    playing.skip(state, run, ANONG, "keep", "the disk is gone")
    playing.reopen(state, run, ANONG, "real", "nobody knows yet")
    found = now_of(state, one).question("real")
    assert found is not None
    assert (found.standing, found.answer) == ("open", None)
    said = [(one.action, one.body.get("answer_th"), one.body.get("text")) for one in log(state, one)]
    assert said[1:3] == [("playbook_answered", "ไม่ใช่", ""), ("playbook_answered", "ใช่", "a second log shows it")]
    assert [action for action, *_ in said[3:]] == ["playbook_skipped", "playbook_reopened"]


def test_who_may_what(state: State, one: int, run: int) -> None:
    with pytest.raises(ForbiddenError, match="act_on_incidents"):
        playing.finish(state, run, WIPA, "look")
    with pytest.raises(ForbiddenError, match="act_on_incidents"):
        playing.answer(state, run, WIPA, "real", "yes")
    playing.answer(state, run, ANONG, "real", "yes")
    for refused in (playing.answer, playing.reopen):
        with pytest.raises(ForbiddenError, match="decide_breach"):
            refused(state, run, ANONG, "how", "bad or worse")
    playing.answer(state, run, DPO, "how", "bad")
    with pytest.raises(ForbiddenError, match="decide_breach"):
        playing.finish(state, run, ANONG, "report")
    with pytest.raises(ForbiddenError, match="act_on_incidents"):
        playing.finish(state, run, DPO, "look")
    playing.finish(state, run, DPO, "report")
    stranger = somebody("dao", Role.SHIFT_LEAD, platforms=frozenset({"gdx"}))
    for act in (
        lambda: playing.finish(state, run, stranger, "look"),
        lambda: playing.skip(state, run, stranger, "look", "because of"),
        lambda: playing.end(state, run, stranger, "because of"),
        lambda: playing.start(state, one, stranger, small(), "because of"),
    ):
        with pytest.raises(ForbiddenError, match="platform tang_rat"):
            act()


@pytest.mark.parametrize("reason", ["", "ok", "x" * 2_001, "a\0bcdef", "\ud800aaaaa"])
def test_a_reason_is_a_text_that_says_something(state: State, one: int, run: int, reason: str) -> None:
    for act in (
        lambda: playing.skip(state, run, ANONG, "look", reason),
        lambda: playing.end(state, run, ANONG, reason),
        lambda: playing.reopen(state, run, ANONG, "look", reason),
        lambda: playing.start(state, 2, ANONG, small(), reason),
    ):
        with pytest.raises(UsageError):
            act()
    assert len(log(state, one)) == 1


def test_what_does_not_exist_is_not_found(state: State, run: int) -> None:
    for act in (
        lambda: playing.finish(state, run, ANONG, "gone"),
        lambda: playing.answer(state, run, ANONG, "look", "yes"),
        lambda: playing.reopen(state, run, ANONG, "gone", "because of"),
        lambda: playing.finish(state, 99, ANONG, "look"),
        lambda: playing.start(state, 99, ANONG, small(), "because of"),
    ):
        with pytest.raises(NotFoundError):
            act()


def test_a_closed_incident_starts_none_but_finishes_what_is_left(state: State, one: int, run: int) -> None:
    actions.close(state, one, ANONG, Disposition.TRUE_POSITIVE, "done")
    with pytest.raises(ConflictError, match="closed"):
        playing.start(state, one, ANONG, replace(small(), id="other"), "because of")
    playing.finish(state, run, ANONG, "look")


def test_the_worker_starts_what_is_called_for_once_and_says_why(state: State, one: int, lease: Lease) -> None:
    starts = PlaybookStarts(state, lease, lambda _: ())
    assert starts.run([small()]) == 1
    assert starts.run([small()]) == 0
    (entry,) = log(state, one)
    assert (entry.actor, entry.action, entry.body["text_th"]) == ("worker", "playbook_started", "ไทย a scan")
    assert log(state, 2) == []
    # not by another worker, not after a change, and not after somebody ended it
    run = (views.runs(state, one) or ())[0].run
    playing.end(state, run.id, ANONG, "not this one")
    actions.note(state, one, ANONG, "a change")
    assert starts.run([small()]) == 0
    assert PlaybookStarts(state, lease, lambda _: ()).run([small()]) == 0


def test_categories_start_what_asks_for_them(state: State, one: int, lease: Lease) -> None:
    flood = told() | {"starts": [{"because": {"th": "ท่วม", "en": "flood"}, "automatic": True, "categories": [7]}]}
    playbook = checked_playbook(flood, Path("small.yml"))
    starts = PlaybookStarts(state, lease, lambda _: ())
    assert starts.run([playbook]) == 0
    proposed = classifying.Proposal((8,), "undetermined", ())
    classifying.classify(state, one, ANONG, [7], "non_serious", "the site is down", proposed=proposed)
    assert starts.run([playbook]) == 1, "what a person decides counts, and a change is looked at again"
    assert PlaybookStarts(state, lease, lambda facts: {7} if facts.platform_id == "gdx" else ()).run([playbook]) == 1
    assert [len(log(state, number)) for number in (1, 2)] == [1, 1]


@pytest.mark.usefixtures("one")
def test_what_detectors_say_of_categories_is_told_to_whoever_proposes(state: State, lease: Lease) -> None:
    named = Loaded("other", "", "", "high", "rule", "test", True, "production", "a.yml", None, (), (), (), 7)
    loaded.tell(state, [named])
    asked: list[Facts] = []
    PlaybookStarts(state, lease, lambda facts: asked.append(facts) or ()).run([small()])  # type: ignore[func-returns-value]
    assert {facts.platform_id: facts.said for facts in asked} == {
        "tang_rat": Said(tags=frozenset({"attack.t1190"})),
        "gdx": Said(frozenset({7})),
    }
    view = incident_views.incident(state, 2)
    assert view is not None
    assert view.said == Said(frozenset({7}))


def test_a_storm_is_started_pass_by_pass_and_nothing_is_left_out(state: State, data_dir: Path, lease: Lease) -> None:
    ids = EventIds(state)
    many = [
        an_alert(
            alert_id=f"{one:064x}",
            rule_id=f"rule {one}",
            tags=("attack.t1190",),
            entities=(Entity("address", f"203.0.113.{one}"),),
        )
        for one in range(60)
    ]
    commit(state, data_dir, Batch("web", "s", None, "{}", 1, events(1, ids.take(1)), 1, alerts=many), ids, lease)
    group(state, timedelta(hours=1))
    with state.read() as connection:
        opened = [one.id for one in store.find(connection)]
    assert len(opened) == 60
    starts = PlaybookStarts(state, lease, lambda _: ())
    assert [starts.run([small()]) for _ in range(5)] == [25, 25, 10, 0, 0]
    assert all(len(views.runs(state, one) or ()) == 1 for one in opened)
    # after our clock was set back what changes is still seen
    other = checked_playbook(told() | {"id": "other"}, Path("other.yml"))
    actions.note(state, opened[0], ANONG, "a change")
    assert starts.run([other], now=now_us() - 3_600_000_000) == 25


def test_old_and_closed_incidents_start_nothing(state: State, one: int, lease: Lease) -> None:
    assert PlaybookStarts(state, lease, lambda _: ()).run([small()], now=now_us() + FRESH_US + 1) == 0
    actions.close(state, one, ANONG, Disposition.TRUE_POSITIVE, "done")
    assert PlaybookStarts(state, lease, lambda _: ()).run([small()]) == 0
