"""Rules as bare YAML, for peers that read them in their own way."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml


def documents_of(places: tuple[Path, ...]) -> Iterator[dict[str, Any]]:
    """Give each rule over single events of folders and ``.tar.gz`` archives."""
    for place in places:
        for text in _texts(place):
            for read in yaml.load_all(text, Loader=yaml.CSafeLoader):
                if isinstance(read, dict) and "detection" in read:
                    yield read


def fields_of(detection: dict[str, Any]) -> set[str]:
    """Name the fields that a detection asks for."""
    found: set[str] = set()
    waiting: list[Any] = [body for name, body in detection.items() if name != "condition"]
    while waiting:
        body = waiting.pop()
        if isinstance(body, list):
            waiting += body
        elif isinstance(body, dict):
            found.update(key.split("|")[0] for key in body)
    return found - {""}


def _texts(place: Path) -> Iterator[str]:
    if place.is_dir():
        yield from (path.read_text(encoding="utf-8") for path in sorted(place.rglob("*.yml")))
        return
    with tarfile.open(place) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.name.endswith(".yml") else None
            if file:
                yield file.read().decode()
