"""`./run worker`: collectors, detection, incidents, until it is told to stop."""

from __future__ import annotations

import typer

from warroom.commands.output import log_to_stderr, own_log_key
from warroom.commands.stopping import asked_to_stop

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def worker() -> None:
    """Read every feed on its schedule, detect and open incidents; ends with SIGTERM or Ctrl-C."""
    from warroom.settings import Settings
    from warroom.worker import Worker

    settings = Settings()
    log_to_stderr(own_log_key(settings), whole_process=True)
    # From the first line on: who is asked to stop while it still loads ends as cleanly.
    with asked_to_stop() as ended:
        work = Worker(settings, ended)
        work.start()
        try:
            work.run()
        finally:
            work.stop()
