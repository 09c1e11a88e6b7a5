"""Requests to block or isolate something: a register of what we asked of whom; nothing is done by itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from warroom.access.actor import Actor
from warroom.access.changing import changing, checked_line, checked_moment, checked_text
from warroom.access.guard import check, needs
from warroom.access.roles import Permission
from warroom.errors import ConflictError, UsageError
from warroom.store import containments as rows
from warroom.store import incidents as store
from warroom.store.containments import Asked, Containment
from warroom.store.database import State, now_us, raise_counter

LINE_LIMIT: Final = 300
REASON_LIMIT: Final = 2_000
_YEAR_US: Final = 366 * 86_400_000_000


class Measure(StrEnum):
    """What somebody is asked to do."""

    BLOCK_ADDRESS = "block_address"
    BLOCK_DOMAIN = "block_domain"
    ISOLATE_HOST = "isolate_host"
    DISABLE_ACCOUNT = "disable_account"
    REVOKE_CREDENTIALS = "revoke_credentials"
    TAKE_DOWN = "take_down"
    STOP_SERVICE = "stop_service"
    OTHER = "other"


class Outcome(StrEnum):
    """What became of a request."""

    DONE = "done"
    REFUSED = "refused"
    UNDONE = "undone"


#: What may follow what: who refused may do it after all, and what is undone is asked for anew.
_AFTER: Final = {"asked": {Outcome.DONE, Outcome.REFUSED}, "refused": {Outcome.DONE}, "done": {Outcome.UNDONE}}


class Standing(StrEnum):
    """A request's state as the register shows it: what was entered, and what is late."""

    OVERDUE = "overdue"  # not done by when it should be, or still standing after its end
    ASKED = "asked"
    DONE = "done"
    REFUSED = "refused"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of whom; times in microseconds, ``ends_at`` None: until it is undone."""

    measure: Measure
    target: str
    asked_of: str
    reason: str
    asked_at: int
    due_at: int | None = None
    ends_at: int | None = None


def standing(one: Containment, now: int) -> Standing:
    """Give a request's state as of now."""
    late = (one.state == "asked" and one.due_at is not None and one.due_at < now) or (
        one.state == "done" and one.ends_at is not None and one.ends_at < now
    )
    return Standing.OVERDUE if late else Standing(one.state)


@needs(Permission.REQUEST_CONTAINMENT)
def ask(state: State, incident_id: int, actor: Actor, request: Request) -> int:
    """Enter that somebody was asked to block or isolate something; the request's number.

    Raises:
        UsageError: something is missing or too long, or times are in the wrong order.
        NotFoundError: no such incident.
    """
    target = checked_line(request.target, "what is to be blocked", LINE_LIMIT)
    asked_of = checked_line(request.asked_of, "who was asked", LINE_LIMIT)
    reason = checked_text(request.reason, "a reason", REASON_LIMIT)
    if request.measure not in set(Measure):
        raise UsageError("say what is to be done")
    with changing(state, incident_id, actor, Permission.REQUEST_CONTAINMENT) as (connection, _, at):
        raise_counter(connection, "containments")
        asked_at = checked_moment(request.asked_at, at)
        for moment in (request.due_at, request.ends_at):
            if moment is not None and not asked_at < moment <= at + _YEAR_US:
                raise UsageError("a time limit lies after the request and within a year")
        told = Asked(request.measure, target, asked_of, reason, asked_at, actor.name, request.due_at, request.ends_at)
        number = rows.add(connection, incident_id, told)
        store.append_log(
            connection,
            incident_id,
            at,
            actor.name,
            "containment_asked",
            request=str(number),
            measure=request.measure,
            target=target,
            of=asked_of,
            occurred_at=str(asked_at),
        )
    return number


@needs(Permission.REQUEST_CONTAINMENT)
def answer(
    state: State, request_id: int, actor: Actor, outcome: Outcome, text: str = "", *, occurred_at: int | None = None
) -> None:
    """Enter what became of a request: done, refused, or undone again.

    Args:
        state: the store.
        request_id: which one.
        actor: who enters it.
        outcome: what became of it.
        text: what was answered; a refusal needs it.
        occurred_at: when it happened; None: just now.

    Raises:
        UsageError: a refusal without a reason, or a time in the future or before the request.
        NotFoundError: no such request.
        ConflictError: that cannot follow what was entered before, or somebody was faster.
    """
    told = checked_text(text, "an answer", REASON_LIMIT, least=1 if outcome is Outcome.REFUSED else 0)
    with state.write("incidents", "containments") as connection:
        before = rows.get(connection, request_id)
        check(actor, Permission.REQUEST_CONTAINMENT, store.get(connection, before.incident_id).platform_id)
        if outcome not in _AFTER.get(before.state, set()):
            raise ConflictError(f"containment request {request_id} is {before.state}: it cannot become {outcome}")
        at = now_us()
        moment = at if occurred_at is None else checked_moment(occurred_at, at)
        if moment < before.asked_at:
            raise UsageError("an answer comes after the request")
        rows.answer(connection, before, outcome, moment, actor.name, told)
        store.append_log(
            connection,
            before.incident_id,
            at,
            actor.name,
            f"containment_{outcome}",
            request=str(request_id),
            measure=before.measure,
            target=before.target,
            of=before.asked_of,
            text=told,
            occurred_at=str(moment),
        )
