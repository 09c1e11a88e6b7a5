"""The table of the feeds of intelligence: how each is, how old what it brought is, what changed, what was refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from warroom.console.intel_health import condition, is_stale, rank
from warroom.console.markup import Markup, tag
from warroom.console.masking import masked
from warroom.console.times import age, date_time
from warroom.indicators import HASHES, Kind
from warroom.store.intel.polls import CHANGED, SAME

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from warroom.console.room import Room
    from warroom.console.texts import Words
    from warroom.store.intel.feeds import FeedRow
    from warroom.store.intel.polls import Poll

_COLUMNS: Final = (
    *("feed", "state", "way", "last", "items", "indicators", "kinds", "changes", "refused", "weight", "licence"),
)
#: What is called the same in every language.
_NAMES: Final = {
    "http": "HTTP", "misp": "MISP REST", "taxii": "TAXII 2.1",
    "ipv4": "IPv4", "ipv6": "IPv6", "url": "URL", "cve": "CVE", "asn": "ASN", "mac": "MAC", "mutex": "Mutex",
    "md5": "MD5", "sha1": "SHA-1", "sha224": "SHA-224", "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512",
    "user_agent": "User agent", "imphash": "Imphash", "ssdeep": "ssdeep", "tlsh": "TLSH", "ja3": "JA3",
}  # fmt: skip
#: Values of these kinds are the attacker's own, wholly.
_IMPERSONAL: Final = frozenset({Kind.IPV4, Kind.IPV6, Kind.DOMAIN, Kind.EMAIL, Kind.CVE, *HASHES})
_SECOND: Final = 1_000_000
_KINDS: Final = 3
_BARS: Final = 16


def feed_table(
    room: Room, now_us: int, rows: Sequence[FeedRow], polls: Mapping[str, Sequence[Poll]], chosen: str | None
) -> Markup:
    """Give the table, worst first, what is switched off last.

    Args:
        room: whose screen it is.
        now_us: the moment.
        rows: the feeds that are shown.
        polls: the last of each, newest first.
        chosen: the feed whose details are open.
    """
    words = room.words
    head = [tag("th", words(f"intel.{name}"), cls=name) for name in _COLUMNS]
    order = sorted(rows, key=lambda row: (rank(condition(row, now_us)), -row.indicators, row.feed_id))
    body = [_row(words, now_us, row, polls.get(row.feed_id, ()), chosen=row.feed_id == chosen) for row in order]
    return tag(
        "div", tag("table", tag("thead", tag("tr", *head)), tag("tbody", *body), cls="wr-table intel"), cls="wr-scroll"
    )


def link(feed_id: str) -> str:
    """Give the address of a feed's details."""
    return "/?" + urlencode({"screen": "intel", "feed": feed_id})


def title_of(row: FeedRow, words: Words) -> str:
    """Give a feed's title in the person's language."""
    return (row.title_th if words.language == "th" else row.title_en) or row.feed_id


def state_mark(words: Words, row: FeedRow, now_us: int) -> Markup:
    """Say how a feed is."""
    found = condition(row, now_us)
    return tag("span", words(f"intelstate.{found}"), cls=f"wr-state intel-{found}")


def kinds_told(words: Words, by_kind: Mapping[str, int], most: int = _KINDS) -> str:
    """Say what kinds of indicators there are, the most first."""
    order = sorted(by_kind.items(), key=lambda one: (-one[1], one[0]))
    told = [f"{kind_name(words, kind)} {count:,}" for kind, count in order[:most]]
    more = [f"+{len(order) - most}"] if len(order) > most else []
    return " · ".join([*told, *more])


def kind_name(words: Words, kind: str) -> str:
    """Give what a kind of indicator is called."""
    return words.either(f"indicatorkind.{kind}", _NAMES.get(kind, kind))


def way_name(words: Words, way: str) -> str:
    """Give what a way by which intelligence comes is called."""
    return words.either(f"intelway.{way}", _NAMES.get(way, way))


