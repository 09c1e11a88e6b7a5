"""Alerts of a kind are hidden until a time: by whom, why, with what it would have hidden in the last days.

A suppression always ends: when its time is over or somebody lifts it, what it hid is given back to the grouping, and
so stands in the queue. Expired and lifted ones stay recorded with what they hid.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from warroom.access.actor import Actor
from warroom.access.guard import needs
from warroom.access.roles import Permission
from warroom.errors import ConflictError, UsageError
from warroom.incidents.quiet import WORKER
from warroom.model import ENTITY_COLUMNS
from warroom.privacy import mask
from warroom.store import suppressions as store
from warroom.store.audit import AuditAction, Entry, Via, append
from warroom.store.canonical import Json
from warroom.store.database import State, now_us
from warroom.store.incidents import AlertRow
from warroom.store.suppressions import Pattern, Preview, Suppression

#: The preview looks back so far.
PREVIEW_DAYS: Final = 7
#: A suppression lasts at least and at most so long; who still needs it then looks at it again.
SHORTEST: Final = timedelta(minutes=15)
LONGEST: Final = timedelta(days=30)
#: A reason has so many characters.
LEAST_REASON: Final = 10
MOST_REASON: Final = 500
_LONGEST_NAME: Final = 100
_LONGEST_VALUE: Final = 1000
_DAY_US: Final = 86_400_000_000
_LISTED: Final = 500


@needs(Permission.SUPPRESS)
def preview(state: State, actor: Actor, pattern: Pattern, *, now: int | None = None) -> Preview:  # noqa: ARG001 - the guard asks for it
    """Give what a suppression would have hidden in the last seven days.

    Raises:
        UsageError: the pattern names neither a rule nor an entity.
    """
    _check_pattern(pattern)
    with state.read() as connection:
        return store.preview(connection, pattern, (now or now_us()) - PREVIEW_DAYS * _DAY_US)


@needs(Permission.SUPPRESS)
def suppress(
    state: State,
    actor: Actor,
    pattern: Pattern,
    *,
    reason: str,
    expires_at: int,
    owner: str = "",
    rule_title: str = "",
    true_ones_seen: bool = False,
) -> int:
    """Hide alerts of a kind until a time (microseconds since 1970); the suppression's number.

    Args:
        state: the store.
        actor: who does it.
        pattern: which alerts.
        reason: why; masked in the audit, kept as it is with the suppression.
        expires_at: when it ends by itself.
        owner: who looks at it again before it ends; the actor where it is empty.
        rule_title: what the rule is called now: its number says little to people.
        true_ones_seen: the actor knows that it would have hidden alerts of incidents that were true.

    Raises:
        UsageError: no rule and no entity, no reason, or a time too short or too long.
        ConflictError: it would have hidden true ones and nobody said that they know.
    """
    _check_pattern(pattern)
    why, who = _reason(reason), " ".join((owner or actor.name).split())
    if len(who) > _LONGEST_NAME:
        raise UsageError(f"an owner's name has at most {_LONGEST_NAME} characters")
    at = now_us()
    _check_end(expires_at - at)
    with state.read() as connection:
        told = store.preview(connection, pattern, at - PREVIEW_DAYS * _DAY_US)
    if told.true and not true_ones_seen:
        raise ConflictError(
            f"it would have hidden {told.true} alerts of true incidents in the last {PREVIEW_DAYS} days: "
            "say that you know"
        )
    with state.write("incidents", "quiet") as connection:
        number = store.add(
            connection,
            pattern,
            told,
            rule_title=rule_title or None,
            reason=why,
            owner=who,
            set_by=actor.name,
            set_at=at,
            expires_at=expires_at,
        )
        body: dict[str, Json] = {
            "rule": pattern.rule_id,
            "platform": pattern.platform_id,
            "entity": mask(f"{pattern.entity.kind} {pattern.entity.value}"[:200]) if pattern.entity else None,
            "reason": mask(why)[:300],
            "until": expires_at,
            "would_have_hidden": told.alerts,
            "of_them_true": told.true,
        }
        append(connection, Entry(actor.name, actor.via, AuditAction.SUPPRESSED, "suppression", str(number), body))
    return number


@needs(Permission.SUPPRESS)
def lift(state: State, actor: Actor, number: int, why: str) -> int:
    """End a suppression before its time and give back what it hid; how many alerts.

    Raises:
        NotFoundError: no such suppression.
        ConflictError: it is over already.
        UsageError: no reason.
    """
    reason = _reason(why)
    with state.write("incidents", "quiet") as connection:
        at = now_us()
        store.get(connection, number)
        store.end(connection, number, actor.name, reason, at)
        # by the worker: what somebody else suppresses tomorrow may hide them again
        given = store.give_back_hidden(connection, number, WORKER, at)
        body: dict[str, Json] = {"reason": mask(reason)[:300], "given_back": given}
        append(
            connection, Entry(actor.name, actor.via, AuditAction.SUPPRESSION_LIFTED, "suppression", str(number), body)
        )
    return given


@needs(Permission.SUPPRESS)
def prolong(state: State, actor: Actor, number: int, expires_at: int, reason: str) -> int:
    """Suppress the same for longer: a new suppression that takes over what the old one holds; its number.

    Raises:
        NotFoundError: no such suppression.
        ConflictError: it is over already.
        UsageError: no reason, or a time too short or too long.
    """
    why, at = _reason(reason), now_us()
    _check_end(expires_at - at)
    with state.read() as connection:
        old = store.get(connection, number)
        told = store.preview(connection, old.pattern, at - PREVIEW_DAYS * _DAY_US)
    with state.write("incidents", "quiet") as connection:
        store.end(connection, number, actor.name, f"→ {why}"[:MOST_REASON], at)
        new = store.add(
            connection,
            old.pattern,
            told,
            rule_title=old.rule_title,
            reason=why,
            owner=old.owner,
            set_by=actor.name,
            set_at=at,
            expires_at=expires_at,
        )
        store.hand_over(connection, number, new)
        body: dict[str, Json] = {"reason": mask(why)[:300], "until": expires_at, "instead_of": number}
        append(connection, Entry(actor.name, actor.via, AuditAction.SUPPRESSED, "suppression", str(new), body))
    return new


@needs(Permission.READ_INCIDENTS)
def list_suppressions(state: State, actor: Actor) -> list[tuple[Suppression, int, int]]:
    """Give the suppressions with the alerts and events that each holds or held, those in force first.

    Who is confined to platforms sees those of these platforms, and those of all platforms without what they hid.
    """
    with state.read() as connection:
        found = store.every(connection, _LISTED)
    if actor.platforms is None:
        return found
    seen = []
    for one, held, events in found:
        if one.platform_id in actor.platforms:
            seen.append((one, held, events))
        elif one.platform_id is None:
            seen.append((one, 0, 0))
    return seen


@needs(Permission.SUPPRESS)
def hidden_alerts(state: State, actor: Actor, number: int, limit: int = 100) -> list[AlertRow]:  # noqa: ARG001 - the guard asks for it
    """Give the newest alerts that a suppression hides or hid."""
    with state.read() as connection:
        return store.held_by(connection, number, limit)


def give_back_expired(state: State, now: int) -> dict[int, int]:
    """End the suppressions whose time is over and give back what they hid: alerts by suppression; the worker's job."""
    with state.read() as connection:
        if not store.over(connection, now):
            return {}
    given = {}
    with state.write("incidents", "quiet") as connection:
        for one in store.over(connection, now):
            store.end(connection, one.id, WORKER, None, now)
            given[one.id] = store.give_back_hidden(connection, one.id, WORKER, now)
            body: dict[str, Json] = {"given_back": given[one.id], "owner": one.owner}
            append(
                connection, Entry(WORKER, Via.WORKER, AuditAction.SUPPRESSION_EXPIRED, "suppression", str(one.id), body)
            )
    return given


def _check_pattern(pattern: Pattern) -> None:
    if pattern.rule_id is None and pattern.entity is None:
        raise UsageError("a suppression names a rule, an entity, or both: nothing hides everything")
    if pattern.entity is not None:
        if pattern.entity.kind not in ENTITY_COLUMNS:
            raise UsageError(f"an entity is one of {', '.join(ENTITY_COLUMNS)}")
        if not 1 <= len(pattern.entity.value) <= _LONGEST_VALUE:
            raise UsageError(f"an entity's value has 1 to {_LONGEST_VALUE} characters")


def _check_end(left_us: int) -> None:
    if not SHORTEST <= timedelta(microseconds=left_us) <= LONGEST:
        raise UsageError(
            f"a suppression ends by itself, after {SHORTEST // timedelta(minutes=1)} minutes to {LONGEST.days} days"
        )


def _reason(text: str) -> str:
    why = " ".join(text.split())
    if not LEAST_REASON <= len(why) <= MOST_REASON or not why.isprintable():
        raise UsageError(f"a reason is one line of {LEAST_REASON} to {MOST_REASON} characters")
    return why
