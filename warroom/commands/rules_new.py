"""`./run rules new`: a detector and its samples from pasted log lines."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import typer

from warroom.errors import UsageError
from warroom.settings import Settings

_Name = Annotated[str, typer.Argument(metavar="NAME", help="<log source>_<behaviour>, as the files are to be called.")]
_Kind = Annotated[str, typer.Option("--logsource", help="Kind of log of data/reference/platforms.yaml.")]
_From = Annotated[str, typer.Option("--from", help="File with the lines it is to find; -: standard input.")]
_Draft = Annotated[bool, typer.Option("--draft", help="Write it to the drafts of the state folder.")]
#: Far more than the lines that may be pasted.
_MOST_BYTES: Final = 4 << 20


def new(name: _Name, *, logsource: _Kind = "", lines: _From = "", draft: _Draft = False) -> None:
    """Write a detector and its samples from log lines; what only a person can write is named by `rules check`."""
    from warroom.bench.drafts import drafts_folder
    from warroom.bench.name_taken import refuse_taken
    from warroom.bench.scaffold import scaffold, write

    settings = Settings()
    today = datetime.now(UTC).astimezone(ZoneInfo("Asia/Bangkok")).date()
    made = scaffold(name, _read(lines) if lines else "", logsource, today)
    refuse_taken(made.name, "", settings.detectors)
    place = drafts_folder(settings.data_dir) if draft else settings.detectors / made.folder
    rule, samples = write(made, place, private=draft)
    typer.echo(f"{rule}\n{samples}")
    for note in made.notes:
        typer.echo(f"note: {note}")
    said = rule.stem if draft else rule
    typer.echo(f"next: write the texts that `./run rules check {said}` names, then `./run rules test {said}`")


def _read(place: str) -> str:
    """Read pasted lines. Raises UsageError."""
    if place == "-":
        content = sys.stdin.buffer.read(_MOST_BYTES + 1)
    else:
        try:
            with Path(place).open("rb") as file:
                content = file.read(_MOST_BYTES + 1)
        except OSError as problem:
            raise UsageError(f"{place}: cannot be read: {problem.strerror}") from problem
    if len(content) > _MOST_BYTES:
        raise UsageError(f"{place}: more than {_MOST_BYTES >> 20} MiB: give the lines that tell the attack")
    try:
        return content.decode()
    except UnicodeDecodeError as problem:
        raise UsageError(f"{place}: is not UTF-8 text") from problem
