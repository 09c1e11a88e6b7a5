"""One kind of log of one platform: what it is, how it comes, and what to do until its lines come."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlencode

from warroom.access import Permission
from warroom.catalog.log_sources import load_log_sources
from warroom.catalog.transports.push import Push
from warroom.catalog.transports.secrets import SecretRef
from warroom.catalog.transports.syslog import Syslog
from warroom.console import detector_counts, panels, platform_panel, search_asking
from warroom.console.markup import Markup, show, tag, visible
from warroom.console.times import age, date_time
from warroom.errors import ContentError
from warroom.onboarding import PROBE, Connection
from warroom.store.query import quoted
from warroom.store.search_history import Asked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from _typeshed import DataclassInstance

    from warroom.catalog import Feed
    from warroom.catalog.log_sources import LogSource
    from warroom.console.room import Room, Tick
    from warroom.console.texts import Words
    from warroom.onboarding import Cell
    from warroom.settings import Settings
    from warroom.store.views import FeedRow

_SECOND: Final = 1_000_000
_LONGEST: Final = 240
_LISTED: Final = 4
_MOST_FEEDS: Final = 6


@cache
def log_sources() -> Mapping[str, LogSource]:
    """Give the kinds of log by id; none where the vocabulary is faulty, which the worker tells."""
    try:
        return load_log_sources()
    except ContentError:
        return {}


def kind_title(kind: str, words: Words) -> str:
    """Give what a kind of log is called."""
    found = log_sources().get(kind)
    if found is None:
        return words.either(f"kind.{kind}", kind)
    return found.th if words.language == "th" else found.en


def show_cell(
    room: Room,
    tick: Tick,
    platform: str,
    cell: Cell,
    feeds: Mapping[str, Feed],
    rows: Mapping[str, FeedRow],
) -> None:
    """Show what was chosen in the matrix."""
    words = room.words
    feed = feeds.get(cell.feeds[0]) if cell.feeds else None
    row = None if feed is None else rows.get(feed.id)
    title = f"{room.platform(platform)} · {kind_title(cell.log_source, words)}"
    state = words(f"onboard.{cell.connection}")
    mark = tag("span", state, cls=f"wr-mark {cell.connection}", title=words(f"onboard.{cell.connection}_told"))
    with panels.panel("onboard_what", title, mark):
        parts = [
            tag("section", tag("h4", words("onboard.what")), *_what(room, tick, cell, feed)),
            tag("section", tag("h4", words("onboard.how")), *_how(room, tick, cell, feed, row)),
            tag("section", tag("h4", words("onboard.next")), *_next(room, platform, cell, feed, row)),
        ]
        show(tag("div", *parts, cls="wr-onboard"))


def _what(room: Room, tick: Tick, cell: Cell, feed: Feed | None) -> list[Markup]:
    words = room.words
    kind = log_sources().get(cell.log_source)
    parts = [tag("p", words(f"onboard.{cell.connection}_told"))]
    if cell.log_source == PROBE:
        parts.append(tag("p", words("onboard.probe_what")))
    if kind is not None:
        parts.append(tag("h4", words("onboard.fields")))
        parts.append(tag("div", *(tag("code", name) for name in kind.min_fields), cls="fields", lang="zxx"))
    source = detector_counts.source_of(feed, kind)
    if source is not None:
        counts = detector_counts.counts(room.settings, tick.version("content"), source)
        parts.append(_facts([(words("onboard.detectors"), words("onboard.detectors_count", count=f"{counts:,}"))]))
    return parts


def _how(room: Room, tick: Tick, cell: Cell, feed: Feed | None, row: FeedRow | None) -> list[Markup]:
    words = room.words
    if feed is None:
        advice = [] if cell.log_source == PROBE else [tag("p", words("onboard.no_feed_do"))]
        return [tag("p", words("onboard.no_feed")), *advice]
    facts: list[tuple[str, Markup | str]] = [
        (words("onboard.file"), tag("code", place_of(feed, room.settings))),
        (words("onboard.transport"), feed.transport),
        *((name, tag("code", value)) for name, value in _collected(feed)),
        (words("onboard.format"), feed.format),
        (words("onboard.last"), _last(room, tick, cell.received_at)),
    ]
    if row is not None:
        facts.append((words("onboard.rate"), f"{row.per_minute:,}"))
    parts = [_facts(facts)]
    if row is not None and row.error:
        parts.append(tag("p", f"{words('onboard.error')}: {visible(row.error)[:_LONGEST]}", cls="bad"))
    if others := cell.feeds[1:]:
        told = ", ".join(others[:_MOST_FEEDS])
        if len(others) > _MOST_FEEDS:
            told += f" {words('onboard.more_feeds', count=len(others) - _MOST_FEEDS)}"
        parts.append(tag("p", f"{words('onboard.others')}: {told}"))
    return parts


def _collected(feed: Feed) -> list[tuple[str, str]]:
    """Give what the feed says of its way, the parts that say where; never what a secret is, only where."""
    told: dict[str, Any] = asdict(cast("DataclassInstance", feed.collect))
    found = []
    for name, value in told.items():
        if isinstance(value, (tuple, list)) and value and all(isinstance(one, str) for one in value):
            found.append((name, " ".join(value)))
        elif isinstance(value, str) and value:
            found.append((name, value))
    return [(name, visible(value)[:_LONGEST]) for name, value in found[:_LISTED]]


def _last(room: Room, tick: Tick, at: int | None) -> str:
    words = room.words
    if at is None:
        return words("onboard.last_never")
    ago = age((tick.now_us - at) / _SECOND, words.language)
    return words("onboard.last_ago", at=date_time(at, words.language), age=ago)


def _next(room: Room, platform: str, cell: Cell, feed: Feed | None, row: FeedRow | None) -> list[Markup]:
    words = room.words
    steps = tag("ol", *(tag("li", one) for one in steps_of(platform, cell, feed, row, room)))
    links = []
    if room.person.actor.can(Permission.MANAGE_FEEDS):
        if cell.log_source != PROBE:
            asked = {"screen": "add_feed", "platform": platform, "kind": cell.log_source}
            links.append(tag("a", words("onboard.wizard"), href="/?" + urlencode(asked), target="_self"))
    elif cell.connection is not Connection.CONNECTED:
        links.append(tag("span", words("onboard.wizard_hint")))
    if feed is not None and cell.received_at is not None and room.person.actor.can(Permission.SEARCH_EVENTS):
        query = Asked("events", f"feed:{quoted(feed.id)}", "day")
        links.append(tag("a", words("onboard.search"), href=search_asking.link(query), target="_self"))
    if room.person.may_look:
        links.append(tag("a", words("onboard.open_platform"), href=platform_panel.link(platform), target="_self"))
    return [steps, tag("div", *links, cls="links")]


def steps_of(platform: str, cell: Cell, feed: Feed | None, row: FeedRow | None, room: Room) -> Sequence[str]:
    """Say what is to be done until lines of a kind of log come, in order."""
    words = room.words
    if feed is None and cell.log_source == PROBE:
        return [words("onboard.step_ask"), words("onboard.step_probe", file=f"{platform}_probe.yml")]
    if feed is None:
        command = f"./run feeds new --from LOG --platform {platform}"
        return [words("onboard.step_missing"), words("onboard.step_new", command=command)]
    if cell.connection is Connection.CONNECTED:
        return [words("onboard.step_connected")]
    steps = [words("onboard.step_error")] if row is not None and row.error else []
    if cell.connection is Connection.SILENT:
        return [words("onboard.step_silent"), *steps]
    file = place_of(feed, room.settings)
    steps += [words("onboard.step_collect", file=file)] if cell.connection is Connection.READY else []
    steps += _sending(feed, room)
    if cell.connection is Connection.NEVER:
        return [*steps, words("onboard.step_never")]
    if feed.transport != PROBE:
        steps.append(words("onboard.step_test", command=f"./run feeds test {feed.id}"))
    return [*steps, words("onboard.step_enable", file=file)]


def _sending(feed: Feed, room: Room) -> list[str]:
    """Say which secrets are to be set, and where others send to."""
    words, collect = room.words, feed.collect
    steps = []
    for name in getattr(collect, "__dataclass_fields__", {}):
        secret = getattr(collect, name)
        if isinstance(secret, SecretRef):
            key, told = ("step_secret_env", secret.env) if secret.env else ("step_secret_file", secret.file)
            steps.append(words(f"onboard.{key}", name=told))
    if isinstance(collect, Push):
        receiver = room.settings.receiver
        if not receiver:
            steps.append(words("onboard.step_receiver"))
        secure = "https" if room.settings.receiver_certificate else "http"
        address = f"{secure}://{receiver or 'host:port'}/v1/feeds/{feed.id}"
        steps.append(words("onboard.step_push", address=address))
    if isinstance(collect, Syslog):
        listening = collect.listening
        steps.append(words("onboard.step_syslog", address=listening.address, protocol=listening.protocol))
    return steps


def place_of(feed: Feed, settings: Settings) -> str:
    """Give a feed's file as people find it: below the folder of feeds."""
    folder = settings.feeds
    return str(feed.file.relative_to(folder.parent)) if feed.file.is_relative_to(folder) else feed.file.name


def _facts(facts: Sequence[tuple[str, Markup | str]]) -> Markup:
    return tag("dl", *(tag("div", tag("dt", name), tag("dd", value)) for name, value in facts), cls="wr-facts")
