"""The log, for code that runs with a worker's set-up or without any."""

from __future__ import annotations

import sys
from typing import Any


def log() -> Any:  # noqa: ANN401  structlog calls its own loggers so
    """Give the log as it was set up, or one on standard error: standard output is for data.

    Imported late: it takes a sixth of a second, and most commands never log anything.
    """
    import structlog  # noqa: PLC0415

    if structlog.is_configured():
        return structlog.get_logger()
    return structlog.wrap_logger(structlog.PrintLogger(sys.stderr))
