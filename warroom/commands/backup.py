"""`./run backup DIR`: a consistent copy of state and logs, while worker and console go on."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from warroom.access import Actor, Permission, needs
from warroom.commands.output import print_json, printable
from warroom.errors import UsageError

if TYPE_CHECKING:
    from warroom.settings import Settings
    from warroom.store.backup import Tell
    from warroom.store.backup_list import Contents
    from warroom.store.canonical import Json
    from warroom.store.database import State

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder, outside the state folder.")],
    keys: Annotated[
        Path | None, typer.Option("--keys", metavar="FILE", help="Write the keys to this new file: keep it apart.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Copy database, logs, proofs and drafts to a new folder; interrupted, it goes on where it was.

    Exit 1 where files that the store names were lost before, or a draft is none: the backup has all the others.
    """
    from warroom.access.command_line import command_line_actor, os_user
    from warroom.commands import key_file
    from warroom.commands.progress import Progress, byte_progress
    from warroom.settings import Settings
    from warroom.store.database import State

    settings = Settings()
    if keys is not None:
        _check_apart(keys, folder, settings)
    line = Progress(sys.stderr, 0)
    with State(settings.db_url) as state:
        actor = command_line_actor(state, os_user())
        contents = make(state, actor, settings, folder, byte_progress(line))
    line.clear()
    if keys is not None:
        key_file.save(key_file.gather(settings, os.environ), keys)
    if as_json:
        told = {name: getattr(contents, name) for name in ("made_at", "schema", "counts", "lacking", "bytes")}
        print_json(told | {"files": len(contents.files), "keys": str(keys) if keys else None})
    else:
        _show(contents, folder, keys)
    raise typer.Exit(1 if contents.lacking else 0)


@needs(Permission.BACK_UP)
def make(state: State, actor: Actor, settings: Settings, folder: Path, tell: Tell) -> Contents:
    """Back up the state folder and record it with the hash of the backup's list."""
    from warroom.store.audit import AuditAction, Entry, append
    from warroom.store.backup import Source, back_up
    from warroom.store.backup_list import NAME
    from warroom.version import version

    contents = back_up(Source(settings.data_dir, database_file(settings), version()), folder, tell)
    digest = hashlib.sha256((folder / NAME).read_bytes()).hexdigest()
    body: dict[str, Json] = {"list_sha256": digest, "files": len(contents.files), "bytes": contents.bytes}
    with state.write() as connection:
        entry = Entry(actor.name, actor.via, AuditAction.BACKUP_MADE, "backup", folder.name, body)
        append(connection, entry)
    return contents


def database_file(settings: Settings) -> Path:
    """Where the state database lies."""
    return Path(settings.db_url.removeprefix("sqlite:///")).absolute()


def _check_apart(keys: Path, folder: Path, settings: Settings) -> None:
    place = keys.expanduser().resolve()
    for where in (folder.expanduser().resolve(), settings.data_dir):
        if place.is_relative_to(where):
            raise UsageError(f"{keys} is inside {where}: keep the keys apart, best on another medium")
    if place.exists():
        raise UsageError(f"{keys} is there already: keys are not written over others")


def _show(contents: Contents, folder: Path, keys: Path | None) -> None:
    from warroom.store.draft_files import FOLDERS

    lines = sum(contents.counts.get(kind, 0) for kind in ("events", "rejects"))
    sys.stdout.write(
        f"backed up as of {contents.made_at}: {lines:,} lines in {len(contents.files):,} files, "
        f"{contents.bytes / 1e6:,.0f} MB, in {folder}\n"
    )
    for path, why in contents.lacking.items():
        lost = "" if path.startswith(FOLDERS) else " (it was lost before: `./run verify`)"
        sys.stdout.write(f"LACKING  {printable(path)}: {printable(why)}{lost}\n")
    if keys is None:
        sys.stdout.write(
            "The keys are not in it (--keys FILE writes them apart). Without the secret key everybody enrols an "
            "authenticator anew; without the signing key a new one signs from then on.\n"
        )
    else:
        sys.stdout.write(f"The keys are in {keys}: keep them where the backup is not.\n")
