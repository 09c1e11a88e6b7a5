"""The kinds of log that platforms have: what each is called, what it holds at least, and what its feeds have in common.

The vocabulary stands in data/reference/platforms.yaml; what a feed of a kind does not say itself, in
data/reference/log_sources.yaml.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from warroom.catalog.documents import read_yaml
from warroom.errors import ContentError, Fault
from warroom.settings import REFERENCE

#: What a feed may leave to its kind of log.
GIVEN: Final = ("parse", "logsource", "silent_after")


@dataclass(frozen=True, slots=True)
class LogSource:
    """A kind of log. ``min_fields`` are the names of what it holds at least; ``given`` what its feeds need not say."""

    id: str
    th: str
    en: str
    min_fields: tuple[str, ...]
    given: Mapping[str, Any]


@functools.cache
def load_log_sources(
    vocabulary: Path = REFERENCE / "platforms.yaml", common: Path = REFERENCE / "log_sources.yaml"
) -> dict[str, LogSource]:
    """Read the kinds of log by id, in the order of the vocabulary. Raises ContentError."""
    (names,), (given,) = read_yaml(vocabulary), read_yaml(common)
    entries = names.data.get("log_source_vocabulary")
    if not isinstance(entries, dict):
        raise ContentError(Fault(str(vocabulary), names.line, "expected `log_source_vocabulary` with kinds of log"))
    for key, told in given.data.items():
        if key not in entries:
            raise ContentError(Fault(str(common), given.line_of(key), f"`{key}` is not in the vocabulary"))
        if not isinstance(told, dict) or set(told) - set(GIVEN):
            raise ContentError(Fault(str(common), given.line_of(key), f"a kind of log has only {', '.join(GIVEN)}"))
    found = {}
    for key, told in entries.items():
        try:
            fields = tuple(name.strip() for name in str(told["min_fields"]).split(","))
            found[key] = LogSource(key, str(told["th"]), str(told["en"]), fields, given.data.get(key, {}))
        except (KeyError, TypeError) as problem:
            line = names.line_of("log_source_vocabulary", key)
            raise ContentError(Fault(str(vocabulary), line, f"a kind of log lacks {problem}")) from problem
    return found
