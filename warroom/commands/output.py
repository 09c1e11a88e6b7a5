"""How commands answer: JSON for machines, tables for people, logs on standard error."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from typing import Final

import orjson

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


def log_to_stderr() -> None:
    """Log to standard error: coloured lines on a terminal, JSON otherwise."""
    import structlog

    terminal = sys.stderr.isatty()
    # a pass that takes longer than its interval is not missed, the next one reads what came meanwhile
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # as it is then: whoever captures it sees it
    )
