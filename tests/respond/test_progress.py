"""How far a run is: whatever was entered, in whatever order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from respond.playbook_samples import playbooks, small

from warroom.catalog.playbook_parts import Playbook
from warroom.respond.progress import Progress, Standing, progress
from warroom.store.playbook_runs import Noted

MINUTE = 60_000_000


def noted(item: str, kind: str = "done", value: str = "", at: int = 0) -> Noted:
    return Noted(item, kind, value, "", None, at, "anong")


def standings(found: Progress) -> dict[str, str]:
    tasks = {one.task.id: str(one.standing) for phase in found.phases for one in phase.tasks}
    return tasks | {one.question.id: str(one.standing) for phase in found.phases for one in phase.questions}


@st.composite
def runs(draw: st.DrawFn) -> tuple[Playbook, list[Noted]]:
    """A playbook and entries of it: also answers that are none, and items that do not exist."""
    playbook = draw(playbooks())
    tasks = [one.id for one in playbook.tasks]
    answers = [(one.id, value) for one in playbook.questions for value in (*one.answers, "strange")]
    entry = st.builds(noted, st.sampled_from([*tasks, "gone"]), st.sampled_from(["done", "skipped", "reopened"]))
    if answers:
        entry |= st.sampled_from(answers).map(lambda one: noted(one[0], "answer", one[1]))
        entry |= st.sampled_from(answers).map(lambda one: noted(one[0], "reopened"))
    return playbook, draw(st.lists(entry, max_size=30))


def test_a_run_from_beginning_to_end() -> None:
    entries: list[Noted] = []
    found = progress(small(), entries, {"started": 0}, MINUTE)
    assert standings(found) == {
        "real": "open", "how": "waiting", "look": "open", "keep": "waiting", "mend": "waiting", "report": "waiting",
    }  # fmt: skip
    assert (found.percent, found.current, [one.task.id for one in found.next]) == (0, "activation", ["look"])
    entries += [noted("look"), noted("real", "answer", "yes")]
    found = progress(small(), entries, {"started": 0}, MINUTE)
    assert standings(found)["mend"] == "blocked", "evidence is preserved before recovery"
    assert [one.question.id for one in found.asked] == ["how"]
    entries += [noted("keep", "skipped"), noted("how", "answer", "low")]
    found = progress(small(), entries, {"started": 0}, MINUTE)
    assert (standings(found)["mend"], standings(found)["report"]) == ("open", "not_needed")
    assert [(one.question.id, one.answer) for one in found.branches] == [("real", "yes"), ("how", "low")]
    entries += [noted("mend")]
    found = progress(small(), entries, {"started": 0}, MINUTE)
    assert (found.percent, found.current, found.over) == (100, None, True)
    entries += [noted("mend", "reopened")]
    assert not progress(small(), entries, {"started": 0}, MINUTE).over


def test_an_answer_that_changes_takes_its_branch_along_but_what_was_done_stays_done() -> None:
    entries = [noted("real", "answer", "yes"), noted("keep"), noted("how", "answer", "bad")]
    assert standings(progress(small(), entries, {}, 0))["report"] == "open"
    found = progress(small(), [*entries, noted("real", "answer", "no")], {}, 0)
    told = standings(found)
    assert (told["how"], told["report"], told["mend"], told["keep"]) == (
        "not_needed",
        "not_needed",
        "not_needed",
        "done",
    )
    assert [one.question.id for one in found.branches] == ["real"], "an answer on a branch that is gone does not count"


def test_due_times_come_from_moments_that_are_known() -> None:
    entries = [noted("real", "answer", "yes"), noted("how", "answer", "bad")]
    found = progress(small(), entries, {"started": 0}, 16 * MINUTE)
    look, report = found.task("look"), found.task("report")
    assert look is not None
    assert report is not None
    assert (look.due_at, look.overdue, report.due_at, report.overdue) == (15 * MINUTE, True, None, False)
    found = progress(small(), entries, {"started": 0, "aware_at": 10 * MINUTE}, 16 * MINUTE)
    told = [(one.task.id, one.due_at) for one in found.next]
    assert told == [("look", 15 * MINUTE), ("report", (10 + 72 * 60) * MINUTE), ("keep", None)]
    done = progress(small(), [*entries, noted("look", at=20 * MINUTE)], {"started": 0}, 30 * MINUTE).task("look")
    assert done is not None
    assert (done.late, done.overdue) == (True, False)


@given(runs(), st.randoms(use_true_random=False))
def test_only_the_last_entry_of_an_item_counts_however_items_are_mixed(
    run: tuple[Playbook, list[Noted]], dice: st.DataObject
) -> None:
    playbook, entries = run
    expected = progress(playbook, entries, {"started": 0}, 0)
    items = list({entry.item for entry in entries})
    dice.shuffle(items)  # type: ignore[attr-defined]
    apart = [entry for item in items for entry in entries if entry.item == item]
    assert progress(playbook, apart, {"started": 0}, 0) == expected
    last = list({entry.item: entry for entry in entries}.values())
    assert progress(playbook, last, {"started": 0}, 0) == expected


@given(runs())
def test_whatever_was_entered_the_figures_agree(run: tuple[Playbook, list[Noted]]) -> None:
    playbook, entries = run
    found = progress(playbook, entries, {"started": 0, "aware_at": 0}, 10**13)
    assert 0 <= found.percent <= 100
    assert (found.percent == 100) == found.over == all(phase.over for phase in found.phases)
    newest = {entry.item: entry for entry in entries}
    for phase in found.phases:
        for state in phase.tasks:
            kind = newest[state.task.id].kind if state.task.id in newest else ""
            assert (state.standing in {"done", "skipped"}) == (kind in {"done", "skipped"})
            assert not (state.overdue and state.standing.settled)
    assert all(one.standing is Standing.OPEN for one in found.next)
    assert {one.task.id for one in found.next} <= {one.id for one in playbook.tasks}


@given(playbooks(), st.data())
def test_every_run_can_be_worked_to_its_end(playbook: Playbook, data: st.DataObject) -> None:
    entries: list[Noted] = []
    for _ in range(200):
        found = progress(playbook, entries, {"started": 0}, 0)
        if found.over:
            break
        assert found.asked or found.next, "something can always be done while something is left"
        if found.asked:
            question = found.asked[0].question
            entries.append(noted(question.id, "answer", data.draw(st.sampled_from(question.answers))))
        else:
            entries.append(noted(found.next[0].task.id, data.draw(st.sampled_from(["done", "skipped"]))))
    assert progress(playbook, entries, {"started": 0}, 0).percent == 100
