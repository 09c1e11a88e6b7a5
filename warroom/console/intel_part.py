"""The part of an incident's screen about intelligence: what it rests on, what is known of it, what shares it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from warroom.console import intel_address, intel_sights, intel_tags, masking, panels, search_asking, snapshot
from warroom.console.indicator_asking import link
from warroom.console.intel_list import kind_name, shown_value, tlp_mark
from warroom.console.intel_words import EXPOSURE, feed_of
from warroom.console.markup import Markup, show, tag
from warroom.console.queue_panel import title_of
from warroom.console.times import age, date_time
from warroom.model import ecs_name
from warroom.store.query import LONGEST_QUERY, quoted
from warroom.store.search_history import Asked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from warroom.console.room import Room, Tick
    from warroom.store.views import IncidentView
    from warroom.store.views.intel_matches import Rested, Sharing

_SECOND: Final = 1_000_000
_DAY_US: Final = 86_400_000_000
_FEEDS: Final = 4
_OBSERVED: Final = 3
_SHARED: Final = 3
_SEARCHED: Final = 12
_COLUMNS: Final = ("kind", "value", "observed", "column", "score", "listed", "fetched", "tlp", "alerts")


def show_part(room: Room, view: IncidentView) -> None:
    """Lay the part out over the whole width."""
    number = view.incident.id
    left, right = st.columns([1.9, 1], gap="small")
    with left:
        room.live("4s", lambda tick: _rests(room, tick, _now(room, tick, number)))
        room.live("10s", lambda tick: _shares(room, tick, _now(room, tick, number)))
    with right:
        room.live("10s", lambda tick: intel_address.show_addresses(room, tick, _now(room, tick, number)))
        room.live("10s", lambda tick: intel_tags.show_tags(room, tick, _now(room, tick, number)))


def _now(room: Room, tick: Tick, incident_id: int) -> IncidentView:
    view = snapshot.incident(room.state, room.seen, tick.version("incidents"), incident_id)
    if view is None:  # gone since the page was laid out: let the page say so
        st.rerun()
    return view


def _rests(room: Room, tick: Tick, view: IncidentView) -> None:
    words = room.words
    found, total = intel_sights.rests_on(room.state, room.seen, tick.version("incidents"), view.incident.id)
    hint = words("intelpart.rests_hint", shown=len(found), total=f"{total:,}") if found else ""
    with panels.panel("intel_rests", words("intelpart.rests"), hint):
        if not found:
            panels.empty(words("intelpart.none"), words("intelpart.none_do"))
            return
        fit = masking.shown(room, view.incident)
        head = [tag("th", "TLP" if name == "tlp" else words(f"intelpart.{name}"), cls=name) for name in _COLUMNS]
        rows = [row for one in found for row in _rows(room, tick, one, fit)]
        table = tag("table", tag("thead", tag("tr", *head)), tag("tbody", *rows), cls="wr-table rests")
        show(tag("div", table, cls="wr-scroll"), meaning(room))


def meaning(room: Room) -> Markup:
    """Say what being listed means, and what to do."""
    words = room.words
    steps = [tag("li", words(f"inteldo.{name}")) for name in ("direction", "answered", "weigh", "harmless")]
    return tag(
        "div",
        tag("b", words("intelpart.meaning")),
        tag("p", words("intelrule.meaning")),
        tag("ol", *steps),
        cls="wr-means",
    )


def show_meaning(room: Room, view: IncidentView) -> None:
    """Say it under the alerts, where one of them comes from intelligence, with the way to this part."""
    rules = {alert.rule_id for alert in view.alerts}
    if any(feed_of(rule) is not None for rule in rules):
        said = room.words("intelrule.meaning")
    elif EXPOSURE in rules:
        said = room.words("intelrule.exposure_meaning")
    else:
        return
    address = f"/?incident={view.incident.id}&part=intel"
    told = tag("a", room.words("part.intel"), href=address, target="_self")
    show(tag("div", tag("b", told), tag("span", said), cls="wr-standing"))


def _rows(room: Room, tick: Tick, one: Rested, fit: Callable[[str], str]) -> list[Markup]:
    words, language = room.words, room.words.language
    strongest: Mapping[str, Any] = one.listed[0] if one.listed else {}
    observed = ", ".join(fit(value) for value in one.observed[:_OBSERVED])
    columns = ", ".join(ecs_name(column) for column in one.columns)
    value = shown_value(one.kind, one.value)

    def old(name: str) -> str:
        at = strongest.get(name)
        return age((tick.now_us - at) / _SECOND, language) if isinstance(at, int) else "—"

    said: list[Markup | str] = [_lister(room, each) for each in one.listed[:_FEEDS]]
    if one.looked_back:
        said.append(tag("em", words("intelpart.looked_back")))
    said += [tag("span", each, cls="wr-tagged") for each in _tags(one)]
    return [
        tag(
            "tr",
            tag("td", kind_name(words, one.kind)),
            tag("td", tag("a", value, href=link(one.kind, one.value), target="_self"), cls="mono", title=value),
            tag("td", "=" if one.observed == (one.value,) else observed, cls="mono", title=observed),
            tag("td", columns, title=columns),
            tag("td", f"{one.score}", cls="n"),
            tag("td", old("listed_at"), cls="age"),
            tag("td", old("fetched_at"), cls="age"),
            tag("td", tlp_mark(_text(strongest.get("tlp")))),
            tag("td", f"{one.alerts:,}", cls="n", title=date_time(one.last_at, language)),
        ),
        tag("tr", tag("td", tag("div", *said, cls="wr-said"), colspan=str(len(_COLUMNS))), cls="said"),
    ]


def _lister(room: Room, listed: Mapping[str, Any]) -> Markup:
    """Say who lists it, how far that is believed, and what is said there."""
    title = _text(listed.get("title_th" if room.words.language == "th" else "title_en")) or _text(listed.get("feed"))
    more = _text(listed.get("comment"))
    pieces: list[Markup | str] = [tag("b", f"{title} {listed.get('score', '')}")]
    return tag("span", *pieces, *([" ", more] if more else []), title=_text(listed.get("reference")))


def _tags(one: Rested) -> list[str]:
    found: dict[str, None] = {}
    for each in one.listed:
        found |= dict.fromkeys(_text(each.get("tags")).split())
    return list(found)[:12]


def _text(value: object) -> str:
    """Give a text of the stored JSON; whatever else stands there is none."""
    if isinstance(value, list):
        return " ".join(str(one) for one in value)
    return value if isinstance(value, str) else ""


def _shares(room: Room, tick: Tick, view: IncidentView) -> None:
    words = room.words
    day = tick.now_us // _DAY_US
    found, total = intel_sights.sharing(room.state, room.seen, tick.version("incidents"), day, view.incident.id)
    days = intel_sights.PIVOT_DAYS
    hint = words("intelpart.shares_hint", count=f"{total:,}", days=days) if found else ""
    with panels.panel("intel_shares", words("intelpart.shares"), hint):
        if not found:
            panels.empty(words("intelpart.shares_none", days=days), words("intelpart.shares_none_do"))
        else:
            names = ("incident", "severity", "shared", "status", "last")
            head = [tag("th", words(f"intelpart.{name}"), cls=name) for name in names]
            rows = [_sharing(room, tick, one) for one in found]
            table = tag("table", tag("thead", tag("tr", *head)), tag("tbody", *rows), cls="wr-table shares")
            show(tag("div", table, cls="wr-scroll"))
        if asked := _everything(view, found):
            show(tag("a", words("intelpart.search_all"), href=search_asking.link(asked), target="_self", cls="wr-go"))


def _sharing(room: Room, tick: Tick, one: Sharing) -> Markup:
    words, incident = room.words, one.incident
    fit = masking.shown(room, incident)
    both = [*one.indicators, *(address for address in one.addresses if address not in one.indicators)]
    shared = ", ".join(fit(value) for value in both)
    title = title_of(room, incident)
    return tag(
        "tr",
        tag(
            "td",
            tag("a", f"#{incident.id}", href=f"/?incident={incident.id}", target="_self"),
            " ",
            title,
            title=f"{title} · {room.platform(incident.platform_id)}",
        ),
        tag("td", panels.severity_chip(incident.severity, words)),
        tag("td", _cut(words("banner.more", count=len(both) - _SHARED), both, fit), cls="mono", title=shared),
        tag("td", words(f"status.{incident.status}")),
        tag("td", age((tick.now_us - incident.last_at) / _SECOND, words.language), cls="age"),
    )


def _cut(more: str, values: Sequence[str], fit: Callable[[str], str]) -> str:
    told = ", ".join(fit(value) for value in values[:_SHARED])
    return f"{told} {more}" if len(values) > _SHARED else told


def _everything(view: IncidentView, found: Sequence[Sharing]) -> Asked | None:
    """Give the search for all incidents that name one of its addresses, or what it shares with others."""
    own = [one.value for one in view.entities if one.kind == "address"]
    values = list(dict.fromkeys([*own, *(value for one in found for value in (*one.addresses, *one.indicators))]))
    asked = ""
    for value in values[:_SEARCHED]:
        if not search_asking.can_be_asked(value):
            continue
        longer = f"{asked} OR {quoted(value)}" if asked else quoted(value)
        if len(longer) > LONGEST_QUERY:
            break
        asked = longer
    return Asked("incidents", asked, "year") if asked else None
