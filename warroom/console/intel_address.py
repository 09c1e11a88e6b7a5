"""What is known of an incident's addresses: whose they are, and which lists and marks they carry."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_network
from typing import TYPE_CHECKING, Final

from warroom.console import indicator_known, indicator_scores, masking, panels
from warroom.console.country_words import country_name
from warroom.console.indicator_asking import covering, link, recognised
from warroom.console.intel_list import mark_name, title_of
from warroom.console.markup import Markup, show, tag
from warroom.console.shared import Shared
from warroom.enrich.countries import About as Network
from warroom.enrich.countries import countries
from warroom.errors import StoreError
from warroom.indicators import Kind
from warroom.store.intel import search
from warroom.store.intel.search import FoundIndicators, Wanted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from warroom.console.room import Room, Tick
    from warroom.store.intel.feeds import FeedRow
    from warroom.store.views import IncidentView

#: Addresses that are shown, those that most alerts name first.
MOST: Final = 20
_FOUND: Final = Shared[FoundIndicators](64)


@dataclass(frozen=True, slots=True)
class About:
    """What is known of an address or network: the feeds that list it or one around it, the warning list it is on."""

    kind: Kind
    address: str
    feeds: tuple[FeedRow, ...]
    held: str | None

    @property
    def marks(self) -> tuple[str, ...]:
        """What being listed makes of it: tor, scanner, cloud, vpn."""
        return tuple(dict.fromkeys(feed.mark for feed in self.feeds if feed.mark))

    @property
    def is_internal(self) -> bool:
        """Whether it is none of the internet's."""
        return not ip_network(self.address).is_global


def show_addresses(room: Room, tick: Tick, view: IncidentView) -> None:
    """Show the addresses that most alerts of an incident name."""
    words = room.words
    own = [one.value for one in view.entities if one.kind == "address"]
    with panels.panel("intel_addresses", words("intelpart.addresses"), f"{len(own):,}" if own else ""):
        if not own:
            panels.empty(words("intelpart.no_addresses"), words("intelpart.no_addresses_do"))
            return
        fit = masking.shown(room, view.incident)
        try:
            known = about(room, tick, own[:MOST])
        except StoreError as problem:
            panels.warning(str(problem))
            return
        rows = [_row(room, known.get(address), fit(address)) for address in own[:MOST]]
        show(tag("div", tag("ul", *rows, cls="wr-addresses"), cls="wr-scroll"))


def about(room: Room, tick: Tick, addresses: Sequence[str]) -> dict[str, About]:
    """Tell what is known of addresses; texts that are none are left out. Raises StoreError."""
    read = {address: found for address in addresses if (found := recognised(address)) is not None}
    around = {address: covering(*found) for address, found in read.items() if found[0] in {Kind.IPV4, Kind.IPV6}}
    wanted = Wanted(values=tuple(dict.fromkeys(value for some in around.values() for value in some)))
    listed: dict[str, set[str]] = {}
    if wanted.values:
        key = (room.settings.db_url, search.mark(room.state, "indicators"), wanted)
        hits = _FOUND.get(key, lambda: search.find(room.state, room.settings.data_dir, wanted))
        for some in hits.shown:
            listed.setdefault(some[0].value, set()).update(one.feed_id for one in some)
    feeds: Mapping[str, FeedRow] = indicator_known.feeds_by_id(room, tick)
    known = {}
    for address, values in around.items():
        kind, plain = read[address]
        names = sorted({feed for value in values for feed in listed.get(value, ())})
        rows = tuple(feeds[name] for name in names if name in feeds and feeds[name].enabled)
        known[address] = About(kind, plain, rows, indicator_scores.held_by(room, kind, plain))
    return known


def where(address: str) -> Network:
    """Give the network and country of an address, as far as they are known."""
    known = countries()
    return Network("", "") if known is None else known.about(address)


def _place(room: Room, one: About) -> Markup:
    """Say from where an address is: Thai networks are marked."""
    words, found = room.words, where(one.address)
    if found.country:
        look = "wr-badge thai" if found.is_thai else "wr-badge"
        return tag("span", f"{country_name(room, found.country)} · {found.network}", cls=look)
    return tag("span", words("intelpart.private" if one.is_internal else "intelpart.unknown_country"), cls="wr-badge")


def _row(room: Room, one: About | None, shown: str) -> Markup:
    words = room.words
    if one is None:
        return tag("li", tag("code", shown))
    marks = [_place(room, one)]
    marks += [tag("span", mark_name(words, mark), cls=f"wr-badge {mark}") for mark in one.marks]
    told = []
    if one.feeds:
        told.append(words("intelpart.listed_by", feeds=", ".join(title_of(feed, words) for feed in one.feeds)))
    if one.held is not None:
        told.append(words("intelpart.on_list", list=one.held))
    return tag(
        "li",
        tag("div", tag("a", shown, href=link(one.kind, one.address), target="_self"), *marks),
        *([tag("span", " · ".join(told), cls="told", title=" · ".join(told))] if told else []),
    )
