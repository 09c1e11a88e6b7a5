"""Many strangers hit by the same rules at once are one campaign, not thousands of incidents.

Strangers are parts of the graph that nothing else joins. Where enough of them show a rule on one platform within a
few minutes, the rule bursts there, and those that show nothing but bursting rules are folded into one part. Whoever
shows another rule besides (the one of ten thousand who got in) stays apart, and so does who makes most of the burst
from one place. A part that is broad by itself (a spray from many addresses on many accounts) is such a campaign, too.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from warroom.incidents.entity_keys import Place

#: So many strangers within the time make a burst.
LEAST_STRANGERS: Final = 8
BURST_MICROSECONDS: Final = 10 * 60 * 1_000_000
#: Who has more alerts than this, and more than this share of all that burst, is an attack of its own.
_SMALL: Final = 8
_SHARE: Final = 0.2


@dataclass(frozen=True, slots=True)
class Stranger:
    """A part of the graph that could belong to a campaign: where, when, how many alerts.

    ``breadth`` says by rule how many strangers it is worth: of its addresses and its accounts the fewer.
    """

    node: int
    place: Place
    breadth: Mapping[str, int]
    first_at: int
    last_at: int
    alerts: int

    def is_broad(self, rule: str) -> bool:
        """Whether it makes a campaign by a rule alone."""
        return self.breadth[rule] >= LEAST_STRANGERS


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign that an open incident stands for: from when to when, and its alerts so far."""

    node: int
    first_at: int
    last_at: int
    alerts: int


def fold(
    strangers: Sequence[Stranger], campaigns: Mapping[tuple[Place, str], Campaign], window: int
) -> Iterator[tuple[Stranger, str, int]]:
    """Give which stranger is folded, by which rule, and with which node.

    Args:
        strangers: the parts that nothing joins.
        campaigns: what goes on already, by place and rule.
        window: microseconds after its last alert in which a campaign goes on.
    """
    by_rule: defaultdict[tuple[Place, str], list[Stranger]] = defaultdict(list)
    for one in strangers:
        for rule in one.breadth:
            by_rule[one.place, rule].append(one)
    #: For each rule that bursts, with which node each stranger would be folded.
    centres: dict[tuple[Place, str], dict[int, int]] = {}
    for (place, rule), having in by_rule.items():
        burst = _burst(having, rule)
        goes_on = campaigns.get((place, rule))
        if goes_on is not None:
            burst |= _taken_in(having, goes_on, burst, window)
        centres[place, rule] = burst
    for one in strangers:
        bursting = sorted(rule for rule in one.breadth if one.node in centres[one.place, rule])
        if len(bursting) < len(one.breadth):
            bursting = [rule for rule in bursting if one.is_broad(rule)]
        for rule in bursting:
            yield one, rule, centres[one.place, rule][one.node]


def _burst(having: Sequence[Stranger], rule: str) -> dict[int, int]:
    """Give, for the strangers of one rule, with whom each bursts; those that do not are left out."""
    order = sorted(having, key=attrgetter("first_at", "node"))
    found: dict[int, int] = {}
    run: list[Stranger] = []
    start = weight = reached = 0  # everybody before `reached` is in a run already
    for end, one in enumerate(order):
        weight += max(1, one.breadth[rule])
        while one.first_at - order[start].first_at > BURST_MICROSECONDS:
            weight -= max(1, order[start].breadth[rule])
            start += 1
        if weight < LEAST_STRANGERS:
            continue
        if start >= reached:
            found |= _without_the_large(run, rule)
            run = []
        run += order[max(start, reached) : end + 1]
        reached = end + 1
    return found | _without_the_large(run, rule)


def _without_the_large(run: Sequence[Stranger], rule: str) -> dict[int, int]:
    """Give whom a run joins; who makes most of it from one place is an attack of its own."""
    most = max(_SMALL, _SHARE * sum(one.alerts for one in run))
    small = [one for one in run if one.alerts <= most or one.is_broad(rule)]
    if sum(max(1, one.breadth[rule]) for one in small) < LEAST_STRANGERS:
        return {}
    return {one.node: small[0].node for one in small}


def _taken_in(having: Sequence[Stranger], campaign: Campaign, burst: Mapping[int, int], window: int) -> dict[int, int]:
    """Give the strangers that a campaign takes in while it goes on, each with all that burst together with it."""
    most = max(_SMALL, _SHARE * campaign.alerts)
    close = {
        one.node
        for one in having
        if one.first_at - campaign.last_at <= window
        and campaign.first_at - one.last_at <= window
        and (one.alerts <= most or one.node in burst)
    }
    runs = {burst[node] for node in close if node in burst}
    taken = close | {node for node, centre in burst.items() if centre in runs}
    return dict.fromkeys(taken, campaign.node)
