"""How commands answer: JSON for machines, tables for people, logs on standard error."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import orjson

if TYPE_CHECKING:
    from warroom.settings import Settings

_PIPE_WIDTH: Final = 1000


def print_json(answer: object) -> None:
    """One JSON document on standard output."""
    sys.stdout.buffer.write(orjson.dumps(answer, option=orjson.OPT_INDENT_2) + b"\n")
    sys.stdout.flush()


def print_table(headings: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str) -> None:
    """A table for people; ``empty`` says what to do next where there is no row.

    Cell text may come from logs: control characters, with which a line could rewrite the terminal, are shown as such.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if not rows:
        sys.stdout.write(f"{empty}\n")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(str(cell))) for cell in row))
    # a pipe or a file has no width of its own: no cell is folded there
    Console(highlight=False, width=None if sys.stdout.isatty() else _PIPE_WIDTH).print(table)


def printable(text: str) -> str:
    """Text without control characters that a terminal would obey."""
    return "".join(char if char.isprintable() or char == " " else f"\\x{ord(char):02x}" for char in text)


def log_to_stderr(key: bytes | None = None, *, whole_process: bool = False) -> None:
    """Log to standard error, without identifiers of people: coloured lines on a terminal, JSON otherwise.

    Args:
        key: for the hashes that stand for identifiers; without one, they are masked.
        whole_process: what other packages log, and errors that nobody caught, are treated likewise.
    """
    import structlog

    from warroom.privacy.own_logs import OwnLogs

    own = OwnLogs(key)
    if whole_process:
        own.install()
    terminal = sys.stderr.isatty()
    # a pass that takes longer than its interval is not missed, the next one reads what came meanwhile
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[
            own,  # first: what follows writes colours and quotation marks around values
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # as it is then: whoever captures it sees it
    )


def own_log_key(settings: Settings) -> bytes | None:
    """Give the key for the own logs; None where there is none to be had: logs must go on, masked."""
    from warroom.access.keys import load_key
    from warroom.errors import UsageError

    try:
        return load_key(settings.data_dir).derived("own logs")
    except (UsageError, OSError) as problem:
        sys.stderr.write(f"own logs are masked without hashes: {problem}\n")
        return None
