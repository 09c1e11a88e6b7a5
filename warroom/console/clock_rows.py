"""Legal clocks as the browser's piece shows them: what runs, for whom, how long still, and what is to be sent where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from warroom.catalog.legal import load_law
from warroom.console import colours
from warroom.console.markup import visible
from warroom.console.masking import masked
from warroom.console.shared import Shared
from warroom.console.times import deadline
from warroom.respond import board
from warroom.respond.clocks import REGULATORS_LIMIT, Light
from warroom.respond.standing import ClockState, Standing
from warroom.store.views.response import response

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warroom.catalog.legal import Clock
    from warroom.console.room import Room, Tick
    from warroom.console.texts import Words
    from warroom.store.incidents import Incident
    from warroom.store.views.response import ResponseView

COLUMNS: Final = ("left", "what", "due", "incident", "controller")
#: On an incident's own screen its title stands above.
OWN_COLUMNS: Final = ("left", "what", "due")
_MILLI: Final = 1_000
#: Which clocks run changes by itself when a limit passes: so old may it be.
_FRESH: Final = 5
_LABEL_FRESH: Final = 30
_BOARDS: Final = Shared[board.Board](32)
_COUNTS: Final = Shared[int](32)
_RESPONSES: Final = Shared["ResponseView | None"](64)


def read_board(room: Room, tick: Tick, *, drills: bool) -> board.Board:
    """Give the clocks of all incidents that the person may see, of real ones or of drills."""
    key = (*room.sight(tick, "incidents", "clocks", seconds=_FRESH), drills)
    return _BOARDS.get(key, lambda: board.board(room.state, tick.now_us, scope=room.seen.scope, drills=drills))


def late_count(room: Room, tick: Tick) -> int:
    """Count the limits of the law that have passed: beside the link to the board, so half a minute old at most."""
    key = (*room.sight(tick, "clocks", seconds=_LABEL_FRESH), "late")
    return _COUNTS.get(key, lambda: _late(room, tick))


def _late(room: Room, tick: Tick) -> int:
    found = board.board(room.state, tick.now_us, scope=room.seen.scope, drills=room.drill)
    return sum(one.state.late and one.state.planned.kind == "law" for one in found.running)


def read_response(room: Room, tick: Tick, incident_id: int) -> ResponseView | None:
    """Give how an incident is answered in law; None where there is none that the person may see."""
    key = (*room.sight(tick, "incidents", "clocks"), incident_id)
    return _RESPONSES.get(key, lambda: response(room.state, incident_id, scope=room.seen.scope))


def clock_name(clock: str, language: str) -> str:
    """Give a clock's name as the law's data have it; its id where they lack it."""
    found = next((one for one in load_law().clocks if one.id == clock), None)
    if found is None:
        return clock
    return found.th if language == "th" else found.en


def moment_name(moment: str, words: Words) -> str:
    """Give the name of a moment that clocks count from."""
    if moment == REGULATORS_LIMIT:
        return words("law.regulators_limit")
    found = load_law().moments.get(moment)
    if found is None:
        return moment
    return found.th if words.language == "th" else found.en


def basis(clock: Clock, words: Words) -> str:
    """Give what a clock rests on, and that it is not certain where it is not."""
    told = clock.basis_th if words.language == "th" else clock.basis_en
    return told if clock.certain else f"{told} [U]"


def component_data(
    room: Room,
    tick: Tick,
    rows: Sequence[dict[str, Any]],
    *,
    columns: Sequence[str] = COLUMNS,
    wall: bool = False,
    chosen: str = "",
) -> dict[str, Any]:
    """Give what the browser's piece gets."""
    words = room.words
    return {
        "now": tick.now_us // _MILLI,
        "columns": columns,
        "rows": rows,
        "wall": wall,
        "chosen": chosen,
        "words": {f"col_{name}": words(f"law_column.{name}") for name in COLUMNS}
        | {f"light_{light}": words(f"law_light.{light}") for light in Light}
        | {
            "label": words("clocks.title"),
            "late": words("law.late"),
            "day": words("unit.day"),
            "drill": words("app.drill"),
            "law": words("law.by_law"),
            "internal": words("law.internal"),
            "sent": words("law.sent"),
            "waiting": words("law.waiting"),
        },
    }


def title(incident: Incident, words: Words) -> str:
    """Give an incident's title in a language, as far as its rule has one."""
    return (incident.title_th if words.language == "th" else "") or incident.title


def key_of(state: ClockState) -> str:
    """Give what tells a clock's line from the others."""
    return f"{state.controller.id}-{state.clock.id}-{state.planned.part.starts[0]}"


def row(room: Room, incident: Incident, state: ClockState) -> dict[str, Any]:
    """Give one line."""
    words, planned, clock = room.words, state.planned, state.clock
    thai = words.language == "th"
    part = planned.part.th if thai else planned.part.en
    name = clock.th if thai else clock.en
    running = state.standing is Standing.RUNNING and planned.due_at is not None
    return {
        "key": f"{incident.id}-{key_of(state)}",
        "clock": clock.id,
        "incident": incident.id,
        "title": visible(masked(title(incident, words))),
        "platform": room.platform(incident.platform_id),
        "severity": words(f"severity.{incident.severity}"),
        "chip": colours.SEVERITY[incident.severity],
        "drill": incident.drill and not room.drill,
        "controller": visible(masked(state.controller.agency)),
        "person": visible(masked(state.controller.dpo_name or state.controller.contact_name)) or "—",
        "what": f"{name} ({part})" if part else name,
        "basis": basis(clock, words),
        "wording": clock.wording,
        "to": _whom(words, clock.id, planned.started_by),
        "due": "—" if planned.due_at is None else deadline(planned.due_at, words.language),
        "kind": planned.kind,
        "run": _run(planned.starts_at, planned.due_at) if running else None,
        "other": _other(words, state),
        "said": _said(words, state),
        "state": "sent" if state.standing is Standing.STOPPED else "waiting",
    }


def _run(starts_at: int | None, due_at: int | None) -> dict[str, int] | None:
    if starts_at is None or due_at is None:
        return None
    return {"start": starts_at // _MILLI, "due": due_at // _MILLI}


def _whom(words: Words, clock: str, started_by: str | None) -> str:
    whom = words.either(f"law_to.{clock.lower()}", "")
    since = words("law.since", moment=moment_name(started_by, words)) if started_by else ""
    return " · ".join(one for one in (whom, since) if one)


def _other(words: Words, state: ClockState) -> dict[str, Any] | None:
    """Give the countdown from first information, where awareness was set later and the first one still matters."""
    informed, due_at = state.informed_due_at, state.planned.due_at
    if state.standing is not Standing.RUNNING or informed is None or informed == due_at:
        return None
    return {"label": words("law.from_informed"), "due": informed // _MILLI}


def _said(words: Words, state: ClockState) -> str:
    was_late = words("law.was_late")
    if state.sent is not None:
        told = deadline(state.sent.sent_at, words.language)
        return f"{told} · {was_late}" if state.late else told
    if state.standing is Standing.RUNNING and state.planned.due_at is not None:
        if not state.late:
            return ""
        return visible(masked(state.delay_reason)) if state.delay_reason else words("law.no_reason")
    waits = ", ".join(moment_name(one, words) for one in state.planned.waits_for)
    return words("law.waits", moments=waits) if waits else ""
