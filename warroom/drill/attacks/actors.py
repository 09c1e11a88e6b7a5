"""The machines that an attack comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warroom.drill.people import address_pool
from warroom.model import Entity

if TYPE_CHECKING:
    import random

    from warroom.drill.scenario import Attack


def machines(attack: Attack, rng: random.Random) -> list[str]:
    """Pick the attack's addresses, spread over its networks, in no order."""
    each = -(-attack.addresses // len(attack.networks))
    found = [address for network in attack.networks for address in address_pool(rng, network, each)]
    rng.shuffle(found)
    return found[: attack.addresses]


def truth(address: str, *, device: str | None = None, user: str | None = None) -> tuple[Entity, ...]:
    """Name what a line is really about, for the ground truth."""
    named = (("address", address), ("device", device), ("user", user))
    return tuple(Entity(kind, value) for kind, value in named if value is not None)
