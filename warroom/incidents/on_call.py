"""The rota: who is on call in which tier, and when nobody is.

A turn lasts from a moment to another one, once or every week: Thailand's clocks never change, so a week is always as
many seconds. Tier 1 is asked first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from warroom.access import Actor, Permission, needs
from warroom.errors import NotFoundError, UsageError
from warroom.store import duty, outbox
from warroom.store.accounts import active_names
from warroom.store.audit import AuditAction, Entry, append
from warroom.store.canonical import Json
from warroom.store.database import State, now_us
from warroom.store.duty import TURN_LIMIT, Turn

WEEK_US: Final = 7 * 86_400_000_000
#: Tiers there can be.
MOST_TIERS: Final = 5
#: A turn begins within so long.
MOST_AHEAD_US: Final = 105 * WEEK_US
_MOST_US: Final = 2 * WEEK_US

Span = tuple[int, int]


def spans(turn: Turn, since: int, until: int) -> Iterator[Span]:
    """Give when a turn falls between two moments, in order, each part cut to them."""
    begin, end = turn.starts_at, turn.ends_at
    if turn.weekly_until is not None and end <= since:
        weeks = (since - end) // WEEK_US + 1
        begin, end = begin + weeks * WEEK_US, end + weeks * WEEK_US
    while begin < until:
        if turn.weekly_until is not None and begin >= turn.weekly_until and begin != turn.starts_at:
            return
        if end > since:
            yield max(begin, since), min(end, until)
        if turn.weekly_until is None:
            return
        begin, end = begin + WEEK_US, end + WEEK_US


def on_duty(turns: Iterable[Turn], tier: int, at: int) -> list[Turn]:
    """Give the turns of a tier that a moment falls into, by their beginning."""
    return [one for one in turns if one.tier == tier and any(spans(one, at, at + 1))]


def asked(turns: Iterable[Turn], tier: int, tiers: int, at: int) -> tuple[int, list[Turn]]:
    """Give who is asked when it is a tier's turn: where nobody is on call in it, the next one that has somebody.

    Where no tier from it on has anybody, the tier itself, and nobody.
    """
    known = list(turns)
    for one in range(tier, tiers + 1):
        if found := on_duty(known, one, at):
            return one, found
    return tier, []


def gaps(turns: Iterable[Turn], tier: int, since: int, until: int) -> list[Span]:
    """Give when nobody of a tier is on call between two moments, in order."""
    covered = sorted(span for one in turns if one.tier == tier for span in spans(one, since, until))
    found, reached = [], since
    for begin, end in covered:
        if begin > reached:
            found.append((reached, begin))
        reached = max(reached, end)
    if reached < until:
        found.append((reached, until))
    return found


@needs(Permission.MANAGE_NOTIFICATIONS)
def add_turn(state: State, actor: Actor, turn: Turn, *, now: int | None = None) -> int:
    """Enter a turn into the rota; its number.

    Raises:
        UsageError: nobody has that account, its times or its tier make no sense, or it is over.
        NotFoundError: there is no such channel.
    """
    if not 1 <= turn.tier <= MOST_TIERS:
        raise UsageError(f"a tier is 1 to {MOST_TIERS}")
    length = turn.ends_at - turn.starts_at
    if not 0 < length <= (_MOST_US if turn.weekly_until is None else WEEK_US):
        raise UsageError("a turn ends after it begins: within two weeks, or within one where it repeats every week")
    if turn.weekly_until is not None and turn.weekly_until <= turn.starts_at:
        raise UsageError("what repeats every week does so until a later day")
    at = now_us() if now is None else now
    if not any(spans(turn, at, at + MOST_AHEAD_US)):
        raise UsageError("this turn is over, or begins in more than two years")
    with state.write("duty") as connection:
        if turn.person not in active_names(connection):
            raise UsageError(f"nobody signs in as {turn.person}: the rota names accounts")
        if turn.channel_id is not None and turn.channel_id not in {one.id for one in outbox.channels(connection)}:
            raise NotFoundError(f"there is no channel {turn.channel_id}")
        if len(duty.turns(connection)) >= TURN_LIMIT:
            raise UsageError(f"the rota holds {TURN_LIMIT} turns: remove old ones")
        number = duty.add_turn(connection, turn, actor.name, at)
        body: dict[str, Json] = {name: getattr(turn, name) for name in Turn.__slots__ if name != "id"}
        append(connection, Entry(actor.name, actor.via, AuditAction.SETTINGS_CHANGED, "turn", str(number), body))
    return number


@needs(Permission.MANAGE_NOTIFICATIONS)
def remove_turn(state: State, actor: Actor, turn_id: int) -> None:
    """Take a turn out of the rota. Raises NotFoundError."""
    with state.write("duty") as connection:
        person = duty.remove_turn(connection, turn_id, now_us())
        body: dict[str, Json] = {"removed": True, "person": person}
        append(connection, Entry(actor.name, actor.via, AuditAction.SETTINGS_CHANGED, "turn", str(turn_id), body))
