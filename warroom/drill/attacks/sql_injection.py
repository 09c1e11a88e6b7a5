"""SQL injection on the API gateway: a scanner tries one parameter after another with its list of strings.

It starts with the tool's own name, is refused a few times, and goes on under a browser's name. Answers are
mixed: refused (403), bad request (400), a few errors of the server (500) and pages that look like success.
Between the strings it asks the plain page again, to have something to compare with.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from warroom.drill.attacks.actors import machines, truth
from warroom.drill.lines import Access, Line
from warroom.drill.rhythm import arrivals, happens
from warroom.drill.scenario import DRILLS

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from warroom.drill.scenario import Attack

_TARGETS = (
    ("/api/v2/eligibility", "ref"),
    ("/api/v2/services", "category"),
    ("/api/v2/announcements", "id"),
    ("/api/v2/offices", "province"),
)
_OWN_NAME_SECONDS = 25
_ANSWERS = ((200, 740), (200, 740), (400, 226), (403, 548), (403, 548), (500, 572))


def sql_injection(attack: Attack, rng: random.Random) -> Iterator[Line]:
    """Give the requests in ``logs.gateway``; ``agents`` is the tool's name, then the browsers'."""
    (address, *_) = machines(attack, rng)
    entities = truth(address)
    own, *browsers = attack.agents
    hidden = rng.choice(browsers or [own])
    path, parameter = _TARGETS[0]
    for number, at in enumerate(arrivals(rng, attack.start, attack.duration, attack.rate)):
        if number % 40 == 0:
            path, parameter = _TARGETS[number // 40 % len(_TARGETS)]
        agent = own if at < attack.start + _OWN_NAME_SECONDS else hidden
        plain = happens(rng, 0.15)
        value = str(rng.randint(1, 900)) + ("" if plain else quote(rng.choice(payloads()), safe="()*,"))
        status, size = (200, 740) if plain else rng.choice(_ANSWERS)
        request = Access(address, "GET", f"{path}?{parameter}={value}", status, size + rng.randint(0, 40), agent)
        yield Line(at, attack.logs["gateway"], request, attack.id, entities)


@cache
def payloads() -> tuple[str, ...]:
    """Read the strings, one a line (data/reference/drills/payloads/README.md says from where)."""
    text = (DRILLS / "payloads" / "sql_injection.txt").read_text("utf-8")
    return tuple(line for line in text.splitlines() if line.strip())
