"""Playbooks as CACAO 2.0: valid by its schemas, the same again when they come back, foreign ones read or refused."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from referencing import Registry
from respond.playbook_samples import playbooks, small

from warroom.catalog.cacao import EXTENSION, MAX_BYTES, from_cacao, to_cacao
from warroom.catalog.playbook_parts import Playbook
from warroom.catalog.playbooks import load_playbooks
from warroom.errors import ContentError
from warroom.settings import ROOT

SCHEMAS = ROOT / "tests" / "samples" / "schemas" / "cacao-2.0" / "schemas"
FOREIGN = Path("foreign.json")


@cache
def validator() -> Draft7Validator:
    """The schemas declare draft 07."""
    found = {}
    for path in SCHEMAS.rglob("*.json"):
        told = json.loads(path.read_text(encoding="utf-8"))
        found[told["$id"]] = told
    registry: Registry[Any] = Registry().with_contents(found.items())
    (whole,) = (told for name, told in found.items() if name.endswith("/schemas/playbook.json"))
    return Draft7Validator(whole, registry=registry)


def again(playbook: Playbook) -> Playbook:
    return from_cacao(json.dumps(to_cacao(playbook)).encode(), Path("own.json"))


def read(told: object) -> Playbook:
    return from_cacao(json.dumps(told).encode(), FOREIGN)


def step(kind: str, number: int) -> str:
    return f"{kind}--00000000-0000-4000-8000-{number:012d}"


def action(name: str, **further: Any) -> dict[str, Any]:  # noqa: ANN401 - a document's part
    command = {"type": "manual", "command": f"do {name}"}
    return {"type": "action", "name": name, "commands": [command], "agent": step("group", 1), **further}


def foreign(workflow: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "playbook",
        "spec_version": "cacao-2.0",
        "id": step("playbook", 1),
        "name": "Block an address",
        "created_by": step("identity", 1),
        "created": "2026-01-02T00:00:00.000Z",
        "modified": "2026-03-04T00:00:00.000Z",
        "workflow_start": step("start", 1),
        "workflow": workflow,
    }


BRANCHED = foreign(
    {
        step("start", 1): {"type": "start", "on_completion": step("action", 1)},
        step("action", 1): action("look", on_success=step("if-condition", 1), on_failure=step("action", 5)),
        step("if-condition", 1): {
            "type": "if-condition",
            "condition": "__bad__:value = 'true'",
            "on_true": step("action", 2),
            "on_false": step("end", 1),
            "on_completion": step("action", 4),
        },
        step("action", 2): action("block", on_completion=step("switch-condition", 1))
        | {"commands": [{"type": "bash", "command": "rm -rf /", "playbook_activity": "restrict-access"}]},
        step("switch-condition", 1): {
            "type": "switch-condition",
            "switch": "__size__:value",
            "cases": {"big": step("action", 3), "small": step("end", 1)},
        },
        step("action", 3): action("call", on_completion=step("end", 1)),
        step("action", 4): action("tell", on_completion=step("end", 1)),
        step("action", 5): action("ask again", on_completion=step("end", 1)),
        step("end", 1): {"type": "end"},
    }
)


def test_every_playbook_of_ours_is_valid_cacao_and_comes_back_as_it_was() -> None:
    ours, faults = load_playbooks(ROOT / "playbooks")
    assert faults == []
    for playbook in ours.values():
        validator().validate(to_cacao(playbook))
        assert again(playbook) == playbook


@given(playbooks())
def test_any_playbook_comes_back_as_it_was(playbook: Playbook) -> None:
    told = to_cacao(playbook)
    assert again(playbook) == playbook
    kinds = {name: one["type"] for name, one in told["workflow"].items()}
    assert all(name.startswith(f"{kind}--") for name, kind in kinds.items())
    asked = {question for task in playbook.tasks for term in task.when for question, _ in term}
    assert ("if-condition" in kinds.values()) >= bool(asked)
    names = {one["name"] for one in told["workflow"].values() if one["type"] == "action"}
    assert names == {one.does.en for one in playbook.tasks} | {one.asks.en for one in playbook.questions}


def test_a_drawn_playbook_is_valid_and_all_its_steps_can_be_reached() -> None:
    told = to_cacao(small())
    validator().validate(told)
    reached: set[str] = set()
    waiting = [told["workflow_start"]]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += re.findall(r'"([a-z-]+--[0-9a-f-]{36})"', json.dumps(told["workflow"][name]).replace(name, ""))
            waiting = [one for one in waiting if one in told["workflow"]]
    assert reached == told["workflow"].keys()


def test_what_was_changed_elsewhere_is_read_as_it_is_now() -> None:
    told = to_cacao(small())
    (mine,) = (name for name, one in told["workflow"].items() if one.get("name") == "English look")
    told["workflow"][mine]["name"] = "Look twice"
    found = read(told)
    assert found.id != "small"
    assert "Look twice" in {task.does.en for task in found.tasks}
    assert len(list(found.tasks)) == len(list(small().tasks)) + len(list(small().questions))
    told["playbook_extensions"][EXTENSION]["definition"]["version"] = "bad version"
    with pytest.raises(ContentError, match="`version`"):
        read(told)


def test_a_foreign_playbook_becomes_tasks_and_questions() -> None:
    found = read(BRANCHED)
    names = {question.asks.en: question.id for question in found.questions}
    failed, bad, size = names["look: OK?"], names["__bad__:value = 'true'?"], names["__size__:value?"]
    told = {task.does.en: (task.detail.en, task.when) for task in found.tasks}
    assert told["look"] == ("do look", ())
    assert told["ask again"] == ("do ask again", (((failed, ("no",)),),))
    assert told["tell"][1] == (((failed, ("yes",)),),), "what follows an if does not depend on it"
    assert told["block"] == ("[bash] rm -rf /", (((failed, ("yes",)), (bad, ("yes",))),))
    assert told["call"][1] == (((failed, ("yes",)), (bad, ("yes",)), (size, ("c0_big",))),)
    assert [phase.id for phase in found.phases if any(task.does.en == "block" for task in phase.tasks)] == [
        "containment"
    ]
    assert (found.created, found.revised, found.version) == ("2026-01-02", "2026-03-04", "2026-03-04")
    assert found.starts == (), "nothing that others wrote starts by itself"
    assert again(found) == found


def test_a_step_to_which_both_branches_lead_does_not_depend_on_the_answer() -> None:
    whole = {
        step("start", 1): {"type": "start", "on_completion": step("if-condition", 1)},
        step("if-condition", 1): {
            "type": "if-condition", "condition": "a", "on_true": step("action", 1), "on_false": step("action", 2),
        },
        step("action", 1): action("one", on_completion=step("action", 3)),
        step("action", 2): action("two", on_completion=step("action", 3)),
        step("action", 3): action("three", on_completion=step("end", 1)),
        step("end", 1): {"type": "end"},
    }  # fmt: skip
    told = {task.does.en: bool(task.when) for task in read(foreign(whole)).tasks}
    assert told == {"one": True, "two": True, "three": False}


def loop() -> dict[str, Any]:
    whole = {
        step("start", 1): {"type": "start", "on_completion": step("action", 1)},
        step("action", 1): action("one", on_completion=step("action", 2)),
        step("action", 2): action("two", on_completion=step("action", 1)),
    }
    return foreign(whole)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (loop(), "round in a circle"),
        ([], "JSON object"),
        ({"type": "playbook", "spec_version": "cacao-1.1"}, "no CACAO 2.0 playbook"),
        (BRANCHED | {"workflow": {}}, "`workflow_start` names no step"),
        (BRANCHED | {"workflow": [1]}, "holds no steps"),
        (BRANCHED | {"workflow": {step("start", 1): {"type": "start", "on_completion": "gone"}}}, "not there"),
        (BRANCHED | {"workflow": {step("start", 1): {"type": "while-condition"}}}, "cannot be told as a task"),
        (BRANCHED | {"workflow": {step("start", 1): {"type": "start"}}}, "list of 1 to 20|at least one task"),
        (BRANCHED | {"workflow": {str(one): {} for one in range(601)}}, "more than 600 steps"),
        (BRANCHED | {"description": "x" * 4_000}, "longer than"),
    ],
)
def test_what_cannot_be_a_checklist_is_refused_with_the_reason(told: object, reason: str) -> None:
    with pytest.raises(ContentError, match=reason):
        read(told)


@pytest.mark.parametrize("data", [b"[" * 100_000, b"{", b"\xff\xfe", b" " * (MAX_BYTES + 1), b'{"a": 1e999999}', b""])
def test_what_is_no_document_is_refused(data: bytes) -> None:
    with pytest.raises(ContentError):
        from_cacao(data, FOREIGN)


_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from([step("action", 1), step("end", 1)]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "commands", "next_steps", "cases", "on_completion", "on_failure", "name"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from([step("start", 1), step("action", 1), step("end", 1)]), _json), _json)
def test_whatever_a_foreign_document_holds_it_is_read_or_refused(workflow: dict[str, Any], other: object) -> None:
    told = foreign(BRANCHED["workflow"] | workflow) | {"name": other, "modified": other, "playbook_extensions": other}
    try:
        found = read(told)
    except ContentError:
        return
    assert again(found) == found
