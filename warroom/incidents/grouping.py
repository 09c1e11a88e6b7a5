"""Alerts become incidents: what belongs together joins, and says why.

The waiting alerts are taken in bulk. What something holds back (``quiet``) is left out. The others are joined with each
other and with open incidents by what they have in common (``components``); many strangers at once become a campaign
(``campaigns``). What is only informational joins what is there but opens nothing. Every membership carries its reason,
and what people decided (``regroup``) goes before all of it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from operator import attrgetter
from typing import Final

from warroom.catalog import Client, SharedNetworks, load_shared_networks
from warroom.incidents.campaigns import Campaign, Stranger, fold
from warroom.incidents.components import Parts, Span
from warroom.incidents.entity_keys import AIM, CAMPAIGN, RULE, Key, Place
from warroom.incidents.putting import Group, put_in
from warroom.incidents.quiet import set_aside
from warroom.incidents.survey import Survey, campaign_traces, near, survey
from warroom.model import Severity
from warroom.store import folding
from warroom.store import incidents as store
from warroom.store.database import State, Transaction, now_us
from warroom.store.incidents import AlertRow

#: Alerts that are grouped in one transaction: the write lock is held for so many.
AT_ONCE: Final = 10_000
#: So many alerts before and behind one that is informational are asked whether they are close.
_NEXT: Final = 4


def group(state: State, window: timedelta, listed: SharedNetworks | None = None) -> int:
    """Group every waiting alert; how many there were. A crash in between repeats nothing and loses nothing.

    Args:
        state: the state database.
        window: so much may lie between two alerts that are joined.
        listed: addresses and accounts that join nobody; the reference's where not given.
    """
    never = load_shared_networks() if listed is None else listed
    done = 0
    while True:
        with state.read() as connection:
            if not store.waiting_alerts(connection, 1):
                return done
        with state.write("incidents") as connection:
            done += _group_some(connection, window // timedelta(microseconds=1), never)


def _group_some(connection: Transaction, window: int, never: SharedNetworks) -> int:
    at = now_us()
    waiting = store.waiting_alerts(connection, AT_ONCE)
    held = set_aside(connection, waiting, at)
    found = survey(connection, [alert for alert in waiting if alert.id not in held], never, window, at)
    groups, alone = _decide(found, window)
    put_in(connection, found, groups, at)
    folding.leave_alone(connection, sorted(held | alone))
    return len(waiting)


def _decide(found: Survey, window: int) -> tuple[list[Group], set[str]]:
    """Give the groups of a batch, in the order of their first alerts, and the alerts that stay alone."""
    serious = [number for number, alert in enumerate(found.alerts) if _counts(alert, found)]
    spans = [
        Span(found.alerts[number].first_at, found.alerts[number].last_at, found.keys[number]) for number in serious
    ]
    standing = {one.id: one for one in found.standing.values() if one.open}
    parts = Parts(spans, standing)
    for node, number in enumerate(serious):
        own = found.alerts[number].incident_id
        if own is not None:
            parts.join(node, parts.node_of_incident(own))
    parts.connect(found.open, window)
    folded = _fold_strangers(found, parts, serious, window)
    groups = _groups(found, parts, serious, folded)
    alone = _place_the_rest(found, parts, serious, groups, window)
    for one in groups.values():
        if one.target is None:
            one.follows = _goes_on_from(found, one, window)
    return sorted(groups.values(), key=lambda one: one.order), alone


def _counts(alert: AlertRow, found: Survey) -> bool:
    """Whether an alert joins others: not where it is informational, nor in an incident that is closed."""
    if alert.incident_id is not None and not found.standing[alert.incident_id].open:
        return False
    return alert.severity is not Severity.INFORMATIONAL


@dataclass(slots=True)
class _Part:
    """A part of the graph: numbers of its alerts in the batch, and its incidents."""

    alerts: list[int] = field(default_factory=list)
    incidents: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Folded:
    """What was folded into campaigns: ids of alerts, incidents, and by part (as it was before) its campaign's rules."""

    alerts: set[str] = field(default_factory=set)
    incidents: set[int] = field(default_factory=set)
    rules: defaultdict[int, set[str]] = field(default_factory=lambda: defaultdict(set))


