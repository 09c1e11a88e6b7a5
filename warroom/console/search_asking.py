"""What is searched for, as the address has it: text, over what, and the time; and how a click changes it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

import streamlit as st

from warroom.console.markup import Markup, tag
from warroom.console.masking import masked
from warroom.console.times import date_time
from warroom.model import ENTITY_COLUMNS, ecs_name
from warroom.store.database import now_us
from warroom.store.event_search import Span
from warroom.store.query import LONGEST_QUERY, quoted
from warroom.store.search_history import Asked

if TYPE_CHECKING:
    from warroom.console.texts import Words

KINDS: Final = ("events", "incidents")
#: Ranges by name, in minutes back.
RANGES: Final = {"quarter": 15, "hour": 60, "six": 360, "day": 1440, "week": 10_080, "month": 43_200, "year": 525_600}
_FIRST_RANGE: Final = {"events": "day", "incidents": "month"}
_TIMES: Final = re.compile(r"(\d{1,16})-(\d{1,16})")
_MINUTE_US: Final = 60_000_000
_LONGEST_VALUE: Final = 300


def asked_in_address() -> Asked:
    """Give what the address asks for; what it says wrongly is taken for nothing."""
    kind = st.query_params.get("in", "")
    kind = kind if kind in KINDS else KINDS[0]
    span = st.query_params.get("span", "")
    return Asked(kind, st.query_params.get("q", "")[: LONGEST_QUERY + 1], span if is_span(span) else _FIRST_RANGE[kind])


def ask(asked: Asked) -> None:
    """Put a search into the address."""
    st.query_params["in"], st.query_params["q"], st.query_params["span"] = asked.kind, asked.text, asked.span


def link(asked: Asked) -> str:
    """Give the address of a search."""
    return "/?" + urlencode({"screen": "search", "in": asked.kind, "q": asked.text, "span": asked.span})


def is_span(text: str) -> bool:
    """Whether a text names a time: a range, or two moments."""
    return text in RANGES or _moments(text) is not None


def span_of(text: str) -> Span:
    """Give the time that a range means now, or the one between two moments."""
    moments = _moments(text)
    if moments is not None:
        return Span(*moments)
    now = now_us()
    return Span(now - RANGES[text] * _MINUTE_US, now + 10 * _MINUTE_US)  # clocks of sources may be ahead of ours


def span_text(since: int, until: int) -> str:
    """Write the time between two moments for the address."""
    return f"{since}-{until}"


def span_words(text: str, words: Words) -> str:
    """Say a time in words."""
    if (moments := _moments(text)) is None:
        return words(f"span.{text}")
    return " – ".join(date_time(at, words.language) for at in moments)


def with_value(asked: Asked, field: str, value: str, *, without: bool) -> Asked:
    """Narrow a search to a value of a field, or leave it out."""
    term = f"{'-' if without else ''}{field}:{quoted(value)}"
    before = asked.text.strip()
    if not before:
        return Asked(asked.kind, term, asked.span)
    if term in before.split():
        return asked
    joined = f"({before})" if " OR " in before else before
    return Asked(asked.kind, f"{joined} {term}", asked.span)


def can_be_asked(value: str) -> bool:
    """Whether a value can stand in a search."""
    return 0 < len(value) <= _LONGEST_VALUE and "\0" not in value and not re.search("[\ud800-\udfff]", value)


def pivot(kind: str, value: str, shown: str) -> Markup | str:
    """Give an entity's value as a way to the log lines about it; plainly where it is somebody's or is shown otherwise.

    Args:
        kind: of the entity.
        value: as it is stored.
        shown: as the person may see it now.
    """
    column = ENTITY_COLUMNS.get(kind)
    if column is None or not can_be_asked(value) or "…" in value or masked(value) != value:
        return shown
    asked = Asked("events", f"{ecs_name(column)}:{quoted(value)}", "week")
    return tag("a", shown, href=link(asked), target="_self", cls="wr-pivot")


def _moments(text: str) -> tuple[int, int] | None:
    found = _TIMES.fullmatch(text)
    if found is None or int(found[1]) >= int(found[2]):
        return None
    return int(found[1]), int(found[2])
