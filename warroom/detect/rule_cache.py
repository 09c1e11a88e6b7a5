"""Keeps read rules between starts, by the content of each file.

The form is Python's pickle, which runs what it is told to: see ``shelf`` for whom it trusts. It is read only when
it was written by the very same versions.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import pickle
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from warroom.detect.shelf import Shelf


def versions() -> str:
    """Name this engine: Python, the library of expressions, the engine's own source and that of the YAML reader."""
    digest = hashlib.sha256(f"{sys.version}|{importlib.metadata.version('hyperscan')}".encode())
    here = Path(__file__).parent
    for path in (*sorted(here.glob("*.py")), here.parent / "catalog" / "documents.py"):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


class RuleCache:
    """One file of read rules for one list of places; anything doubtful about it means an empty cache."""

    def __init__(self, shelf: Shelf, places: list[str]) -> None:
        self._shelf = shelf
        name = hashlib.sha256("\0".join([versions(), *places]).encode()).hexdigest()[:32]
        self._name = f"rules-{name}.pickle"

    def read(self) -> dict[str, Any]:
        """Give what was kept: key → what one file held."""
        body = self._shelf.read(self._name)
        kept = {} if body is None else pickle.loads(body)  # noqa: S301  written by this version, on a shelf of ours
        return kept if isinstance(kept, dict) else {}

    def write(self, entries: dict[str, Any]) -> None:
        """Keep entries for the next start."""
        self._shelf.write(self._name, pickle.dumps(entries, protocol=pickle.HIGHEST_PROTOCOL))
