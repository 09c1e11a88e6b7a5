"""What detectors found of each platform's attacks when a scenario was played: a record, and how far it still holds.

A rule found an attack if an alert of it on the attack's own platform shows the attack as the score understands that
(``warroom.drill.score``): what ordinary traffic raised beside an attack is none of it. The record keeps a digest of
every attack as it was told and of every rule as it was written, so that nothing counts that was changed since.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from warroom.catalog import read_yaml
from warroom.drill.scenario import DRILLS
from warroom.drill.score import compare
from warroom.errors import ContentError, Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from warroom.drill.scenario import AnyAttack, Scenario
    from warroom.drill.truth import AttackTruth
    from warroom.store.drill import PlayedAlert

    #: Of each rule by id: its file and those of the rules that it counts.
    RuleFiles = Mapping[str, Sequence[Path]]

#: Where the record is kept that ships; `./run drill record` writes it.
RECORD: Final = DRILLS / "found.json"
_MOST_BYTES: Final = 4 << 20
#: What of a rule's file decides on what it matches; titles, advice and notes may change without another play.
_DECIDING: Final = ("logsource", "detection", "correlation", "filter")
_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class FoundAttack:
    """An attack of the play: its platform, the digest of how it was told, and of each rule that found it (by id)."""

    platform_id: str
    told: str
    rules: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Record:
    """What a play gave: scenario, seed, when it was played (ISO 8601, UTC), and every attack by id."""

    scenario: str
    seed: int
    played_at: str
    attacks: Mapping[str, FoundAttack]

    def text(self) -> str:
        """Write as JSON."""
        attacks = {
            name: {"platform": one.platform_id, "told": one.told, "rules": dict(sorted(one.rules.items()))}
            for name, one in sorted(self.attacks.items())
        }
        told = {"scenario": self.scenario, "seed": self.seed, "played_at": self.played_at, "attacks": attacks}
        return json.dumps(told, indent=1) + "\n"


@dataclass(slots=True)
class OnPlatform:
    """What still holds of one platform: attacks that are told as they were, those found, and the rules that did."""

    attacks: int = 0
    found: int = 0
    rules: set[str] = field(default_factory=set)


def rules_by_attack(truth: Sequence[AttackTruth], alerts: Sequence[PlayedAlert]) -> dict[str, set[str]]:
    """Give the rules that found each attack on its own platform, by the attack's id; none is an empty set."""
    rule_of = {one.id: one.rule_id for one in alerts}
    return {
        row.truth.attack: {rule_of[one.id] for one in row.incidents if one.platform_id == row.truth.platform_id}
        for row in compare(truth, alerts).rows
    }


def recorded(
    scenario: tuple[str, Scenario, int], played_at: str, found: Mapping[str, Iterable[str]], files: RuleFiles
) -> Record:
    """Make the record of a play.

    Args:
        scenario: its name, what it tells, and the seed.
        played_at: when, ISO 8601.
        found: rules by attack.
        files: of every rule that found something.

    Raises ContentError where a rule's file cannot be read.
    """
    name, told, seed = scenario
    digests = _Digests(files)
    attacks = {
        attack.id: FoundAttack(
            attack.platform, digest_of(attack), {rule: digests.of(rule) for rule in found.get(attack.id, ())}
        )
        for attack in told.attacks
    }
    return Record(name, seed, played_at, attacks)


def standing(record: Record, scenario: Scenario, files: RuleFiles) -> dict[str, OnPlatform]:
    """Say by platform what of a record still holds: of attacks and rules that are as they were.

    Args:
        record: what was recorded.
        scenario: the record's, as it is told today.
        files: of the record's rules; one that is gone has none.

    Raises ContentError where a rule's file cannot be read.
    """
    digests = _Digests(files)
    found: defaultdict[str, OnPlatform] = defaultdict(OnPlatform)
    for attack in scenario.attacks:
        known = record.attacks.get(attack.id)
        if known is None or known.told != digest_of(attack):
            continue
        rules = {rule for rule, digest in known.rules.items() if rule in files and digests.of(rule) == digest}
        here = found[attack.platform]
        here.attacks += 1
        here.found += bool(rules)
        here.rules |= rules
    return dict(found)


def load_record(path: Path = RECORD) -> Record | None:
    """Read a record; None where there is none. Raises ContentError where it is none."""
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES)
    except FileNotFoundError:
        return None
    try:
        return _record(json.loads(content))
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise ContentError(Fault(str(path), 0, f"no record of a drill: {problem}; `./run drill record`")) from problem


def digest_of(attack: AnyAttack) -> str:
    """Give a digest of an attack as its scenario tells it; of its title nothing."""
    return _digest(attack.model_dump(mode="json", exclude_unset=True, exclude={"title"}))


class _Digests:
    """Digests of rules by id: of what in their files decides, each file read once."""

    def __init__(self, files: RuleFiles) -> None:
        self._files = files
        self._known: dict[Path, str] = {}

    def of(self, rule_id: str) -> str:
        """Give a rule's digest. Raises ContentError where a file cannot be read, KeyError where the rule is unknown."""
        return _digest([self._of_file(path) for path in self._files[rule_id]])

    def _of_file(self, path: Path) -> str:
        if path not in self._known:
            self._known[path] = _digest([{key: one.data.get(key) for key in _DECIDING} for one in read_yaml(path)])
        return self._known[path]


def _digest(told: object) -> str:
    written = json.dumps(told, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(written.encode()).hexdigest()[:_DIGITS]


def _record(document: Any) -> Record:  # noqa: ANN401  whatever JSON holds
    return Record(
        str(document["scenario"]),
        int(document["seed"]),
        str(document["played_at"]),
        {
            str(name): FoundAttack(
                str(one["platform"]), str(one["told"]), {str(rule): str(of) for rule, of in one["rules"].items()}
            )
            for name, one in document["attacks"].items()
        },
    )
