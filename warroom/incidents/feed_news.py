"""Feeds that fall silent, fail, lose records or lag are told to the channels once, and so is it when they are back.

What goes wrong together is told together: forty silent feeds are one message, with their platforms and the detectors
that are blind. A feed is told of once its condition was the same at two looks; what only gets better by a part is not
told. What was told is noted in the transaction that writes the messages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warroom.model import Severity
from warroom.notify.routing import wants
from warroom.store import feed_news as noted
from warroom.store import outbox
from warroom.store.database import State, now_us
from warroom.store.usual import usual
from warroom.store.views import feeds
from warroom.store.views.condition import CONDITIONS, condition
from warroom.store.watchers import Watchers, watchers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from warroom.store.lease import Lease
    from warroom.store.views import FeedRow

#: How bad it is; conditions that are not here are none that people are told of.
SEVERITIES: Final = {
    "lagging": Severity.LOW,
    "losing": Severity.MEDIUM,
    "falling": Severity.MEDIUM,
    "silent": Severity.HIGH,
    "failing": Severity.HIGH,
    "unbalanced": Severity.HIGH,
}
BACK: Final = "back"
_NAMED: Final = 6
_TITLES: Final = 5


def tell_feeds(state: State, lease: Lease, *, now: int | None = None) -> int:
    """Look at the feeds, and tell what changed since it was told last; of how many feeds.

    Raises:
        LeaseError: another worker took over; it will tell.
    """
    at = now_us() if now is None else now
    rates = usual(state, at)
    rows = {row.feed_id: row for row in feeds(state, at) if not row.drill}
    here = {key: condition(row, at, rates.get(key)) for key, row in rows.items()}
    seen = {key: one for key, one in here.items() if one in SEVERITIES}
    before = noted.read(state)
    told = {key: one for key, one in before.told.items() if key in rows}
    news: dict[str, str] = {}
    for key in rows:
        last = told.get(key)
        if seen.get(key) != before.seen.get(key):
            continue  # at the next look, if it lasts
        if key not in seen and last is not None:
            news[key] = BACK
        elif key in seen and (last is None or _rank(seen[key]) > _rank(last)):
            news[key] = seen[key]
    after = noted.Noted(seen, {key: one for key, one in (told | news).items() if one != BACK})
    if after == before:
        return 0
    sights = watchers(state) if news else Watchers({}, ())
    with state.write("outbox") as connection:
        lease.hold(connection)
        noted.write(connection, after)
        for channel in outbox.channels(connection) if news else ():
            mine = {
                key: what
                for key, what in news.items()
                if wants(channel, _severity(what, told.get(key)), rows[key].platform_id)
            }
            if mine:
                worst = max((_severity(what, told.get(key)) for key, what in mine.items()), key=lambda one: one.rank)
                outbox.put(connection, channel.id, "feeds", worst, _filled(mine, rows, sights), at)
    return len(news)


def _rank(one: str) -> int:
    return [str(known) for known in CONDITIONS].index(one)


def _severity(what: str, before: str | None) -> Severity:
    """Give how bad news are: who heard that a feed was lost hears that it is back."""
    return SEVERITIES[before or "lagging"] if what == BACK else SEVERITIES[what]


def _filled(news: Mapping[str, str], rows: Mapping[str, FeedRow], sights: Watchers) -> dict[str, str | int | list[str]]:
    """Give what the message is filled with; feeds by what is new of them, worst first."""
    filled: dict[str, str | int | list[str]] = {"drill": 0, "count": len(news)}
    for what in (*CONDITIONS, BACK):
        found = [rows[key] for key in sorted(news) if news[key] == what]
        if found:
            filled[what] = len(found)
            filled[f"{what}_th"] = _cut([row.title_th or row.feed_id for row in found])
            filled[f"{what}_en"] = _cut([row.title_en or row.feed_id for row in found])
    first = [rows[key] for key in sorted(news)][:_TITLES]
    filled["title"] = ", ".join(row.title_en for row in first)
    filled["title_th"] = ", ".join(row.title_th for row in first)
    lost = [key for key, what in news.items() if what != BACK]
    blind = sights.of(lost, _TITLES)
    filled["platforms"] = sorted({rows[key].platform_id for key in lost or news})
    filled["detectors"] = blind.count
    filled["titles_en"] = [english for english, _ in blind.titles]
    filled["titles_th"] = [thai or english for english, thai in blind.titles]
    return filled


def _cut(titles: Sequence[str]) -> list[str]:
    return list(titles[:_NAMED])
