"""Optional fields of platforms' own logs, out of the reference data."""

from __future__ import annotations

import functools
from pathlib import Path

from warroom.catalog.documents import read_yaml
from warroom.catalog.log_sources import load_log_sources
from warroom.errors import ContentError, Fault
from warroom.settings import REFERENCE


@functools.cache
def load_log_fields(path: Path = REFERENCE / "log_fields.yaml") -> dict[str, tuple[str, ...]]:
    """Read by kind of log the fields that it may have besides its minimum fields. Raises ContentError."""
    (document,) = read_yaml(path)
    known = load_log_sources()
    found: dict[str, tuple[str, ...]] = {}
    for kind, names in document.data.items():
        if kind not in known or not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            reason = f"`{kind}`: expected a kind of log of platforms.yaml, and a list of names of fields"
            raise ContentError(Fault(str(path), document.line_of(kind), reason))
        found[kind] = tuple(names)
    return found
