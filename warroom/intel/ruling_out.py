"""Somebody rules that a listed value is harmless: it raises no alarm until a time, or until the ruling is lifted.

What was raised before stays as it is: a ruling is about what comes.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from warroom.access.actor import Actor
from warroom.access.guard import needs
from warroom.access.roles import Permission
from warroom.errors import UsageError
from warroom.indicators import MATCHED, Kind
from warroom.privacy import mask
from warroom.store.audit import AuditAction, Entry, append
from warroom.store.canonical import Json
from warroom.store.database import State, now_us
from warroom.store.intel import rulings
from warroom.store.intel.rulings import Ruling

#: A ruling lasts at least and at most so long, unless it is for good.
SHORTEST: Final = timedelta(hours=1)
LONGEST: Final = timedelta(days=366)
#: A reason has so many characters.
LEAST_REASON: Final = 10
MOST_REASON: Final = 500
_LONGEST_VALUE: Final = 2048
_LONGEST_SUBJECT: Final = 200


@needs(Permission.SUPPRESS)
def rule_out(state: State, actor: Actor, kind: Kind, value: str, *, reason: str, until: int | None) -> int:
    """Rule that a value is harmless, until a time (microseconds since 1970) or for good; the ruling's number.

    Args:
        state: the store.
        actor: who rules.
        kind: of the value; one that events are compared with.
        value: the indicator's, in its canonical form.
        reason: why; masked in the audit, kept as it is with the ruling.
        until: when it ends by itself; None: never.

    Raises:
        UsageError: no reason, no value that could match, or a time too short or too long.
        ConflictError: a ruling about the value holds already.
    """
    if kind not in MATCHED:
        raise UsageError(f"events are not compared with {kind}: there is nothing to rule out")
    if not 0 < len(value) <= _LONGEST_VALUE:
        raise UsageError(f"a value has 1 to {_LONGEST_VALUE} characters")
    why, at = _reason(reason), now_us()
    if until is not None and not SHORTEST <= timedelta(microseconds=until - at) <= LONGEST:
        hours = SHORTEST // timedelta(hours=1)
        raise UsageError(f"a ruling is for good, or ends after {hours} hour to {LONGEST.days} days")
    with state.write("intel") as connection:
        number = rulings.add(connection, kind, value, reason=why, by=actor.name, at=at, until=until)
        body: dict[str, Json] = {"kind": str(kind), "reason": mask(why)[:300], "until": until}
        append(
            connection, Entry(actor.name, actor.via, AuditAction.INDICATOR_RULED_OUT, "indicator", _named(value), body)
        )
    return number


@needs(Permission.SUPPRESS)
def lift(state: State, actor: Actor, number: int) -> Ruling:
    """End a ruling before its time: the value raises alarms again; gives what was ruled.

    Raises:
        NotFoundError: no such ruling.
        ConflictError: it is over already.
    """
    with state.write("intel") as connection:
        ended = rulings.lift(connection, number, actor.name, now_us())
        body: dict[str, Json] = {"kind": ended.kind, "ruled_by": ended.by}
        entry = Entry(
            actor.name, actor.via, AuditAction.INDICATOR_RULING_LIFTED, "indicator", _named(ended.value), body
        )
        append(connection, entry)
    return ended


@needs(Permission.READ_INCIDENTS)
def rulings_about(state: State, actor: Actor, kind: Kind, value: str) -> list[Ruling]:  # noqa: ARG001 - the guard asks for it
    """Give what was ruled about a value, newest first."""
    with state.read() as connection:
        return rulings.of_value(connection, kind, value)


def _named(value: str) -> str:
    """Give a value as the audit names it: one of a person is masked, a long one is cut."""
    return mask(value[: 2 * _LONGEST_SUBJECT])[:_LONGEST_SUBJECT]


def _reason(text: str) -> str:
    why = " ".join(text.split())
    if not LEAST_REASON <= len(why) <= MOST_REASON or not why.isprintable():
        raise UsageError(f"a reason is one line of {LEAST_REASON} to {MOST_REASON} characters")
    return why
