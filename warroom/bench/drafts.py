"""Drafts of rules: files in a folder of the data folder, which run only as far as somebody put them into a stage.

Whoever may write the folder writes a draft; the stage holds for the very bytes that were looked at when it was given.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from warroom.catalog import parse_yaml
from warroom.catalog.stages import Stage
from warroom.detect.content import Detector
from warroom.errors import ContentError, Fault
from warroom.store import draft_files

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping
    from pathlib import Path

    from warroom.store.rules.stages import Staged

#: The folder, below the data folder.
FOLDER: Final = draft_files.RULES
#: More drafts than this, or longer ones, are not looked at.
MOST: Final = 500
MOST_BYTES: Final = 256 << 10
_RUN: Final = frozenset({Stage.SHADOW, Stage.PRODUCTION})
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft: the id and title of what raises its alerts (or of the filter), its file, and the digest of that."""

    rule_id: str
    title: str
    path: Path
    sha256: str
    is_filter: bool


def drafts_folder(data_dir: Path) -> Path:
    """Give where drafts lie."""
    return data_dir / FOLDER


def read_drafts(folder: Path) -> tuple[dict[str, Draft], list[Fault]]:
    """Read the drafts of a folder, by rule id; a fault for each that cannot be one. No folder: no drafts."""
    found: dict[str, Draft] = {}
    faults: list[Fault] = []
    paths = sorted(folder.glob("*.yml"))
    if len(paths) > MOST:
        faults.append(Fault(str(folder), 0, f"more than {MOST} drafts: the others are not looked at, remove some"))
    for path in paths[:MOST]:
        try:
            draft = read_draft(path)
        except ContentError as problem:
            faults.append(problem.fault)
            continue
        other = found.setdefault(draft.rule_id, draft)
        if other is not draft:
            faults.append(Fault(str(path), 0, f"the id {draft.rule_id} already belongs to {other.path.name}"))
    return found, faults


def read_draft(path: Path) -> Draft:
    """Read one draft. Raises ContentError where it cannot be one."""
    try:
        if path.is_symlink() or path.stat().st_size > MOST_BYTES:
            raise ContentError(Fault(str(path), 0, f"a draft is a file of at most {MOST_BYTES >> 10} KiB"))
        content = path.read_bytes()
    except OSError as problem:
        raise ContentError(Fault(str(path), 0, f"cannot be read: {problem.strerror}")) from problem
    documents = parse_yaml(content, path)
    if not documents:
        raise ContentError(Fault(str(path), 0, "empty: write a rule or remove the file"))
    detector = Detector(path, tuple(documents))
    data = detector.alerting.data
    rule_id, title = data.get("id"), data.get("title")
    if not isinstance(rule_id, str) or not rule_id or len(rule_id) > _LONGEST:
        raise ContentError(Fault(str(path), detector.alerting.line, "`id` is missing: give it a UUID of version 4"))
    return Draft(
        rule_id,
        title[:_LONGEST] if isinstance(title, str) else "",
        path,
        hashlib.sha256(content).hexdigest(),
        detector.is_filter,
    )


def approved(drafts: Iterable[Draft], staged: Mapping[str, Staged]) -> dict[Path, str]:
    """Give the drafts that are to run, each with the digest that its stage was given for."""
    to_run = _to_run(staged)
    return {draft.path: to_run[draft.rule_id] for draft in drafts if draft.rule_id in to_run}


def gone(known: Container[str], staged: Mapping[str, Staged], folder: Path) -> list[Fault]:
    """Give a fault for each draft that is to run and is neither there nor among the rules that are known."""
    return [
        Fault(str(folder), 0, f"the draft of rule {rule_id} is not there any more: bring it back, or retire the rule")
        for rule_id in _to_run(staged)
        if rule_id not in known
    ]


def _to_run(staged: Mapping[str, Staged]) -> dict[str, str]:
    return {
        rule_id: one.draft_sha256
        for rule_id, one in staged.items()
        if one.draft_sha256 is not None and one.stage in _RUN
    }
