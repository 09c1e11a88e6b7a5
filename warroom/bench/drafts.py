"""Drafts of rules: files in a folder of the data folder, which run only as far as somebody put them into a stage.

Whoever may write the folder writes a draft; the stage holds for the very bytes that were looked at when it was given.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from warroom.catalog import parse_yaml
from warroom.catalog.stages import Stage
from warroom.detect.content import Detector, spelt_otherwise
from warroom.errors import ConflictError, ContentError, Fault
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
    """A draft: the id and title of what raises its alerts (or of the filter), its file, and the digest of that.

    ``parts`` are the ids of what only serves it; ``taken`` says whose an id of it is where it is another draft's, too,
    and nobody put this file into a stage.
    """

    rule_id: str
    title: str
    path: Path
    sha256: str
    is_filter: bool
    parts: tuple[str, ...] = ()
    taken: str = ""

    @property
    def ids(self) -> tuple[str, ...]:
        """All its ids, that of what raises its alerts first."""
        return (self.rule_id, *self.parts)


def drafts_folder(data_dir: Path) -> Path:
    """Give where drafts lie."""
    return data_dir / FOLDER


def read_drafts(folder: Path, staged: Mapping[str, Staged] | None = None) -> tuple[dict[str, Draft], list[Fault]]:
    """Read the drafts of a folder, by rule id; a fault for each that cannot be one. No folder: no drafts.

    Of several with one id, the one that was put into a stage is the draft, else the first by name.

    Args:
        folder: where they lie.
        staged: where somebody put rules, with the digests of their drafts.
    """
    read: list[Draft] = []
    faults: list[Fault] = []
    paths = sorted(folder.glob("*.yml"))
    if len(paths) > MOST:
        faults.append(Fault(str(folder), 0, f"more than {MOST} drafts: the others are not looked at, remove some"))
    for path in paths[:MOST]:
        try:
            read.append(read_draft(path))
        except ContentError as problem:
            faults.append(problem.fault)
    found: dict[str, Draft] = {}
    first: dict[str, Path] = {}
    read = _settled(read, staged or {})
    for draft in sorted(read, key=lambda one: bool(one.taken)):
        found.setdefault(draft.rule_id, draft)
        if {first.setdefault(one, draft.path) for one in draft.ids} != {draft.path} and draft.taken:
            faults.append(Fault(str(draft.path), 0, draft.taken))
    return {draft.rule_id: found[draft.rule_id] for draft in read}, faults


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
    for document in documents:
        if reason := spelt_otherwise(document.data.get("id")):
            raise ContentError(Fault(str(path), document.line_of("id"), reason))
    return Draft(
        rule_id,
        title[:_LONGEST] if isinstance(title, str) else "",
        path,
        hashlib.sha256(content).hexdigest(),
        detector.is_filter,
        tuple(
            dict.fromkeys(
                one for document in documents if (one := str(document.data.get("id", ""))) not in ("", rule_id)
            )
        ),
    )


def is_put(draft: Draft, staged: Mapping[str, Staged]) -> bool:
    """Whether somebody put this very file into a stage."""
    put = staged.get(draft.rule_id)
    return put is not None and put.draft_sha256 == draft.sha256


def must_be_its_own(draft: Draft | None) -> None:
    """Refuse a draft with an id of another one: a stage would hold for both. Raises ConflictError."""
    if draft is not None and draft.taken:
        raise ConflictError(draft.taken)


def whose(rule_id: str, place: str, title: str) -> str:
    """Say whose an id is, and what to do."""
    return (
        f"the id {rule_id} already belongs to {place}, “{title}”: give this one a new id "
        "(`./run rules new` and a new draft of the console have one)"
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


def _settled(drafts: list[Draft], staged: Mapping[str, Staged]) -> list[Draft]:
    """Note at each draft whose an id of it is that several have: that of the file which somebody put into a stage."""
    holders: defaultdict[str, list[Draft]] = defaultdict(list)
    for draft in drafts:
        for one in draft.ids:
            holders[one].append(draft)
    settled = []
    for draft in drafts:
        others = {one: [other for other in holders[one] if other is not draft] for one in draft.ids}
        shared = next((one for one in draft.ids if others[one]), None)
        if shared is None or (is_put(draft, staged) and draft is _owner(holders[draft.rule_id], staged)):
            settled.append(draft)
        else:
            other = _owner(others[shared], staged)
            settled.append(replace(draft, taken=whose(shared, other.path.name, other.title)))
    return settled


def _owner(drafts: list[Draft], staged: Mapping[str, Staged]) -> Draft:
    return next((one for one in drafts if is_put(one, staged)), drafts[0])


def _to_run(staged: Mapping[str, Staged]) -> dict[str, str]:
    return {
        rule_id: one.draft_sha256
        for rule_id, one in staged.items()
        if one.draft_sha256 is not None and one.stage in _RUN
    }
