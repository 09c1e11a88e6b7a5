"""A false alarm becomes a proposal with its events, masked; by one act a filter that its own samples hold."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from making import BANGKOK, MANY_RULE, NOW, UNION_RULE, WEB_FEED, settings_for, somebody
from sqlalchemy import select

from warroom.access import Role
from warroom.bench import tuning
from warroom.detect import load_rules
from warroom.detect.samples import failures, read_samples, rules_under_test, samples_of
from warroom.errors import ConflictError, ForbiddenError, LeaseError, UsageError
from warroom.incidents import actions
from warroom.model import Disposition
from warroom.store.audit import AuditAction, Filter, read
from warroom.store.database import State
from warroom.store.rules import proposals
from warroom.store.rules.tables import rule_proposals
from warroom.worker import Worker

LEAD, NIDA = somebody("lead", Role.SHIFT_LEAD), somebody("nida", Role.DETECTION_ENGINEER)
UNION, MANY = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
#: A number that is a citizen's by its check digit, and belongs to nobody.
PERSON = "1-1037-02071-81-1"


class Room:
    """A worker whose feed brought twelve requests of a scanner, and the incident that came of them."""

    def __init__(self, folder: Path) -> None:
        self.settings = settings_for(folder, {"web.yml": WEB_FEED}, {"union.yml": UNION_RULE, "many.yml": MANY_RULE})
        logs = self.settings.data_dir / "logs"
        logs.mkdir(parents=True)
        with (logs / "access.log").open("wb") as log:
            log.writelines(
                f"203.0.113.9 - somchai{number} [{NOW.astimezone(BANGKOK):%d/%b/%Y:%H:%M:%S %z}] "
                f'"GET /find?q=union+{PERSON}&n={number} HTTP/1.1" 200 12 "-" "inventory/1.0 (*)"\n'.encode()
                for number in range(12)
            )
        self.state = State(self.settings.db_url)
        self.worker = Worker(self.settings, threading.Event())
        self.worker.start()
        self.tune()
        self.worker.read_once()
        self.rules = load_rules([self.settings.detectors])

    def tune(self) -> None:
        self.worker._routines.tune()  # noqa: SLF001 - the job that runs every ten seconds

    def close(self, disposition: Disposition = Disposition.FALSE_POSITIVE) -> None:
        actions.close(self.state, 1, LEAD, disposition, "the inventory of the agency")

    def open(self) -> list[proposals.Proposal]:
        return tuning.list_proposals(self.state, NIDA)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path)
    yield made
    made.worker.stop()
    made.state.close()


def test_a_false_alarm_opens_a_proposal_for_each_rule_with_masked_events(room: Room) -> None:
    room.close()
    room.tune()
    found = {one.rule_id: one for one in room.open()}
    assert set(found) == {UNION, MANY}
    one = found[UNION]
    assert (one.incident_id, one.closed_by, one.state, one.rule_title) == (
        1,
        "lead",
        "open",
        "SQL injection in a query",
    )
    assert 10 <= len(one.samples) <= 20
    text = json.dumps(one.samples)
    assert "somchai" not in text
    assert PERSON not in text
    assert PERSON.replace("-", "") not in text
    assert {sample["columns"]["user_name"] for sample in one.samples} >= {"user-1", "user-2"}
    assert {"url_query", "user_name"} <= set(one.samples[0]["masked"])
    assert "http_response_body_bytes" not in one.samples[0]["columns"]  # nobody asks it, it tells nothing
    room.tune()
    assert len(room.open()) == 2


def test_what_is_no_false_alarm_opens_none(room: Room) -> None:
    room.close(Disposition.TRUE_POSITIVE)
    room.tune()
    assert room.open() == []


def test_nothing_is_lost_when_the_worker_fails_in_between(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.close()

    def failing(*_: object) -> None:
        raise LeaseError("another worker took over")

    with monkeypatch.context() as patched:
        patched.setattr(proposals, "move_place", failing)
        with pytest.raises(LeaseError):
            room.tune()
    assert room.open() == []
    room.tune()
    assert len(room.open()) == 2


def test_what_is_taken_up_again_is_no_false_alarm(room: Room) -> None:
    room.close()
    room.tune()
    actions.reopen(room.state, 1, LEAD, "it was none after all")
    room.tune()
    assert room.open() == []
    with room.state.read() as connection:
        assert {row.decided_by for row in connection.execute(select(rule_proposals))} == {"worker"}
    room.close()
    room.tune()
    assert len(room.open()) == 2
    actions.reopen(room.state, 1, LEAD, "once more")
    room.close()
    actions.reopen(room.state, 1, LEAD, "and before the worker looked")
    room.tune()
    assert room.open() == []


def test_a_proposal_becomes_a_filter_that_holds_what_its_samples_say(room: Room) -> None:
    room.close()
    room.tune()
    for one in room.open():
        draft = tuning.draft_filter(room.state, room.settings.data_dir, NIDA, one.id, room.rules)
        assert draft.is_filter
        text = draft.path.read_text(encoding="utf-8")
        assert "inventory/1.0 (\\\\*)" in text
        assert "somchai" not in text + samples_of(draft.path).read_text(encoding="utf-8")
        under_test = rules_under_test(draft.path, room.settings.detectors)
        assert under_test.rules
        assert not under_test.refused
        cases = read_samples(samples_of(draft.path))
        assert list(failures(cases, under_test)) == []
        # and without the filter they would: the samples are events that the rule really finds
        if one.rule_id == UNION:
            alone = load_rules([room.settings.detectors / "union.yml"])
            assert len(list(failures(cases, alone))) == len(cases.cases) - 1
    named = {UNION: "except_sql_injection_in_a_query", MANY: "except_many_injections_from_one_address"}
    assert {one.draft for one in room.open()} == {f"{named[one.rule_id]}_{one.id}.yml" for one in room.open()}
    first, second = room.open()
    tuning.finish(room.state, NIDA, first.id, "the filter is in production")
    tuning.dismiss(room.state, NIDA, second.id, "the agency stopped it")
    assert room.open() == []
    with pytest.raises(ConflictError, match="decided already"):
        tuning.draft_filter(room.state, room.settings.data_dir, NIDA, first.id, room.rules)
    with pytest.raises(ConflictError, match="decided already"):
        tuning.dismiss(room.state, NIDA, first.id, "once more")
    with room.state.read() as connection:
        told = read(connection, Filter(actions=[AuditAction.RULE_TUNING_DECIDED])).entries
    assert [json.loads(one.body)["outcome"] for one in told] == ["dismissed", "done", "drafted", "drafted"]


def test_who_may(room: Room) -> None:
    room.close()
    room.tune()
    number = room.open()[0].id
    for act in (tuning.finish, tuning.dismiss):
        with pytest.raises(ForbiddenError):
            act(room.state, LEAD, number, "it is good as it is")
        with pytest.raises(UsageError):
            act(room.state, NIDA, number, " ")
    elsewhere = somebody("anong", Role.ANALYST, platforms=frozenset({"gdx"}))
    assert tuning.list_proposals(room.state, elsewhere) == []
