"""What a rule is called in the person's language, as far as it has such a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warroom.console import intel_sights, intel_words, snapshot
from warroom.store.database import now_us

if TYPE_CHECKING:
    from warroom.console.room import Room
    from warroom.console.texts import Words
    from warroom.store.incidents import AlertRow
    from warroom.store.intel.feeds import FeedRow

#: Rules that raised alerts in so many days are known by name; the loudest come first.
_HEARD_DAYS: Final = 30
_RULES: Final = 200
_HOUR_US: Final = 3_600_000_000


def rule_title(alert: AlertRow, words: Words) -> str:
    """Give the title of an alert's rule."""
    return (alert.rule_title_th if words.language == "th" else "") or alert.rule_title


def rule_names(room: Room) -> dict[str, str]:
    """Give the titles of the rules that were heard of lately, by their numbers, the loudest first."""
    heard = snapshot.rules_heard(room.state, room.seen, now_us() // _HOUR_US + 1, _HEARD_DAYS, _RULES)
    feeds: dict[str, FeedRow] = {}
    if any(intel_words.feed_of(one.rule_id) is not None for one in heard):
        tick = room.look()
        rows = intel_sights.feeds(room.state, room.seen.url, intel_sights.moment(tick))
        feeds = {row.feed_id: row for row in rows}
    return {
        one.rule_id: intel_words.rule_name(one.rule_id, feeds, room.words)
        or (one.title_th if room.words.language == "th" else "")
        or one.title
        for one in heard
    }
