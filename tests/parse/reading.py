"""Lines in, plain dicts out: how the parsers' tests look at what came back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from warroom.model import FIELDS, ecs_name
from warroom.parse import ParseContext, Parsed, parse

SAMPLES = Path(__file__).resolve().parent.parent / "samples" / "parse"
NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)


def read(log_format: str, *lines: bytes, timezone: str = "UTC", mapping: dict[str, str] | None = None) -> Parsed:
    return parse(pa.array(lines, pa.binary()), ParseContext(log_format, timezone, NOW, mapping or {}))


def event(log_format: str, line: bytes, timezone: str = "UTC", mapping: dict[str, str] | None = None) -> dict[str, Any]:
    """The one event of a line, by column, without nulls."""
    parsed = read(log_format, line, timezone=timezone, mapping=mapping)
    assert parsed.rejects == []
    (found,) = parsed.events.to_pylist()
    found[FIELDS] = {name: value for name, value in found[FIELDS].items() if value is not None}
    return {name: value for name, value in found.items() if value is not None}


def by_ecs_name(found: dict[str, Any]) -> dict[str, Any]:
    return {ecs_name(name): value for name, value in found.items()}
