"""What makes detectors blind or slow, at the head of the war room and the wall: one line per kind of trouble."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from warroom.console import feed_sights, health, healthz, intel_health, intel_list, intel_sights, snapshot
from warroom.console.markup import tag
from warroom.console.times import age
from warroom.store import views
from warroom.store.views.condition import BLIND

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from warroom.console.health import FeedHealth
    from warroom.console.markup import Markup
    from warroom.console.room import Room, Tick

#: Shown at once; how many more there are is said below them.
MOST: Final = 3
#: Named of the feeds with one trouble; the feeds screen has them all.
_NAMED: Final = 3
_SECOND: Final = 1_000_000
_TEN_SECONDS: Final = 10_000_000

#: Conditions in which detectors see less than there is.
_HALF_SEEN: Final = frozenset({*BLIND, "falling", "losing"})

#: How bad ("red", "amber" or "more"), and the line.
_Line = tuple[str, "Markup"]


def shown(room: Room, tick: Tick, feeds: Sequence[FeedHealth], limit: int = MOST) -> list[Markup]:
    """Say in red what makes detectors blind, in amber what only slows them; red first. Empty where nothing does.

    Feeds come worst first. What ails the worker and its machine stands above the feeds: it ails them all.
    """
    advice = [tag("span", room.words("banner.do"), cls="do")]
    of_worker, of_feeds = _of_the_worker(room, tick), _of_feeds(room, tick, feeds)
    said = [*of_worker, *_of_the_machine(room, tick), *of_feeds, *_of_intelligence(room, tick)]
    if not said:
        return []
    said.sort(key=lambda one: one[0] != "red")
    if len(said) > limit:
        said = [*said[:limit], _line("more", room.words("banner.more", count=len(said) - limit))]
    lines = [line for _, line in said]
    more = advice if of_worker or of_feeds else []
    return [tag("div", tag("div", *lines, cls="lines"), *more, cls=f"wr-banners lines-{len(said)}", role="alert")]


def _of_the_worker(room: Room, tick: Tick) -> list[_Line]:
    seen_us = views.worker_seen_at(room.state)
    if seen_us is None:
        return [_line("red", room.words("banner.no_worker"))]
    if gone := health.stale_seconds(seen_us, tick.now_us):
        return [_line("red", room.words("banner.worker", age=age(gone, room.words.language)))]
    return []


def _of_the_machine(room: Room, tick: Tick) -> list[_Line]:
    return [
        _line("red" if trouble.red else "amber", healthz.said(trouble, room.words.language), *_code(trouble.detail))
        for trouble in snapshot.troubles(room.state, room.seen, room.settings, tick.now_us // _TEN_SECONDS)
    ]


def _code(text: str) -> list[Markup]:
    return [tag("code", text)] if text else []


def _of_feeds(room: Room, tick: Tick, feeds: Sequence[FeedHealth]) -> list[_Line]:
    ailing = (found for found in feeds if found.condition not in {"ok", "waiting"})
    return [_of_some(room, tick, same) for same in _by_condition(ailing)]


def _of_intelligence(room: Room, tick: Tick) -> list[_Line]:
    """Say which feeds of intelligence fail, and which are too old: what they listed before still counts."""
    rows = intel_sights.feeds(room.state, room.seen.url, intel_sights.moment(tick))
    lines = []
    for told in ("failing", "stale"):
        ailing = [row for row in rows if intel_health.condition(row, tick.now_us) == told]
        for known in (True, False):
            same = [row for row in ailing if (row.succeeded_at is not None) is known]
            if not same:
                continue
            names = _first(room, [intel_list.title_of(row, room.words) for row in same])
            oldest = min(row.succeeded_at or 0 for row in same)
            text = room.words(
                f"banner.intel_{told}" if known else "banner.intel_nothing",
                feeds=names,
                age=age((tick.now_us - oldest) / _SECOND, room.words.language),
            )
            lines.append(_line("amber", text, *_code(next((row.failure for row in same if row.failure), ""))))
    return lines


def _by_condition(feeds: Iterable[FeedHealth]) -> Iterator[list[FeedHealth]]:
    return (list(same) for _, same in groupby(feeds, lambda found: found.condition))


def _of_some(room: Room, tick: Tick, same: Sequence[FeedHealth]) -> _Line:
    """Say what ails feeds of one condition, on which platforms, and which detectors do not see because of it."""
    text = _of_one(room, same[0]) if len(same) == 1 else _of_many(room, same)
    errors = [found.feed.error for found in same if found.feed.error]
    detail = [tag("code", errors[0])] if errors else []
    if same[0].condition in _HALF_SEEN:
        detail = [*_unseeing(room, tick, same), *detail]
    return _line(_level(same[0]), text, *detail)


def _of_one(room: Room, found: FeedHealth) -> str:
    return room.words(
        f"banner.{_key(found)}",
        feed=found.title(room.words.language),
        platform=room.platform(found.feed.platform_id),
        count=f"{found.feed.lost if found.condition == 'losing' else found.feed.unbalanced:,}",
        age=age(found.silent_seconds or 0, room.words.language),
        megabytes=found.feed.lag_bytes >> 20,
        percent=_percent(found),
    )


def _key(found: FeedHealth) -> str:
    """Give what to say of it: what still brings a little is not silent for so and so long."""
    dropped = found.condition == "silent" and (found.silent_seconds or 0) <= found.feed.silent_after_seconds
    return "falling" if dropped else found.condition


def _percent(found: FeedHealth) -> str:
    usual = found.usual
    return f"{100 * usual.received / usual.expected:.0f}" if usual and usual.expected else "—"


def _of_many(room: Room, same: Sequence[FeedHealth]) -> str:
    """Fold feeds with one trouble into a line: forty silent feeds hide nothing else that is wrong."""
    names = _first(room, [found.title(room.words.language) for found in same])
    return room.words(
        f"banner.{same[0].condition}_many",
        feeds=names,
        count=len(same),
        lines=f"{sum(_missing(found) for found in same):,}",
        age=age(max(found.silent_seconds or 0 for found in same), room.words.language),
        megabytes=max(found.feed.lag_bytes for found in same) >> 20,
    )


def _missing(found: FeedHealth) -> int:
    return found.feed.lost if found.condition == "losing" else found.feed.unbalanced


def _unseeing(room: Room, tick: Tick, same: Sequence[FeedHealth]) -> list[Markup]:
    """Name the platforms, and the detectors that look at these feeds: how many, and the gravest."""
    words = room.words
    platforms = dict.fromkeys(room.platform(found.feed.platform_id) for found in same)
    known = feed_sights.watchers(room.state, room.seen.url, tick.version("content"))
    blind = known.of(found.feed.feed_id for found in same)
    # of a single feed, the platform stands in its own words already
    told = [words("banner.platforms", platforms=_first(room, list(platforms)))] if len(same) > 1 else []
    if blind.count:
        titles = "; ".join(thai if thai and words.language == "th" else english for english, thai in blind.titles)
        told.append(words("banner.detectors", count=f"{blind.count:,}", titles=titles))
    text = " · ".join(told)  # cut where it is longer than its line
    return [tag("span", text, cls="blind", title=text)] if told else []


def _first(room: Room, names: list[str]) -> str:
    more = [room.words("banner.more", count=len(names) - _NAMED)] if len(names) > _NAMED else []
    return ", ".join([*names[:_NAMED], *more])


def _level(found: FeedHealth) -> str:
    return "red" if found.condition in BLIND else "amber"


def _line(level: str, text: str, *detail: Markup) -> _Line:
    return level, tag("div", tag("b", text), *detail, cls=f"wr-banner {level}")
