"""A small playbook with every kind of branch, and playbooks drawn at random."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from hypothesis import strategies as st

from warroom.catalog.playbook_parts import Playbook
from warroom.catalog.playbook_words import load_playbook_words
from warroom.catalog.playbooks import checked_playbook

PHASES: Final = list(load_playbook_words().phases)
_MOMENTS: Final = ("started", "aware_at", "ended_at")


def both(text: str) -> dict[str, str]:
    """A text that says in both languages which one it is."""
    return {"th": f"ไทย {text}", "en": f"English {text}"}


def told() -> dict[str, Any]:
    """The small playbook as a document has it."""
    return {
        "id": "small",
        "version": "1.0.0",
        "created": "2026-11-22",
        "revised": "2026-11-22",
        "title": both("title"),
        "purpose": both("purpose"),
        "starts": [
            {"because": both("a scan"), "automatic": True, "tags": ["attack.t1190"], "severity": "high"},
            {"because": both("by category"), "categories": [7]},
        ],
        "phases": [
            {
                "id": "activation",
                "questions": [
                    {"id": "real", **both("is it real?")},
                    {
                        "id": "how",
                        **both("how bad?"),
                        "options": [{"id": one, **both(one)} for one in ("low", "mid", "bad")],
                        "by": "decide_breach",
                        "when": {"real": True},
                    },
                ],
                "tasks": [{"id": "look", **both("look"), "due": "PT15M after started"}],
            },
            {
                "id": "preservation",
                "tasks": [{"id": "keep", **both("keep"), "when": {"real": ["yes"]}, "evidence": both("a file")}],
            },
            {
                "id": "recovery",
                "after": ["preservation"],
                "tasks": [{"id": "mend", **both("mend"), "when": {"real": "yes"}}],
            },
            {
                "id": "reporting",
                "tasks": [
                    {
                        "id": "report",
                        **both("report"),
                        "owner": "dpo",
                        "due": "PT72H after aware_at",
                        "when": [{"how": ["mid", "bad"]}, {"real": "no", "how": "low"}],
                        "forms": ["pdpc_notification"],
                        "clocks": ["PDPC_72H"],
                    }
                ],
            },
        ],
    }


def small() -> Playbook:
    """The small playbook."""
    return checked_playbook(told(), Path("small.yml"))


_text: Final = st.text(
    st.characters(min_codepoint=32, max_codepoint=0xE7F, exclude_categories=("Cs", "Cc", "Cf")), min_size=1, max_size=30
).filter(lambda text: text.strip() == text)


_texts: Final = st.fixed_dictionaries({"th": _text, "en": _text})


@st.composite
def _conditions(draw: st.DrawFn, asked: dict[str, list[str]]) -> list[dict[str, list[str]]]:
    """Terms that ask for answers of questions that are asked."""
    terms = st.lists(
        st.lists(st.sampled_from(sorted(asked)), min_size=1, max_size=2, unique=True), min_size=1, max_size=2
    )
    answers = {one: st.lists(st.sampled_from(words), min_size=1, unique=True) for one, words in asked.items()}
    return [{one: draw(answers[one]) for one in term} for term in draw(terms)]


@st.composite
def _questions(draw: st.DrawFn, name: str, asked: dict[str, list[str]]) -> dict[str, Any]:
    question: dict[str, Any] = {"id": name, **draw(_texts)}
    if options := draw(st.sampled_from([[], ["a", "b"], ["low", "mid", "no"]])):
        question["options"] = [{"id": one, **draw(_texts)} for one in options]
    if asked and draw(st.booleans()):
        question["when"] = draw(_conditions(asked))
    asked[name] = options or ["yes", "no"]
    return question


@st.composite
def _tasks(draw: st.DrawFn, name: str, asked: dict[str, list[str]]) -> dict[str, Any]:
    task: dict[str, Any] = {"id": name, **draw(_texts)}
    if asked and draw(st.booleans()):
        task["when"] = draw(_conditions(asked))
    if draw(st.booleans()):
        task |= {"due": f"PT{draw(st.integers(1, 99))}H after {draw(st.sampled_from(_MOMENTS))}"}
    if draw(st.booleans()):
        task |= {"detail": draw(_texts), "evidence": draw(_texts), "tells": ["dpo", "ncsa"], "certain": False}
    if draw(st.booleans()):
        task |= {"clocks": ["NCSA_K1"], "forms": ["ncsa_k1"], "owner": "dpo", "basis": draw(_texts)}
    return task


@st.composite
def playbooks(draw: st.DrawFn) -> Playbook:
    """Any playbook: conditions ask for earlier questions, phases stand in order."""
    ids = sorted(draw(st.lists(st.sampled_from(PHASES), min_size=1, max_size=4, unique=True)), key=PHASES.index)
    asked: dict[str, list[str]] = {}
    phases: list[dict[str, Any]] = []
    for place, phase in enumerate(ids):
        questions = [draw(_questions(f"q{place}_{one}", asked)) for one in range(draw(st.integers(0, 2)))]
        tasks = [draw(_tasks(f"t{place}_{one}", asked)) for one in range(draw(st.integers(0, 4)))]
        after = ["preservation"] if phase == "recovery" and "preservation" in ids else ids[:place][-1:]
        phases.append({"id": phase, "after": after, "questions": questions, "tasks": tasks})
    if not any(one["tasks"] for one in phases):
        phases[-1]["tasks"] = [{"id": "last", **draw(_texts)}]
    start = {"because": draw(_texts), "tags": ["attack.t1190"], "automatic": draw(st.booleans()), "personal_data": True}
    whole = told() | {"title": draw(_texts), "starts": [start], "phases": phases}
    return checked_playbook(whole, Path("drawn.yml"))
