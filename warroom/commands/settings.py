"""`./run settings`: every setting, its value and where it comes from."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from warroom.commands.output import print_json, print_table

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def settings(as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False) -> None:
    """List every setting; each is an environment variable."""
    from warroom.settings import Settings

    now = Settings()
    rows = []
    for name, told in Settings.model_fields.items():
        variable = f"WARROOM_{name.upper()}"
        value = getattr(now, name)
        shown = "" if value is None else str(value)
        rows.append((variable, shown, "environment" if variable in os.environ else "default", told.description or ""))
    if as_json:
        names = ("variable", "value", "from", "meaning")
        print_json([dict(zip(names, row, strict=True)) for row in rows])
    else:
        print_table(["variable", "value", "from", "meaning"], rows, empty="")
