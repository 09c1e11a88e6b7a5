"""Loads rules from folders and archives: what can be used, and a fault for each thing that cannot."""

from __future__ import annotations

import gc
import hashlib
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from warroom.catalog import read_yaml
from warroom.detect.heading import RefusedError
from warroom.detect.rule_cache import RuleCache
from warroom.detect.rule_files import find, is_archive, unpack, walk
from warroom.detect.rules import Correlation, Rule
from warroom.detect.ruleset import RuleSet
from warroom.detect.shelf import Shelf
from warroom.errors import ContentError, Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

#: What one file held: its rules in order, and its faults.
Held = tuple[list[Rule | Correlation], list[Fault]]


def load_rules(folders: Sequence[Path], cache_dir: Path | None = None) -> RuleSet:
    """Read Sigma rules and correlations; they may lie in separate files and refer to each other by id or name.

    Args:
        folders: folders (searched below), single files or ``.tar.gz`` archives.
        cache_dir: where read rules and compiled expressions are kept between starts; None makes everything anew.

    Returns:
        The rule set; ``refused`` lists each file or document that could not be used, and why.

    Raises:
        UsageError: a folder does not exist or an archive cannot be read.
    """
    shelf = Shelf(cache_dir) if cache_dir else None
    cache = RuleCache(shelf, [str(folder) for folder in folders]) if shelf else None
    kept = cache.read() if cache else {}
    entries: dict[str, Held] = {}
    refused: list[Fault] = []
    enabled = gc.isenabled()
    gc.disable()
    try:
        for path in find(folders):
            key = _key(path, refused)
            if key is not None:
                entries[key] = kept[key] if key in kept else _read(path)
    finally:
        if enabled:
            gc.enable()
    if cache and entries.keys() != kept.keys():
        cache.write(entries)
    found = [rule for rules, _ in entries.values() for rule in rules]
    refused += [fault for _, faults in entries.values() for fault in faults]
    return assemble(found, refused, shelf)


def assemble(found: Sequence[Rule | Correlation], refused: Sequence[Fault] = (), shelf: Shelf | None = None) -> RuleSet:
    """Make a rule set: settle double ids and what correlations refer to."""
    faults = list(refused)
    unique: dict[str, Rule | Correlation] = {}
    for rule in found:
        other = unique.setdefault(rule.id, rule)
        if other is not rule:
            faults.append(Fault(rule.file, rule.line, f"the id {rule.id} already belongs to {other.file}:{other.line}"))
    rules = [rule for rule in unique.values() if isinstance(rule, Rule)]
    places: dict[str, int] = {}
    for number, rule in enumerate(rules):
        places[rule.id] = number
        if rule.name:
            places.setdefault(rule.name, number)
    correlations: list[Correlation] = []
    silent: set[int] = set()
    loud: set[int] = set()
    for rule in unique.values():
        if not isinstance(rule, Correlation):
            continue
        members = tuple(places[reference] for reference in rule.rules if reference in places)
        # Also where the correlation itself cannot be used: its rules were never meant to raise alerts.
        (loud if rule.generate else silent).update(members)
        missing = [reference for reference in rule.rules if reference not in places]
        if missing:
            faults.append(Fault(rule.file, rule.line, f"refers to `{missing[0]}`, which is no loaded rule"))
        else:
            correlations.append(replace(rule, members=members))
    return RuleSet(rules, correlations, faults, frozenset(silent - loud), shelf)


def _key(path: Path, refused: list[Fault]) -> str | None:
    try:
        with path.open("rb") as file:
            return f"{path}\0{hashlib.file_digest(file, 'sha256').hexdigest()}"
    except OSError as problem:
        refused.append(Fault(str(path), 0, f"cannot be read: {problem.strerror}"))
        return None


def _read(path: Path) -> Held:
    if not is_archive(path):
        return _read_file(path, str(path))
    rules: list[Rule | Correlation] = []
    with tempfile.TemporaryDirectory(prefix="warroom-rules-") as scratch:
        folder = Path(scratch)
        faults = unpack(path, folder)
        for member in walk(folder):
            found, bad = _read_file(member, f"{path}:{member.relative_to(folder)}")
            rules += found
            faults += bad
    return rules, faults


def _read_file(path: Path, name: str) -> Held:
    # pySigma takes half a second to import: a warm start does without.
    from warroom.detect.sigma_rule import read_document  # noqa: PLC0415

    rules: list[Rule | Correlation] = []
    faults: list[Fault] = []
    try:
        documents = read_yaml(path)
    except ContentError as problem:
        return [], [Fault(name, problem.fault.line, problem.fault.reason)]
    for document in documents:
        try:
            rules.append(read_document(document.data, name, document.line))
        except RefusedError as problem:
            faults.append(Fault(name, document.line, str(problem)))
    return rules, faults
