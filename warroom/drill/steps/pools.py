"""Pools: the people, machines and accounts that the lines of a scenario choose from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from warroom.drill.people import generator
from warroom.errors import UsageError

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping
    from ipaddress import IPv4Network, IPv6Network

    from warroom.drill.steps.script import Pool
    from warroom.drill.steps.values import Count

    Networks = tuple[IPv4Network | IPv6Network, ...]
    Member = Mapping[str, object]

#: So often a member is drawn anew that is there already.
_TRIES: Final = 40


@dataclass(slots=True)
class _Making:
    """The scene in which one member is made: it sees its number, the words of the place, and its own attributes."""

    rng: random.Random
    networks: Networks
    words: Mapping[str, object]
    counters: dict[Count, int] = field(default_factory=dict)
    made: dict[str, object] = field(default_factory=dict)

    def named(self, name: str) -> object:
        """Give a word or an attribute made before."""
        return self.made[name] if name in self.made else self.words[name]

    def member(self, pool: str, way: str, attribute: str) -> object:
        """Pools are not made of pools: the scenario's check refuses them."""
        raise UsageError(f"a pool cannot choose `{way}: {pool}.{attribute}`")

    def own_networks(self) -> Networks:
        """Give the attack's networks."""
        return self.networks


def members(pool: Pool, rng: random.Random, networks: Networks, words: Mapping[str, object]) -> tuple[Member, ...]:
    """Make a pool's members, no two with the same first attribute as long as chance has others.

    Args:
        pool: as the scenario says.
        rng: the pool's own generator.
        networks: of the attack; empty for ordinary people.
        words: what templates may name besides: ``platform`` and the like; ``number`` is added here.
    """
    found: list[Member] = []
    seen: set[object] = set()
    making = _Making(rng, networks, words)
    for number in range(1, pool.size + 1):
        making.words = {**words, "number": f"{number:03d}"}
        for _ in range(_TRIES):
            making.made = {}
            for name, value in pool.attributes.items():
                making.made[name] = value.draw(making)
            first = str(next(iter(making.made.values())))
            if first not in seen:
                break
        seen.add(first)
        found.append(making.made)
    return tuple(found)


class Pools(dict[str, "tuple[Member, ...]"]):
    """Pools by name, each made when somebody first asks for it; what is made does not depend on when."""

    def __init__(
        self, told: Mapping[str, Pool], whose: tuple[object, ...], networks: Networks, words: Mapping[str, object]
    ) -> None:
        """Know what is to be made: ``whose`` names the generators, the rest is as of ``members``."""
        super().__init__()
        self._told = told
        self._whose = whose
        self._networks = networks
        self._words = words

    def __contains__(self, name: object) -> bool:
        """Tell whether there is such a pool, made or not."""
        return name in self._told

    def __missing__(self, name: str) -> tuple[Member, ...]:
        """Make a pool."""
        made = members(self._told[name], generator(*self._whose, name), self._networks, self._words)
        self[name] = made
        return made
