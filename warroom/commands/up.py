"""`./run up`: worker and console on the configured feeds."""

from __future__ import annotations

import sys

import typer

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def up() -> None:
    """Start worker and console, print how to sign in, look after both until Ctrl-C."""
    from warroom.commands.opening import free_place, opened, signin_url, way_in
    from warroom.commands.supervise import Processes
    from warroom.settings import Settings

    settings = Settings()
    place = free_place(settings.address)
    logs = settings.data_dir / "processes"
    link = signin_url(settings)
    with Processes(logs, {}) as processes:
        processes.start("worker", "worker")
        processes.start("console", "console")
        if opened(processes, place):
            sys.stdout.write(
                f"The war room is open.\n\n  http://{settings.address}\n\n{way_in(link)}\n"
                f"Ctrl-C ends it. The processes' logs: {logs}\n"
            )
            sys.stdout.flush()
            processes.watch()
        sys.stderr.write("ending …\n")
