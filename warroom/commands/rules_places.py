"""Which files the commands about rules are asked about, and how they tell what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from warroom.commands.output import printable
from warroom.detect.content import detector_files
from warroom.errors import Fault, UsageError
from warroom.settings import Settings

Paths = Annotated[
    list[Path] | None,
    typer.Argument(help="Files, folders, or names of drafts and detectors; default: all of detectors/."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]


def places_of(paths: list[Path] | None) -> list[Path]:
    """Give the files and folders asked about; by default the folder of the detectors. Raises UsageError."""
    return [_place(path) for path in paths] if paths else [Settings().detectors]


def named(name: str) -> Path | None:
    """Give the file of the draft, else of our own detector, that is called so; None where there is none."""
    from warroom.bench.drafts import drafts_folder

    settings, file = Settings(), f"{name.removesuffix('.yml')}.yml"
    if "/" in name or name.startswith("."):
        return None
    draft = drafts_folder(settings.data_dir) / file
    if draft.is_file():
        return draft
    return next((path for path in detector_files(settings.detectors) if path.name == file), None)


def _place(path: Path) -> Path:
    found = path if path.exists() else named(str(path))
    if found is None:
        raise UsageError(f"{path}: no such detector file or folder, and no draft or detector of this name")
    return found


def files_of(places: list[Path]) -> list[Path]:
    """Give the project's own detector files in places."""
    return [file for place in places for file in (detector_files(place) if place.is_dir() else [place])]


def told(faults: list[Fault]) -> list[dict[str, str | int]]:
    """Give faults for machines."""
    return [{"file": fault.file, "line": fault.line, "reason": fault.reason} for fault in faults]


def tell(faults: list[Fault], sound: str) -> None:
    """Tell faults to people, or that there is none."""
    for fault in faults:
        typer.echo(printable(str(fault)))
    typer.echo(f"{len(faults)} faults." if faults else sound)


def short(file: str) -> str:
    """Give a path without the folders above the detectors."""
    folder = Settings().detectors
    return str(Path(file).relative_to(folder)) if Path(file).is_relative_to(folder) else file
