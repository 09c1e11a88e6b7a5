"""`./run incident …`: the same actions as the console, for scripts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from warroom.commands.output import print_json, print_table
from warroom.model import Disposition, Status

if TYPE_CHECKING:
    from warroom.access import Actor
    from warroom.store.database import State
    from warroom.store.incidents import Incident

app = typer.Typer(
    add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True, help="Incidents, for scripts."
)
_Number = Annotated[int, typer.Argument(metavar="NUMBER", help="The incident's number.")]
_Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@app.command("list")
def list_(
    status: Annotated[list[Status] | None, typer.Option(help="Only these states; repeatable.")] = None,
    platform: Annotated[str | None, typer.Option(help="Only this platform.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many, newest first.")] = 200,
    as_json: _Json = False,
) -> None:
    """List incidents, newest first."""
    from warroom.access import Permission, check
    from warroom.store import incidents as store

    with _acting() as (state, actor), state.read() as connection:
        check(actor, Permission.READ_INCIDENTS, platform)
        scope = actor.platforms if platform is None else {platform}
        found = store.find(connection, statuses=status or (), platforms=scope, limit=limit)
    if as_json:
        print_json([_told(one) for one in found])
        return
    rows = [
        (one.id, one.severity, one.status, one.platform_id, one.title, one.assignee or "", one.alert_count)
        for one in found
    ]
    print_table(["number", "severity", "status", "platform", "title", "assignee", "alerts"], rows, empty="No incident.")


@app.command()
def show(
    number: _Number,
    as_json: _Json = False,
    reveal: Annotated[str, typer.Option("--reveal", help="Show personal data unmasked: why.")] = "",
) -> None:
    """Show one incident with its alerts and its log, personal data masked."""
    from warroom.incidents.looking import look_at
    from warroom.incidents.revealing import reveal as revealed
    from warroom.store import incidents as store

    with _acting() as (state, actor):
        incident = look_at(state, number, actor)
        if reveal:
            revealed(state, number, actor, reveal)
        with state.read() as connection:
            entities = store.entities_of(connection, number)
            alerts = store.alerts_of(connection, number)
            log = store.log_of(connection, number)
    told = _told(incident) | {
        "entities": [asdict(one) for one in entities],
        "alerts": [asdict(one) | _times(one) for one in alerts],
        "log": [asdict(one) | _times(one) for one in log],
    }
    if not reveal:
        told = {name: _masked(value) for name, value in told.items()}
    if as_json:
        print_json(told)
        return
    rows = {name: told.pop(name) for name in ("entities", "alerts", "log")}
    print_table(["field", "value"], list(told.items()), empty="")
    _table(rows["entities"], {"entity": "kind", "value": "value"}, empty="No entities.")
    columns = {"raised": "raised_at", "rule": "rule_title", "events": "count", "why here": "reason"}
    _table(rows["alerts"], columns, empty="No alerts.")
    _table(rows["log"], {"at": "at", "who": "actor", "what": "action", "detail": "body"}, empty="No log.")


@app.command()
def ack(number: _Number) -> None:
    """Acknowledge a new incident."""
    from warroom.incidents import actions

    with _acting() as (state, actor):
        actions.acknowledge(state, number, actor)


@app.command()
def assign(number: _Number, to: Annotated[str, typer.Argument(help="Whose it is now.")]) -> None:
    """Assign an incident."""
    from warroom.incidents import actions

    with _acting() as (state, actor):
        actions.assign(state, number, actor, to)


@app.command()
def note(number: _Number, text: Annotated[str, typer.Argument(help="The note.")]) -> None:
    """Write a note."""
    from warroom.incidents import actions

    with _acting() as (state, actor):
        actions.note(state, number, actor, text)


@app.command()
def move(number: _Number, status: Annotated[Status, typer.Argument(help="The new state.")]) -> None:
    """Move an incident to another working state."""
    from warroom.incidents import actions

    with _acting() as (state, actor):
        actions.move(state, number, actor, status)


@app.command()
def close(
    number: _Number,
    disposition: Annotated[Disposition, typer.Option("--as", help="What it turned out to be.")],
    text: Annotated[str, typer.Option("--note", help="Why.")],
) -> None:
    """Close an incident."""
    from warroom.incidents import actions

    with _acting() as (state, actor):
        actions.close(state, number, actor, disposition, text)


@app.command()
def reopen(number: _Number, text: Annotated[str, typer.Option("--note", help="Why.")]) -> None:
    """Take a closed incident up again."""
    from warroom.incidents import actions

    with _acting() as (state, actor):
        actions.reopen(state, number, actor, text)


@contextmanager
def _acting() -> Iterator[tuple[State, Actor]]:
    """Open the state database for who runs this command."""
    from warroom.access.command_line import command_line_actor, os_user
    from warroom.access.refusals import refusals_recorded
    from warroom.settings import Settings
    from warroom.store.database import State

    with State(Settings().db_url) as state:
        actor = command_line_actor(state, os_user())
        with refusals_recorded(state, actor):
            yield state, actor


def _table(rows: Any, columns: dict[str, str], *, empty: str) -> None:  # noqa: ANN401  a list of objects of JSON
    print_table(list(columns), [tuple(row[name] for name in columns.values()) for row in rows], empty=empty)


def _masked(value: Any) -> Any:  # noqa: ANN401  any value of JSON
    """Mask the personal data in every text of a value."""
    from warroom.privacy import mask

    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {name: _masked(one) for name, one in value.items()}
    return [_masked(one) for one in value] if isinstance(value, (list, tuple)) else value


def _told(incident: Incident) -> dict[str, object]:
    return asdict(incident) | _times(incident)


def _times(record: object) -> dict[str, str | None]:
    """The record's times as ISO 8601 in UTC."""
    from warroom.store.database import from_us

    found = {name: getattr(record, name) for name in record.__slots__ if name == "at" or name.endswith("_at")}  # type: ignore[attr-defined]
    return {
        name: from_us(at).isoformat().replace("+00:00", "Z") if at is not None else None for name, at in found.items()
    }
