"""What the grouping has to know about a batch of alerts before it decides: keys, traces, incidents, campaigns."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from warroom.incidents.entity_keys import CAMPAIGN, Key, Place, Spread, keys_of
from warroom.model import Severity
from warroom.store import grouping, spreads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warroom.catalog import SharedNetworks
    from warroom.store.database import Transaction
    from warroom.store.grouping import Standing, Trace
    from warroom.store.incidents import AlertRow

#: A new incident of more alerts than this is no stranger of a campaign.
SINGLE: Final = 50


@dataclass(frozen=True, slots=True)
class Survey:
    """A batch of alerts, and what is there already that they may belong to.

    ``open`` and ``closed`` are the traces of open and of closed incidents by key; ``single`` gives the rules of new
    incidents of a few alerts, which may turn out to be strangers of a campaign. What is ``listed`` joins nobody.
    """

    alerts: Sequence[AlertRow]
    keys: Sequence[Sequence[Key]]
    standing: dict[int, Standing]
    listed: SharedNetworks
    open: defaultdict[Key, list[Trace]] = field(default_factory=lambda: defaultdict(list))
    closed: defaultdict[Key, list[Trace]] = field(default_factory=lambda: defaultdict(list))
    single: dict[int, set[str]] = field(default_factory=dict)

    def place(self, incident_id: int) -> Place:
        """Give an incident's place."""
        one = self.standing[incident_id]
        return Place(one.platform_id, one.drill)


def survey(connection: Transaction, alerts: Sequence[AlertRow], listed: SharedNetworks, window: int, at: int) -> Survey:
    """Look up what a batch needs, in a few statements, and remember with whom its entities were seen."""
    if not alerts:
        return Survey((), (), {}, listed)
    since = min(alert.first_at for alert in alerts) - window
    until = max(alert.last_at for alert in alerts) + window
    platforms = {alert.platform_id for alert in alerts}
    spread = Spread()
    spread.add(alert for alert in alerts if alert.incident_id is None)
    known = spreads.remembered(connection, spread.seen)
    shared = spread.shared(known)
    spreads.remember(connection, spread.seen, known, shared, at, window)

    traces = grouping.key_traces(connection, platforms, since, until)
    places = grouping.standing(connection, {trace.incident_id for trace in traces if trace.placed})
    placed = {
        Key(Place(places[one.incident_id].platform_id, places[one.incident_id].drill), one.kind, one.value)
        for one in traces
        if one.placed and places[one.incident_id].open
    }
    keys = [keys_of(alert, listed, shared, placed) for alert in alerts]
    named: defaultdict[str, set[str]] = defaultdict(set)
    for one in keys:
        for key in one:
            if key.bare:
                named[key.kind].add(key.value)
    traces += grouping.entity_traces(connection, named, since, until)
    serious = {alert.rule_id for alert in alerts if _may_open(alert)}
    single = grouping.singles(connection, serious, platforms, since, until, SINGLE) if serious else {}
    ids = {trace.incident_id for trace in traces} | set(single)
    ids |= {alert.incident_id for alert in alerts if alert.incident_id is not None}
    standing = grouping.standing(connection, ids)
    found = Survey(alerts, keys, standing, listed)
    found.single.update({number: rules for number, rules in single.items() if not standing[number].held})
    for trace in traces:
        known_as = Key(found.place(trace.incident_id), trace.kind, trace.value)
        (found.open if standing[trace.incident_id].open else found.closed)[known_as].append(trace)
    return found


def near(first_at: int, last_at: int, trace: Trace, window: int) -> bool:
    """Whether no more than the window lies between two times and a trace."""
    return first_at - trace.last_at <= window and trace.first_at - last_at <= window


def campaign_traces(found: Survey) -> dict[tuple[Place, str], Trace]:
    """Give the campaigns that go on, by place and rule; of several the one with the last alert."""
    going: dict[tuple[Place, str], Trace] = {}
    for key, traces in found.open.items():
        if key.kind == CAMPAIGN:
            going[key.place, key.value] = max(
                traces, key=lambda trace: (trace.placed, trace.last_at, -trace.incident_id)
            )
    return going


def _may_open(alert: AlertRow) -> bool:
    return alert.incident_id is None and alert.severity is not Severity.INFORMATIONAL
