"""`./run restore DIR`: a backup into an empty state folder, here or on another machine."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from warroom.access import Actor, Permission, needs
from warroom.commands.output import print_json, printable

if TYPE_CHECKING:
    from warroom.store.backup_list import Contents
    from warroom.store.database import State

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="What `./run backup` made.")],
    keys: Annotated[
        Path | None, typer.Option("--keys", metavar="FILE", help="The file of keys that the backup wrote apart.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Check every file of a backup and bring it into the state folder (WARROOM_DATA), which holds no store yet."""
    from warroom.access.command_line import command_line_actor, os_user
    from warroom.commands import key_file
    from warroom.commands.backup import database_file
    from warroom.commands.progress import Progress, byte_progress
    from warroom.settings import Settings
    from warroom.store.backup_list import NAME
    from warroom.store.restore import restore as bring_in

    settings = Settings()
    given = key_file.load(keys) if keys is not None else None

    def witness(state: State, contents: Contents) -> None:
        digest = hashlib.sha256((folder / NAME).read_bytes()).hexdigest()
        record(state, command_line_actor(state, os_user()), contents, digest)

    line = Progress(sys.stderr, 0)
    done = bring_in(folder, settings.data_dir, database_file(settings), witness, byte_progress(line))
    line.clear()
    notes = key_file.put_in_place(given, settings) if given else []
    if given is None:
        notes.append("keys are not restored (--keys FILE): put secret.key and the signing key in place, or lose them")
    contents = done.contents
    if contents.schema != done.schema:
        notes.append(f"the state database was brought from schema {contents.schema} to {done.schema}")
    notes += [f"lacking since before the backup: {path}: {why}" for path, why in contents.lacking.items()]
    if as_json:
        told = {name: getattr(contents, name) for name in ("made_at", "counts", "lacking", "bytes")}
        print_json(told | {"schema": done.schema, "notes": notes})
        return
    sys.stdout.write(f"restored as of {contents.made_at} into {settings.data_dir}\n")
    for note in notes:
        sys.stdout.write(f"note: {printable(note)}\n")
    sys.stdout.write("next: `./run verify` and `./run ledger --deep`, then `./run up`; everybody signs in anew\n")


@needs(Permission.BACK_UP)
def record(state: State, actor: Actor, contents: Contents, list_sha256: str) -> None:
    """Enter into the audit chain that what follows happened after a restore."""
    from warroom.store.audit import AuditAction, Entry, append

    body = {"list_sha256": list_sha256, "backup_made_at": contents.made_at, "schema": contents.schema}
    with state.write() as connection:
        append(connection, Entry(actor.name, actor.via, AuditAction.RESTORED, "backup", "", body))
