"""`./run playbooks`: check and list the playbooks, write one as CACAO 2.0, take one in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import orjson
import typer

from warroom.catalog.cacao import MAX_BYTES, from_cacao, to_cacao
from warroom.catalog.playbooks import load_playbook, load_playbooks, written
from warroom.commands.output import print_json, print_table
from warroom.errors import ConflictError, Fault, NotFoundError, UsageError
from warroom.settings import Settings

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True, help="Playbooks.")

_Paths = Annotated[list[Path] | None, typer.Argument(help="Playbook files or folders; default: all of playbooks/.")]
_AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@app.command()
def check(paths: _Paths = None, *, as_json: _AsJson = False) -> None:
    """Report every fault of the playbooks with file, line and what to do; exit 1 where there is one."""
    sound, faults = 0, list[Fault]()
    for place in paths or [Settings().playbooks]:
        if place.is_dir():
            found, wrong = load_playbooks(place)
            sound += len(found)
        else:
            one, wrong = load_playbook(place)
            sound += one is not None
        faults += wrong
    if as_json:
        told = [{"file": fault.file, "line": fault.line, "reason": fault.reason} for fault in faults]
        print_json({"playbooks": sound, "faults": told})
    else:
        for fault in faults:
            typer.echo(str(fault))
        typer.echo(f"{len(faults)} faults." if faults else f"{sound} playbooks: no fault.")
    raise typer.Exit(1 if faults else 0)


@app.command("list")
def list_(*, as_json: _AsJson = False) -> None:
    """List the playbooks with their tasks, and whether the worker starts them."""
    playbooks, _ = load_playbooks(Settings().playbooks)
    rows = [
        {
            "id": one.id,
            "version": one.version,
            "title_th": one.title.th,
            "title_en": one.title.en,
            "tasks": len(list(one.tasks)),
            "questions": len(list(one.questions)),
            "starts_by_itself": any(rule.automatic for rule in one.starts),
            "revised": one.revised,
            "sha256": one.sha256,
        }
        for one in playbooks.values()
    ]
    if as_json:
        print_json(rows)
        return
    names = ("id", "version", "title_en", "tasks", "questions", "starts_by_itself", "revised")
    heads = ["id", "version", "title", "tasks", "questions", "starts by itself", "revised"]
    told = [[one[name] for name in names[:5]] + ["yes" if one[names[5]] else "no", one[names[6]]] for one in rows]
    print_table(heads, told, empty="There is no playbook: docs/playbooks.md says how to write one.")


@app.command()
def export(
    playbook: Annotated[str, typer.Argument(metavar="ID", help="Which playbook.")],
    to: Annotated[Path | None, typer.Option("--to", help="File to write; default: standard output.")] = None,
) -> None:
    """Write a playbook as a CACAO 2.0 document."""
    playbooks, _ = load_playbooks(Settings().playbooks)
    if playbook not in playbooks:
        raise NotFoundError(f"there is no sound playbook {playbook}: `./run playbooks list` shows them")
    told = to_cacao(playbooks[playbook])
    if to is None:
        print_json(told)
    else:
        _write_new(to, orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A CACAO 2.0 document.")],
    to: Annotated[Path | None, typer.Option("--to", help="Folder to write to; default: playbooks/.")] = None,
) -> None:
    """Take a CACAO 2.0 document in as a playbook; what it says for machines is kept as text, and nothing is run."""
    with file.open("rb") as opened:
        playbook = from_cacao(opened.read(MAX_BYTES + 1), file)
    folder = to or Settings().playbooks
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder")
    place = folder / f"{playbook.id}.yml"
    _write_new(place, written(playbook).encode())
    tasks = len(list(playbook.tasks))
    typer.echo(f"{place}: {tasks} tasks. Read it, put it into Thai, and say what starts it.")


def _write_new(place: Path, data: bytes) -> None:
    try:
        with place.open("xb") as file:
            file.write(data)
    except FileExistsError:
        raise ConflictError(f"{place} is there already: move it away first") from None
