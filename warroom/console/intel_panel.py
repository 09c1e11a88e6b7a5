"""One feed of intelligence: how it is, what it holds, its polls, what was refused, and how it is switched on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warroom.catalog.intel_feeds import BY_HAND, FOLDER
from warroom.console import panels
from warroom.console.intel_health import is_stale
from warroom.console.intel_list import is_well, kind_name, mark_name, state_mark, title_of, tlp_mark, way_name
from warroom.console.markup import Markup, join, show, tag
from warroom.console.times import age, date_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warroom.console.room import Room
    from warroom.console.texts import Words
    from warroom.store.intel.feeds import FeedRow
    from warroom.store.intel.polls import Poll

_SECOND: Final = 1_000_000
_REFUSALS: Final = 12
_COUNTS: Final = 24
_POLLS: Final = 12


def show_feed(room: Room, now_us: int, row: FeedRow, polls: Sequence[Poll]) -> None:
    """Show a feed's details."""
    words = room.words
    with panels.panel("intel_one", title_of(row, words), row.feed_id):
        show(_facts(room, now_us, row))
        if row.failure and row.enabled:
            since = "" if row.failing_since is None else date_time(row.failing_since, words.language)
            show(
                tag(
                    "div",
                    tag("b", words("intelone.failing", count=row.failures, since=since)),
                    tag("code", row.failure),
                    tag("span", words(f"intelone.{_advice(row)}", feed=row.feed_id)),
                    cls="wr-feed-error",
                )
            )
        show(_switch(room, row), _held(room, row), _polls(room, polls), _refusals(room, row))


def _advice(row: FeedRow) -> str:
    """Give the text of what to do about a feed that fails: only what once came can still be in use."""
    return "failing_first_do" if row.succeeded_at is None else "failing_do"


def file_of(feed_id: str) -> str:
    """Give where a feed's file stands, as people name it."""
    return f"feeds/{FOLDER}/{feed_id}.yml"


def _facts(room: Room, now_us: int, row: FeedRow) -> Markup:
    words, language = room.words, room.words.language

    def when(at: int | None) -> str:
        if at is None:
            return "—"
        return f"{date_time(at, language)} ({age((now_us - at) / _SECOND, language)})"

    way = way_name(words, row.way)
    severity = words("intelone.no_alarm") if row.severity is None else words(f"severity.{row.severity}")
    lifetime = words("intelone.by_kind") if row.lifetime_us is None else age(row.lifetime_us / _SECOND, language)
    state = [state_mark(words, row, now_us)]
    if is_stale(row, now_us) and row.failing_since is not None:
        state.append(tag("span", " · ", words("intelstate.stale"), cls="wr-state intel-stale"))
    pairs: list[tuple[str, Markup | str]] = [
        ("state", join(state)),
        ("way", f"{way} · {row.format}" if row.format else way),
        ("succeeded", when(row.succeeded_at)),
        ("changed", when(row.changed_at)),
        ("believed", tag("span", words("intelone.confidence", count=row.confidence), " ", tlp_mark(row.tlp))),
        ("severity", severity),
        ("lifetime", lifetime),
    ]
    if row.every_us:  # what is loaded by hand is not looked for
        every, stale = (age(us / _SECOND, language) for us in (row.every_us, row.stale_after_us))
        pairs.insert(2, ("every", words("intelone.every_told", every=every, stale=stale)))
    if row.mark:
        pairs.append(("mark", mark_name(words, row.mark)))
    pairs += [("licence", row.licence or "—"), ("about", _about(row.about))]
    if row.feed_id != BY_HAND:
        pairs.append(("file", tag("code", file_of(row.feed_id))))
    rows = [tag("div", tag("dt", words(f"intelone.{name}")), tag("dd", value)) for name, value in pairs]
    return tag("dl", *rows, cls="wr-facts")


def _about(address: str) -> Markup | str:
    """Give where a feed is described, as a link where it is one."""
    if not address.startswith(("https://", "http://")):
        return address or "—"
    return tag("a", address, href=address, target="_blank", rel="noopener noreferrer")


def _switch(room: Room, row: FeedRow) -> Markup:
    words = room.words
    if row.feed_id == BY_HAND:
        return tag("p", words("intelone.by_hand"), cls="wr-hint")
    if row.enabled:
        return tag("p", words("intelone.switch_off", file=file_of(row.feed_id)), cls="wr-hint")
    return tag(
        "div",
        tag("b", words("intelone.is_off")),
        tag("span", words("intelone.switch_on", file=file_of(row.feed_id))),
        tag("code", f"./run intel poll {row.feed_id}"),
        cls="wr-switch",
    )


def _held(room: Room, row: FeedRow) -> Markup:
    """Say what it holds: indicators by kind, and what else by the documents' own words."""
    words = room.words
    kinds = [(kind_name(words, kind), count) for kind, count in row.by_kind.items()]
    others = [(words.either(f"intelcount.{name}", name), count) for name, count in row.counts.items()]
    told = [*sorted(kinds, key=lambda one: (-one[1], one[0])), *sorted(others, key=lambda one: -one[1])]
    head = tag("h4", words("intelone.holds", count=f"{row.items:,}"), cls="wr-sub")
    if not told:
        return join([head, tag("p", words("intelone.holds_nothing"), cls="wr-hint")])
    rows = [tag("li", tag("span", name), tag("b", f"{count:,}")) for name, count in told[:_COUNTS]]
    if len(told) > _COUNTS:
        rows.append(tag("li", tag("em", words("banner.more", count=len(told) - _COUNTS))))
    return join([head, tag("ul", *rows, cls="wr-counts")])


def _polls(room: Room, polls: Sequence[Poll]) -> Markup:
    words = room.words
    head = tag("h4", words("intelone.polls"), cls="wr-sub")
    if not polls:
        return join([head, tag("p", words("intelone.no_polls"), cls="wr-hint")])
    names = [tag("th", words(f"intelone.{name}"), cls=name) for name in ("at", "outcome", "added", "removed")]
    rows = [_poll(words, poll) for poll in polls[:_POLLS]]
    return join([head, tag("table", tag("thead", tag("tr", *names)), tag("tbody", *rows), cls="wr-table polls")])


def _poll(words: Words, poll: Poll) -> Markup:
    """Give the row of a poll; one that failed brought nothing, and its reason has the room."""
    at = tag("td", date_time(poll.at, words.language), title=words("intelone.read", count=f"{poll.read:,}"))
    outcome = words.either(f"polled.{poll.outcome}", poll.outcome)
    reason = [" · ", poll.reason] if poll.reason else []
    if not is_well(poll):
        return tag("tr", at, tag("td", outcome, *reason, cls="bad", title=poll.reason or "", colspan="3"))
    return tag(
        "tr",
        at,
        tag("td", outcome, *reason, title=poll.reason or ""),
        tag("td", f"+{poll.added:,}" if poll.added else "—", cls="n"),
        tag("td", f"−{poll.removed:,}" if poll.removed else "—", cls="n"),
    )


def _refusals(room: Room, row: FeedRow) -> Markup:
    words = room.words
    if not row.refused:
        return join([])
    head = tag("h4", words("intelone.refusals", count=f"{row.refused:,}"), cls="wr-sub")
    rows = [tag("li", tag("code", item), tag("span", reason)) for item, reason in row.refusals[:_REFUSALS]]
    more = row.refused - len(rows)
    rest = [tag("p", words("banner.more", count=f"{more:,}"), cls="wr-hint")] if more > 0 else []
    return join(
        [head, tag("ul", *rows, cls="wr-refusals"), *rest, tag("p", words("intelone.refused_do"), cls="wr-hint")]
    )
