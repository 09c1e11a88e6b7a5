"""An identity farm: one rooted phone enrols one bought identity after another.

The operator holds a pile of photographed cards and faces. Each takes half a minute; printed photographs fail the
liveness check often, so an identity is tried up to three times. The phone changes its address now and then
(aeroplane mode), the app installation stays the same. Some identities pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from warroom.drill.attacks.actors import machines, truth
from warroom.drill.lines import Line, Record
from warroom.drill.people import citizen_hash, device_id
from warroom.drill.rhythm import happens

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from warroom.drill.scenario import Attack


def identity_farm(attack: Attack, rng: random.Random) -> Iterator[Line]:
    """Give the attempts in ``logs.proofing``; ``rate`` is identities a second."""
    addresses = machines(attack, rng)
    address = addresses[0]
    device = device_id(rng)
    at = attack.start
    while at < attack.start + attack.duration:
        citizen = citizen_hash(rng)
        if happens(rng, 0.15):
            address = rng.choice(addresses)
        for _ in range(3):
            passed = happens(rng, attack.success)
            yield from _attempt(attack, rng, at, citizen, address, device, passed=passed)
            at += rng.uniform(0.6, 1.1) / attack.rate / 2
            if passed:
                break
        at += rng.uniform(0.4, 0.8) / attack.rate


def _attempt(
    attack: Attack, rng: random.Random, at: float, citizen: str, address: str, device: str, *, passed: bool
) -> Iterator[Line]:
    failing = None if passed else rng.choice(("document", *["liveness"] * 8, "face"))
    alive = round(rng.uniform(0.12, 0.69) if failing == "liveness" else rng.uniform(0.78, 0.88), 3)
    like = round(rng.uniform(0.41, 0.74) if failing == "face" else rng.uniform(0.84, 0.97), 3)
    common = {
        "attempt_id": device_id(rng),
        "citizen_hash": citizen,
        "ial_target": "2.3",
        "device_id": device,
        "sdk_ver": "5.3.9",
        "src_ip": address,
        "channel": "app",
        "doc_check": "pass",
        # Bought cards are sometimes reported lost or have run out; the registry knows.
        "card_status": rng.choice(("expired", "revoked")) if failing == "document" else "valid",
    }
    entities = truth(address, device=device, user=citizen)
    for step, liveness, face in (("document", None, None), ("liveness", alive, None), ("face", alive, like)):
        decision = "fail" if step == failing else "pass" if step == "face" else "continue"
        scores = {"step": step, "liveness_score": liveness, "face_score": face, "decision": decision}
        yield Line(at, attack.logs["proofing"], Record(common | scores), attack.id, entities)
        if step == failing:
            return
        at += rng.uniform(0.3, 0.9)