def _parts(parts: Parts, serious: list[int], found: Survey) -> dict[int, _Part]:
    by_root: defaultdict[int, _Part] = defaultdict(_Part)
    for node, number in enumerate(serious):
        by_root[parts.root(node)].alerts.append(number)
    for incident_id, one in found.standing.items():
        if one.open:
            by_root[parts.root_of_incident(incident_id)].incidents.append(incident_id)
    return by_root


def _fold_strangers(found: Survey, parts: Parts, serious: list[int], window: int) -> _Folded:
    """Join strangers to campaigns; give what was folded."""
    going = {
        name: Campaign(
            parts.root_of_incident(trace.incident_id),
            trace.first_at,
            trace.last_at,
            found.standing[trace.incident_id].alert_count,
        )
        for name, trace in campaign_traces(found).items()
    }
    campaigns = {one.node for one in going.values()}
    by_root = _parts(parts, serious, found)
    strangers = []
    for root, part in by_root.items():
        if root in campaigns or not all(one in found.single for one in part.incidents):
            continue
        strangers.append(_stranger(root, part, found))
    folded = _Folded()
    for stranger, rule, centre in list(fold(strangers, going, window)):
        if not parts.join(stranger.node, centre):
            continue
        part = by_root[stranger.node]
        folded.rules[stranger.node].add(rule)
        if not stranger.is_broad(rule):
            folded.alerts |= {found.alerts[number].id for number in part.alerts}
            folded.incidents |= set(part.incidents)
    return folded


def _stranger(root: int, part: _Part, found: Survey) -> Stranger:
    alerts, incidents = [found.alerts[one] for one in part.alerts], [found.standing[one] for one in part.incidents]
    place = found.place(part.incidents[0]) if incidents else _place(alerts[0])
    breadth = dict.fromkeys(set().union(*(found.single[one] for one in part.incidents)), 1) | _breadth(
        alerts, found.listed
    )
    return Stranger(
        node=root,
        place=place,
        breadth=breadth,
        first_at=min([one.first_at for one in alerts] + [one.first_at for one in incidents]),
        last_at=max([one.last_at for one in alerts] + [one.last_at for one in incidents]),
        alerts=sum(one.incident_id is None for one in alerts) + sum(one.alert_count for one in incidents),
    )


