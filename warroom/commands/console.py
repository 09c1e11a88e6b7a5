"""`./run console`: the console alone, or one more sign-in link for it."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from warroom.commands.output import log_to_stderr

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def console(
    link: Annotated[bool, typer.Option("--link", help="Only print a one-time sign-in link, for one person.")] = False,
) -> None:
    """Serve the console on WARROOM_ADDRESS until Ctrl-C.

    On a terminal it begins with a sign-in link; elsewhere it prints none, because there it would end in a log.
    """
    from warroom.commands.opening import signin_url
    from warroom.settings import Settings

    settings = Settings()
    if link:
        typer.echo(signin_url(settings))
        return
    from warroom.console.server import serve

    log_to_stderr()
    if sys.stdout.isatty():
        typer.echo(f"The war room is at http://{settings.address}\n\nOne-time sign-in:\n\n  {signin_url(settings)}\n")
    serve(settings)
