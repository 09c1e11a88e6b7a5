"""What tests ask of a reading."""

from __future__ import annotations

from collections import Counter
from typing import Any

from warroom.indicators import INDICATORS
from warroom.intel.formats.reading import Reading


def rows(reading: Reading) -> list[dict[str, Any]]:
    """Give its indicators, each without what it does not say."""
    table = reading.tables["indicators"]
    assert table.schema == INDICATORS
    table.validate(full=True)
    return [{name: value for name, value in row.items() if value is not None} for row in table.to_pylist()]


def pairs(reading: Reading) -> list[tuple[str, str]]:
    """Give kind and value of each indicator, in the document's order."""
    return [(row["kind"], row["value"]) for row in rows(reading)]


def by_kind(reading: Reading) -> dict[str, int]:
    """Count them."""
    return dict(Counter(kind for kind, _ in pairs(reading)))
