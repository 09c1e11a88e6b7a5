"""Credential stuffing: lists of leaked passwords tried on the sign-in, each account once or twice.

A tool with a recorded sign-in (one captured device id and app version, replayed with every attempt) walks
through a list of accounts behind a handful of rented proxies. Most accounts do not exist here or have another
password; one or two in a hundred open. An address is rested for a while after it was slowed down (429).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from warroom.drill.attacks.actors import machines, truth
from warroom.drill.lines import Access, Line, Record
from warroom.drill.people import citizen_hash, device_id
from warroom.drill.rhythm import arrivals, happens

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from warroom.drill.scenario import Attack

_SECOND_PASSWORD = 0.12
_SLOWED_DOWN = 0.02


def credential_stuffing(attack: Attack, rng: random.Random) -> Iterator[Line]:
    """Give the attempts in ``logs.gateway`` (requests) and ``logs.sign_in`` (their results)."""
    proxies = machines(attack, rng)
    rested_until = dict.fromkeys(proxies, 0.0)
    device = device_id(rng)
    agent = rng.choice(attack.agents)
    account = citizen_hash(rng)
    for at in arrivals(rng, attack.start, attack.duration, attack.rate):
        awake = [proxy for proxy in proxies if rested_until[proxy] <= at]
        if not awake:
            continue
        address = rng.choice(awake)
        if not happens(rng, _SECOND_PASSWORD):
            account = citizen_hash(rng)
        entities = truth(address, device=device, user=account)
        slowed = happens(rng, _SLOWED_DOWN)
        opened = not slowed and happens(rng, attack.success)
        status = 429 if slowed else 200 if opened else 401
        request = Access(address, "POST", "/api/v2/auth/login", status, rng.randint(180, 640), agent)
        yield Line(at, attack.logs["gateway"], request, attack.id, entities)
        if slowed:
            rested_until[address] = at + rng.uniform(15, 40)
            continue
        fields = {
            "user_id_hash": account,
            "method": "password",
            "aal": 1,
            "result": "success" if opened else "failure",
            "reason": "" if opened else rng.choice(("unknown_user", "unknown_user", "bad_password")),
            "src_ip": address,
            "device_id": device,
            "geo": rng.choice(("NL", "SG", "US", "DE")),
            "user_agent": agent,
        }
        yield Line(at + rng.uniform(0.01, 0.06), attack.logs["sign_in"], Record(fields), attack.id, entities)
