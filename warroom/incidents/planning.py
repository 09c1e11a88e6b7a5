"""Planned changes and approved scans: alerts that were announced are kept, folded apart, and compared afterwards.

A window names its sources: what comes from them, on its platform and in its time, is folded. Everything else in that
time goes its usual way, also alerts of strangers that use the moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_network
from typing import Final

from warroom.access.actor import Actor
from warroom.access.guard import check, needs
from warroom.access.roles import Permission
from warroom.errors import ConflictError, UsageError
from warroom.incidents.quiet import WORKER
from warroom.model import ENTITY_COLUMNS, Entity
from warroom.privacy import mask
from warroom.store import planned as store
from warroom.store import suppressions
from warroom.store.audit import AuditAction, Entry, append
from warroom.store.canonical import Json
from warroom.store.database import State, now_us
from warroom.store.incidents import AlertRow
from warroom.store.planned import Plan, Window

KINDS: Final = ("change", "scan")
#: A window is at most so long.
LONGEST: Final = timedelta(days=14)
#: The comparison looks so far to both sides of a window for what was announced and came too early or too late.
MARGIN: Final = timedelta(hours=24)
MOST_SOURCES: Final = 100
_LISTED: Final = 500
#: Alerts that a comparison reads; where there are more, it says so.
_COMPARED: Final = 20_000
_LINE: Final = 200
_TEXT: Final = 5_000
_WIDEST: Final = {4: 16, 6: 32}  # bits of a network's prefix: a wider one is no list of sources


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a window announced against what happened."""

    folded: tuple[AlertRow, ...]
    unseen: tuple[Entity, ...]  # announced sources that no folded alert is about
    early_or_late: tuple[AlertRow, ...]  # from announced sources on this platform, outside the time
    elsewhere: tuple[AlertRow, ...]  # from announced sources, on other platforms
    others: int  # alerts of this platform in this time from anybody else
    cut: bool  # there were more alerts than are compared


def parse_sources(text: str) -> tuple[Entity, ...]:
    """Read sources as people write them: one a line; an address or network, or ``user:deploy``, ``host:web-1``.

    Raises:
        UsageError: a line is none of it, a network is too wide, or there are none or too many.
    """
    found: dict[Entity, None] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not (said := line.strip()):
            continue
        kind, colon, value = said.partition(":")
        if colon and kind.strip().lower() in ENTITY_COLUMNS and value.strip():
            entity = Entity(kind.strip().lower(), value.strip()[:_LINE])
        else:
            entity = Entity("address", said)
        found[_checked_address(entity, number) if entity.kind == "address" else entity] = None
    if not 1 <= len(found) <= MOST_SOURCES:
        raise UsageError(f"name 1 to {MOST_SOURCES} sources, one a line: nothing else tells announced from unannounced")
    return tuple(found)


@needs(Permission.MANAGE_CHANGES)
def announce(state: State, actor: Actor, plan: Plan) -> int:
    """Enter a planned change or an approved scan; the window's number.

    What was folded apart while it was not known yet stays where it is: alerts are judged as they come.

    Raises:
        UsageError: a part is missing or too long, or the time is not one.
    """
    _check(plan)
    with state.write("quiet") as connection:
        at = now_us()
        if plan.ends_at <= at:
            raise UsageError("it is over already: what came in that time stands in the queue")
        number = store.add(connection, plan, actor.name, at)
        body: dict[str, Json] = {
            "kind": plan.kind,
            "platform": plan.platform_id,
            "title": mask(plan.title)[:_LINE],
            "sources": [mask(f"{one.kind} {one.value}")[:_LINE] for one in plan.sources[:20]],
            "from": plan.starts_at,
            "until": plan.ends_at,
            "approved_by": plan.approved_by,
            "reference": plan.reference,
        }
        append(connection, Entry(actor.name, actor.via, AuditAction.PLAN_ENTERED, "planned_window", str(number), body))
    return number


@needs(Permission.MANAGE_CHANGES)
def cancel(state: State, actor: Actor, number: int, why: str) -> int:
    """Call a window off: what it folded goes to the queue; how many alerts.

    Raises:
        NotFoundError: no such window.
        ConflictError: it was cancelled already.
        UsageError: no reason.
    """
    reason = _line(why, "a reason")
    with state.write("incidents", "quiet") as connection:
        at = now_us()
        store.get(connection, number)
        store.cancel(connection, number, actor.name, reason, at)
        given = suppressions.give_back_folded(connection, number, WORKER, at)
        body: dict[str, Json] = {"reason": mask(reason), "given_back": given}
        append(
            connection, Entry(actor.name, actor.via, AuditAction.PLAN_CANCELLED, "planned_window", str(number), body)
        )
    return given


