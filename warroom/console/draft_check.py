"""The check of a draft while it is written: faults with their lines, and how each sample ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access import Permission
from warroom.access.guard import check
from warroom.bench.editing import Checked, check_draft, digest
from warroom.bench.id_taken import saved_in
from warroom.console import panels
from warroom.console.bench_job import Job
from warroom.console.fault_words import fault_told
from warroom.console.markup import Markup, join, show, tag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warroom.access import Actor
    from warroom.bench.trials import Tried
    from warroom.console.room import Room, Tick
    from warroom.errors import Fault

_JOB: Final = "draft_check"
#: A check that ends within so many seconds is shown at once; most do.
_MOMENT: Final = 1.5
_FAULTS: Final = 30
_CASES: Final = 60


def about(name: str, text: str, samples: str = "") -> str:
    """Give what a draft is known by while it is neither saved nor changed."""
    return f"{name}/{digest(text, samples)}"


def show_check(room: Room, name: str, text: str, samples: str) -> bool:
    """Show what a check of the draft gives; whether nothing is wrong with it, as far as is known."""
    words = room.words
    with panels.panel("draft_check", words("draft.check"), words("draft.check_hint")):
        if not text.strip():
            panels.empty(words("draft.empty"), words("draft.empty_do"))
            return False
        job = _job(room, name, text, samples)
        if job.running:
            room.live("1s", lambda tick: _waiting(room, tick, job))
            return False
        if job.problem or job.found is None:
            show(tag("div", job.problem or words("draft.check_failed"), cls="wr-warning", role="alert"))
            return False
        show(_told(room, job.found))
        return job.found.sound


def taken(actor: Actor, diff: str) -> bytes:
    """Give a patch to be taken away. Raises ForbiddenError to who may not manage rules."""
    check(actor, Permission.MANAGE_RULES)
    return diff.encode("utf-8", "replace")


def _job(room: Room, name: str, text: str, samples: str) -> Job[Checked]:
    """Give the check of this very text; begun once for it."""
    wanted, detectors = about(name, text, samples), room.settings.detectors
    job = st.session_state.get(_JOB)
    if isinstance(job, Job) and job.about == wanted:
        return job
    fresh = Job[Checked](wanted)
    st.session_state[_JOB] = fresh
    saved = saved_in(room.state, room.settings.data_dir)
    fresh.start(lambda _job: check_draft(name, text, samples, detectors, saved), _MOMENT)
    return fresh


def _waiting(room: Room, _tick: Tick, job: Job[Checked]) -> None:
    if not job.running:
        st.rerun()
    show(tag("p", room.words("draft.checking"), cls="wr-hint"))


def _told(room: Room, found: Checked) -> Markup:
    words = room.words
    right = sum(not one.failure for one in found.cases)
    verdict = "sound" if found.sound else "faulty"
    head = tag(
        "div",
        tag("b", words(f"draft.{verdict}")),
        tag("span", words("draft.cases_held", right=right, total=len(found.cases))),
        cls=f"wr-standing {'good' if found.sound else 'bad'}",
    )
    faults = (_faults(room, "rule_faults", found.rule), _faults(room, "sample_faults", found.samples))
    return join([head, *faults, _cases(room, found)])


def _faults(room: Room, title: str, faults: Sequence[Fault]) -> Markup:
    words = room.words
    if not faults:
        return join([])
    lines = [tag("li", *_where(room, one), fault_told(one.reason, words)) for one in faults[:_FAULTS]]
    if len(faults) > _FAULTS:
        lines.append(tag("li", words("banner.more", count=len(faults) - _FAULTS)))
    return tag("div", tag("h4", words(f"draft.{title}", count=len(faults))), tag("ul", *lines), cls="wr-faults")


def _where(room: Room, fault: Fault) -> list[Markup]:
    return [tag("code", room.words("draft.line", line=fault.line))] if fault.line else []


def _cases(room: Room, found: Checked) -> Markup:
    if not found.cases:
        return join([])
    rows = [_case(room, one) for one in found.cases[:_CASES]]
    return tag("ul", *rows, cls="wr-cases")


def _case(room: Room, one: Tried) -> Markup:
    words = room.words
    side = words("draft.must_match") if one.expected else words("draft.must_not_match")
    told = fault_told(one.failure, words) or one.why
    return tag(
        "li",
        tag("i", "✗" if one.failure else "✓"),
        tag("span", side, cls="side"),
        tag("span", told, title=told),
        cls="bad" if one.failure else "good",
    )
