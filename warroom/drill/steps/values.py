"""Expressions: how a field of a line gets its value, drawn once a line; `reading` makes them from YAML."""

from __future__ import annotations

import bisect
import itertools
import math
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from ipaddress import IPv4Network, IPv6Network


class Scene(Protocol):
    """What an expression may ask while a line is drawn."""

    rng: random.Random
    counters: dict[Count, int]

    def named(self, name: str) -> object:
        """Give what a name stands for: a value of this line, a kept member's attribute, a word of the place."""

    def member(self, pool: str, way: str, attribute: str) -> object:
        """Choose a member of a pool, the ``any``, ``one`` or ``next``, and give its attribute."""

    def own_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """Give the attack's networks."""


class Expression(Protocol):
    """A value to be drawn."""

    def draw(self, scene: Scene) -> object:
        """Give the value for one line."""

    def names(self) -> Iterator[str]:
        """Give the names it refers to, `pool` or `pool.attribute`."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """Always the same."""

    value: object

    def draw(self, _scene: Scene) -> object:
        """Give it."""
        return self.value

    def names(self) -> Iterator[str]:
        """Refer to nothing."""
        return iter(())


@dataclass(frozen=True, slots=True)
class Text:
    """A text with names in it; a name alone keeps its type."""

    parts: tuple[str, ...]  # texts and names by turns

    def draw(self, scene: Scene) -> object:
        """Fill the names in."""
        if len(self.parts) == 3 and not self.parts[0] and not self.parts[2]:  # noqa: PLR2004  "", the name, ""
            return scene.named(self.parts[1])
        return "".join(part if number % 2 == 0 else str(scene.named(part)) for number, part in enumerate(self.parts))

    def names(self) -> Iterator[str]:
        """Refer to what stands in it."""
        return iter(self.parts[1::2])


@dataclass(frozen=True, slots=True)
class Member:
    """An attribute of a member of a pool: ``any`` for this line, ``one`` kept, ``next`` in turn."""

    way: str
    name: str

    def draw(self, scene: Scene) -> object:
        """Choose."""
        pool, _, attribute = self.name.partition(".")
        return scene.member(pool, self.way, attribute)

    def names(self) -> Iterator[str]:
        """Refer to the pool."""
        yield self.name


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several, by weight; ``edges`` are the running sums."""

    values: tuple[Expression, ...]
    edges: tuple[float, ...]

    def draw(self, scene: Scene) -> object:
        """Choose one and draw it."""
        at = bisect.bisect(self.edges, scene.rng.random() * self.edges[-1])
        return self.values[min(at, len(self.values) - 1)].draw(scene)

    def names(self) -> Iterator[str]:
        """Refer to what its values do."""
        return itertools.chain.from_iterable(value.names() for value in self.values)


@dataclass(frozen=True, slots=True)
class Between:
    """A number of a range, both ends included; whole where ``digits`` is 0."""

    low: float
    high: float
    digits: int

    def draw(self, scene: Scene) -> object:
        """Draw it."""
        if self.digits == 0:
            return scene.rng.randint(int(self.low), int(self.high))
        return round(scene.rng.uniform(self.low, self.high), self.digits)

    def names(self) -> Iterator[str]:
        """Refer to nothing."""
        return iter(())


@dataclass(frozen=True, slots=True)
class Around:
    """A whole number around a median, as sizes and latencies are: log-normal, two thirds within a factor of two."""

    median: float

    def draw(self, scene: Scene) -> object:
        """Draw it."""
        return max(1, int(self.median * math.exp(min(scene.rng.gauss(0, 0.7), 4.0))))

    def names(self) -> Iterator[str]:
        """Refer to nothing."""
        return iter(())


@dataclass(frozen=True, slots=True, eq=False)
class Count:
    """A running number from ``first`` on, its own for each place in the file where it stands."""

    first: int
    step: int

    def draw(self, scene: Scene) -> object:
        """Give the next."""
        value = scene.counters.get(self, self.first)
        scene.counters[self] = value + self.step
        return value

    def names(self) -> Iterator[str]:
        """Refer to nothing."""
        return iter(())


@dataclass(frozen=True, slots=True)
class New:
    """A value that nobody had before."""

    kind: str

    def draw(self, scene: Scene) -> object:
        """Make it."""
        return NEW[self.kind](scene.rng)

    def names(self) -> Iterator[str]:
        """Refer to nothing."""
        return iter(())


@dataclass(frozen=True, slots=True)
class Address:
    """A host's address in one of some networks; in the attack's own where there is none."""

    networks: tuple[IPv4Network | IPv6Network, ...]

    def draw(self, scene: Scene) -> object:
        """Draw it."""
        network = scene.rng.choice(self.networks or scene.own_networks())
        size = min(network.num_addresses, 1 << 24)
        return str(network[scene.rng.randint(1, size - 2) if size > 2 else 0])  # noqa: PLR2004  network and broadcast

    def names(self) -> Iterator[str]:
        """Refer to nothing."""
        return iter(())


@dataclass(frozen=True, slots=True)
class Shifted:
    """A moment so many seconds from the line's own, which is known when the line is written."""

    seconds: float

    def at(self, moment: datetime) -> str:
        """Give the moment in ISO 8601."""
        return (moment + timedelta(seconds=self.seconds)).isoformat(timespec="seconds")

    def draw(self, _scene: Scene) -> object:
        """Give itself: the writer asks ``at``."""
        return self

    def names(self) -> Iterator[str]:
        """Refer to nothing."""
        return iter(())


@dataclass(frozen=True, slots=True)
class Items:
    """A list; with ``sizes``, so many of its values in their order."""

    values: tuple[Expression, ...]
    sizes: tuple[int, int] | None = None

    def draw(self, scene: Scene) -> object:
        """Draw each."""
        chosen = self.values
        if self.sizes is not None:
            many = min(scene.rng.randint(*self.sizes), len(chosen))
            places = sorted(scene.rng.sample(range(len(chosen)), many))
            chosen = tuple(chosen[place] for place in places)
        return [value.draw(scene) for value in chosen]

    def names(self) -> Iterator[str]:
        """Refer to what its values do."""
        return itertools.chain.from_iterable(value.names() for value in self.values)


@dataclass(frozen=True, slots=True)
class Nested:
    """An object in the object."""

    fields: Mapping[str, Expression]

    def draw(self, scene: Scene) -> object:
        """Draw each."""
        return {name: value.draw(scene) for name, value in self.fields.items()}

    def names(self) -> Iterator[str]:
        """Refer to what its values do."""
        return itertools.chain.from_iterable(value.names() for value in self.fields.values())


NEW: Final[dict[str, Callable[[random.Random], str]]] = {
    "citizen": lambda rng: f"{rng.getrandbits(128):032x}",
    "device": lambda rng: str(uuid.UUID(int=rng.getrandbits(128), version=4)),
    "session": lambda rng: f"s-{rng.getrandbits(48):012x}",
    "token": lambda rng: f"tk-{rng.getrandbits(64):016x}",
    "request": lambda rng: f"{rng.getrandbits(64):016x}",
    "sha256": lambda rng: f"{rng.getrandbits(256):064x}",
    "word": lambda rng: "".join(rng.choice("abcdefghijklmnopqrstuvwxyz234567") for _ in range(26)),
    "code": lambda rng: "".join(
        rng.choice("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789") for _ in range(6)
    ),
}
