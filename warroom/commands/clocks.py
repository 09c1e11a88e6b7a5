"""`./run clocks …`: legal deadlines from given times, without a store; not legal advice."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from warroom.commands.output import print_json, print_table
from warroom.errors import UsageError

if TYPE_CHECKING:
    from warroom.respond.clocks import Planned

app = typer.Typer(
    add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True, help="Legal deadlines; no legal advice."
)
_TIME: Final = "TIME"


@app.callback()
def _clocks() -> None:
    """Legal deadlines; no legal advice."""


@app.command("plan")
def plan_(  # noqa: PLR0913, PLR0917 - each is an option of the command
    occurred: Annotated[str | None, typer.Option(metavar=_TIME, help="When it occurred.")] = None,
    detected: Annotated[str | None, typer.Option(metavar=_TIME, help="When it was detected.")] = None,
    informed: Annotated[str | None, typer.Option(metavar=_TIME, help="When first information came.")] = None,
    aware: Annotated[
        str | None, typer.Option(metavar=_TIME, help="When the controller became aware; without it, when informed.")
    ] = None,
    high_risk_decided: Annotated[str | None, typer.Option(metavar=_TIME, help="When high risk was decided.")] = None,
    processor_aware: Annotated[str | None, typer.Option(metavar=_TIME, help="When the processor became aware.")] = None,
    ended: Annotated[str | None, typer.Option(metavar=_TIME, help="When the incident ended.")] = None,
    at: Annotated[
        list[str] | None, typer.Option("--at", metavar="NAME=TIME", help="Any other moment; repeatable.")
    ] = None,
    spreading: Annotated[bool, typer.Option("--spreading", help="The threat still spreads.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Plan the legal clocks; TIME is ISO 8601 with a zone, such as 2026-11-21T09:00+07:00."""
    from warroom.catalog.legal import load_clocks
    from warroom.respond.clocks import plan, with_defaults

    given = {
        "occurred_at": occurred,
        "detected_at": detected,
        "informed_at": informed,
        "aware_at": aware,
        "high_risk_decided_at": high_risk_decided,
        "processor_aware_at": processor_aware,
        "ended_at": ended,
    }
    moments = {name: _moment(told, name) for name, told in given.items() if told is not None}
    for one in at or ():
        name, moment = _named(one)
        moments[name] = moment
    found = plan(load_clocks(), with_defaults(moments), spreading=spreading)
    told = [_told(parts) for parts in _by_clock(found)]
    if as_json:
        print_json(told)
        return
    rows = [
        (
            one.clock.id,
            _bangkok(one.due_at) if one.due_at is not None else f"waits for {', '.join(one.waits_for)}",
            one.limit or "",
            "law" if one.kind == "law" else "internal target",
            one.clock.basis_en,
        )
        for one in found
    ]
    print_table(["clock", "due (Bangkok)", "limit", "kind", "basis"], rows, empty="")
    typer.echo("\nNot legal advice: a lawyer or the data protection officer confirms before anything is filed.")


def _by_clock(found: list[Planned]) -> list[list[Planned]]:
    parts: dict[str, list[Planned]] = {}
    for one in found:
        parts.setdefault(one.clock.id, []).append(one)
    return list(parts.values())


def _told(parts: list[Planned]) -> dict[str, object]:
    """Give a clock as an object; of several limits the one that is due first, with all of them beside it."""
    from warroom.respond.clocks import soonest

    (one,) = soonest(parts).values()
    waits_for = one.waits_for if one.starts_at is not None else [name for part in parts for name in part.waits_for]
    told = {"id": one.clock.id, **_limit(one), "basis": one.clock.basis_en, "waits_for": list(waits_for)}
    if len(parts) > 1:
        told["limits"] = [_limit(part) | {"means": part.part.en, "waits_for": list(part.waits_for)} for part in parts]
    return told


def _limit(one: Planned) -> dict[str, object]:
    return {
        "starts_at": _utc(one.starts_at),
        "due_at": _utc(one.due_at),
        "limit": one.limit,
        "kind": one.kind,
        "started_by": one.started_by,
    }


def _named(told: str) -> tuple[str, int]:
    from warroom.catalog.legal import load_law

    name, equals, when = told.partition("=")
    law = load_law()
    known = law.moment_named(name)
    if not equals or known is None:
        raise UsageError(f"--at {told}: give NAME=TIME with NAME one of {', '.join(law.moments)}")
    return known, _moment(when, known)


def _moment(told: str, name: str) -> int:
    from warroom.store.database import to_us

    try:
        when = datetime.fromisoformat(told.strip())
    except ValueError as problem:
        raise UsageError(f"{name}: `{told}` is no time such as 2026-11-21T09:00+07:00") from problem
    if when.tzinfo is None:
        raise UsageError(f"{name}: `{told}` has no zone: add +07:00 for Bangkok, or Z for UTC")
    return to_us(when)


def _utc(moment: int | None) -> str | None:
    from warroom.store.database import from_us

    return None if moment is None else from_us(moment).isoformat().replace("+00:00", "Z")


def _bangkok(moment: int) -> str:
    from warroom.store.database import from_us

    return f"{from_us(moment) + timedelta(hours=7):%Y-%m-%d %H:%M:%S}"