def _breadth(alerts: list[AlertRow], listed: SharedNetworks) -> dict[str, int]:
    """Give by rule how many strangers alerts are about: of addresses and accounts the fewer, of those there are."""
    named: defaultdict[str, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    for alert in alerts:
        addresses, users = named[alert.rule_id]
        for entity in alert.entities:
            if entity.kind == "address" and listed.client(entity.value) is not Client.NOBODY:
                addresses.add(entity.value)
            elif entity.kind == "user":
                users.add(entity.value)
    return {
        rule: min(len(addresses), len(users)) if users else len(addresses) for rule, (addresses, users) in named.items()
    }


def _groups(found: Survey, parts: Parts, serious: list[int], folded: _Folded) -> dict[int, Group]:
    campaigns = {trace.incident_id for trace in campaign_traces(found).values()}
    rules: defaultdict[int, set[str]] = defaultdict(set)
    for node, own in folded.rules.items():
        rules[parts.root(node)] |= own
    groups: dict[int, Group] = {}
    node_of = {number: node for node, number in enumerate(serious)}
    for root, part in _parts(parts, serious, found).items():
        if not part.alerts and len(part.incidents) == 1:
            continue
        order = sorted(part.incidents, key=lambda one: (not found.standing[one].held, one not in campaigns, one))
        one = groups[root] = Group(order[0] if order else None, order[1:], found.listed, campaign=rules[root])
        one.folded_incidents |= folded.incidents.intersection(part.incidents)
        for number in part.alerts:
            alert = found.alerts[number]
            reason = alert.reason
            if alert.id in folded.alerts:
                reason = {"why": "campaign", "rule": alert.rule_title}
            elif alert.incident_id is None:
                reason = reason_of(parts.joined_by[node_of[number]])
            one.add(alert, reason, found.keys[number])
    return groups


def _place_the_rest(found: Survey, parts: Parts, serious: list[int], groups: dict[int, Group], window: int) -> set[str]:
    """Put what joins nobody else where it belongs; the ids of those that stay alone."""
    taken = set(serious)
    rest = [number for number in range(len(found.alerts)) if number not in taken]
    asked = {key for number in rest for key in found.keys[number]}
    having: defaultdict[Key, list[tuple[AlertRow, int]]] = defaultdict(list)
    for node, number in enumerate(serious):
        for key in found.keys[number]:
            if key in asked:
                having[key].append((found.alerts[number], parts.root(node)))
    for one in having.values():
        one.sort(key=lambda entry: _when(entry[0]))
    alone: set[str] = set()
    for number in rest:
        alert = found.alerts[number]
        if alert.incident_id is not None:
            own = found.standing[alert.incident_id]
            root = parts.root_of_incident(own.id) if own.open else -own.id
            groups.setdefault(root, Group(own.id, [], found.listed)).add(alert, alert.reason, ())
            continue
        for key in found.keys[number]:
            there = _beside(alert, having[key], window)
            if there is None:
                there = _with_incident(found, parts, groups, alert, key, window)
            if there is not None:
                groups[there].add(alert, reason_of(key), ())
                break
        else:
            alone.add(alert.id)
    return alone


def _with_incident(
    found: Survey, parts: Parts, groups: dict[int, Group], alert: AlertRow, key: Key, window: int
) -> int | None:
    """Give the part of the newest open incident that has a key close to an alert, as a group."""
    known = (trace for trace in found.open[key] if near(alert.first_at, alert.last_at, trace, window))
    trace = max(known, key=attrgetter("last_at", "incident_id"), default=None)
    if trace is None:
        return None
    root = parts.root_of_incident(trace.incident_id)
    groups.setdefault(root, Group(trace.incident_id, [], found.listed))
    return root


def _beside(alert: AlertRow, others: list[tuple[AlertRow, int]], window: int) -> int | None:
    """Give the part of one of the alerts that lie next to this one in time, where one is close."""
    place = bisect_left(others, _when(alert), key=lambda entry: _when(entry[0]))
    for other, root in others[max(0, place - _NEXT) : place + _NEXT]:
        if alert.first_at - other.last_at <= window and other.first_at - alert.last_at <= window:
            return root
    return None


def _goes_on_from(found: Survey, one: Group, window: int) -> int | None:
    """Give the closed incident that a new one goes on from: the last that shares a key with it, within the window."""
    if not found.closed:
        return None
    places = {_place(member.alert) for member in one.members}
    campaign = {place: [Key(place, CAMPAIGN, rule) for rule in one.campaign] for place in places}
    before = {
        trace.incident_id
        for member, keys in zip(one.members, one.keys, strict=True)
        for key in (*keys, *campaign[_place(member.alert)])
        for trace in found.closed.get(key, ())
        if near(member.alert.first_at, member.alert.last_at, trace, window)
    }
    return max(before, default=None)


def reason_of(key: Key | None) -> dict[str, str]:
    """Give the reason for which a key joins an alert; without one it is the first of its incident."""
    if key is None:
        return {"why": "first"}
    if key.kind == RULE:
        return {"why": "same_rule"}
    if key.kind == AIM:
        return {"why": "same_aim"}
    why = "shared_entity_same_rule" if key.kind.endswith("+rule") else "shared_entity"
    return {"why": why, "kind": key.entity_kind, "value": key.entity_value}


def _place(alert: AlertRow) -> Place:
    return Place(alert.platform_id, alert.drill)


def _when(alert: AlertRow) -> tuple[int, str]:
    return alert.first_at, alert.id
