"""What is looked for in the audit: the form, the page that is shown, and turning to another one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from warroom.console import audit_words
from warroom.console.markup import visible
from warroom.console.times import BANGKOK, buddhist_year
from warroom.store.audit import AuditAction, Filter, Via
from warroom.store.database import now_us, to_us
from warroom.store.sessions import actors

if TYPE_CHECKING:
    from warroom.console.room import Room
    from warroom.console.texts import Words
    from warroom.store.audit import Page

#: Entries of somebody who was not let do something.
REFUSALS: Final = frozenset({AuditAction.SIGN_IN_FAILED, AuditAction.LOCKED_OUT, AuditAction.REFUSED})
_HOUR_US: Final = 3_600_000_000
#: Hours back; 0: everything.
_RANGES: Final = {"hour": 1, "day": 24, "week": 168, "month": 720, "year": 8760, "all": 0}
_SUBJECTS: Final = ("account", "incident", "audit", "hold", "feed_day", "backup", "rows", "schema")
_FIELDS: Final = ("range", "from", "to", "actor", "via", "actions", "kind", "subject", "text")
_CURRENT: Final = "audit_current"
_OPENED: Final = "audit_opened"


@dataclass(frozen=True, slots=True)
class Look:
    """A search and the page of it: ``befores`` holds a number for each page turned."""

    filter: Filter
    befores: tuple[int, ...] = ()

    @property
    def before(self) -> int | None:
        """Only entries before this number."""
        return self.befores[-1] if self.befores else None


def is_opening() -> bool:
    """Whether the audit is opened now, and was not on the screen just before."""
    if _OPENED in st.session_state:
        return False
    st.session_state[_OPENED] = True
    return True


def leave() -> None:
    """Note that another screen is shown: coming back opens the audit anew."""
    st.session_state.pop(_OPENED, None)


def current() -> Look:
    """Give what is looked for now; everything, where nothing was asked yet."""
    found = st.session_state.get(_CURRENT)
    return found if isinstance(found, Look) else Look(Filter())


def era(words: Words) -> str:
    """Say which years the calendar writes: Streamlit's knows the common era alone, people here think in the other."""
    year = datetime.now(BANGKOK).year
    return words("trail.era", ce=year, be=buddhist_year(year))


def show_form(room: Room) -> None:
    """Show what can be asked for; Enter or the button looks."""
    words = room.words
    with st.form("audit_form", border=False, enter_to_submit=True):
        first = st.columns([1.15, 1, 1, 1.3, 1.1], gap="small")
        first[0].selectbox(
            words("trail.range"),
            list(_RANGES),
            index=len(_RANGES) - 1,
            key=_key("range"),
            format_func=lambda name: words(f"range.{name}"),
        )
        first[1].date_input(words("trail.from"), value=None, key=_key("from"), format="DD/MM/YYYY")
        first[2].date_input(words("trail.to"), value=None, key=_key("to"), format="DD/MM/YYYY")
        first[3].selectbox(
            words("trail.actor"),
            [*actors(room.state), "worker", "store"],
            index=None,
            key=_key("actor"),
            placeholder=words("trail.anybody"),
            accept_new_options=True,
            format_func=lambda name: visible(audit_words.actor_name(name, words)),
        )
        first[4].selectbox(
            words("trail.via"),
            list(Via),
            index=None,
            key=_key("via"),
            placeholder=words("trail.any_door"),
            format_func=lambda door: words(f"via.{door}"),
        )
        second = st.columns([2.15, 1, 1, 1.3, 1.1], gap="small", vertical_alignment="bottom")
        second[0].multiselect(
            words("trail.actions"),
            list(AuditAction),
            select_all=False,
            key=_key("actions"),
            placeholder=words("trail.any_action"),
            format_func=lambda action: words(f"action.{action}"),
        )
        second[1].selectbox(
            words("trail.kind"),
            _SUBJECTS,
            index=None,
            key=_key("kind"),
            placeholder=words("trail.any_kind"),
            format_func=lambda kind: words(f"subject.{kind}"),
        )
        second[2].text_input(words("trail.subject"), key=_key("subject"), placeholder=words("trail.subject_hint"))
        second[3].text_input(words("trail.text"), key=_key("text"), placeholder=words("trail.text_hint"))
        with second[4], st.container(horizontal=True, gap="small"):
            st.form_submit_button(words("trail.search"), type="primary", on_click=_search, width="stretch")
            st.form_submit_button(words("trail.clear"), on_click=_clear, width="stretch")


def show_turning(room: Room, page: Page) -> None:
    """Show the buttons to other pages."""
    words, look = room.words, current()
    with st.container(horizontal=True, horizontal_alignment="right", gap="small", key="audit_turning"):
        st.button(
            words("trail.newer"),
            key="audit_newer",
            disabled=not look.befores,
            on_click=_turn,
            args=(None,),
            shortcut="p",
        )
        st.button(
            words("trail.older"),
            key="audit_older",
            disabled=page.next_before is None,
            on_click=_turn,
            args=(page.next_before,),
            shortcut="n",
        )


def _turn(before: int | None) -> None:
    look = current()
    befores = look.befores[:-1] if before is None else (*look.befores, before)
    st.session_state[_CURRENT] = Look(look.filter, befores)


def _search() -> None:
    st.session_state[_CURRENT] = Look(_filter({name: st.session_state.get(_key(name)) for name in _FIELDS}))


def _clear() -> None:
    for name in _FIELDS:
        st.session_state.pop(_key(name), None)
    st.session_state.pop(_CURRENT, None)


def _filter(asked: dict[str, Any]) -> Filter:
    """Give the filter of what was asked for; days are Bangkok's, and the last one is included."""
    hours = _RANGES.get(asked["range"], 0)
    since = now_us() - hours * _HOUR_US if hours else None
    until = None
    if asked["from"] or asked["to"]:  # days that are named count for more than a range
        since = _midnight(asked["from"]) if asked["from"] else None
        until = _midnight(asked["to"] + timedelta(days=1)) if asked["to"] else None
    return Filter(
        since=since,
        until=until,
        actor=(asked["actor"] or "").strip() or None,
        via=Via(asked["via"]) if asked["via"] else None,
        actions=tuple(AuditAction(action) for action in asked["actions"] or ()),
        subject_kind=asked["kind"] or None,
        subject_id=(asked["subject"] or "").strip() or None,
        text=(asked["text"] or "").strip() or None,
    )


def _midnight(day: date) -> int:
    return to_us(datetime.combine(day, time(), BANGKOK))


def _key(name: str) -> str:
    return f"audit_{name}"
