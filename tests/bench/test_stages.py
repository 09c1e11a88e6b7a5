"""The stages of rules: who moves them, that production takes two, and the way back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from making import somebody

from warroom.access import Role
from warroom.bench import stages
from warroom.bench.drafts import Draft, approved, read_draft, read_drafts
from warroom.catalog.stages import Stage
from warroom.errors import ConflictError, ContentError, ForbiddenError, NotFoundError, UsageError, WarroomError
from warroom.store.audit import AuditAction, Filter, read
from warroom.store.database import State
from warroom.store.rules import loaded
from warroom.store.rules import stages as store
from warroom.store.rules.loaded import Loaded
from warroom.store.rules.tables import rule_changes, rule_stages

NIDA, ANAN = somebody("nida", Role.DETECTION_ENGINEER), somebody("anan", Role.DETECTION_ENGINEER)
LEAD = somebody("lead", Role.SHIFT_LEAD)
RULE, OTHER, NEW = "11111111-1111-4111-8111-111111111111", "2", "3"
WHY = "seen for a week"


def rules() -> list[Loaded]:
    source = ((None, "webserver", None),)
    sound = Loaded(RULE, "Union", "", "high", "rule", "experimental", True, "shadow", "web/a.yml", None, source, (), ())
    return [
        sound,
        Loaded(OTHER, "Other", "", "low", "rule", "test", True, "production", "web/b.yml", None, source, (), ()),
    ]


@pytest.fixture
def bench(state: State) -> State:
    loaded.tell(state, rules())
    return state


def stage(state: State, rule_id: str = RULE) -> Stage:
    with state.read() as connection:
        return stages.standing(connection, rule_id).stage


def told(state: State) -> list[tuple[str, str, dict[str, object]]]:
    with state.read() as connection:
        entries = read(connection, Filter(subject_kind="rule"), limit=50).entries
    return [(one.actor, one.action, json.loads(one.body)) for one in reversed(entries)]


def test_into_production_by_two_people(bench: State) -> None:
    assert stage(bench) is Stage.SHADOW
    number = stages.propose(bench, NIDA, RULE, WHY, backtest={"alerts": 3, "events": 1000})
    assert [one.id for one in stages.waiting(bench, LEAD)] == [number]
    with pytest.raises(ForbiddenError, match="second person"):
        stages.approve(bench, NIDA, number)
    with pytest.raises(ForbiddenError, match="second person"):
        stages.approve(bench, somebody("NIDA", Role.DETECTION_ENGINEER), number)
    assert stage(bench) is Stage.SHADOW
    stages.approve(bench, ANAN, number, "agreed")
    assert stage(bench) is Stage.PRODUCTION
    assert stages.waiting(bench, LEAD) == []
    (change,) = stages.history(bench, LEAD, RULE)
    assert (change.actor, change.decided_by, change.state, change.decision) == ("nida", "anan", "done", "agreed")
    assert change.figures["backtest"] == {"alerts": 3, "events": 1000}
    assert change.figures["shadow"]["alerts"] == 0
    assert [(who, action) for who, action, _ in told(bench)] == [
        ("nida", AuditAction.RULE_PROMOTION_PROPOSED),
        ("anan", AuditAction.RULE_STAGE_CHANGED),
    ]
    assert told(bench)[-1][2]["proposed_by"] == "nida"
    with pytest.raises(ConflictError, match="decided already"):
        stages.approve(bench, ANAN, number)


def test_refused_withdrawn_and_who_may_which(bench: State) -> None:
    number = stages.propose(bench, NIDA, RULE, WHY)
    with pytest.raises(ConflictError, match="proposed already"):
        stages.propose(bench, ANAN, RULE, WHY)
    with pytest.raises(ForbiddenError, match="withdraw it instead"):
        stages.refuse(bench, NIDA, number, "not yet")
    with pytest.raises(ForbiddenError, match="can refuse"):
        stages.withdraw(bench, ANAN, number, "not yet")
    stages.refuse(bench, ANAN, number, "too many alerts")
    again = stages.propose(bench, NIDA, RULE, WHY)
    stages.withdraw(bench, NIDA, again, "a better one comes")
    assert [one.state for one in stages.history(bench, NIDA, RULE)] == ["withdrawn", "refused"]
    assert stage(bench) is Stage.SHADOW
    for act in (stages.refuse, stages.withdraw):
        with pytest.raises(ConflictError):
            act(bench, ANAN if act is stages.refuse else NIDA, number if act is stages.refuse else again, "once more")
    assert {action for _, action, _ in told(bench)} == {
        AuditAction.RULE_PROMOTION_PROPOSED,
        AuditAction.RULE_PROMOTION_REFUSED,
        AuditAction.RULE_PROMOTION_WITHDRAWN,
    }


def test_every_other_move_takes_one_person_and_a_reason(bench: State) -> None:
    with pytest.raises(UsageError, match="two people"):
        stages.move(bench, NIDA, RULE, Stage.PRODUCTION, WHY)
    with pytest.raises(UsageError, match="reason"):
        stages.move(bench, NIDA, OTHER, Stage.SHADOW, "")
    with pytest.raises(ForbiddenError):
        stages.move(bench, LEAD, OTHER, Stage.SHADOW, WHY)
    with pytest.raises(NotFoundError):
        stages.move(bench, NIDA, "nobody's", Stage.SHADOW, WHY)
    with pytest.raises(ConflictError, match="already"):
        stages.move(bench, NIDA, RULE, Stage.SHADOW, WHY)
    with pytest.raises(ConflictError, match="look again"):
        stages.move(bench, NIDA, OTHER, Stage.RETIRED, WHY, seen=Stage.SHADOW)
    before = bench.versions().get("rules", 0)
    stages.move(bench, NIDA, OTHER, Stage.SHADOW, WHY, seen=Stage.PRODUCTION)
    assert stage(bench, OTHER) is Stage.SHADOW
    assert bench.versions()["rules"] == before + 1
    with bench.read() as connection:
        assert store.read(connection) == {OTHER: "shadow"}


def test_a_move_ends_what_was_proposed(bench: State) -> None:
    number = stages.propose(bench, NIDA, RULE, WHY)
    stages.move(bench, ANAN, RULE, Stage.RETIRED, "it finds nothing")
    assert [one.state for one in stages.history(bench, NIDA, RULE)] == ["done", "withdrawn"]
    with pytest.raises(ConflictError, match="decided already"):
        stages.approve(bench, ANAN, number)
    with pytest.raises(ConflictError, match="put it into shadow first"):
        stages.propose(bench, NIDA, RULE, WHY)


def test_one_act_leads_back_and_another_one_forth(bench: State) -> None:
    with pytest.raises(ConflictError, match="nobody ever moved"):
        stages.roll_back(bench, NIDA, OTHER, WHY)
    stages.move(bench, NIDA, OTHER, Stage.RETIRED, WHY)
    assert stages.roll_back(bench, ANAN, OTHER, "it was needed") is Stage.PRODUCTION
    assert stage(bench, OTHER) is Stage.PRODUCTION
    assert stages.roll_back(bench, ANAN, OTHER, "after all not") is Stage.RETIRED


def test_a_rule_that_is_gone_can_still_be_moved_by_its_history(bench: State) -> None:
    stages.move(bench, NIDA, OTHER, Stage.RETIRED, WHY)
    loaded.tell(bench, [])
    assert stages.roll_back(bench, NIDA, OTHER, WHY) is Stage.PRODUCTION
    assert stages.history(bench, NIDA, OTHER)[0].rule_title == "Other"


DRAFT = """\
title: A draft
id: 3
logsource: {category: webserver}
detection: {s: {a: b}, condition: s}
"""


def draft(folder: Path, text: str = DRAFT, name: str = "web_a.yml") -> Draft:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text.replace("id: 3", "id: '3'"), encoding="utf-8")
    return read_draft(folder / name)


def test_a_draft_runs_as_the_very_file_that_was_put_there(state: State, tmp_path: Path) -> None:
    folder = tmp_path / "drafts"
    first = draft(folder)
    with pytest.raises(NotFoundError):
        stages.move(state, NIDA, NEW, Stage.SHADOW, WHY)
    stages.move(state, NIDA, NEW, Stage.SHADOW, WHY, draft=first)
    number = stages.propose(state, NIDA, NEW, WHY)
    second = draft(folder, DRAFT + "level: low\n")
    stages.approve(state, ANAN, number)

    def run() -> dict[Path, str]:
        drafts, faults = read_drafts(folder)
        assert not faults
        with state.read() as connection:
            return approved(drafts.values(), store.staged(connection))

    assert run() == {first.path: first.sha256}  # which the file is not any more: the loader says so
    stages.move(state, NIDA, NEW, Stage.SHADOW, "the new one first", draft=second)
    assert run() == {first.path: second.sha256}
    assert stages.roll_back(state, NIDA, NEW, "as it was") is Stage.PRODUCTION
    assert run() == {first.path: first.sha256}
    stages.move(state, NIDA, NEW, Stage.DRAFT, "not now")
    assert run() == {}


def test_a_filter_goes_from_draft_to_production_by_two(state: State, tmp_path: Path) -> None:
    text = "title: f\nid: 3\nlogsource: {category: w}\nfilter: {rules: any, s: {a: b}, condition: not s}\n"
    one = draft(tmp_path / "drafts", text)
    assert one.is_filter
    stages.approve(state, ANAN, stages.propose(state, NIDA, NEW, WHY, draft=one))
    with state.read() as connection:
        assert approved([one], store.staged(connection)) == {one.path: one.sha256}


def test_hostile_drafts(tmp_path: Path) -> None:
    folder = tmp_path / "drafts"
    draft(folder)
    draft(folder, name="web_b.yml")
    (folder / "no_id.yml").write_text("title: x\n", encoding="utf-8")
    (folder / "empty.yml").write_text("", encoding="utf-8")
    (folder / "long.yml").write_text("#" * (300 << 10), encoding="utf-8")
    (folder / "bad.yml").write_text("a: [", encoding="utf-8")
    (folder / "link.yml").symlink_to("/etc/hostname")
    found, faults = read_drafts(folder)
    assert list(found) == [NEW]
    assert len(faults) == 6
    assert read_drafts(tmp_path / "none") == ({}, [])
    with pytest.raises(ContentError):
        read_draft(folder / "gone.yml")


class Stages(RuleBasedStateMachine):
    """Whatever two people do in whatever order: only what somebody else approved for these bytes raises alerts."""

    def __init__(self, state: State) -> None:
        super().__init__()
        self.state = state
        with state.write() as connection:
            for table in (rule_stages, rule_changes):
                connection.execute(table.delete())
        self.approved: set[str] = set()
        self.asked: dict[int, tuple[str, str]] = {}
        self.bytes = "a"

    def put(self) -> store.Staged | None:
        with self.state.read() as connection:
            return store.get(connection, NEW)

    def shown(self) -> Draft:
        return Draft(NEW, "A draft", Path("web_a.yml"), self.bytes * 64, is_filter=False)

    @rule(letter=st.sampled_from("abc"))
    def edit(self, letter: str) -> None:
        self.bytes = letter

    @rule(who=st.sampled_from([NIDA, ANAN]), to=st.sampled_from(Stage))
    def move(self, who: object, to: Stage) -> None:
        self.attempt(stages.move, who, NEW, to, WHY, draft=self.shown())

    @rule(who=st.sampled_from([NIDA, ANAN]))
    def propose(self, who: object) -> None:
        before = self.put()
        number = self.attempt(stages.propose, who, NEW, WHY)
        if isinstance(number, int):
            assert before is not None
            self.asked[number] = who.name, str(before.draft_sha256)  # type: ignore[attr-defined]

    @rule(who=st.sampled_from([NIDA, ANAN]), place=st.integers(0, 3))
    def approve(self, who: object, place: int) -> None:
        number = ([0, *self.asked][::-1][place:] or [0])[0]
        if self.attempt(stages.approve, who, number, done=True):
            proposer, sha256 = self.asked[number]
            assert proposer != who.name  # type: ignore[attr-defined]
            self.approved.add(sha256)

    @rule(who=st.sampled_from([NIDA, ANAN]))
    def roll_back(self, who: object) -> None:
        self.attempt(stages.roll_back, who, NEW, WHY)

    def attempt(self, act: object, *given: object, done: bool = False, **more: object) -> object:
        try:
            result = act(self.state, *given, **more)  # type: ignore[operator]
        except WarroomError:
            return None
        finally:
            put = self.put()
            with self.state.read() as connection:
                last = store.last_done(connection, NEW)
                assert len(store.proposals(connection)) <= 1
            if put is None:
                assert last is None
            else:
                assert last is not None
                assert (last.to_stage, last.to_sha256) == (put.stage, put.draft_sha256)
        put = self.put()
        if act is not stages.approve and put is not None and put.stage == Stage.PRODUCTION:
            assert put.draft_sha256 in self.approved
        return True if done else result


def test_whatever_people_do_in_whatever_order(state: State) -> None:
    class Here(Stages):
        def __init__(self) -> None:
            super().__init__(state)

    run_state_machine_as_test(Here, settings=settings(max_examples=12, stateful_step_count=14))
