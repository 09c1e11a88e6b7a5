"""`./run rules convert`: the detectors as queries of other systems."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from warroom.commands.output import print_json, printable
from warroom.commands.rules_places import AsJson, files_of, short
from warroom.commands.rules_told import counted
from warroom.detect.content import read_detectors
from warroom.detect.placeholders import read_placeholders
from warroom.errors import UsageError
from warroom.settings import Settings

if TYPE_CHECKING:
    from warroom.bench.converting import Converted
    from warroom.detect.content import Detector

_Target = Annotated[str, typer.Argument(metavar="TARGET", help="Backend of sigma-cli: splunk, opensearch, esql …")]
_Rules = Annotated[
    list[str] | None, typer.Argument(metavar="RULE…", help="Files, folders, ids or file names; default: our own.")
]
_Output = Annotated[Path | None, typer.Option("--output", help="Write a file for each detector into this folder.")]
_Pipeline = Annotated[
    list[str] | None, typer.Option("--pipeline", help="What fields are called there: a pipeline's name or file.")
]
_Format = Annotated[str, typer.Option("--format", help="Output format of the backend.")]


def convert(
    target: _Target,
    rules: _Rules = None,
    *,
    output: _Output = None,
    pipeline: _Pipeline = None,
    output_format: _Format = "default",
    as_json: AsJson = False,
) -> None:
    """Convert detectors, with local filters and placeholders; exit 1 where one cannot be said there."""
    from warroom.bench.converting import Converter

    settings = Settings()
    converter = Converter(target, pipeline or [], output_format, read_placeholders([settings.detectors])[0])
    own, unreadable = read_detectors(files_of([settings.detectors]))
    if unreadable:
        raise UsageError(str(unreadable[0]))
    filters = [one.documents[0] for one in own if one.is_filter]
    asked = (
        [one for one in _asked(rules, own) if not one.is_filter] if rules else [one for one in own if not one.is_filter]
    )
    found = [converter.convert(one, filters) for one in asked]
    if output:
        output.mkdir(parents=True, exist_ok=True)
        for one in found:
            if one.queries:
                text = "\n\n".join(one.queries)
                (output / f"{one.detector.file.stem}.txt").write_text(f"{text}\n", encoding="utf-8")
    if as_json:
        print_json([_told(one) for one in found])
    else:
        _tell(found, output)
        if converter.unmapped:
            typer.echo("note: without --pipeline, fields go by the names that the rules write", err=True)
    raise typer.Exit(1 if any(one.refused for one in found) else 0)


def _asked(rules: list[str], own: list[Detector]) -> list[Detector]:
    """Give the detectors that are named: by file or folder, by the id of the rule, or by the file's name.

    Raises:
        UsageError: there is no such detector.
    """
    by_name = {one.file.stem: one for one in own} | {str(one.alerting.data.get("id")): one for one in own}
    found: dict[Path, Detector] = {}
    for name in rules:
        if name in by_name:
            found[by_name[name].file] = by_name[name]
            continue
        if not Path(name).exists():
            raise UsageError(f"{name}: no such detector: give a file, a folder, an id or a file's name")
        detectors, faults = read_detectors(files_of([Path(name)]))
        if faults:
            raise UsageError(str(faults[0]))
        found |= {one.file: one for one in detectors}
    return list(found.values())


def _tell(found: list[Converted], output: Path | None) -> None:
    for one in found:
        title = printable(str(one.detector.alerting.data.get("title", "")))
        if one.refused:
            typer.echo(f"# {title}: refused: {printable(one.refused)}", err=output is None)
        elif output is None:
            typer.echo(f"# {title} ({short(str(one.detector.file))})")
            for query in one.queries:
                typer.echo(query)
            typer.echo("")
    if output is not None:
        done = sum(bool(one.queries) for one in found)
        typer.echo(f"{counted(done, 'detector')} written to {output}, {len(found) - done} refused")


def _told(one: Converted) -> dict[str, object]:
    data = one.detector.alerting.data
    return {
        "id": data.get("id"),
        "title": data.get("title"),
        "file": str(one.detector.file),
        "queries": list(one.queries),
        "refused": one.refused or None,
    }
