"""Kinds of logs: what a record of each holds where a step does not say, and what ordinary people leave in it."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import BaseModel, Field, ValidationError

from warroom.catalog import read_yaml
from warroom.drill.steps.script import Id, Part, Pool, Stream, Values
from warroom.errors import ContentError, Fault
from warroom.settings import REFERENCE

if TYPE_CHECKING:
    from warroom.catalog import Document

#: One file a kind of log, named after it; `people.yml` holds the pools of everybody.
ORDINARY: Final = REFERENCE / "drills" / "ordinary"
_PEOPLE: Final = "people"

_Model = TypeVar("_Model", bound=BaseModel)


class Kind(Part):
    """One kind of log: a record's fields as they ordinarily are, in their order, and its ordinary streams."""

    record: Values
    streams: tuple[Stream, ...] = Field(default=(), max_length=40)


class People(Part):
    """The ordinary people, machines and services of any platform; each platform has its own."""

    pools: dict[Id, Pool] = Field(default_factory=dict, max_length=40)


class Kinds(Part):
    """All kinds of logs by their id, and everybody who appears in them."""

    people: dict[str, Pool] = Field(default_factory=dict)
    kinds: dict[str, Kind] = Field(default_factory=dict)

    def record(self, source: str | None) -> dict[str, Any]:
        """Give the ordinary fields of a kind of log; nothing for one that is not described."""
        kind = self.kinds.get(source or "")
        return {} if kind is None else kind.record


def one_document(path: Path) -> Document:
    """Read a file of a single YAML document. Raises ContentError."""
    documents = read_yaml(path)
    if len(documents) != 1:
        raise ContentError(Fault(str(path), 0, f"one document a file: found {len(documents)}"))
    return documents[0]


def validated(model: type[_Model], document: Document) -> _Model:
    """Read a document as a model. Raises ContentError with file, line and reason."""
    try:
        return model.model_validate(document.data)
    except ValidationError as problem:
        first = problem.errors()[0]
        # An attack's place in the error holds the name of its sort, which is none in the file.
        where = [part for part in first["loc"] if part not in ("<steps>", "<program>")]
        place = ".".join(map(str, where)) or "scenario"
        raise ContentError(
            Fault(str(document.file), document.line_of(*where), f"`{place}`: {first['msg']}")
        ) from problem


@functools.cache
def load_kinds(folder: Path = ORDINARY) -> Kinds:
    """Read every kind of a folder. Raises ContentError."""
    people = People()
    kinds: dict[str, Kind] = {}
    for path in sorted(folder.glob("*.yml")):
        if path.stem == _PEOPLE:
            people = validated(People, one_document(path))
        else:
            kinds[path.stem] = validated(Kind, one_document(path))
    return Kinds(people=people.pools, kinds=kinds)
