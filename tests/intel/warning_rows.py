"""Warning lists for tests: made up, and those that are shipped."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import pyarrow as pa

from warroom.indicators import WARNINGS
from warroom.intel.formats.reading import Told
from warroom.intel.formats.warninglist import read_warninglist
from warroom.intel.warning_lists import WarningLists
from warroom.settings import REFERENCE


def entries(
    matching: str,
    values: Sequence[str],
    name: str = "A list",
    applies_to: str | None = None,
    category: str | None = None,
) -> pa.Table:
    """Rows of WARNINGS of one list."""
    row = {"list": name, "matching": matching, "category": category, "applies_to": applies_to}
    return pa.Table.from_pylist([row | {"value": value} for value in values], schema=WARNINGS)


@cache
def shipped() -> pa.Table:
    """Rows of all lists that are shipped."""
    paths = sorted(REFERENCE.glob("warninglists*/*/list.json"))
    tables = [read_warninglist(path.read_bytes(), Told(path.parent.name)).tables["warnings"] for path in paths]
    return pa.concat_tables(tables).unify_dictionaries()


@cache
def shipped_lists() -> WarningLists:
    """The lists that are shipped, made once."""
    return WarningLists(shipped())
