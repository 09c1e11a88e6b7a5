"""`./run hold …`: legal holds: what must not be deleted, whatever its age."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from warroom.commands.output import print_json, print_table
from warroom.errors import UsageError

if TYPE_CHECKING:
    from warroom.access import Actor
    from warroom.store.database import State
    from warroom.store.holds import Hold

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True, help="Legal holds.")


@app.command("set")
def set_(  # noqa: PLR0913, PLR0917 - each is an option of the command
    reason: Annotated[str, typer.Option("--reason", help="Why it is held.")],
    incident: Annotated[int | None, typer.Option("--incident", help="Hold the logs of this incident.")] = None,
    order: Annotated[str | None, typer.Option("--order", help="Hold by an officer's order: its number.")] = None,
    authority: Annotated[str | None, typer.Option("--authority", help="Who gave the order.")] = None,
    ordered_on: Annotated[str | None, typer.Option("--ordered-on", metavar="YYYY-MM-DD", help="Its date.")] = None,
    feed: Annotated[str | None, typer.Option("--feed", help="Only this feed.")] = None,
    platform: Annotated[str | None, typer.Option("--platform", help="Only this platform.")] = None,
    from_day: Annotated[str | None, typer.Option("--from", metavar="YYYY-MM-DD", help="From this day on.")] = None,
    to_day: Annotated[str | None, typer.Option("--to", metavar="YYYY-MM-DD", help="Up to this day.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="YYYY-MM-DD", help="Last day of the hold.")] = None,
) -> None:
    """Set a hold: by incident, by order, or by feed, platform and days."""
    from warroom.incidents import legal_holds
    from warroom.store import holds

    scope = holds.Scope(feed, platform, _day(from_day, "--from"), _day(to_day, "--to"))
    last = _day(until, "--until")
    with _acting() as (state, actor):
        if incident is not None:
            if order is not None or scope != holds.Scope():
                raise UsageError("a hold is by incident, by order or by query: give one of them")
            number = legal_holds.hold_incident(state, actor, incident, reason, expires_on=last)
        elif order is not None:
            ordered = _day(ordered_on, "--ordered-on")
            if authority is None or ordered is None or last is None:
                raise UsageError("an order needs --authority, --ordered-on and --until")
            told = holds.Order(order, authority, ordered)
            number = legal_holds.hold_order(state, actor, told, scope, reason, expires_on=last)
        else:
            number = legal_holds.hold_query(state, actor, scope, reason, expires_on=last)
    typer.echo(f"hold {number} is set")


@app.command("list")
def list_(
    all_: Annotated[bool, typer.Option("--all", help="Also those that ended.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """List the holds in force, oldest first."""
    from warroom.incidents import legal_holds

    today = datetime.now(UTC).strftime("%Y-%m-%d")
    with _acting() as (state, actor):
        found = legal_holds.list_holds(state, actor, active_on=None if all_ else today)
    if as_json:
        print_json([_told(one) | {"active": one.is_active(today)} for one in found])
        return
    rows = [
        (one.id, one.kind, _what(one), one.expires_on or "it is lifted", one.set_by, one.reason, _ended(one, today))
        for one in found
    ]
    headings = ["hold", "by", "what", "until", "set by", "reason", "state"]
    print_table(headings, rows, empty="No hold.")


@app.command()
def lift(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="The hold's number.")],
    why: Annotated[str, typer.Option("--why", help="Why it ends.")],
) -> None:
    """End a hold."""
    from warroom.incidents import legal_holds

    with _acting() as (state, actor):
        legal_holds.lift(state, actor, number, why)


@contextmanager
def _acting() -> Iterator[tuple[State, Actor]]:
    """Give the store, and who acts: the account of the operating-system user."""
    from warroom.access.command_line import command_line_actor, os_user
    from warroom.settings import Settings
    from warroom.store.database import State

    with State(Settings().db_url) as state:
        yield state, command_line_actor(state, os_user())


def _day(text: str | None, option: str) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as problem:
        raise UsageError(
            f"{option} {text}: give a day as YYYY-MM-DD (of the common era, 2026 and not 2569)"
        ) from problem


def _what(one: Hold) -> str:
    parts = [
        f"incident {one.incident_id}" if one.incident_id else "",
        f"order {one.order_number} of {one.ordered_on}, {one.authority}" if one.order_number else "",
        f"feed {one.feed_id}" if one.feed_id else "",
        f"platform {one.platform_id}" if one.platform_id else "",
        f"from {one.from_day}" if one.from_day else "",
        f"to {one.to_day}" if one.to_day else "",
    ]
    return ", ".join(filter(None, parts))


def _ended(one: Hold, today: str) -> str:
    if one.lifted_at is not None:
        return f"lifted by {one.lifted_by}: {one.lifted_why}"
    return "in force" if one.is_active(today) else "expired"


def _told(one: Hold) -> dict[str, object]:
    from warroom.store.database import from_us

    times = {
        name: from_us(at).isoformat().replace("+00:00", "Z") if at is not None else None
        for name, at in (("set_at", one.set_at), ("lifted_at", one.lifted_at))
    }
    return asdict(one) | times
