"""The parts that several screens share: panel titles, chips, empty states, messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from warroom.console import colours
from warroom.console.markup import Markup, show, tag

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from warroom.console.texts import Words
    from warroom.model import Severity


def panel(key: str, title: str, hint: Markup | str = "", body: Markup | str = "") -> AbstractContextManager[object]:
    """Open a framed panel; use with ``with``, unless ``body`` is all that stands in it."""
    frame = st.container(key=f"panel_{key}", gap="small")
    with frame:
        show(tag("div", tag("h3", title), tag("span", hint, cls="hint"), cls="wr-title"), body)
    return frame


def severity_chip(severity: Severity, words: Words) -> Markup:
    """Give a severity's chip."""
    text, background = colours.SEVERITY[severity]
    return tag("span", words(f"severity.{severity}"), cls="wr-chip", style=f"color:{text};background:{background}")


def drill_mark(words: Words) -> Markup:
    """Give the mark that everything made by a drill carries."""
    return tag("span", words("app.drill"), cls="wr-drill", title=words("app.drill_long"))


def empty(title: str, advice: str) -> None:
    """Say that there is nothing, and what to do next."""
    show(nothing(title, advice))


def nothing(title: str, advice: str) -> Markup:
    """Give what is said where there is nothing, and what to do next."""
    return tag("div", tag("strong", title), tag("span", advice), cls="wr-empty")


def notice(title: str, advice: str) -> None:
    """Fill the page with one message: who may not see more, or what is not there."""
    show(tag("div", tag("h1", title), tag("p", advice), cls="wr-notice"))


def warning(text: str) -> None:
    """Say beside the actions why one was not done."""
    show(tag("div", text, cls="wr-warning", role="alert"))
