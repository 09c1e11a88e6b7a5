"""Playbooks out of YAML files and out of what runs keep; every fault with its file and line."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Final

import yaml

from warroom.catalog.documents import Document, parse_yaml, read_yaml
from warroom.catalog.forms import load_forms
from warroom.catalog.legal import load_clocks
from warroom.catalog.places import Place
from warroom.catalog.platforms import load_platforms
from warroom.catalog.playbook_parts import Playbook
from warroom.catalog.playbook_reading import Names, read_playbook
from warroom.catalog.playbook_words import load_playbook_words
from warroom.errors import ContentError, Fault

#: What a run keeps has no file of its own.
_KEPT: Final = Path("a run's definition")
_MOST_FILES: Final = 500


def known_names() -> Names:
    """Give what playbooks may name, out of the reference data. Raises ContentError."""
    audiences = load_playbook_words().audiences
    return Names(load_forms(), load_clocks(), load_platforms(), audiences)


def load_playbooks(folder: Path) -> tuple[dict[str, Playbook], list[Fault]]:
    """Read every playbook of a folder; a faulty file never keeps the others from loading.

    Gives the sound ones by id, in the order of the ids, and every fault found.
    """
    playbooks: dict[str, Playbook] = {}
    faults: list[Fault] = []
    if not folder.is_dir():
        return {}, [Fault(str(folder), 0, "there is no such folder: set WARROOM_PLAYBOOKS, or create it")]
    files = sorted(path for path in folder.iterdir() if path.suffix in (".yml", ".yaml") and path.name[0] != ".")
    if len(files) > _MOST_FILES:
        faults.append(
            Fault(
                str(folder), 0, f"more than {_MOST_FILES} playbooks: those after {files[_MOST_FILES].name} are not read"
            )
        )
    for path in files[:_MOST_FILES]:
        playbook, found = load_playbook(path)
        faults += found
        if playbook is not None:
            playbooks[playbook.id] = playbook
    return playbooks, faults


def load_playbook(path: Path) -> tuple[Playbook | None, list[Fault]]:
    """Read one playbook's file: the playbook, or None and every fault in it."""
    try:
        documents, names = read_yaml(path), known_names()
    except ContentError as problem:
        return None, [problem.fault]
    if len(documents) != 1:
        return None, [Fault(str(path), 0, f"one playbook a file: found {len(documents)} documents")]
    playbook, faults = _read(documents[0], names)
    if playbook is not None and path.name != f"{playbook.id}.yml":
        return None, [Fault(str(path), documents[0].line_of("id"), f"its file is named {playbook.id}.yml")]
    return playbook, faults


def checked_playbook(told: dict[str, object], source: Path, *, names: Names | None = None) -> Playbook:
    """Read a playbook from what an import made of another format.

    Raises:
        ContentError: the first fault; lines are those of the top.
    """
    playbook, faults = _read(Document(dict(told), source, 0), names or known_names())
    if playbook is None:
        raise ContentError(faults[0])
    return playbook


@lru_cache(maxsize=64)
def kept_playbook(body: str, sha256: str) -> Playbook:
    """Read the definition that a run keeps; forms and clocks may have gone since.

    Raises:
        ContentError: it is not what the hash was made of, or no playbook.
    """
    if hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest() != sha256:
        raise ContentError(Fault(str(_KEPT), 0, "is not what it was when the run began: `./run verify` says more"))
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as problem:
        raise ContentError(Fault(str(_KEPT), 0, f"cannot be read: {problem}")) from problem
    if not isinstance(told, dict):
        raise ContentError(Fault(str(_KEPT), 0, "is no playbook"))
    return checked_playbook(told, _KEPT, names=Names())


def written(playbook: Playbook) -> str:
    """Write a playbook as a YAML file."""
    return str(yaml.safe_dump(playbook.told(), allow_unicode=True, sort_keys=False, width=120))


def parse_playbook(data: bytes, path: Path) -> tuple[Playbook | None, list[Fault]]:
    """Read a playbook out of bytes; ``path`` names them in faults."""
    try:
        documents, names = parse_yaml(data, path), known_names()
    except ContentError as problem:
        return None, [problem.fault]
    if len(documents) != 1:
        return None, [Fault(str(path), 0, f"one playbook a file: found {len(documents)} documents")]
    return _read(documents[0], names)


def _read(document: Document, names: Names) -> tuple[Playbook | None, list[Fault]]:
    place = Place(document, document.data)
    playbook = read_playbook(place, load_playbook_words().phases, names)
    return (None if place.faults else playbook), place.faults
