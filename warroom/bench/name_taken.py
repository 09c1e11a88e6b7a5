"""Whether the name that a draft has belongs to another detector, whose file the draft's patch would replace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warroom.catalog import read_yaml
from warroom.detect.content import UPSTREAM, Detector
from warroom.errors import ContentError, UsageError

if TYPE_CHECKING:
    from pathlib import Path


def taken(name: str, rule_id: str, detectors: Path) -> str:
    """Say which detector of another id has a name already; empty where none has.

    A draft with the name and the id of a detector is its new text, and that is no fault.

    Args:
        name: of the draft's file, without the ending.
        rule_id: of what raises its alerts, or of the filter; empty where it has none yet.
        detectors: the folder of the detectors; rules of others, whose names are others' affair, are left out.
    """
    folders = sorted(detectors.iterdir()) if detectors.is_dir() else []
    for folder in folders:
        file = folder / f"{name}.yml"
        if folder.name != UPSTREAM and file.is_file() and _id_of(file) != rule_id:
            return f"a detector named `{name}` is there already, {folder.name}/{file.name}: choose another name"
    return ""


def refuse_taken(name: str, rule_id: str, detectors: Path) -> None:
    """Refuse a name that a detector of another id has. Raises UsageError."""
    if reason := taken(name, rule_id, detectors):
        raise UsageError(reason)


def _id_of(file: Path) -> str | None:
    """Give the id of a detector; None where it cannot be read, and then it is nobody's new text either."""
    try:
        documents = read_yaml(file)
    except ContentError:
        return None
    return str(Detector(file, tuple(documents)).alerting.data.get("id")) if documents else None
