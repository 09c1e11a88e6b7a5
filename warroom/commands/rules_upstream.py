"""`./run rules upstream`: compares a release of SigmaHQ's rules with what runs, and brings it in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from warroom.commands.output import print_json, printable
from warroom.commands.rules_places import AsJson
from warroom.commands.rules_told import counted
from warroom.errors import UsageError
from warroom.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warroom.bench.upstream import Plan

app = typer.Typer(add_completion=False, no_args_is_help=True, help="SigmaHQ's rules: diff, import.")

_Place = Annotated[Path, typer.Argument(metavar="ARCHIVE|FOLDER", help="A release: .tar.gz, .zip or a folder.")]
_Commit = Annotated[str, typer.Option("--commit", help="Of the release, where the archive does not tell it.")]
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
#: Rules of each sort that a person is told by name.
_SHOWN: Final = 20


@app.command()
def diff(place: _Place, *, commit: _Commit = "", as_json: AsJson = False) -> None:
    """Show what a release would change; exit 1 where it changes something."""
    found = _plan(place, commit)
    _tell(found, as_json=as_json)
    raise typer.Exit(1 if found.differs else 0)


@app.command(name="import")
def bring(place: _Place, *, commit: _Commit = "", as_json: AsJson = False) -> None:
    """Put a release in the place of what is there; local filters stay, and those that now name nothing are told."""
    from warroom.bench.upstream import bring_in

    found = _plan(place, commit)
    if not found.commit:
        raise UsageError(f"{place}: does not tell its commit: give it with --commit, 40 hexadecimal digits")
    bring_in(found, Settings().detectors)
    _tell(found, as_json=as_json)


def _plan(place: Path, commit: str) -> Plan:
    from warroom.bench.release import read_release
    from warroom.bench.upstream import plan

    if commit and not _COMMIT.fullmatch(commit):
        raise UsageError(f"--commit {commit!r}: expected 40 hexadecimal digits")
    release = read_release(place)
    return plan(release, Settings().detectors, commit or release.commit)


def _tell(found: Plan, *, as_json: bool) -> None:
    if as_json:
        print_json(_told(found))
        return
    for line in _lines(found):
        typer.echo(printable(line))
    typer.echo("licence of these rules:")
    for line in found.licence.splitlines():
        typer.echo(f"    {printable(line)}")


def _lines(found: Plan) -> Iterator[str]:
    yield (
        f"{counted(len(found.added), 'rule')} added, {len(found.changed)} changed, {len(found.removed)} removed, "
        f"{found.unchanged} as they were, {len(found.left_out)} left out"
    )
    for sort in ("added", "changed", "removed"):
        names: list[str] = getattr(found, sort)
        yield from (f"{sort}: {name}" for name in names[:_SHOWN])
        if len(names) > _SHOWN:
            yield f"{sort}: and {len(names) - _SHOWN} more; --json lists all"
    yield from (f"left out: {name}: {why}" for name, why in found.left_out.items())
    yield from (f"filter {place} names {name}, which is gone: remove that entry" for place, name in found.orphaned)
    yield from (f"filter {place} names {name}, which is changed: look at it again" for place, name in found.affected)


def _told(found: Plan) -> dict[str, Any]:
    return {
        "commit": found.commit or None,
        "licence": found.licence,
        "added": found.added,
        "changed": found.changed,
        "removed": found.removed,
        "unchanged": found.unchanged,
        "left_out": found.left_out,
        "filters_of_removed": [{"filter": place, "rule": name} for place, name in found.orphaned],
        "filters_of_changed": [{"filter": place, "rule": name} for place, name in found.affected],
    }
