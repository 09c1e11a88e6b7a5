"""Keeps Python objects between starts, each under the name of what it was made from.

The form is Python's pickle, which runs what it is told to: ``shelf`` gives only what we signed. An object is found
again only by the very same versions of everything that makes it.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import pickle
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warroom.settings import REFERENCE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warroom.detect.shelf import Shelf


class Kept:
    """A place for what is made from some things; ``made_from`` names them, such as files with their digests."""

    def __init__(self, shelf: Shelf, made_from: Iterable[str]) -> None:
        self._shelf = shelf
        digest = hashlib.sha256(versions().encode())
        for name in made_from:
            digest.update(b"\0" + name.encode(errors="surrogateescape"))
        self._name = digest.hexdigest()[:32]

    def of_part(self, name: str) -> Kept:
        """Give the place for what is made from a part of the same things; ``name`` says which part."""
        return Kept(self._shelf, (self._name, name))

    def read(self, kind: str) -> Any | None:  # noqa: ANN401  whatever was written
        """Give what was kept; None where there is nothing, or anything is doubtful about it."""
        body = self._shelf.read(self._file(kind))
        return None if body is None else pickle.loads(body)  # noqa: S301  written by this version, and signed

    def write(self, kind: str, made: object) -> None:
        """Keep something for the next start."""
        self._shelf.write(self._file(kind), pickle.dumps(made, protocol=pickle.HIGHEST_PROTOCOL))

    def _file(self, kind: str) -> str:
        return f"{kind}-{self._name}.pickle"


@functools.cache
def versions() -> str:
    """Name this engine: Python, the library of expressions, the sources of engine and YAML reader, and the taxonomy."""
    digest = hashlib.sha256(f"{sys.version}|{importlib.metadata.version('hyperscan')}".encode())
    here = Path(__file__).parent
    others = (here.parent / "catalog" / "documents.py", REFERENCE / "sigma_fields.yaml")
    for path in (*sorted(here.glob("*.py")), *others):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
