"""`./run reports …`: shift, daily, weekly, monthly and annual reports, made and listed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from warroom.commands.output import print_json, print_table
from warroom.report.periods import Kind

if TYPE_CHECKING:
    from warroom.access import Actor
    from warroom.settings import Settings
    from warroom.store.database import State

app = typer.Typer(
    add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True, help="Reports of a shift, day, … year."
)


@app.command()
def make(
    kind: Annotated[Kind, typer.Argument(help="Of what.")],
    period: Annotated[
        str, typer.Option(help="2026-11-22T08:00 (a shift), 2026-11-22, 2026-W47, 2026-11, 2026; default: the last.")
    ] = "",
    language: Annotated[str, typer.Option(help="th or en.")] = "th",
    output: Annotated[Path | None, typer.Option(help="Folder to which PDF and DOCX are copied.")] = None,
) -> None:
    """Make a report, keep it, and say its number; with --output copy its files there."""
    from warroom import reporting
    from warroom.store.database import now_us

    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
    with _acting() as (state, settings, actor):
        asked = reporting.asked_period(kind, period, settings, now_us())
        number = reporting.make(state, settings, actor, asked, language)
        print_table(["number", "report", "period", "language"], [(number, kind, asked.name, language)], empty="")
        for form in reporting.MEDIA if output is not None else ():
            name, data = reporting.give_out(state, settings.data_dir, number, form, actor)
            if output is not None:
                (output / name).write_bytes(data)


@app.command("list")
def list_(
    kind: Annotated[Kind | None, typer.Option(help="Only of this kind.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """List the reports that were made, the last first."""
    from warroom import reporting
    from warroom.store.database import from_us

    with _acting() as (state, _, actor):
        found, total = reporting.list_made(state, actor, kind)
    times = ("period_from", "period_to", "made_at")
    rows = [
        asdict(one) | {name: from_us(getattr(one, name)).isoformat().replace("+00:00", "Z") for name in times}
        for one in found
    ]
    if as_json:
        print_json({"reports": rows, "total": total})
        return
    heads = ["id", "kind", "period_from", "period_to", "language", "made_at", "made_by"]
    empty = "No report was made yet: `./run reports make daily` makes one."
    print_table(heads, [tuple(row[name] for name in heads) for row in rows], empty=empty)


@contextmanager
def _acting() -> Iterator[tuple[State, Settings, Actor]]:
    """Open the state database for who runs this command."""
    from warroom.access.command_line import command_line_actor, os_user
    from warroom.access.refusals import refusals_recorded
    from warroom.settings import Settings
    from warroom.store.database import State

    settings = Settings()
    with State(settings.db_url) as state:
        actor = command_line_actor(state, os_user())
        with refusals_recorded(state, actor):
            yield state, settings, actor
