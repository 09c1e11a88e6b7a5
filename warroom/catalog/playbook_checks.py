"""Whether the parts of a playbook fit together: order of phases, names that stand once, conditions that can hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from warroom.catalog.places import Place
from warroom.catalog.playbook_parts import Playbook, Question, Task

_Path: TypeAlias = tuple[str | int, ...]


def check_whole(place: Place, found: Playbook, order: list[str], *, most: int) -> None:
    """Note what does not fit.

    Args:
        place: the top of the document.
        found: what was read of it.
        order: the ids of all phases, in the order of the work.
        most: so many tasks and questions at most.
    """
    _check_order(place, found, order)
    seen: set[str] = set()
    for path, one in _items(found):
        if one.id in seen:  # tasks and questions share their names: an entry of a run names one of either
            place.fault(f"the id `{one.id}` stands twice", *path)
        seen.add(one.id)
    if len(seen) > most:
        place.fault(f"more than {most} tasks and questions: split the playbook", "phases")
    _check_conditions(place, found)
    _check_circles(place, found)


def _items(found: Playbook) -> Iterator[tuple[_Path, Question | Task]]:
    for number, phase in enumerate(found.phases):
        for position, question in enumerate(phase.questions):
            yield ("phases", number, "questions", position), question
        for position, task in enumerate(phase.tasks):
            yield ("phases", number, "tasks", position), task


def _check_order(place: Place, found: Playbook, order: list[str]) -> None:
    own = [phase.id for phase in found.phases if phase.id in order]
    if own != sorted(set(own), key=order.index):
        place.fault(f"phases stand once each, in the order of the work: {', '.join(order)}", "phases")
    for number, phase in enumerate(found.phases):
        if not set(phase.after) <= set(own[:number]):
            place.fault(f"`{phase.id}` comes after phases that stand before it", "phases", number, "after")
        if phase.id == "recovery" and "preservation" in own and "preservation" not in phase.after:
            # code of practice 2564, item 19.1 (ช): evidence is preserved before recovery
            place.fault("`recovery` says `after: [preservation]`: recovering destroys evidence", "phases", number)
    if not any(phase.tasks for phase in found.phases):
        place.fault("a playbook has at least one task", "phases")


def _check_conditions(place: Place, found: Playbook) -> None:
    answers = {question.id: question.answers for question in found.questions}
    for path, one in _items(found):
        for question, wanted in (pair for term in one.when for pair in term):
            if question not in answers:
                place.fault(f"there is no question `{question}`", *path, "when")
            elif strange := [word for word in wanted if word not in answers[question]]:
                known = ", ".join(answers[question])
                place.fault(f"`{question}` is not answered by `{strange[0]}`; known: {known}", *path, "when")


def _check_circles(place: Place, found: Playbook) -> None:
    waits = {one.id: {question for term in one.when for question, _ in term} for one in found.questions if one.when}
    while free := [one for one, others in waits.items() if not others & waits.keys()]:
        for one in free:
            del waits[one]
    if waits:
        place.fault(f"the questions {', '.join(sorted(waits))} wait for each other", "phases")
