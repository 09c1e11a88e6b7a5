"""Which rules run: by the stage that somebody put them in, else by their status."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from warroom.catalog.stages import Stage, default_stage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from warroom.detect.rules import Correlation, Rule

#: Rules of others lie in a folder of this name.
_OTHERS: Final = "upstream"
_NOT_RUN: Final = frozenset({Stage.DRAFT, Stage.RETIRED})
_NAMES: Final = frozenset(Stage)


@dataclass(frozen=True, slots=True)
class Part:
    """The rules of a set that run; positions in it are those of this part. ``left_out`` are ids, sorted."""

    rules: Sequence[Rule]
    correlations: Sequence[Correlation]
    silent: frozenset[int]
    shadow: frozenset[str]
    left_out: tuple[str, ...] = ()


def is_own(file: str, folder: Path) -> bool:
    """Whether a rule is the project's own, and not one of others that was brought in."""
    path = Path(file)
    inside = path.relative_to(folder) if path.is_relative_to(folder) else path
    return _OTHERS not in inside.parts[:-1]


def own_stage(one: Rule | Correlation, folder: Path) -> Stage:
    """Give the stage of a rule that nobody has set one for; ``folder`` is that of the detectors."""
    return default_stage(one.status, own=is_own(one.file, folder))


def stages_of(rules: Sequence[Rule | Correlation], chosen: Mapping[str, str], folder: Path) -> dict[str, Stage]:
    """Give the stage of each rule: what somebody chose, else what its status says.

    Args:
        rules: rules and correlations.
        chosen: names of stages by rule id, as stored.
        folder: of the detectors: it tells the project's own from those of others.
    """
    return {one.id: Stage(chosen[one.id]) if chosen.get(one.id) in _NAMES else own_stage(one, folder) for one in rules}


def divide(
    rules: Sequence[Rule], correlations: Sequence[Correlation], silent: frozenset[int], stages: Mapping[str, Stage]
) -> Part:
    """Take the rules that run out of a set; see ``RuleSet.staged``."""
    loud = [one.id for place, one in enumerate(rules) if place not in silent]
    loud += [one.id for one in correlations if not one.silent]
    shadow = frozenset(name for name in loud if stages.get(name) is Stage.SHADOW)
    out = {name for name in loud if stages.get(name, Stage.PRODUCTION) in _NOT_RUN}
    if not out:
        return Part(rules, correlations, silent, shadow)
    needed = _needed(correlations, out)
    kept = [place for place, one in enumerate(rules) if place in needed or not (place in silent or one.id in out)]
    counting = [
        place for place, one in enumerate(correlations) if ~place in needed or not (one.silent or one.id in out)
    ]
    position = {old: new for new, old in enumerate(kept)} | {~old: ~new for new, old in enumerate(counting)}
    running = [
        replace(one, members=tuple(position[member] for member in one.members), silent=one.silent or one.id in out)
        for one in map(correlations.__getitem__, counting)
    ]
    hushed = frozenset(position[old] for old in kept if old in silent or rules[old].id in out)
    return Part([rules[old] for old in kept], running, hushed, shadow, tuple(sorted(out)))


def _needed(correlations: Sequence[Correlation], out: AbstractSet[str]) -> set[int]:
    """Give all that correlations rest on which run: positions of rules, and ``~position`` of correlations."""
    left = [place for place, one in enumerate(correlations) if not one.silent and one.id not in out]
    needed: set[int] = set()
    while left:
        for member in correlations[left.pop()].members:
            if member not in needed:
                needed.add(member)
                if member < 0:
                    left.append(~member)
    return needed
