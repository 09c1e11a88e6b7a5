"""What a person changes of the grouping: merge, split, move alerts, and take any of it back.

Each act is one transaction: it checks what the actor may do on the platform, moves the alerts, counts both incidents
anew, writes a sealed row that says what went where and why, and tells both logs and the audit. Later alerts go where
people put their kin: the grouping never joins again what was split, and never parts what was merged.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from warroom.access.actor import Actor
from warroom.access.guard import check, needs
from warroom.access.roles import Permission
from warroom.catalog import load_shared_networks
from warroom.errors import ConflictError, UsageError
from warroom.incidents.entity_keys import CAMPAIGN, RULE, findable_by, keys_of_nobody, names_nobody
from warroom.incidents.stakes import risk_of
from warroom.model import Status
from warroom.store import folding
from warroom.store import incidents as store
from warroom.store import regrouping as changes
from warroom.store.audit import AuditAction, Entry, append
from warroom.store.canonical import Json
from warroom.store.database import State, Transaction, now_us
from warroom.store.incidents import AlertRow, Incident
from warroom.store.regrouping import Regrouping

#: A reason has so many characters at most.
MOST_REASON: Final = 300
#: Alerts that one act moves at most.
MOST_ALERTS: Final = 50_000


@needs(Permission.REGROUP_INCIDENTS)
def merge(state: State, source_id: int, target_id: int, actor: Actor, reason: str) -> int:
    """Put all alerts of an incident into another one and close it as a duplicate; the number of the act.

    Raises:
        UsageError: no reason, or an incident is to go into itself.
        NotFoundError: no such incident.
        ConflictError: one of them is closed, of another platform or of a drill.
    """
    why = _reason(reason)
    with state.write("incidents") as connection:
        source, target = _both(connection, actor, source_id, target_id)
        at = now_us()
        rows = store.alerts_of(connection, source_id)
        number = changes.record(connection, "merge", source, target_id, actor.name, why, rows, at)
        changes.move(connection, rows, target_id, {"why": "merged", "incident": str(source_id), "by": actor.name})
        changes.copy_keys(connection, source_id, target_id, number)
        changes.close_into(connection, source, target_id, at)
        _settle(connection, (source, target), at)
        _tell(connection, actor, "merged", number, source_id, target_id, why, at)
    return number


@needs(Permission.REGROUP_INCIDENTS)
def split(state: State, incident_id: int, alert_ids: Collection[str], actor: Actor, reason: str) -> int:
    """Put some alerts of an incident into a new one; the new incident's number.

    Raises:
        UsageError: no reason, no alerts, or too many.
        NotFoundError: no such incident.
        ConflictError: it is closed, some alerts are not in it any more, or they are all that it has.
    """
    why = _reason(reason)
    with state.write("incidents") as connection:
        source = _open_one(connection, actor, incident_id)
        rows = _chosen(connection, source, alert_ids)
        at = now_us()
        target_id = folding.open_incident(connection, rows[0], at)
        number = changes.record(connection, "split", source, target_id, actor.name, why, rows, at)
        _put_apart(connection, source, target_id, rows, number, actor, "split")
        _settle(connection, (source, store.get(connection, target_id)), at)
        _tell(connection, actor, "split", number, incident_id, target_id, why, at)
    return target_id


@needs(Permission.REGROUP_INCIDENTS)
def move_alerts(
    state: State, incident_id: int, alert_ids: Collection[str], target_id: int, actor: Actor, reason: str
) -> int:
    """Put some alerts of an incident into another one; the number of the act.

    Raises:
        UsageError: no reason, no alerts, or too many.
        NotFoundError: no such incident.
        ConflictError: one of them is closed or of another platform, some alerts are not in it any more, or they are
            all that it has.
    """
    why = _reason(reason)
    with state.write("incidents") as connection:
        source, target = _both(connection, actor, incident_id, target_id)
        rows = _chosen(connection, source, alert_ids)
        at = now_us()
        number = changes.record(connection, "move", source, target_id, actor.name, why, rows, at)
        _put_apart(connection, source, target_id, rows, number, actor, "moved")
        _settle(connection, (source, target), at)
        _tell(connection, actor, "alerts_moved", number, incident_id, target_id, why, at)
    return number


def alerts_of_rules(state: State, incident_id: int, rule_ids: Collection[str]) -> set[str]:
    """Give the alerts of an incident that some rules raised, for who chooses them by their rules."""
    with state.read() as connection:
        return changes.alerts_of_rules(connection, incident_id, sorted(rule_ids), MOST_ALERTS + 1)


@needs(Permission.REGROUP_INCIDENTS)
def undo(state: State, number: int, actor: Actor, reason: str) -> None:
    """Take one act back: what it moved returns, with the reasons that it had; what came later stays where it is.

    An incident that was split off goes back whole, with what joined it since.

    Raises:
        UsageError: no reason.
        NotFoundError: no such act.
        ConflictError: it is undone already, or something that was done since stands in the way; it says what.
    """
    why = _reason(reason)
    with state.write("incidents") as connection:
        one = changes.get(connection, number)
        source, target = store.get(connection, one.source_id), store.get(connection, one.target_id)
        for incident in (source, target):
            check(actor, Permission.REGROUP_INCIDENTS, incident.platform_id)
        _must_be_undoable(connection, one, source, target)
        at = now_us()
        before = changes.reasons_before(connection, number)
        rows = store.alerts_of(connection, target.id)
        returning = rows if one.kind == "split" else [row for row in rows if row.id in before]
        changes.move_back(connection, returning, source.id, before)
        changes.undone(connection, number, actor.name, why, at)
        if one.kind == "merge":
            changes.bring_back(connection, one, at)
            _narrow_keys(connection, source.id, target.id)
        if one.kind == "split":
            changes.close_into(connection, target, source.id, at)
        _settle(connection, (source, target), at)
        _tell(connection, actor, "regrouping_undone", number, target.id, source.id, why, at)


def _must_be_undoable(connection: Transaction, one: Regrouping, source: Incident, target: Incident) -> None:
    if one.undone_at is not None:
        raise ConflictError(f"regrouping {one.id} is undone already")
    if (then := changes.later(connection, one)) is not None:
        raise ConflictError(f"some of its alerts were moved on since, by regrouping {then.id}: undo that first")
    _must_be_open(target)
    if one.kind != "merge":
        _must_be_open(source)
    elif source.merged_into != target.id:
        raise ConflictError(f"incident {source.id} is not part of incident {target.id} any more")


def _both(connection: Transaction, actor: Actor, source_id: int, target_id: int) -> tuple[Incident, Incident]:
    if source_id == target_id:
        raise UsageError(f"incident {source_id} is this one: name another")
    source, target = _open_one(connection, actor, source_id), _open_one(connection, actor, target_id)
    if source.platform_id != target.platform_id:
        raise ConflictError(
            f"incident {target_id} is of platform {target.platform_id}: who sees one platform must not see another "
            "by it; link the incidents instead"
        )
    if source.drill != target.drill:
        raise ConflictError(f"one of incidents {source_id} and {target_id} is a drill: they stay apart")
    return source, target


def _open_one(connection: Transaction, actor: Actor, incident_id: int) -> Incident:
    incident = store.get(connection, incident_id)
    check(actor, Permission.REGROUP_INCIDENTS, incident.platform_id)
    _must_be_open(incident)
    return incident


def _must_be_open(incident: Incident) -> None:
    if incident.merged_into is not None:
        raise ConflictError(f"incident {incident.id} has gone into incident {incident.merged_into}: act on that one")
    if incident.status is Status.CLOSED:
        raise ConflictError(f"incident {incident.id} is closed: reopen it first")


def _chosen(connection: Transaction, source: Incident, alert_ids: Collection[str]) -> list[AlertRow]:
    """Give the chosen alerts, oldest first."""
    wanted = set(alert_ids)
    if not wanted or len(wanted) > MOST_ALERTS:
        raise UsageError(f"choose 1 to {MOST_ALERTS:,} alerts")
    rows = store.alerts_of(connection, source.id)
    chosen = [row for row in rows if row.id in wanted]
    if len(chosen) < len(wanted):
        raise ConflictError(f"{len(wanted) - len(chosen)} of the alerts are not in incident {source.id} any more")
    if len(chosen) == len(rows):
        raise ConflictError(f"these are all alerts of incident {source.id}: merge it instead")
    return chosen


def _put_apart(
    connection: Transaction,
    source: Incident,
    target_id: int,
    rows: Sequence[AlertRow],
    number: int,
    actor: Actor,
    why: str,
) -> None:
    """Move alerts, and let later ones find their new place by what only these have in common."""
    changes.move(connection, rows, target_id, {"why": why, "incident": str(source.id), "by": actor.name})
    remaining = store.alerts_of(connection, source.id)
    entities = {entity for row in remaining for entity in row.entities}
    pairs = {(row.rule_id, entity) for row in remaining for entity in row.entities}
    rules = {row.rule_id for row in remaining}
    listed = load_shared_networks()
    nameless = {row.rule_id for row in remaining if names_nobody(row, listed)}
    spans: dict[tuple[str, str], tuple[int, int]] = {}
    for row in rows:
        names = [
            (f"{entity.kind}+rule", f"{row.rule_id} {entity.value}")
            for entity in row.entities
            if entity in entities and (row.rule_id, entity) not in pairs
        ]
        if row.rule_id not in nameless and names_nobody(row, listed):
            names.append((RULE, row.rule_id))
        if row.reason.get("why") == "campaign" and row.rule_id not in rules:
            names.append((CAMPAIGN, row.rule_id))
        for name in names:
            first, last = spans.get(name, (row.first_at, row.last_at))
            spans[name] = min(first, row.first_at), max(last, row.last_at)
    folding.add_keys(connection, target_id, spans, number)


def _narrow_keys(connection: Transaction, source_id: int, target_id: int) -> None:
    """Let what both sides of a merge were found by find each again from its own first to its own last alert."""
    both = changes.keys_of(connection, source_id).keys() & changes.keys_of(connection, target_id).keys()
    listed = load_shared_networks()
    spans: dict[tuple[str, str], tuple[int, int]] = {}
    for row in store.alerts_of(connection, target_id) if both else ():
        names = {(f"{entity.kind}+rule", f"{row.rule_id} {entity.value}") for entity in row.entities}
        names.add((CAMPAIGN, row.rule_id))
        if names_nobody(row, listed):
            names |= {(key.kind, key.value) for key in keys_of_nobody(row)}
        for name in names & both:
            first, last = spans.get(name, (row.first_at, row.last_at))
            spans[name] = min(first, row.first_at), max(last, row.last_at)
    changes.narrow_keys(connection, target_id, spans)


def _settle(connection: Transaction, both: Sequence[Incident], at: int) -> None:
    listed = load_shared_networks()  # a site's own proxies are clients, too, as every address that is not listed
    for incident in both:
        folding.rebuild(connection, incident.id, lambda row: findable_by(row, row.reason, listed))
        changes.shape(connection, incident.id)
    changes.raise_versions(connection, [incident.id for incident in both])
    folding.restate(connection, [incident.id for incident in both], at, risk_of)


def _tell(
    connection: Transaction,
    actor: Actor,
    done: str,
    number: int,
    source_id: int,
    target_id: int,
    why: str,
    at: int,
) -> None:
    """Tell both incidents' logs and the audit: the source where it went, the target where it came from."""
    operation = str(number)
    store.append_log(
        connection, source_id, at, actor.name, f"{done}_out", incident=str(target_id), operation=operation, text=why
    )
    store.append_log(
        connection, target_id, at, actor.name, f"{done}_in", incident=str(source_id), operation=operation, text=why
    )
    body: dict[str, Json] = {"done": done, "operation": number, "other": target_id}
    append(connection, Entry(actor.name, actor.via, AuditAction.INCIDENT_CHANGED, "incident", str(source_id), body))


def _reason(text: str) -> str:
    why = " ".join(text.split())
    if not why or len(why) > MOST_REASON or "\0" in why or any("\ud800" <= one <= "\udfff" for one in why):
        raise UsageError(f"say why in 1 to {MOST_REASON} characters")
    return why