def mark_name(words: Words, mark: str) -> str:
    """Give what a feed marks its addresses as."""
    return words.either(f"intelmark.{mark}", mark.upper())


def shown_value(kind: str, value: str) -> str:
    """Give an indicator's value as it may be seen; what may hold somebody's identifier is masked, a URL say."""
    return value if kind in _IMPERSONAL else masked(value)


def tlp_mark(tlp: str | None) -> Markup:
    """Give a TLP marking in its colour (FIRST TLP 2.0)."""
    if not tlp:
        return tag("span", "—")
    return tag("span", f"TLP:{tlp.upper()}", cls=f"wr-tlp {tlp.replace('+', '-')}")


def _row(words: Words, now_us: int, row: FeedRow, polls: Sequence[Poll], *, chosen: bool) -> Markup:
    title = title_of(row, words)
    kinds = kinds_told(words, row.by_kind)
    changed = "—" if row.changed_at is None else date_time(row.changed_at, words.language)
    return tag(
        "tr",
        tag("td", tag("a", title, href=link(row.feed_id), target="_self"), title=f"{title} · {row.feed_id}"),
        tag("td", state_mark(words, row, now_us)),
        tag("td", way_name(words, row.way), title=row.format),
        _last(words, now_us, row),
        tag("td", f"{row.items:,}" if row.items else "—", cls="n"),
        tag("td", f"{row.indicators:,}" if row.indicators else "—", cls="n"),
        tag("td", kinds or "—", title=kinds_told(words, row.by_kind, len(row.by_kind))),
        tag("td", _bars(words, polls), title=words("intel.changed_at", at=changed), cls="changes"),
        tag("td", f"{row.refused:,}" if row.refused else "—", cls="n bad" if row.refused else "n"),
        tag("td", tag("b", f"{row.confidence}"), " ", tlp_mark(row.tlp), cls="weight"),
        tag("td", row.licence or "—", title=row.licence),
        cls=" ".join((["chosen"] if chosen else []) + ([] if row.enabled else ["off"])),
    )


def _last(words: Words, now_us: int, row: FeedRow) -> Markup:
    """Say how old what we have is, against how often it is looked for."""
    every = age(row.every_us / _SECOND, words.language)
    if row.succeeded_at is None:
        return tag("td", "—" if not row.enabled else words("intel.never"), cls="age")
    old = now_us - row.succeeded_at
    told = date_time(row.succeeded_at, words.language)
    if not row.every_us:  # loaded by hand: nothing comes by itself
        return tag("td", age(old / _SECOND, words.language), cls="age", title=told)
    look = " worse" if is_stale(row, now_us) else " bad" if row.enabled and old > 2 * row.every_us else ""
    return tag("td", f"{age(old / _SECOND, words.language)} / {every}", cls=f"age{look}", title=told)


def _bars(words: Words, polls: Sequence[Poll]) -> Markup | str:
    """Draw the last polls as bars, oldest first: what came upwards, what went downwards, a mark for one that failed."""
    shown = list(reversed(polls[:_BARS]))
    if not shown:
        return "—"
    most = max(1, *(poll.added for poll in shown), *(poll.removed for poll in shown))
    bars = []
    for poll in shown:
        told = words("intel.bar", at=date_time(poll.at, words.language), added=poll.added, removed=poll.removed)
        if not is_well(poll):
            bars.append(tag("i", tag("u", "", cls="failed"), title=f"{told} · {poll.reason or poll.outcome}"))
            continue
        up, down = _height(poll.added, most), _height(poll.removed, most)
        bars.append(tag("i", tag("u", "", style=f"height:{up}%"), tag("s", "", style=f"height:{down}%"), title=told))
    return tag("span", *bars, cls="wr-changes")


def is_well(poll: Poll) -> bool:
    """Whether a poll brought what it went for."""
    return poll.outcome in {CHANGED, SAME}


def _height(count: int, most: int) -> int:
    """Give a bar's height in percent of its half; what is there at all is seen."""
    return max(6, round(50 * count / most)) if count else 0
