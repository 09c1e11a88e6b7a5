"""Who the ordinary people are: addresses that many share, devices that a few share, program versions."""

from __future__ import annotations

import bisect
import hashlib
import itertools
import random
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import TYPE_CHECKING

from warroom.drill.rhythm import happens

if TYPE_CHECKING:
    from warroom.drill.scenario import Ordinary

#: So many devices are remembered for the next member of a family.
_HOUSEHOLDS = 200


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at a device; ``kiosk`` when an officer of a walk-in point types for them."""

    citizen: str
    address: str
    device: str
    agent: str
    geo: str
    kiosk: bool = False


def generator(*parts: object) -> random.Random:
    """Give a generator of its own for anything that has a name: what one draws never shifts another."""
    return random.Random("/".join(map(str, parts)))  # noqa: S311  a drill must repeat itself


def citizen_hash(rng: random.Random) -> str:
    """Give what the platforms write instead of a citizen id: a keyed hash, here of nobody."""
    return hashlib.sha256(rng.randbytes(13)).hexdigest()[:24]


def device_id(rng: random.Random) -> str:
    """Give an app installation's id (a version 4 UUID)."""
    bits = f"{rng.getrandbits(128):032x}"
    return f"{bits[:8]}-{bits[8:12]}-4{bits[13:16]}-a{bits[17:20]}-{bits[20:]}"


def address_pool(rng: random.Random, network: IPv4Network | IPv6Network, count: int) -> list[str]:
    """Pick different host addresses of a network; fewer where it has no more."""
    size = min(network.num_addresses, 1 << 24)
    hosts = range(1, size - 1) if size > 2 else range(size)  # noqa: PLR2004  network and broadcast
    return [str(network[host]) for host in rng.sample(hosts, min(count, len(hosts)))]


class Population:
    """Draws ordinary people; holds the households, so that a device comes back with another person."""

    def __init__(self, ordinary: Ordinary, seed: int) -> None:
        rng = generator(seed, "population")
        self._ordinary = ordinary
        self._pools = [address_pool(rng, carrier.network, carrier.addresses) for carrier in ordinary.carriers]
        self._shares = list(itertools.accumulate(carrier.share for carrier in ordinary.carriers))
        kiosks = ordinary.kiosks
        posts = address_pool(rng, kiosks.network, kiosks.count)
        self._kiosks = [(address, f"KIOSK-{number:04d}") for number, address in enumerate(posts, start=1)]
        self._households: list[Person] = []

    def person(self, rng: random.Random) -> Person:
        """Draw the next person to register."""
        if happens(rng, self._ordinary.kiosks.share):
            address, device = rng.choice(self._kiosks)
            return Person(
                citizen_hash(rng), address, device, "TangRat-Kiosk/2.3.1 (Windows 10; walk-in)", "TH", kiosk=True
            )
        if self._households and happens(rng, self._ordinary.family_device):
            # Once more with a parent's card: a device serves two people, now and then three.
            shared = self._households.pop(rng.randrange(len(self._households)))
            return Person(citizen_hash(rng), shared.address, shared.device, shared.agent, shared.geo)
        index = min(bisect.bisect(self._shares, rng.random() * self._shares[-1]), len(self._pools) - 1)
        person = Person(
            citizen=citizen_hash(rng),
            address=rng.choice(self._pools[index]),
            device=device_id(rng),
            agent=rng.choice(self._ordinary.app_agents),
            geo=self._ordinary.carriers[index].geo,
        )
        self._households.append(person)
        if len(self._households) > _HOUSEHOLDS:
            del self._households[0]
        return person
