"""Turns a script into lines: who does each step is chosen once and kept, everything else is drawn line by line."""

from __future__ import annotations

from collections import ChainMap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from warroom.drill.lines import Access, Line, Message, Record
from warroom.drill.rhythm import arrivals
from warroom.drill.steps.naming import entities
from warroom.drill.steps.script import HERE
from warroom.drill.steps.targets import percent_encoded

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence

    from warroom.drill.steps.pools import Member, Networks
    from warroom.drill.steps.script import Step
    from warroom.drill.steps.values import Count, Expression
    from warroom.model import Entity

#: Times inside a script vary by so much of themselves.
_JITTER: Final = 0.1


@dataclass(frozen=True, slots=True)
class Log:
    """What is asked of a log file: its id, how its program writes, and what its kind's records hold."""

    id: str
    format: str
    record: Mapping[str, Expression]


@dataclass(slots=True)
class Place:
    """Where a script is played: its dice, its people, its words and its logs; holds the counts that go on."""

    rng: random.Random
    pools: Mapping[str, tuple[Member, ...]]
    networks: Networks
    words: Mapping[str, object]
    logs: Mapping[str, Log]
    attack: str | None = None
    counters: dict[Count, int] = field(default_factory=dict)
    turns: dict[str, int] = field(default_factory=dict)

    def next(self, pool: str) -> Member:
        """Take a pool's members in turn, round and round."""
        turn = self.turns.get(pool, 0)
        self.turns[pool] = turn + 1
        members = self.pools[pool]
        return members[turn % len(members)]


@dataclass(slots=True)
class _Drawing:
    """The scene of one line: what it has drawn so far, and whom the script keeps."""

    place: Place
    kept: ChainMap[str, Member]
    rng: random.Random = field(init=False)
    counters: dict[Count, int] = field(init=False)
    values: dict[str, object] = field(default_factory=dict)
    chosen: dict[str, Member] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rng = self.place.rng
        self.counters = self.place.counters

    def named(self, name: str) -> object:
        """Give a value of this line, an attribute of who is at work, or a word of the place."""
        if name in self.values:
            return self.values[name]
        pool, _, attribute = name.partition(".")
        if pool in self.place.pools:
            member = self.chosen.get(pool)
            return (self._kept(pool) if member is None else member)[attribute]
        return self.place.words[name]

    def member(self, pool: str, way: str, attribute: str) -> object:
        """Choose a member: kept by the script, in turn, or any for this line."""
        if way == "one":
            return self._kept(pool)[attribute]
        if pool not in self.chosen:
            self.chosen[pool] = self.place.next(pool) if way == "next" else self.rng.choice(self.place.pools[pool])
        return self.chosen[pool][attribute]

    def own_networks(self) -> Networks:
        """Give the networks of the place."""
        return self.place.networks

    def _kept(self, pool: str) -> Member:
        if pool not in self.kept:
            # Into the outermost map: a group's later runs meet the same one, but for those that it takes in turn.
            self.kept.maps[-1][pool] = self.rng.choice(self.place.pools[pool])
        return self.kept[pool]


def act(steps: Sequence[Step], place: Place, began: float) -> Iterator[Line]:
    """Give the lines of one run of a script, not in order of time.

    Args:
        steps: what is done, in order.
        place: where; its dice and counts go on.
        began: the second of the play at which the run begins.
    """
    yield from _run(steps, place, began, ChainMap({}))


def _run(steps: Sequence[Step], place: Place, began: float, kept: ChainMap[str, Member]) -> Iterator[Line]:
    for step in steps:
        start = began + step.after * place.rng.uniform(1 - _JITTER, 1 + _JITTER)
        for at in _moments(place.rng, step, start):
            if step.steps:
                taken: MutableMapping[str, Member] = {pool: place.next(pool) for pool in step.each}
                yield from _run(step.steps, place, at, kept.new_child(taken))
            else:
                yield _line(step, place, at, kept)


def _moments(rng: random.Random, step: Step, start: float) -> Iterator[float]:
    if step.rate is not None:
        yield from arrivals(rng, start, step.over, step.rate)
        return
    many = step.count or 1
    for number in range(many):
        yield start + (step.over * (number + rng.random()) / many if step.over else 0.0)


def _line(step: Step, place: Place, at: float, kept: ChainMap[str, Member]) -> Line:
    log = place.logs[step.log or HERE]
    scene = _Drawing(place, kept)
    for name, value in step.let.items():
        scene.values[name] = value.draw(scene)
    written: dict[str, object] = {}
    # What the step says is drawn before what its kind of log adds, and written in the order of the kind.
    for name, value in step.fields.items():
        scene.values[name] = written[name] = value.draw(scene)
    for name, value in log.record.items():
        if name not in written:
            scene.values[name] = written[name] = value.draw(scene)
    ordered = {name: written[name] for name in log.record} | written
    named: tuple[Entity, ...] = () if place.attack is None else entities(ordered, step.bystanders)
    return Line(at, log.id, _CONTENTS[log.format](ordered), place.attack, named)


def _access(fields: Mapping[str, object]) -> Access:
    return Access(
        address=str(fields["address"]),
        method=str(fields.get("method", "GET")),
        target=percent_encoded(str(fields["target"])),
        status=int(str(fields.get("status", 200))),
        size=int(str(fields.get("size", 0))),
        agent=str(fields.get("agent", "-")),
        referrer=str(fields.get("referrer", "-")),
        user=str(fields.get("user", "-")),
    )


def _message(fields: Mapping[str, object]) -> Message:
    return Message(str(fields["host"]), str(fields["program"]), int(str(fields.get("pid", 1))), str(fields["text"]))


_CONTENTS: Final[dict[str, Callable[[Mapping[str, object]], Access | Message | Record]]] = {
    "nginx": _access,
    "syslog": _message,
    "jsonl": Record,
    "k8s_audit": lambda fields: Record(fields, "k8s_audit"),
    "suricata_eve": lambda fields: Record(fields, "suricata_eve"),
}
