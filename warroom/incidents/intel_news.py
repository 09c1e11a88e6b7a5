"""Feeds of intelligence that fail or grow stale are told to the channels once, and so is it when they are back.

Their last good data stay and go on being matched, so nobody would notice otherwise. As with feeds of logs, what goes
wrong together is told together, once it was the same at two looks; what was told is noted in the transaction that
writes the messages. Channels that hear only of some platforms hear nothing of it: it concerns all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warroom.model import Severity
from warroom.notify.routing import wants
from warroom.store import feed_news as noted
from warroom.store import outbox
from warroom.store.database import State, now_us
from warroom.store.intel.feeds import rows

if TYPE_CHECKING:
    from warroom.store.intel.feeds import FeedRow
    from warroom.store.lease import Lease

#: How bad it is, the worse last.
SEVERITIES: Final = {"failing": Severity.LOW, "stale": Severity.MEDIUM}
BACK: Final = "back"
KIND: Final = "intel_feeds"
_KEY: Final = "intel_news"
#: Polls that failed one after the other before people are told: one is bad luck.
_FAILURES: Final = 2
_NAMED: Final = 6


def condition(feed: FeedRow, now: int) -> str | None:
    """Give what is wrong with a feed, a key of SEVERITIES; None where it is well or switched off.

    One that was never polled successfully is stale once polls have failed.
    """
    if not feed.enabled:
        return None
    if feed.stale(now) and (feed.succeeded_at is not None or feed.failures >= _FAILURES):
        return "stale"
    return "failing" if feed.failures >= _FAILURES else None


def tell_intel_feeds(state: State, lease: Lease, *, now: int | None = None) -> int:
    """Look at the feeds, and tell what changed since it was told last; of how many feeds.

    Raises:
        LeaseError: another worker took over; it will tell.
    """
    at = now_us() if now is None else now
    with state.read() as connection:
        feeds = {row.feed_id: row for row in rows(connection) if not row.drill}
    seen = {key: what for key, row in feeds.items() if (what := condition(row, at)) is not None}
    before = noted.read(state, _KEY)
    told = {key: one for key, one in before.told.items() if key in feeds}
    news: dict[str, str] = {}
    for key, feed in feeds.items():
        last = told.get(key)
        if seen.get(key) != before.seen.get(key):
            continue  # at the next look, if it lasts
        if key not in seen and last is not None:
            if feed.enabled:
                news[key] = BACK
            else:
                del told[key]
        elif key in seen and (last is None or _rank(seen[key]) > _rank(last)):
            news[key] = seen[key]
    after = noted.Noted(seen, {key: one for key, one in (told | news).items() if one != BACK})
    if after == before:
        return 0
    with state.write("outbox") as connection:
        lease.hold(connection)
        noted.write(connection, after, _KEY)
        if news:
            heard = [told[key] if what == BACK else what for key, what in news.items()]
            worst = SEVERITIES[max(heard, key=_rank)]
            for channel in outbox.channels(connection):
                if wants(channel, worst, ""):
                    outbox.put(connection, channel.id, KIND, worst, _filled(news, feeds), at)
    return len(news)


def _rank(what: str) -> int:
    return list(SEVERITIES).index(what)


def _filled(news: dict[str, str], feeds: dict[str, FeedRow]) -> dict[str, str | int | list[str]]:
    """Give what the message is filled with."""
    filled: dict[str, str | int | list[str]] = {"drill": 0, "count": len(news)}
    for what in (*SEVERITIES, BACK):
        found = [feeds[key] for key in sorted(news) if news[key] == what]
        if found:
            filled[what] = len(found)
            filled[f"{what}_th"] = [row.title_th or row.feed_id for row in found[:_NAMED]]
            filled[f"{what}_en"] = [row.title_en or row.feed_id for row in found[:_NAMED]]
    first = [feeds[key] for key in sorted(news)][:_NAMED]
    filled["title"] = ", ".join(row.title_en or row.feed_id for row in first)
    filled["title_th"] = ", ".join(row.title_th or row.feed_id for row in first)
    return filled
