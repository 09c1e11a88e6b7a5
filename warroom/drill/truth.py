"""The ground truth: what each attack really was, appended as it goes, far from the folders that feeds read."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from warroom.errors import ContentError, Fault, NotFoundError
from warroom.model import Entity

if TYPE_CHECKING:
    from warroom.drill.lines import Line
    from warroom.drill.scenario import AnyAttack, Scenario

#: Below the state folder.
TRUTH: Final = Path("drill") / "ground_truth.jsonl"
_EVERY_SECONDS: Final = 10.0
#: After its end by the scenario an attack may write a last line or two.
_GRACE_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class AttackTruth:
    """One attack as it was played; ``entities`` are all its addresses, devices and users."""

    play: str
    attack: str
    kind: str
    platform_id: str
    first_at: datetime
    last_at: datetime
    lines: int
    logs: dict[str, int]
    entities: frozenset[Entity]
    finished: bool


@dataclass(slots=True)
class _Tally:
    first_at: datetime
    last_at: datetime
    logs: Counter[str] = field(default_factory=Counter)
    entities: set[Entity] = field(default_factory=set)
    finished: bool = False
    written_at: float = -_EVERY_SECONDS


class TruthWriter:
    """Counts what was written for each attack; the last record of an attack in the file is the valid one."""

    def __init__(self, scenario: Scenario, path: Path, *, play: str) -> None:
        self._attacks: dict[str, AnyAttack] = {attack.id: attack for attack in scenario.attacks}
        self._files = {log.id: str(log.path) for log in scenario.logs}
        self._play = play
        self._tallies: dict[str, _Tally] = {}
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = path.open("a", encoding="utf-8")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for attack, tally in self._tallies.items():
            if not tally.finished:
                tally.finished = True
                self._write(attack, tally)
        self._file.close()

    def add(self, line: Line, moment: datetime) -> None:
        """Count a line that was handed to the log writer."""
        if line.attack is None:
            return
        tally = self._tallies.setdefault(line.attack, _Tally(moment, moment))
        tally.last_at = moment
        tally.logs[self._files[line.log]] += 1
        tally.entities.update(line.entities)

    def tell(self, at: float) -> None:
        """Write what is known at a second of the play, for attacks under way every ten seconds."""
        for attack, tally in self._tallies.items():
            if tally.finished or at < tally.written_at + _EVERY_SECONDS:
                continue
            described = self._attacks[attack]
            tally.finished = at > described.start + described.duration + _GRACE_SECONDS
            tally.written_at = at
            self._write(attack, tally)

    def _write(self, attack: str, tally: _Tally) -> None:
        described = self._attacks[attack]
        record = {
            "play": self._play,
            "attack": attack,
            "kind": described.kind,
            "platform": described.platform,
            "first_at": tally.first_at.astimezone(UTC).isoformat(),
            "last_at": tally.last_at.astimezone(UTC).isoformat(),
            "lines": tally.logs.total(),
            "logs": dict(tally.logs),
            "entities": sorted([entity.kind, entity.value] for entity in tally.entities),
            "finished": tally.finished,
        }
        self._file.write(json.dumps(record, separators=(",", ":")) + "\n")
        self._file.flush()


def read_truth(path: Path) -> list[AttackTruth]:
    """Read every attack of every play, the last record of each, in order of their first lines.

    Raises NotFoundError where there is no such file, ContentError at a broken line (the last line may be
    unfinished: it is being written).
    """
    try:
        lines = path.read_text("utf-8").splitlines(keepends=True)
    except FileNotFoundError as problem:
        message = f"no ground truth at {path}: `./run demo` or `./run drill start` writes it"
        raise NotFoundError(message) from problem
    found: dict[tuple[str, str], AttackTruth] = {}
    for number, line in enumerate(lines, start=1):
        if not line.endswith("\n"):
            continue
        try:
            attack = _attack(json.loads(line))
        except (ValueError, KeyError, TypeError) as problem:
            raise ContentError(Fault(str(path), number, f"no record of an attack: {problem}")) from problem
        found[attack.play, attack.attack] = attack
    return sorted(found.values(), key=lambda attack: attack.first_at)


def _attack(record: dict[str, object]) -> AttackTruth:
    match record:
        case {
            "play": str(play),
            "attack": str(attack),
            "kind": str(kind),
            "platform": str(platform),
            "first_at": str(first),
            "last_at": str(last),
            "lines": int(count),
            "logs": dict(logs),
            "entities": list(entities),
            "finished": bool(finished),
        }:
            return AttackTruth(
                play=play,
                attack=attack,
                kind=kind,
                platform_id=platform,
                first_at=datetime.fromisoformat(first),
                last_at=datetime.fromisoformat(last),
                lines=count,
                logs={str(name): int(lines) for name, lines in logs.items()},
                entities=frozenset(Entity(str(kind), str(value)) for kind, value in entities),
                finished=finished,
            )
    raise ValueError("a field is missing or of another type")
