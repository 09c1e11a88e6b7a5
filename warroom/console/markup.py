"""HTML of our own making, in which every value is escaped by construction.

Log text, titles and names are written by attackers. A ``Markup`` can only be made by ``tag`` (or be joined from
others), and ``tag`` escapes every plain string: there is no way to put text in unescaped.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Iterable


#: Elements without content and end tag.
_VOID: Final = frozenset({"input", "meta", "link", "img"})
_KEPT: Final = frozenset("\t\n\u200d")
_HIDING: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Markup:
    """A piece of HTML that is safe to show."""

    html: str


def tag(name: str, /, *children: Markup | str, **attributes: str) -> Markup:
    """Give ``<name attributes>children</name>``; ``cls`` stands for ``class``, ``data_x`` for ``data-x``."""
    written = "".join(
        f' {"class" if key == "cls" else key.replace("_", "-")}="{escape(visible(value), quote=True)}"'
        for key, value in attributes.items()
    )
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{join(children).html}</{name}>")


def join(pieces: Iterable[Markup | str]) -> Markup:
    """Put pieces side by side, escaping the plain ones."""
    return Markup("".join(piece.html if isinstance(piece, Markup) else escape(visible(piece)) for piece in pieces))


def visible(text: str) -> str:
    """Give a text in which nothing hides.

    Control characters and those that reorder or hide text (Unicode's "format" characters, with which a text can be made
    to read as another) are written out as escapes; tabs, line ends and the joiner of emoji stay.
    """
    if text.isprintable():
        return text
    return "".join(
        character
        if character in _KEPT or unicodedata.category(character) not in _HIDING
        else character.encode("unicode_escape").decode()
        for character in text
    )


def show(*pieces: Markup | str) -> None:
    """Put pieces on the page."""
    st.html(join(pieces).html)
