"""Loads rules from folders and archives: what can be used, and a fault for each thing that cannot."""

from __future__ import annotations

import gc
import hashlib
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from warroom.catalog import read_yaml
from warroom.detect.filters import filtered
from warroom.detect.heading import RefusedError
from warroom.detect.rule_cache import RuleCache
from warroom.detect.rule_files import find, is_archive, unpack, walk
from warroom.detect.rules import Correlation, Filter, Rule
from warroom.detect.ruleset import RuleSet
from warroom.detect.shelf import Shelf
from warroom.errors import ContentError, Fault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from warroom.catalog import Document


@dataclass(slots=True)
class Held:
    """What one file held: its rules in order, its faults, and by id the lines of what a rule refers to."""

    rules: list[Rule | Correlation | Filter] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    lines: dict[str, tuple[int, ...]] = field(default_factory=dict)


def load_rules(folders: Sequence[Path], cache_dir: Path | None = None) -> RuleSet:
    """Read Sigma rules, correlations and filters; each may lie in a file of its own and name others by id or name.

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
    found = [rule for held in entries.values() for rule in held.rules]
    refused += [fault for held in entries.values() for fault in held.faults]
    lines = {rule: known for held in entries.values() for rule, known in held.lines.items()}
    return assemble(found, refused, shelf, lines)


def assemble(
    found: Sequence[Rule | Correlation | Filter],
    refused: Sequence[Fault] = (),
    shelf: Shelf | None = None,
    lines: Mapping[str, Sequence[int]] | None = None,
) -> RuleSet:
    """Make a rule set: settle double ids, apply filters, and find what correlations refer to.

    ``lines`` gives, by id, the line of each rule that a correlation or a filter names.
    """
    faults = list(refused)
    unique: dict[str, Rule | Correlation | Filter] = {}
    for rule in found:
        other = unique.setdefault(rule.id, rule)
        if other is not rule:
            faults.append(Fault(rule.file, rule.line, f"the id {rule.id} already belongs to {other.file}:{other.line}"))
    rules, vain = filtered(
        [rule for rule in unique.values() if isinstance(rule, Rule)],
        [rule for rule in unique.values() if isinstance(rule, Filter)],
        [rule for rule in unique.values() if isinstance(rule, Correlation)],
        lines or {},
    )
    faults += vain
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
    held = Held()
    if not is_archive(path):
        _read_file(path, str(path), held)
        return held
    with tempfile.TemporaryDirectory(prefix="warroom-rules-") as scratch:
        folder = Path(scratch)
        held.faults += unpack(path, folder)
        for member in walk(folder):
            _read_file(member, f"{path}:{member.relative_to(folder)}", held)
    return held


def _read_file(path: Path, name: str, held: Held) -> None:
    # pySigma takes half a second to import: a warm start does without.
    from warroom.detect.sigma_rule import read_document  # noqa: PLC0415

    try:
        documents = read_yaml(path)
    except ContentError as problem:
        held.faults.append(Fault(name, problem.fault.line, problem.fault.reason))
        return
    for document in documents:
        try:
            rule = read_document(document.data, name, document.line)
        except RefusedError as problem:
            held.faults.append(Fault(name, document.line, str(problem)))
            continue
        held.rules.append(rule)
        if known := _lines_of_references(rule, document):
            held.lines[rule.id] = known


def _lines_of_references(rule: Rule | Correlation | Filter, document: Document) -> tuple[int, ...]:
    """Give the line of each rule that a document names."""
    if isinstance(rule, Rule):
        return ()
    body = "correlation" if isinstance(rule, Correlation) else "filter"
    return tuple(document.line_of(body, "rules", place) for place in range(len(rule.rules or ())))
