"""`./run ingest --once`: one pass of the collectors into the store."""

from __future__ import annotations

import threading
from typing import Annotated

import typer

from warroom.commands.output import log_to_stderr, own_log_key, print_json, print_table
from warroom.errors import UsageError

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def ingest(
    feeds: Annotated[list[str] | None, typer.Argument(metavar="[FEED]…", help="Only these feeds.")] = None,
    once: Annotated[bool, typer.Option("--once", help="One pass, then end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Read what the sources have now, once; `./run worker` does so for ever."""
    from warroom.settings import Settings
    from warroom.worker import Worker

    if not once:
        raise UsageError("say --once for one pass; `./run worker` reads for ever")
    settings = Settings()
    log_to_stderr(own_log_key(settings))
    work = Worker(settings, threading.Event())
    work.start()
    try:
        received = work.read_once(feeds or ())
    finally:
        work.stop()
    if as_json:
        print_json({"received": received})
    else:
        print_table(
            ["feed", "lines"],
            list(received.items()),
            empty="No feed that can be read once is switched on: set `enabled: true` in its file in feeds/. What"
            " senders bring (push, syslog) is taken by `./run worker`.",
        )
