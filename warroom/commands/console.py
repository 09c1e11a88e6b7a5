"""`./run console`: the console alone, or one more sign-in link for it."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from warroom.commands.output import log_to_stderr, own_log_key
from warroom.errors import ConflictError

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def console(
    link: Annotated[
        bool,
        typer.Option("--link", help="Only print a one-time sign-in link; for drills and before there are accounts."),
    ] = False,
) -> None:
    """Serve the console on WARROOM_ADDRESS until Ctrl-C.

    On a terminal it begins with how to sign in; elsewhere it prints no link, because there it would end in a log.
    """
    from warroom.commands.opening import signin_url, way_in
    from warroom.settings import Settings

    settings = Settings()
    if link:
        address = signin_url(settings)
        if address is None:
            raise ConflictError(
                "people sign in with their accounts here: `./run user link NAME` gives one person a link"
            )
        typer.echo(address)
        return
    from warroom.console.server import serve

    log_to_stderr(own_log_key(settings), whole_process=True)
    if sys.stdout.isatty():
        typer.echo(f"The war room is at http://{settings.address}\n\n{way_in(signin_url(settings))}")
    serve(settings)
