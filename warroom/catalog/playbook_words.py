"""What playbooks are built of: their phases and whom they tell, out of the reference data."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

from warroom.catalog.documents import read_yaml
from warroom.errors import ContentError, Fault
from warroom.settings import REFERENCE


@dataclass(frozen=True, slots=True)
class PhaseName:
    """A part of an incident response plan, and which item of the code of practice of 2564 asks for it."""

    id: str
    item: str
    item_en: str
    th: str
    en: str


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody whom tasks tell (a role of the war room or a kind of contact), or an answer, in both languages."""

    id: str
    th: str
    en: str


@dataclass(frozen=True, slots=True)
class PlaybookWords:
    """All of the file; the phases are in the order in which work is done."""

    phases: dict[str, PhaseName]
    audiences: dict[str, Named]
    answers: dict[str, Named]
    cacao_activities: dict[str, str]


@functools.cache
def load_playbook_words(path: Path = REFERENCE / "playbook_words.yaml") -> PlaybookWords:
    """Read phases, audiences and activities.

    Raises:
        ContentError: the file is at fault.
    """
    (document,) = read_yaml(path)
    try:
        phases = {one["id"]: PhaseName(**one) for one in document.data["phases"]}
        audiences = {one["id"]: Named(**one) for one in document.data["audiences"]}
        answers = {one["id"]: Named(**one) for one in document.data["answers"]}
        activities = dict(document.data["cacao_activities"])
    except (KeyError, TypeError) as problem:
        raise ContentError(Fault(str(path), document.line, f"a phase or an audience lacks {problem}")) from problem
    if strange := sorted(set(activities.values()) - phases.keys()):
        line = document.line_of("cacao_activities")
        raise ContentError(Fault(str(path), line, f"there is no phase `{strange[0]}`"))
    return PlaybookWords(phases, audiences, answers, activities)
