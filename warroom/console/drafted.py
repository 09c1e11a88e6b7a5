"""Forms that are kept as they are typed, and that several people may fill in at once.

A form has a place (``incident/17/containment``); its fields are shared by everybody who has the form open. What is
typed goes to the store after a pause, and is there after a reload, a crash and in another server process. Where two
people wrote into one field at once, the later text stands and the other one is shown beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import streamlit as st

from warroom.console import components
from warroom.console.markup import visible
from warroom.console.times import BANGKOK
from warroom.errors import UsageError
from warroom.store import shared_drafts
from warroom.store.database import now_us, to_us

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warroom.console.room import Room

_ASSETS: Final = Path(__file__).parent / "assets"
_WORDS: Final = ("saved", "changed", "both", "use", "keep", "choose", "now")
_LONGEST_PAGE: Final = 64

_form: Final = st.components.v2.component(
    "warroom_form",
    html='<div class="stage"></div>',
    css=(_ASSETS / "form.css").read_text(encoding="utf-8"),
    js=(_ASSETS / "form.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True, slots=True)
class Input:
    """A field of a form: ``line``, ``text``, ``choice``, ``many`` (values joined by commas) or ``moment`` (Bangkok)."""

    name: str
    label: str
    kind: Literal["line", "text", "choice", "many", "moment"] = "line"
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()
    limit: int = 300
    needed: bool = False
    wide: bool = False
    half: bool = False
    """Where there is room, a text stands beside the next one."""
    past: bool = True
    """A moment that is over: "now" is one of them."""
    start: str = ""
    """What stands in it before anybody typed."""
    source: str = ""
    """Where that is from, said beside the label."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form at a place; ``key`` tells the forms of one page apart."""

    place: str
    key: str
    inputs: tuple[Input, ...]

    @property
    def _own(self) -> str:
        return f"drafted_{self.place}"


def show_form(room: Room, form: Form) -> None:
    """Show a form; belongs inside a live part of the screen, whose ticks bring in what others type."""
    _take(room, form)
    kept = shared_drafts.load(room.state, form.place)
    memory = _memory(form)
    words = room.words
    asked = _form(
        key=_component_key(form),
        data={
            "place": form.place,
            "round": memory["round"],
            "page": memory["page"],
            "acked": memory["count"],
            "me": visible(room.person.actor.name),
            "language": words.language,
            "fields": [_told(one, kept.get(one.name)) for one in form.inputs],
            "words": {name: words(f"drafted.{name}") for name in _WORDS},
        },
        on_typed_change=lambda: _take(room, form),
        on_settle_change=components.noted,
    )
    if isinstance(asked.settle, str) and asked.settle in {one.name for one in form.inputs}:
        shared_drafts.settle(room.state, form.place, asked.settle)
        st.rerun(scope="fragment")


def values(room: Room, form: Form) -> dict[str, str]:
    """Give what stands in a form's fields now, what was typed a moment ago among it."""
    _take(room, form)
    kept = shared_drafts.load(room.state, form.place)
    return {one.name: kept[one.name].text if one.name in kept else one.start for one in form.inputs}


def sent(room: Room, form: Form) -> None:
    """Empty a form whose contents were taken."""
    shared_drafts.forget(room.state, form.place)
    memory = _memory(form)
    st.session_state[form._own] = {"round": memory["round"] + 1, "page": "", "count": 0, "wrote": {}}  # noqa: SLF001


def moment(text: str) -> int | None:
    """Give the moment of a ``moment`` field in microseconds; None where it is empty.

    Raises:
        UsageError: it is none.
    """
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as problem:
        raise UsageError("this is no date and time") from problem
    return to_us(at.replace(tzinfo=BANGKOK) if at.tzinfo is None else at)


def as_typed(at: int) -> str:
    """Give a moment as a ``moment`` field has it, to the minute."""
    return datetime.fromtimestamp(at / 1_000_000, BANGKOK).strftime("%Y-%m-%dT%H:%M")


def chosen(text: str) -> Sequence[str]:
    """Give the values of a ``many`` field."""
    return [one for one in text.split(",") if one]


def _take(room: Room, form: Form) -> None:
    """Store what the browser sent, once; what fits no field comes from no form of ours."""
    state = st.session_state.get(_component_key(form))
    typed: Any = None if state is None else state.get("typed")
    memory = _memory(form)
    if not isinstance(typed, dict) or not isinstance(typed.get("fields"), dict):
        return
    page, count = typed.get("page"), typed.get("count")
    if not isinstance(page, str) or len(page) > _LONGEST_PAGE or type(count) is not int:
        return
    if (page, count) == (memory["page"], memory["count"]):
        return
    person = room.person_now()
    if person is None:
        return
    limits = {one.name: one.limit for one in form.inputs}
    filled = {one.name for one in form.inputs if one.start}
    for name, told in typed["fields"].items():
        if name not in limits or not isinstance(told, dict) or not isinstance(told.get("text"), str):
            continue
        base = told.get("base")
        seen = max(base if type(base) is int else 0, memory["wrote"].get(name, 0))
        # JSON can tell half a character, which no database takes: it becomes a question mark.
        text = told["text"].encode("utf-8", "replace").decode().replace("\0", "")[: limits[name]]
        saved = shared_drafts.save(
            room.state, form.place, name, text, seen, person.actor.name, now_us(), taken_out=name in filled
        )
        if saved.text == text:
            memory["wrote"][name] = saved.version
    memory["page"], memory["count"] = page, count


def _told(one: Input, kept: shared_drafts.Field | None) -> dict[str, Any]:
    return {
        "name": one.name,
        "kind": one.kind,
        "label": one.label,
        "hint": one.hint,
        "options": one.options,
        "limit": one.limit,
        "needed": one.needed,
        "wide": one.wide,
        "half": one.half,
        "past": one.past,
        "source": one.source,
        "text": one.start if kept is None else kept.text,
        "version": 0 if kept is None else kept.version,
        "author": "" if kept is None else visible(kept.author),
        "other_text": "" if kept is None else kept.other_text,
        "other_shown": "" if kept is None else visible(kept.other_text),
        "other_author": "" if kept is None else visible(kept.other_author),
    }


def _memory(form: Form) -> dict[str, Any]:
    """Give what this page's session knows of a form: how often it was sent, and what it wrote itself."""
    memory: dict[str, Any] = st.session_state.setdefault(
        form._own,  # noqa: SLF001
        {"round": 0, "page": "", "count": 0, "wrote": {}},
    )
    return memory


def _component_key(form: Form) -> str:
    return f"{form.key}_{_memory(form)['round']}"
