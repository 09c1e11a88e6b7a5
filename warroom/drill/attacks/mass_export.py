"""Mass export of records: an officer's stolen session takes the register away, page by page.

The thief signs in from an address that the officer never used, looks around, then asks the export interface for
one full page after the other with a script, slows down for a while (lunch, or to stay under a limit), and goes
on until somebody ends the session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from warroom.drill.attacks.actors import machines, truth
from warroom.drill.lines import Line, Record
from warroom.drill.people import citizen_hash
from warroom.drill.rhythm import arrivals

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from warroom.drill.scenario import Attack
    from warroom.model import Entity

_LOOKS_AROUND_SECONDS = 12.0


def mass_export(attack: Attack, rng: random.Random) -> Iterator[Line]:
    """Give the officer's actions in ``logs.audit`` and the interface's calls in ``logs.api``."""
    (address, *_) = machines(attack, rng)
    actor = rng.choice(attack.accounts)
    session = f"{actor}-{rng.getrandbits(32):08x}"
    entities = truth(address, user=actor)
    for wait, action, kind in (
        (0.0, "sign_in", "session"),
        (4.0, "view", "registration"),
        (8.0, "search", "registration"),
    ):
        line = _audit(attack, rng, actor, address, session, action, kind, 1, entities, attack.start + wait)
        yield line
    began = attack.start + _LOOKS_AROUND_SECONDS
    duration = attack.duration - _LOOKS_AROUND_SECONDS
    pause = (began + duration * 0.55, began + duration * 0.65)
    for at in arrivals(rng, began, duration, attack.rate):
        if pause[0] < at < pause[1]:
            continue
        refused = happens(rng, 0.04)
        records = 0 if refused else rng.choice((1_000, 1_000, 1_000, rng.randint(400, 999)))
        fields = {
            "client_id": "wallet-backoffice",
            "agency_id": "DGA",
            "cert_cn": "backoffice.wallet.example",
            "scope": "registration.export",
            "api": "/api/v1/registrations/export",
            "method": "GET",
            "status": 429 if refused else 200,
            "records_returned": records,
            "latency_ms": rng.randint(300, 2_400),
            "request_id": f"{rng.getrandbits(64):016x}",
            "src_ip": address,
            "user": actor,
        }
        yield Line(at, attack.logs["api"], Record(fields), attack.id, entities)
        if not refused:
            yield _audit(
                attack, rng, actor, address, session, "export", "registration_page", records, entities, at + 0.1
            )


def _audit(
    attack: Attack,
    rng: random.Random,
    actor: str,
    address: str,
    session: str,
    action: str,
    kind: str,
    records: int,
    entities: tuple[Entity, ...],
    at: float,
) -> Line:
    fields = {
        "actor": actor,
        "actor_type": "officer",
        "action": action,
        "object_type": kind,
        "object_id_hash": citizen_hash(rng),
        "result": "success",
        "src_ip": address,
        "session_id": session,
        "records_returned": records,
    }
    return Line(at, attack.logs["audit"], Record(fields), attack.id, entities)
