"""Command lines of the commands that read logs: the standard library reads them, in a hundredth of a second of CPU.

The other commands use typer, whose import, with pydantic's, costs more than the reading of a small log.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, NoReturn

from warroom.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence


class Options(argparse.ArgumentParser):
    """What a command takes; everything is named in full, and options may stand anywhere."""

    def __init__(self, does: str) -> None:
        super().__init__(description=does, allow_abbrev=False)

    def read(self, arguments: Sequence[str], command: str) -> dict[str, Any]:
        """Give the values by name. Raises UsageError for what is not taken, SystemExit after ``--help``."""
        self.prog = command
        return vars(self.parse_intermixed_args(arguments))

    def error(self, message: str) -> NoReturn:
        """Say what is wrong as every command does."""
        raise UsageError(f"{message}; `{self.prog} --help` lists what there is")
