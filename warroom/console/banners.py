"""What makes detectors blind or slow, at the head of the war room and the wall: one line per kind of trouble."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from warroom.console import health, healthz, snapshot
from warroom.console.markup import tag
from warroom.console.times import age
from warroom.store import views

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from warroom.console.health import FeedHealth
    from warroom.console.markup import Markup
    from warroom.console.room import Room, Tick

#: Shown at once; how many more there are is said below them.
MOST: Final = 3
#: Named of the feeds with one trouble; the feeds screen has them all.
_NAMED: Final = 3
_TEN_SECONDS: Final = 10_000_000

#: How bad ("red", "amber" or "more"), and the line.
_Line = tuple[str, "Markup"]


def shown(room: Room, tick: Tick, feeds: Sequence[FeedHealth], limit: int = MOST) -> list[Markup]:
    """Say in red what makes detectors blind, in amber what only slows them; red first. Empty where nothing does.

    Feeds come worst first. What ails the worker and its machine stands above the feeds: it ails them all.
    """
    advice = [tag("span", room.words("banner.do"), cls="do")]
    of_worker, of_feeds = _of_the_worker(room, tick), _of_feeds(room, feeds)
    said = [*of_worker, *_of_the_machine(room, tick), *of_feeds]
    if not said:
        return []
    said.sort(key=lambda one: one[0] != "red")
    if len(said) > limit:
        said = [*said[:limit], _line("more", room.words("banner.more", count=len(said) - limit))]
    lines = [line for _, line in said]
    more = advice if of_worker or of_feeds else []
    return [tag("div", tag("div", *lines), *more, cls=f"wr-banners lines-{len(said)}", role="alert")]


def _of_the_worker(room: Room, tick: Tick) -> list[_Line]:
    seen_us = views.worker_seen_at(room.state)
    if seen_us is None:
        return [_line("red", room.words("banner.no_worker"))]
    if gone := health.stale_seconds(seen_us, tick.now_us):
        return [_line("red", room.words("banner.worker", age=age(gone, room.words.language)))]
    return []


def _of_the_machine(room: Room, tick: Tick) -> list[_Line]:
    return [
        _line("red" if trouble.red else "amber", healthz.said(trouble, room.words.language), trouble.detail)
        for trouble in snapshot.troubles(room.state, room.seen, room.settings, tick.now_us // _TEN_SECONDS)
    ]


def _of_feeds(room: Room, feeds: Sequence[FeedHealth]) -> list[_Line]:
    ailing = (found for found in feeds if found.condition not in {"ok", "waiting"})
    return [_of_one(room, *same) if len(same) == 1 else _of_many(room, same) for same in _by_condition(ailing)]


def _by_condition(feeds: Iterable[FeedHealth]) -> Iterator[list[FeedHealth]]:
    return (list(same) for _, same in groupby(feeds, lambda found: found.condition))


def _of_one(room: Room, found: FeedHealth) -> _Line:
    return _line(
        _level(found),
        room.words(
            f"banner.{found.condition}",
            feed=found.title(room.words.language),
            platform=room.platform(found.feed.platform_id),
            count=f"{found.feed.unbalanced:,}",
            age=age(found.silent_seconds or 0, room.words.language),
            megabytes=found.feed.lag_bytes >> 20,
        ),
        found.feed.error or "",
    )


def _of_many(room: Room, same: Sequence[FeedHealth]) -> _Line:
    """Fold feeds with one trouble into a line: forty silent feeds hide nothing else that is wrong."""
    names = [found.title(room.words.language) for found in same[:_NAMED]]
    if len(same) > _NAMED:
        names.append(room.words("banner.more", count=len(same) - _NAMED))
    return _line(
        _level(same[0]),
        room.words(
            f"banner.{same[0].condition}_many",
            feeds=", ".join(names),
            count=len(same),
            lines=f"{sum(found.feed.unbalanced for found in same):,}",
            age=age(max(found.silent_seconds or 0 for found in same), room.words.language),
            megabytes=max(found.feed.lag_bytes for found in same) >> 20,
        ),
        next((found.feed.error for found in same if found.feed.error), ""),
    )


def _level(found: FeedHealth) -> str:
    return "red" if found.condition in health.BLIND else "amber"


def _line(level: str, text: str, detail: str = "") -> _Line:
    told = [tag("b", text), *([tag("code", detail)] if detail else [])]
    return level, tag("div", *told, cls=f"wr-banner {level}")
