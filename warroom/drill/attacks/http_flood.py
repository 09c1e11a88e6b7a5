"""An HTTP flood: hundreds of rented machines ask for the dearest page again and again.

Every machine keeps its own browser name and its own pace. A random parameter defeats the caches. The flood
swells for the first tenth, holds, and breaks off; while it lasts the server answers ever more slowly or not
at all (503, 499: the client went away).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from warroom.drill.attacks.actors import machines, truth
from warroom.drill.lines import Access, Line
from warroom.drill.rhythm import arrivals, happens

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from warroom.drill.scenario import Attack


def http_flood(attack: Attack, rng: random.Random) -> Iterator[Line]:
    """Give the requests in ``logs.web``; ``rate`` is that of all machines together."""
    bots = machines(attack, rng)
    swell = attack.duration / 10
    for address in bots:
        entities = truth(address)
        agent = rng.choice(attack.agents)
        pace = attack.rate / len(bots) * rng.uniform(0.4, 1.6)
        joins = attack.start + rng.uniform(0, swell)
        for at in arrivals(rng, joins, attack.start + attack.duration - joins, pace):
            if happens(rng, 0.8):
                method, target = "GET", f"/register?_={rng.getrandbits(40):x}"
            else:
                method, target = "POST", "/register"
            under_load = (at - attack.start) / attack.duration
            status = rng.choice((503, 503, 499, 429)) if happens(rng, 0.25 + 0.5 * under_load) else 200
            size = {200: 12_600, 503: 197, 499: 0, 429: 162}[status]
            yield Line(
                at, attack.logs["web"], Access(address, method, target, status, size, agent), attack.id, entities
            )
