"""The matrix of MITRE ATT&CK as two screens show it: what was seen, and what detectors cover. A tactic is a column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

import streamlit as st

from warroom.console import sights
from warroom.console.markup import Markup, tag

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from warroom.catalog.world import Tactic, Technique
    from warroom.console.texts import Words
    from warroom.console.ways import Way

_T = TypeVar("_T")
#: So many techniques are named in a line.
_NAMED: Final = 30
#: Days back, by the name of the range.
DAYS: Final = {"day": 1, "week": 7, "month": 30}


@dataclass(frozen=True, slots=True)
class Cell:
    """One technique in the matrix.

    Attributes:
        look: the classes of its style.
        sign: what stands beside its id.
        told: what a pointer that rests on it is told.
        order: by which the techniques of a tactic stand, the greatest first.
        address: where it leads; empty: nowhere.
    """

    look: str
    sign: str
    told: str
    order: int = 0
    address: str = ""


def pick_days(words: Words, key: str, first: str) -> int:
    """Let a person choose how far back is looked; in days."""
    picked = st.segmented_control(
        words("search.span"),
        list(DAYS),
        default=first,
        key=key,
        format_func=lambda name: words(f"span.{name}"),
        label_visibility="collapsed",
        required=True,
    )
    return DAYS.get(picked or first, DAYS[first])


def with_way(hint: str, told: str, way: Way) -> Markup:
    """Give a panel's hint with the way to the other of the two screens, which is ``told`` so."""
    return tag("span", hint, " · ", tag("a", told, href=f"/?screen={way}", target="_self", cls="wr-more"))


def matrix(
    words: Words,
    kind: str,
    cell: Callable[[Technique], Cell],
    shown: Collection[str] | None,
    covered: Collection[str],
) -> Markup:
    """Draw the matrix.

    Args:
        words: the texts.
        kind: ``seen`` or ``coverage``: the class of its style.
        cell: gives a technique's cell.
        shown: the ids of the techniques that are shown; None: all of them.
        covered: the ids of those that a rule covers: their share stands at the head of a tactic.
    """
    tactics, techniques = sights.attack()
    parents = [one for key, one in techniques.items() if "." not in key]
    columns = [
        _column(words, tactic, [one for one in parents if tactic.key in one.tactics], cell, shown, covered)
        for tactic in tactics
    ]
    return tag("div", *columns, cls=f"wr-matrix {kind}")


def known(found: Mapping[str, _T]) -> dict[str, _T]:
    """Give what was found of techniques that ATT&CK has, by id: tags are written by anybody."""
    _, techniques = sights.attack()
    return {name: one for name, one in found.items() if name in techniques}


def unknown(words: Words, names: Iterable[str]) -> list[Markup]:
    """Say which techniques ATT&CK does not have; empty where it has them all."""
    _, techniques = sights.attack()
    strange = sorted(set(names) - techniques.keys())
    if not strange:
        return []
    return [tag("p", words("matrix.unknown", names=" ".join(one.upper() for one in strange[:_NAMED])), cls="wr-hint")]


def legend(words: Words, looks: Sequence[tuple[str, str]], signs: Sequence[tuple[str, str]] = ()) -> Markup:
    """Say what colours and signs mean: (classes, key of its text), (sign, key of its text)."""
    swatches = [tag("span", tag("i", "", cls=f"cell {look}"), words(key)) for look, key in looks]
    return tag("div", *swatches, *(tag("span", tag("b", sign), words(key)) for sign, key in signs), cls="wr-marks")


def _column(
    words: Words,
    tactic: Tactic,
    techniques: Sequence[Technique],
    cell: Callable[[Technique], Cell],
    shown: Collection[str] | None,
    covered: Collection[str],
) -> Markup:
    name = tactic.name_th if words.language == "th" else tactic.name_en
    count = sum(one.id in covered for one in techniques)
    drawn = [(one, cell(one)) for one in techniques if shown is None or one.id in shown]
    drawn.sort(key=lambda pair: (-pair[1].order, pair[0].id))
    share = 100 * count / len(techniques) if techniques else 0
    head = tag(
        "header",
        tag("b", name, title=f"{tactic.name_en} · {tactic.id}"),
        tag("span", words("matrix.covered", count=count, total=len(techniques))),
        tag("i", "", style=f"width:{share:.0f}%"),
    )
    return tag("section", head, *(_drawn(technique, one) for technique, one in drawn))


def _drawn(technique: Technique, one: Cell) -> Markup:
    inner = [tag("i", technique.id), tag("em", one.sign), tag("span", technique.name)]
    title = f"{technique.id} {technique.name} · {one.told}"
    if not one.address:
        return tag("div", *inner, cls=f"cell {one.look}", title=title)
    return tag("a", *inner, cls=f"cell {one.look}", title=title, href=one.address, target="_self")
