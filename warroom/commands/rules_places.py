"""Which files the commands about rules are asked about, and how they tell what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from warroom.commands.output import printable
from warroom.detect.content import detector_files
from warroom.errors import Fault, UsageError
from warroom.settings import Settings

Paths = Annotated[list[Path] | None, typer.Argument(help="Detector files or folders; default: all of detectors/.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]


def places_of(paths: list[Path] | None) -> list[Path]:
    """Give the files and folders asked about; by default the folder of the detectors. Raises UsageError."""
    places = paths or [Settings().detectors]
    for place in places:
        if not place.exists():
            raise UsageError(f"{place}: no such detector file or folder")
    return places


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
