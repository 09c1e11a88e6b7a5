"""One indicator: what it does now and why, who lists it, how it fades, where it was seen, what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access import Permission
from warroom.console import colours, indicator_charts, indicator_known, panels, search_asking
from warroom.console.indicator_asking import close, defanged, events_about, opened_in_address
from warroom.console.indicator_ruling import show_deed, show_rulings
from warroom.console.indicator_scores import Standing, threshold
from warroom.console.intel_list import kind_name, shown_value, title_of, tlp_mark
from warroom.console.intel_list import link as feed_link
from warroom.console.markup import Markup, join, show, tag, visible
from warroom.console.masking import masked
from warroom.console.queue_panel import title_of as incident_title
from warroom.console.times import age, date_time

if TYPE_CHECKING:
    from warroom.console.indicator_asking import Opened
    from warroom.console.indicator_known import Known
    from warroom.console.indicator_scores import Scored
    from warroom.console.room import Room, Tick
    from warroom.console.texts import Words
    from warroom.store.intel.feeds import FeedRow

_DAY_US: Final = 86_400_000_000
_FORM: Final = "indicator_form"
_HISTORY: Final = 24
_GOOD: Final = frozenset({Standing.RULED, Standing.HELD})


def show_indicator(room: Room, tick: Tick, opened: Opened) -> None:
    """Show what is known of an indicator."""
    words = room.words
    found = indicator_known.known(room, tick, opened)
    with panels.panel("indicator", words("indicator.title"), kind_name(words, opened.kind)):
        _value(room, opened)
        show(_standing(room, found))
        left, right = st.columns(2, gap="small")
        with left:
            _links(room, opened)
        with right:
            show_deed(room, opened, found.ruling)
        show_rulings(room, found.ruling, found.rulings)
        feeds = indicator_known.feeds_by_id(room, tick)
        show(_sources(room, tick, found), _score(room, found))
        show(_seen(room, tick, found), _raised(room, found), _history(room, found, feeds))
        if opened_in_address() is not None:
            st.button(words("suppress.close"), key="indicator_close", on_click=close, width="stretch")


def _value(room: Room, opened: Opened) -> None:
    """Show the value to be copied, plain or so that nothing makes a link of it."""
    words = room.words
    plain = shown_value(opened.kind, opened.value)
    safe = defanged(opened.kind, plain)
    forms = ["plain"] if safe == plain else ["plain", "defanged"]
    form = "plain"
    if len(forms) > 1:
        form = st.segmented_control(
            words("indicator.form"),
            forms,
            default="plain",
            key=_FORM,
            format_func=lambda one: words(f"indicator.{one}"),
            label_visibility="collapsed",
            required=True,
        )
    st.code(visible(safe if form == "defanged" else plain), language=None, wrap_lines=True)


def _standing(room: Room, found: Known) -> Markup:
    words = room.words
    score = found.scored[0].told.score if found.scored else 0
    told = words(f"standing.{found.standing}", score=score, threshold=threshold(), list=found.held or "")
    look = "good" if found.standing in _GOOD else "bad" if found.standing is Standing.ALARMS else ""
    return tag("div", tag("b", words(f"standing_name.{found.standing}")), tag("span", told), cls=f"wr-standing {look}")


def _links(room: Room, opened: Opened) -> None:
    words = room.words
    asked = events_about(opened.kind, opened.value)
    if room.person.actor.can(Permission.SEARCH_EVENTS) and search_asking.can_be_asked(opened.value):
        show(tag("a", words("indicator.search_events"), href=search_asking.link(asked), target="_self", cls="wr-go"))


def _sources(room: Room, tick: Tick, found: Known) -> Markup:
    words = room.words
    head = tag("h4", words("indicator.sources", count=len(found.scored)), cls="wr-sub")
    if not found.scored:
        return join([head, tag("p", words("indicator.no_sources"), cls="wr-hint")])
    names = [tag("th", words(f"indicator.{name}"), cls=name) for name in ("feed", "score", "listed", "last_seen")]
    rows = []
    for one in found.scored:
        listing = one.listing
        title = listing.feed_id if one.feed is None else title_of(one.feed, words)
        rows.append(
            tag(
                "tr",
                tag("td", tag("a", title, href=feed_link(listing.feed_id), target="_self"), title=title),
                tag("td", f"{one.told.score}", cls="n" if one.told.score >= threshold() else "n faint"),
                _ago(tick, words, listing.added_at),
                _ago(tick, words, listing.last_seen),
                tag("td", tlp_mark(listing.tlp or (one.feed.tlp if one.feed else None))),
            )
        )
        if more := _said(words, one):
            rows.append(tag("tr", tag("td", *more, colspan="5"), cls="said"))
    return join(
        [
            head,
            tag(
                "table",
                tag("thead", tag("tr", *names, tag("th", "TLP", cls="tlp"))),
                tag("tbody", *rows),
                cls="wr-table sources",
            ),
        ]
    )


def _ago(tick: Tick, words: Words, at: int | None) -> Markup:
    if at is None:
        return tag("td", "—", cls="age")
    return tag(
        "td", age((tick.now_us - at) / 1_000_000, words.language), cls="age", title=date_time(at, words.language)
    )


def _said(words: Words, one: Scored) -> list[Markup | str]:
    """Give what a feed says besides: validity, tags, comment, reference, pattern."""
    listing, pieces = one.listing, list[Markup | str]()
    if listing.valid_until is not None:
        pieces.append(words("indicator.valid_until", at=date_time(listing.valid_until, words.language)))
    if listing.tags:
        pieces += [tag("span", masked(each), cls="wr-tagged") for each in listing.tags.split()[:12]]
    if listing.comment:
        pieces.append(masked(listing.comment))
    if listing.reference:
        pieces.append(_reference(listing.reference))
    if listing.pattern:
        pieces.append(tag("span", words("indicator.part_of"), " ", tag("code", listing.pattern)))
    return [tag("div", *(tag("span", piece) for piece in pieces), cls="wr-said")] if pieces else []


def _reference(text: str) -> Markup | str:
    """Give where it is described; as a link where it is one, which tells its server nothing of where it was clicked."""
    if not text.startswith(("https://", "http://")):
        return text
    return tag("a", text, href=text, target="_blank", rel="noopener noreferrer")


def _score(room: Room, found: Known) -> Markup:
    if not found.scored:
        return join([])
    words, language = room.words, room.words.language
    told = found.scored[0].told
    said = words(
        "indicator.why_score",
        base=told.base,
        base_from=words(f"scorebase.{told.base_from}"),
        since=words(f"scoresince.{told.since_what}"),
        age=age(told.age.total_seconds(), language),
        lifetime=age(told.lifetime.total_seconds(), language),
        score=told.score,
    )
    head = tag("h4", words("indicator.score_now", score=told.score), cls="wr-sub")
    return join([head, indicator_charts.curve(room, told), tag("p", said, cls="wr-hint")])


def _seen(room: Room, tick: Tick, found: Known) -> Markup:
    words = room.words
    total = sum(one.count for one in found.seen)
    head = tag("h4", words("indicator.seen", count=f"{total:,}", days=indicator_charts.SIGHT_DAYS), cls="wr-sub")
    if not found.seen:
        return join([head, tag("p", words("indicator.never_seen"), cls="wr-hint")])
    platforms = sorted({one.platform_id for one in found.seen})
    coloured = {one: colours.CATEGORICAL[place % len(colours.CATEGORICAL)] for place, one in enumerate(platforms)}
    legend = [
        tag("span", tag("i", "", style=f"background:{colour}"), room.platform(one), title=room.platform(one))
        for one, colour in coloured.items()
    ]
    bars = indicator_charts.days(room, found.seen, tick.now_us // _DAY_US, coloured)
    return join([head, bars, tag("div", *legend, cls="wr-legend")])


def _raised(room: Room, found: Known) -> Markup:
    words, raised = room.words, found.raised
    head = tag(
        "h4",
        words("indicator.raised", alerts=f"{raised.alerts:,}", incidents=f"{raised.incidents:,}"),
        cls="wr-sub",
    )
    if not raised.rows:
        return join([head, tag("p", words("indicator.raised_none"), cls="wr-hint")])
    rows = [
        tag(
            "li",
            panels.severity_chip(row.severity, words),
            tag("a", f"#{row.id}", href=f"/?incident={row.id}&part=intel", target="_self"),
            tag("span", incident_title(room, row), title=incident_title(room, row)),
            tag("em", f"×{count:,} · {words(f'status.{row.status}')}"),
        )
        for row, count in raised.rows
    ]
    return join([head, tag("ul", *rows, cls="wr-related")])


def _history(room: Room, found: Known, feeds: dict[str, FeedRow]) -> Markup:
    """Tell what came and went, and what people ruled, newest first."""
    words, language = room.words, room.words.language
    told = [
        (one.at, words.either(f"indicatorchange.{one.change}", one.change), _title(feeds, one.feed_id, words))
        for one in found.history
    ]
    told += [(one.at, words("indicatorchange.ruled"), one.by) for one in found.rulings]
    told += [
        (one.lifted_at, words("indicatorchange.lifted"), one.lifted_by or "")
        for one in found.rulings
        if one.lifted_at is not None
    ]
    if found.seen:
        told.append((min(one.first_at for one in found.seen), words("indicatorchange.first_seen"), ""))
        told.append((max(one.last_at for one in found.seen), words("indicatorchange.last_seen"), ""))
    head = tag("h4", words("indicator.history"), cls="wr-sub")
    if not told:
        return join([head, tag("p", words("indicator.no_history"), cls="wr-hint")])
    told.sort(key=lambda one: -one[0])
    rows = [
        tag("li", tag("time", date_time(at, language)), tag("b", what), tag("span", who))
        for at, what, who in told[:_HISTORY]
    ]
    return join([head, tag("ul", *rows, cls="wr-newest")])


def _title(feeds: dict[str, FeedRow], feed_id: str, words: Words) -> str:
    row = feeds.get(feed_id)
    return feed_id if row is None else title_of(row, words)
