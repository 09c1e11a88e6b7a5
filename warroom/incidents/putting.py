"""Writes down what the grouping decided: incidents opened, joined, gone into each other, each with its log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from warroom.catalog import SharedNetworks
from warroom.incidents.entity_keys import CAMPAIGN, Key, findable_by
from warroom.incidents.stakes import risk_of
from warroom.incidents.survey import Survey
from warroom.store import folding, regrouping
from warroom.store import incidents as store
from warroom.store.database import Transaction
from warroom.store.folding import Member
from warroom.store.incidents import AlertRow

_WORKER = "worker"


@dataclass(slots=True)
class Group:
    """Alerts that are one incident: which one (None: a new one), and incidents that turn out to be part of it."""

    target: int | None
    absorbed: list[int]
    listed: SharedNetworks
    members: list[Member] = field(default_factory=list)
    keys: list[Sequence[Key]] = field(default_factory=list)
    campaign: set[str] = field(default_factory=set)
    folded_incidents: set[int] = field(default_factory=set)
    follows: int | None = None

    def add(self, alert: AlertRow, reason: dict[str, str], keys: Sequence[Key]) -> None:
        """Add an alert with its reason."""
        self.members.append(Member(alert, reason, findable_by(alert, reason, self.listed)))
        self.keys.append(keys)

    @property
    def order(self) -> tuple[int, str]:
        """By its first alert; one without alerts comes first."""
        return min(((one.alert.first_at, one.alert.id) for one in self.members), default=(0, ""))


def put_in(connection: Transaction, found: Survey, groups: Sequence[Group], at: int) -> None:
    """Write every group down, and bring the incidents in step."""
    touched = set()
    for one in groups:
        target = one.target
        if target is None:
            target = _open(connection, one, at)
        for incident_id in one.absorbed:
            _absorb(connection, incident_id, target, one, at)
            touched.add(incident_id)
        folding.put(connection, target, one.members)
        folding.add_keys(connection, target, _spans(one))
        _tell(connection, found, target, one, at)
        touched.add(target)
    folding.restate(connection, touched, at, risk_of)


def _open(connection: Transaction, one: Group, at: int) -> int:
    """Open an incident for a group's first alert."""
    place = min(range(len(one.members)), key=lambda number: _when(one.members[number].alert))
    first = one.members[place]
    target = folding.open_incident(connection, first.alert, at, one.follows)
    body = {"rule": first.alert.rule_title, "alert": first.alert.id}
    if first.reason.get("why") != "campaign":
        reason = {"why": "first"}
        if one.follows is not None:
            reason = {"why": "after_closing", "incident": str(one.follows)}
        one.members[place] = Member(first.alert, reason, first.findable_by)
    if one.follows is not None:
        body["follows"] = str(one.follows)
    if one.campaign:
        body["campaign"] = str(len(one.members))
    store.append_log(connection, target, at, _WORKER, "opened", **body)
    return target


def _absorb(connection: Transaction, incident_id: int, target: int, one: Group, at: int) -> None:
    """Put a new incident that nobody has in hand into the one that it proves to belong to."""
    source = store.get(connection, incident_id)
    rows = store.alerts_of(connection, incident_id)
    by_campaign = incident_id in one.folded_incidents
    grown = {member.alert.id for member in one.members if member.alert.incident_id == incident_id}
    number = regrouping.record(
        connection, "merge", source, target, _WORKER, "campaign" if by_campaign else "kin", rows, at
    )
    for row in rows:
        if row.id in grown:
            continue
        reason = row.reason
        if by_campaign:
            reason = {"why": "campaign", "rule": row.rule_title}
        elif reason.get("why") in ("first", "after_closing"):
            reason = {"why": "merged", "incident": str(incident_id)}
        # it is new where it goes: counted there from the beginning
        one.add(row, reason, ())
    regrouping.copy_keys(connection, incident_id, target, number)
    regrouping.close_into(connection, source, target, at)
    folding.forget(connection, incident_id)
    told = {"operation": str(number), "why": "campaign" if by_campaign else "kin"}
    store.append_log(connection, incident_id, at, _WORKER, "merged_out", incident=str(target), **told)
    store.append_log(connection, target, at, _WORKER, "merged_in", incident=str(incident_id), **told)


def _spans(one: Group) -> dict[tuple[str, str], tuple[int, int]]:
    """Give the keys besides bare entities by which later alerts find a group's incident."""
    spans: dict[tuple[str, str], tuple[int, int]] = {}
    for member, keys in zip(one.members, one.keys, strict=True):
        names = [(key.kind, key.value) for key in keys if not key.bare]
        if member.alert.rule_id in one.campaign:
            names.append((CAMPAIGN, member.alert.rule_id))
        for name in names:
            first, last = spans.get(name, (member.alert.first_at, member.alert.last_at))
            spans[name] = min(first, member.alert.first_at), max(last, member.alert.last_at)
    return spans


def _tell(connection: Transaction, found: Survey, target: int, one: Group, at: int) -> None:
    """Log what joined an incident, in one entry, and what grew after it was closed."""
    fresh = [member for member in one.members if member.alert.incident_id is None]
    standing = found.standing.get(target)
    if standing is not None and not standing.open:
        events = sum(member.alert.count - member.alert.grouped_count for member in one.members)
        store.append_log(connection, target, at, _WORKER, "grew", alerts=str(len(one.members)), events=str(events))
        folding.mark_grown(connection, target, at)
        return
    if one.target is None:
        opened = min((member.alert for member in one.members), key=_when)
        fresh = [member for member in fresh if member.alert.id != opened.id]
    if len(fresh) == 1:
        (only,) = fresh
        store.append_log(
            connection,
            target,
            at,
            _WORKER,
            "joined",
            **{"rule": only.alert.rule_title, "alert": only.alert.id} | dict(only.reason),
        )
    elif fresh:
        rules = {member.alert.rule_title for member in fresh}
        body = {"count": str(len(fresh)), "rules": str(len(rules))}
        if len(rules) == 1:
            body["rule"] = rules.pop()
        store.append_log(connection, target, at, _WORKER, "joined", **body)


def _when(alert: AlertRow) -> tuple[int, str]:
    return alert.first_at, alert.id
