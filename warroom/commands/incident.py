"""`./run incident …`: the same actions as the console, for scripts."""

from __future__ import annotations

import getpass
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from warroom.commands.output import print_json, print_table
from warroom.model import Disposition, Status

if TYPE_CHECKING:
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
    from warroom.store import incidents as store

    with _state() as state, state.read() as connection:
        found = store.find(connection, statuses=status or (), platform_id=platform, limit=limit)
    if as_json:
        print_json([_told(one) for one in found])
        return
    rows = [
        (one.id, one.severity, one.status, one.platform_id, one.title, one.assignee or "", one.alert_count)
        for one in found
    ]
    print_table(["number", "severity", "status", "platform", "title", "assignee", "alerts"], rows, empty="No incident.")


@app.command()
def show(number: _Number, as_json: _Json = False) -> None:
    """Show one incident with its alerts and its log."""
    from warroom.store import incidents as store

    with _state() as state, state.read() as connection:
        incident = store.get(connection, number)
        entities = store.entities_of(connection, number)
        alerts = store.alerts_of(connection, number)
        log = store.log_of(connection, number)
    if as_json:
        print_json(
            _told(incident)
            | {
                "entities": [asdict(one) for one in entities],
                "alerts": [asdict(one) | _times(one) for one in alerts],
                "log": [asdict(one) | _times(one) for one in log],
            }
        )
        return
    print_table(["field", "value"], list(_told(incident).items()), empty="")
    print_table(["entity", "value"], [(one.kind, one.value) for one in entities], empty="No entities.")
    print_table(
        ["raised", "rule", "events", "why here"],
        [(_times(one)["raised_at"], one.rule_title, one.count, one.reason) for one in alerts],
        empty="No alerts.",
    )
    print_table(
        ["at", "who", "what", "detail"],
        [(_times(one)["at"], one.actor, one.action, one.body) for one in log],
        empty="No log.",
    )


@app.command()
def ack(number: _Number) -> None:
    """Acknowledge a new incident."""
    from warroom.incidents import actions

    with _state() as state:
        actions.acknowledge(state, number, _actor())


@app.command()
def assign(number: _Number, to: Annotated[str, typer.Argument(help="Whose it is now.")]) -> None:
    """Assign an incident."""
    from warroom.incidents import actions

    with _state() as state:
        actions.assign(state, number, _actor(), to)


@app.command()
def note(number: _Number, text: Annotated[str, typer.Argument(help="The note.")]) -> None:
    """Write a note."""
    from warroom.incidents import actions

    with _state() as state:
        actions.note(state, number, _actor(), text)


@app.command()
def move(number: _Number, status: Annotated[Status, typer.Argument(help="The new state.")]) -> None:
    """Move an incident to another working state."""
    from warroom.incidents import actions

    with _state() as state:
        actions.move(state, number, _actor(), status)


@app.command()
def close(
    number: _Number,
    disposition: Annotated[Disposition, typer.Option("--as", help="What it turned out to be.")],
    text: Annotated[str, typer.Option("--note", help="Why.")],
) -> None:
    """Close an incident."""
    from warroom.incidents import actions

    with _state() as state:
        actions.close(state, number, _actor(), disposition, text)


@app.command()
def reopen(number: _Number, text: Annotated[str, typer.Option("--note", help="Why.")]) -> None:
    """Take a closed incident up again."""
    from warroom.incidents import actions

    with _state() as state:
        actions.reopen(state, number, _actor(), text)


def _state() -> State:
    from warroom.settings import Settings
    from warroom.store.database import State

    return State(Settings().db_url)


def _actor() -> str:
    """Command-line actions act as the operating-system user."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        name = f"uid-{os.getuid()}"
    return f"{name}@command-line"


def _told(incident: Incident) -> dict[str, object]:
    return asdict(incident) | _times(incident)


def _times(record: object) -> dict[str, str | None]:
    """The record's times as ISO 8601 in UTC."""
    from warroom.store.database import from_us

    found = {name: getattr(record, name) for name in record.__slots__ if name == "at" or name.endswith("_at")}  # type: ignore[attr-defined]
    return {
        name: from_us(at).isoformat().replace("+00:00", "Z") if at is not None else None for name, at in found.items()
    }