@needs(Permission.REGROUP_INCIDENTS)
def take_out(state: State, actor: Actor, number: int, alert_ids: list[str], why: str) -> int:
    """Put folded alerts into the queue: they were not what was announced. Nothing holds them again; how many.

    Raises:
        NotFoundError: no such window.
        ConflictError: none of them is folded into it.
        UsageError: no reason.
    """
    reason = _line(why, "a reason")
    with state.write("incidents", "quiet") as connection:
        window = store.get(connection, number)
        _check_platform(actor, window)
        chosen = alert_ids[:_LISTED]
        given = suppressions.give_back_folded(connection, number, actor.name, now_us(), only=chosen)
        if not given:
            raise ConflictError(f"none of these alerts is folded into planned window {number} any more")
        body: dict[str, Json] = {"reason": mask(reason), "alerts": given}
        append(
            connection, Entry(actor.name, actor.via, AuditAction.PLAN_ALERT_RAISED, "planned_window", str(number), body)
        )
    return given


@needs(Permission.READ_INCIDENTS)
def list_windows(state: State, actor: Actor) -> list[tuple[Window, int, int]]:
    """Give the windows of the actor's platforms with the alerts and events folded into each, the latest first."""
    with state.read() as connection:
        found = store.every(connection, _LISTED)
    return [one for one in found if actor.can(Permission.READ_INCIDENTS, one[0].platform_id)]


@needs(Permission.READ_INCIDENTS)
def compare(state: State, actor: Actor, number: int) -> Comparison:
    """Compare what a window announced with what happened, a day to both sides included.

    Raises:
        NotFoundError: no such window.
        ForbiddenError: the actor does not see its platform.
    """
    with state.read() as connection:
        window = store.get(connection, number)
        _check_platform(actor, window)
        folded = store.folded(connection, number, _COMPARED)
        near = store.around(connection, window, MARGIN // timedelta(microseconds=1), _COMPARED)
    own = [alert for alert in near if any(window.names(one) for one in alert.entities)]
    here = [alert for alert in own if alert.platform_id == window.platform_id]
    seen = {one for alert in folded for one in alert.entities}
    return Comparison(
        tuple(folded),
        tuple(one for one in window.sources if not _is_seen(one, seen)),
        tuple(here),
        tuple(
            alert
            for alert in own
            if alert.platform_id != window.platform_id and actor.can(Permission.READ_INCIDENTS, alert.platform_id)
        ),
        sum(
            alert.platform_id == window.platform_id
            and alert not in here
            and alert.last_at >= window.starts_at
            and alert.first_at <= window.ends_at
            for alert in near
        ),
        len(folded) == _COMPARED or len(near) == _COMPARED,
    )


def _check_platform(actor: Actor, window: Window) -> None:
    """Raise ForbiddenError where the actor does not see the window's platform."""
    check(actor, Permission.READ_INCIDENTS, window.platform_id)


def _is_seen(source: Entity, seen: set[Entity]) -> bool:
    alone = Plan("scan", "", "", (source,), 0, 0, "", "", "")
    return any(alone.names(one) for one in seen)


def _check(plan: Plan) -> None:
    if plan.kind not in KINDS:
        raise UsageError(f"a planned window is one of {', '.join(KINDS)}")
    _line(plan.title, "a title")
    _line(plan.approved_by, "the name of who approved it")
    if len(plan.reference) > _LINE or len(plan.announced) > _TEXT:
        raise UsageError(f"a reference has at most {_LINE} characters, what was announced {_TEXT}")
    if not plan.sources:
        raise UsageError("name its sources")
    if not timedelta(0) < timedelta(microseconds=plan.ends_at - plan.starts_at) <= LONGEST:
        raise UsageError(f"a planned window ends after it begins, and within {LONGEST.days} days")


def _line(text: str, what: str) -> str:
    said = " ".join(text.split())
    if not 1 <= len(said) <= _LINE or not said.isprintable():
        raise UsageError(f"{what} is one line of 1 to {_LINE} characters")
    return said


def _checked_address(entity: Entity, line: int) -> Entity:
    try:
        network = ip_network(entity.value, strict=False)
    except ValueError:
        raise UsageError(
            f"line {line}: neither an address or network nor one of {', '.join(f'{one}:…' for one in ENTITY_COLUMNS)}"
        ) from None
    if network.prefixlen < _WIDEST[network.version]:
        raise UsageError(f"line {line}: {network} is too wide for a source: /{_WIDEST[network.version]} at the widest")
    alone = network.prefixlen == network.max_prefixlen
    return Entity("address", str(network.network_address) if alone else str(network))
