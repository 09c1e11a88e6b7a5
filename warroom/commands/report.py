"""`./run report INCIDENT --as …`: an exchange file, a document, or all of them in one pack."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True, help="Files for others to read."
)


@app.command()
def report(  # noqa: PLR0913, PLR0917 - each is an option of the command
    number: Annotated[int, typer.Argument(metavar="INCIDENT", help="The incident's number.")],
    formats: Annotated[
        list[str],
        typer.Option("--as", help="json, csv, stix, misp, iodef, ocsf, cacao, pdf, docx, or pack for all; repeatable."),
    ],
    tlp: Annotated[
        str, typer.Option("--tlp", help="The mark: clear, green, amber, amber+strict or red.")
    ] = "amber+strict",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Into this file, for its owner alone.")] = None,
    contact: Annotated[int | None, typer.Option("--contact", help="For this contact of the register.")] = None,
    recipient: Annotated[str, typer.Option("--recipient", help="For whom, where they are not in the register.")] = "",
    statement: Annotated[str, typer.Option("--statement", help="What else binds whoever gets it.")] = "",
    reveal: Annotated[str, typer.Option("--reveal", help="Leave personal data unmasked: why.")] = "",
    plain: Annotated[bool, typer.Option("--plain", help="Do not encrypt, though the contact has a key.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over the file.")] = False,
) -> None:
    """Export an incident, personal data masked; that it left, and for whom, is written down. Nothing is sent."""
    from warroom.access.command_line import command_line_actor, os_user
    from warroom.access.refusals import refusals_recorded
    from warroom.errors import UsageError
    from warroom.report.clearance import Wanted
    from warroom.report.exporting import export_case
    from warroom.report.marking import Tlp
    from warroom.settings import Settings
    from warroom.store.database import State

    if output is None and sys.stdout.isatty():
        raise UsageError("an export is no text for a terminal: give --output FILE, or pipe it")
    if output is not None and not force and os.path.lexists(output):
        raise UsageError(f"{output} is there already: choose another name, or give --force")
    wanted = Wanted(
        formats=tuple(formats),
        tlp=Tlp.of(tlp),
        recipient=recipient,
        contact_id=contact,
        statement=statement,
        reveal=reveal,
        encrypt=not plain,
    )
    settings = Settings()
    with State(settings.db_url) as state:
        actor = command_line_actor(state, os_user())
        with refusals_recorded(state, actor):
            made = export_case(state, settings.data_dir, number, actor, wanted)
    for one in made.left_out:
        sys.stderr.write(f"left out: {one.name}: {one.why}\n")
    if output is None:
        sys.stdout.buffer.write(made.data)
        sys.stdout.flush()
        return
    _write(output, made.data, force=force)
    sys.stderr.write(f"{output}: {len(made.data)} bytes, SHA-256 {made.sha256}, export {made.export_id}\n")


def _write(path: Path, data: bytes, *, force: bool) -> None:
    """Write a file for its owner alone; another one is replaced as a whole, a link is not followed."""
    from warroom.errors import UsageError

    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as file:
            file.write(data)
        if force:
            draft.replace(path)
        else:
            os.link(draft, path)  # unlike a rename it fails where somebody was faster
            draft.unlink()
    except OSError as problem:
        draft.unlink(missing_ok=True)
        raise UsageError(f"{path} cannot be written: {problem.strerror}") from problem
