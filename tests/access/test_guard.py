"""Guarded functions refuse who lacks the permission, before they look at anything else."""

from __future__ import annotations

import importlib
import re

import pytest

from warroom.access.actor import Actor
from warroom.access.guard import GUARDED, check, needs
from warroom.access.roles import GRANTS, Permission, Role
from warroom.errors import ForbiddenError
from warroom.settings import ROOT
from warroom.store.audit import Via

ANALYST = Actor("anong", frozenset({Role.ANALYST}))
VIEWER = Actor("somchai", frozenset({Role.VIEWER}))

#: Every module in which a function acts in somebody's name.
for path in sorted((ROOT / "warroom").rglob("*.py")):
    if re.search(r"^@needs\(", path.read_text(encoding="utf-8"), re.MULTILINE):
        importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
EVERYTHING = sorted(name for name in GUARDED if name.startswith("warroom."))


@needs(Permission.CLOSE_INCIDENTS)
def close_it(number: int, actor: Actor, *, text: str = "") -> str:
    """Close something."""
    return f"{number} by {actor.name}: {text}"


def test_who_has_the_permission_gets_the_answer_however_the_actor_is_given() -> None:
    assert close_it(7, ANALYST, text="done") == "7 by anong: done"
    assert close_it(number=7, actor=ANALYST) == "7 by anong: "


def test_who_lacks_it_is_told_what_is_missing_and_who_has_it() -> None:
    with pytest.raises(ForbiddenError, match=r"somchai lacks the permission `close_incidents`.*analyst, shift_lead"):
        close_it(7, VIEWER)


def test_no_actor_is_a_mistake_not_a_way_in() -> None:
    for wrong in (None, "anong", ANALYST.roles):
        with pytest.raises(TypeError, match="acts for somebody"):
            close_it(7, wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="acts for somebody"):
        close_it(7)  # type: ignore[call-arg]


def test_a_function_without_an_actor_cannot_be_guarded() -> None:
    def alone(number: int) -> int:
        return number

    def named(actor: str) -> str:
        return actor

    for function, told in ((alone, "no parameter `actor`"), (named, "is an Actor")):
        with pytest.raises(TypeError, match=told):
            needs(Permission.EXPORT)(function)  # type: ignore[arg-type]


def test_guarded_functions_are_listed_with_what_they_do() -> None:
    listed = GUARDED[f"{__name__}.close_it"]
    assert (listed.permission, listed.does) == (Permission.CLOSE_INCIDENTS, "Close something.")


def test_a_platform_out_of_scope_and_a_scope_that_is_missing_are_told_apart() -> None:
    confined = Actor("anong", frozenset({Role.ANALYST}), frozenset({"gdx"}))
    check(confined, Permission.CLOSE_INCIDENTS, "gdx")
    with pytest.raises(ForbiddenError, match="not allowed to see platform tang_rat"):
        check(confined, Permission.CLOSE_INCIDENTS, "tang_rat")
    token = Actor("robot", frozenset({Role.ANALYST}), via=Via.API, scopes=frozenset())
    with pytest.raises(ForbiddenError, match="API token"):
        check(token, Permission.CLOSE_INCIDENTS)
    lead = Actor("anong", frozenset({Role.SHIFT_LEAD}), frozenset({"gdx"}))
    with pytest.raises(ForbiddenError, match="without being confined"):
        check(lead, Permission.SUPPRESS)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("name", EVERYTHING)
def test_every_function_as_every_role(name: str, role: Role) -> None:
    """The guard comes first: with no other argument, who may fails for want of them, who may not is refused."""
    guarded = GUARDED[name]
    allowed = guarded.permission in GRANTS[role]
    with pytest.raises(TypeError if allowed else ForbiddenError):
        guarded.call(actor=Actor("anong", frozenset({role})))


def test_there_are_functions_to_call_and_each_says_what_it_does() -> None:
    assert len(EVERYTHING) > 10
    assert [name for name in EVERYTHING if not GUARDED[name].does.endswith((".", ":"))] == []
