"""Loads rules from folders and archives: what can be used, and a fault for each thing that cannot."""

from __future__ import annotations

import gc
import hashlib
from typing import TYPE_CHECKING, Final

from warroom.detect.filters import filtered
from warroom.detect.kept import Kept
from warroom.detect.placeholders import read_placeholders
from warroom.detect.reading import Held, read_rules
from warroom.detect.references import resolve
from warroom.detect.rule_cache import RuleCache
from warroom.detect.rule_files import find
from warroom.detect.rules import Correlation, Filter, Rule
from warroom.detect.ruleset import RuleSet
from warroom.detect.shelf import Shelf
from warroom.detect.shelf_key import own_key
from warroom.detect.staging import stages_of
from warroom.errors import Fault
from warroom.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

#: The stage in which a filter is applied.
_RUNS: Final = "production"
_NOT_APPROVED: Final = "is not the draft that was approved: put it into its stage again, or undo the change"


def load_rules(folders: Sequence[Path], cache_dir: Path | None = None) -> RuleSet:
    """Read Sigma rules, correlations and filters; each may lie in a file of its own and name others by id or name.

    What placeholders stand for is read from ``placeholders.yml`` in these folders and in that of the detectors.

    Args:
        folders: folders (searched below), single files or ``.tar.gz`` archives.
        cache_dir: where read rules and compiled expressions are kept between starts; None makes everything anew.

    Returns:
        The rule set; ``refused`` lists each file or document that could not be used, and why.

    Raises:
        UsageError: a folder does not exist or an archive cannot be read.
    """
    return RuleFiles(folders, cache_dir).load()


class RuleFiles:
    """Rule files that are loaded again and again: only what changed is read and compiled anew."""

    def __init__(self, folders: Sequence[Path], cache_dir: Path | None = None) -> None:
        self._folders = list(folders)
        self._shelf = Shelf(cache_dir, own_key()) if cache_dir else None
        self._cache = RuleCache(self._shelf, [str(folder) for folder in folders]) if self._shelf else None
        self._kept: dict[str, Held] | None = None
        self._last: RuleSet | None = None

    def load(self, stages: Mapping[str, str] | None = None, also: Mapping[Path, str] | None = None) -> RuleSet:
        """Load everything as it is now; from the second time on, compiled before events wait for it.

        Args:
            stages: in which stage somebody put rules, by id; the others are where their status puts them. None: all
                rules run.
            also: files besides, with the SHA-256 that each must have; one that has another is a fault.

        Raises:
            UsageError: a folder does not exist or an archive cannot be read.
        """
        kept = self._kept
        if kept is None:
            kept = self._cache.read() if self._cache else {}
        values, refused = read_placeholders(list(dict.fromkeys([*self._folders, Settings().detectors])))
        entries: dict[str, Held] = {}
        enabled = gc.isenabled()
        gc.disable()
        try:
            for path in find([*self._folders, *(also or ())]):
                key = _key(path, refused)
                if key is None:
                    continue
                held = kept.get(key)
                made = held if held and held.is_true_with(values) else read_rules(path, values)
                if also and path in also and not _is_still(path, key, also[path]):
                    refused.append(Fault(str(path), 0, _NOT_APPROVED))
                else:
                    entries[key] = made
        finally:
            if enabled:
                gc.enable()
        if self._cache and any(kept.get(key) is not held for key, held in entries.items()):
            self._cache.write(entries)
        self._kept = entries
        found = [rule for held in entries.values() for rule in held.rules]
        if stages is not None:
            found = [one for one in found if not (isinstance(one, Filter) and stages.get(one.id, _RUNS) != _RUNS)]
        refused += [fault for held in entries.values() for fault in held.faults]
        lines = {rule: known for held in entries.values() for rule, known in held.lines.items()}
        ruleset = assemble(found, refused, self._shelf, lines, self._place(entries, found))
        if stages is not None:
            every: list[Rule | Correlation] = [*ruleset.rules, *ruleset.correlations]
            ruleset = ruleset.staged(stages_of(every, stages, self._folders[0]))
        if self._last:
            ruleset.prepare(self._last)
        self._last = ruleset
        return ruleset

    def _place(self, entries: Mapping[str, Held], used: Sequence[Rule | Correlation | Filter]) -> Kept | None:
        """Give where that is kept which is made from these files, and from what their placeholders stand for."""
        if self._shelf is None:
            return None
        made_from = [f"{key}\0{sorted(held.asked.items())}" for key, held in entries.items()]
        if len(used) != sum(len(held.rules) for held in entries.values()):  # filters are not applied
            made_from += [f"filter {one.id}" for one in used if isinstance(one, Filter)]
        return Kept(self._shelf, made_from)


def assemble(
    found: Sequence[Rule | Correlation | Filter],
    refused: Sequence[Fault] = (),
    shelf: Shelf | None = None,
    lines: Mapping[str, Sequence[int]] | None = None,
    kept: Kept | None = None,
) -> RuleSet:
    """Make a rule set: settle double ids, apply filters, and find what correlations refer to.

    ``lines`` gives, by id, the line of each rule that a correlation or a filter names. ``shelf`` and
    ``kept`` are for what is compiled: expressions alone, and the rules as a whole.
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
    resolved = resolve(rules, [rule for rule in unique.values() if isinstance(rule, Correlation)], lines or {})
    return RuleSet(rules, resolved.correlations, faults + resolved.faults, resolved.silent, shelf, kept)


def _is_still(path: Path, key: str, wanted: str) -> bool:
    """Whether a file is what it has to be, before it was read and after: nobody changed it meanwhile."""
    return key == f"{path}\0{wanted}" == _key(path, [])


def _key(path: Path, refused: list[Fault]) -> str | None:
    try:
        with path.open("rb") as file:
            return f"{path}\0{hashlib.file_digest(file, 'sha256').hexdigest()}"
    except OSError as problem:
        refused.append(Fault(str(path), 0, f"cannot be read: {problem.strerror}"))
        return None
