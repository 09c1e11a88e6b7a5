"""Drafts as they are written: checked while somebody types, their samples run, saved among the drafts alone.

The folder of detectors is never written: a draft becomes a detector by the patch that somebody reviews.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from warroom.access.guard import needs
from warroom.access.roles import Permission
from warroom.bench.drafts import MOST, MOST_BYTES, drafts_folder, read_draft
from warroom.bench.fault_order import in_order
from warroom.bench.id_taken import faults_of_ids, refuse_taken_ids, saved_in
from warroom.bench.name_taken import refuse_taken, taken
from warroom.bench.trials import try_all
from warroom.catalog.log_sources import load_log_sources
from warroom.detect import load_rules
from warroom.detect.content import faults_of, read_detectors
from warroom.detect.sample_files import samples_of
from warroom.errors import ContentError, Fault, StoreError, UsageError
from warroom.privacy import mask
from warroom.store.audit import AuditAction, Entry, append

if TYPE_CHECKING:
    from warroom.access.actor import Actor
    from warroom.bench.drafts import Draft
    from warroom.bench.id_taken import Saved
    from warroom.bench.trials import Tried
    from warroom.detect.ruleset import RuleSet
    from warroom.store.canonical import Json
    from warroom.store.database import State

#: ``<log source>_<behaviour>``, as the name of a detector's file.
_NAME: Final = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)+")
_LONGEST_NAME: Final = 70
_ELSEWHERE: Final = "filters"


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found of a draft: faults of the rule and of its samples, by line, and how each sample ended."""

    rule: tuple[Fault, ...] = ()
    samples: tuple[Fault, ...] = ()
    cases: tuple[Tried, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.rule and not self.samples and all(not one.failure for one in self.cases)


def named(name: str) -> str:
    """Give a draft's name as it may be a file's. Raises UsageError."""
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        raise UsageError(
            f"name it <log source>_<behaviour>, in small letters, digits and _, at most {_LONGEST_NAME} characters"
        )
    return name


def check_draft(name: str, text: str, samples: str, detectors: Path, saved: Saved | None = None) -> Checked:
    """Check a draft as ``rules check`` and ``rules test`` would, without saving it.

    Args:
        name: of its file, without the ending.
        text: the YAML of the rule.
        samples: that of its samples; empty where there are none yet.
        detectors: the folder of detectors: what filters name is there.
        saved: the drafts that are there, where the ids of this one are to be no other's.
    """
    try:
        named(name)
        _bounded(text, samples)
    except UsageError as problem:
        return Checked((Fault(f"{name}.yml", 0, str(problem)),))
    with tempfile.TemporaryDirectory(prefix="draft-") as folder:
        file = _written(Path(folder), name, text, samples, detectors)
        found, unreadable = read_detectors([file])
        rule_id = str(found[0].alerting.data.get("id", "")) if found else ""
        reason = taken(name, rule_id, detectors)
        faults = [*([Fault(file.name, 0, reason)] if reason else []), *unreadable, *faults_of(found)]
        if found and saved is not None:
            faults += faults_of_ids(found[0], detectors, saved)
        trial = next(iter(try_all([file], detectors, processes=1)))
        own = _sorted(in_order([*faults, *trial.faults]), samples_of(file).name)
        return Checked(own[0], own[1], trial.cases)


def rules_of(name: str, text: str, detectors: Path) -> RuleSet:
    """Load a draft's rules as they are written, for a back-test. Raises UsageError where none loads."""
    named(name)
    _bounded(text, "")
    with tempfile.TemporaryDirectory(prefix="draft-") as folder:
        ruleset = load_rules([_written(Path(folder), name, text, "", detectors)])
    if ruleset.refused:
        raise UsageError(f"line {ruleset.refused[0].line}: {ruleset.refused[0].reason}")
    if not ruleset.rules:
        raise UsageError("there is no rule to try: a filter is tried by its samples")
    return ruleset


@needs(Permission.MANAGE_RULES)
def save_draft(
    state: State, data_dir: Path, actor: Actor, name: str, text: str, samples: str, *, detectors: Path | None = None
) -> Draft:
    """Save a draft and its samples, which replaces one of the same name.

    Whatever is personal in samples is masked: they go where detectors are kept, and from there to others. A stage that
    was given to the draft holds for its former bytes alone.

    Args:
        state: the store.
        data_dir: the state folder.
        actor: who saves it.
        name: of its file, without the ending.
        text: the YAML of the rule.
        samples: that of its samples.
        detectors: where given, a new draft gets no name that another detector of this folder has, and no draft an id
            of another one or of another draft.

    Raises:
        UsageError: the name or the YAML is none, one of the two is too long, or the name or an id is another's.
        StoreError: it cannot be written.
    """
    named(name)
    _bounded(text, samples)
    folder = drafts_folder(data_dir)
    file = folder / f"{name}.yml"
    content, masked = text.encode("utf-8", "replace"), mask(samples).encode("utf-8", "replace")
    wanted = _must_be_one(name, content)
    if detectors is not None:
        if not file.exists():
            refuse_taken(name, wanted.rule_id, detectors)
        refuse_taken_ids(wanted, detectors, saved_in(state, data_dir))
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not file.exists() and sum(1 for _ in folder.glob("*.yml")) >= MOST:
            raise UsageError(f"there are {MOST} drafts already: remove some")
        _put(samples_of(file), masked)
        _put(file, content)
        draft = read_draft(file)
    except OSError as problem:
        raise StoreError(f"{file.name}: the draft cannot be written: {problem.strerror}") from problem
    except ContentError as problem:
        raise UsageError(f"line {problem.fault.line}: {problem.fault.reason}") from problem
    body: dict[str, Json] = {"draft": file.name, "sha256": draft.sha256, "bytes": len(content)}
    with state.write("rules") as connection:
        append(connection, Entry(actor.name, actor.via, AuditAction.RULE_CHANGED, "rule", draft.rule_id, body))
    return draft


def digest(text: str, samples: str) -> str:
    """Give what differs once a draft differs."""
    return hashlib.sha256(f"{len(text)}\0{text}{samples}".encode("utf-8", "replace")).hexdigest()


def _bounded(text: str, samples: str) -> None:
    if len(text.encode("utf-8", "replace")) > MOST_BYTES or len(samples.encode("utf-8", "replace")) > MOST_BYTES:
        raise UsageError(f"a draft has at most {MOST_BYTES >> 10} KiB, and its samples as many")


def _must_be_one(name: str, content: bytes) -> Draft:
    """Refuse what could not be read again: it is looked at before it replaces what is there."""
    with tempfile.TemporaryDirectory(prefix="draft-") as folder:
        file = Path(folder) / f"{name}.yml"
        file.write_bytes(content)
        try:
            return read_draft(file)
        except ContentError as problem:
            raise UsageError(f"line {problem.fault.line}: {problem.fault.reason}") from problem


def _written(folder: Path, name: str, text: str, samples: str, detectors: Path) -> Path:
    """Write a draft into a folder as it would stand among the detectors: in that of its log source."""
    home = folder / _home(name, text, detectors)
    home.mkdir()
    file = home / f"{name}.yml"
    file.write_bytes(text.encode("utf-8", "replace"))
    if samples.strip():
        samples_of(file).write_bytes(samples.encode("utf-8", "replace"))
    return file


def _home(name: str, text: str, detectors: Path) -> str:
    if re.search(r"(?m)^filter:", text):
        return _ELSEWHERE
    known = {one.name for one in detectors.iterdir() if one.is_dir()} | set(load_log_sources())
    begun = sorted((one for one in known if name.startswith(f"{one}_")), key=len)
    return begun[-1] if begun else name.partition("_")[0]


def _put(file: Path, content: bytes) -> None:
    """Replace a file whole, for ourselves alone."""
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb") as opened:
        opened.write(content)
    fresh.replace(file)


def _sorted(faults: list[Fault], samples: str) -> tuple[tuple[Fault, ...], tuple[Fault, ...]]:
    """Part the faults of the rule from those of its samples; files without the folder that they were checked in."""
    bare = [Fault(Path(fault.file).name, fault.line, fault.reason) for fault in faults]
    return tuple(one for one in bare if one.file != samples), tuple(one for one in bare if one.file == samples)
