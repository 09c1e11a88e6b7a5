"""What alerts of intelligence are called: the id of their rule names the feed that lists what was seen, or exposure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warroom.intel.exposing import RULE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warroom.console.texts import Words
    from warroom.store.intel.feeds import FeedRow

#: What the ids of such rules begin with.
PREFIX: Final = "intel."
#: The rule about vulnerabilities of our assets, which names no feed.
EXPOSURE: Final = RULE


def feed_of(rule_id: str) -> str | None:
    """Give the feed that a rule's id names; None for a rule that names none."""
    return rule_id.removeprefix(PREFIX) if rule_id.startswith(PREFIX) and rule_id != EXPOSURE else None


def rule_name(rule_id: str, feeds: Mapping[str, FeedRow], words: Words) -> str | None:
    """Name such a rule by its feed: an alert's own title names one value, and the rule is about all of them."""
    if rule_id == EXPOSURE:
        return words("intelrule.exposure")
    feed_id = feed_of(rule_id)
    if feed_id is None:
        return None
    row = feeds.get(feed_id)
    title = feed_id if row is None else (row.title_th if words.language == "th" else row.title_en) or feed_id
    return words("intelrule.name", feed=title)
