"""Mass export of records: an officer's stolen session takes the register away, page by page.

The thief signs in from an address that the officer never used, looks around, then asks the export interface for
one full page after the other with a script, slows down for a while (lunch, or to stay under a limit), and goes
on until somebody ends the session.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from warroom.drill.attacks.actors import machines, truth
from warroom.drill.lines import Line, Record
from warroom.drill.people import citizen_hash
from warroom.drill.rhythm import arrivals, happens

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from warroom.drill.scenario import Attack

_LOOKS_AROUND_SECONDS = 12.0


@dataclass(frozen=True, slots=True)
class _Thief:
    address: str
    actor: str
    session: str


def mass_export(attack: Attack, rng: random.Random) -> Iterator[Line]:
    """Give the officer's actions in ``logs.audit`` and the interface's calls in ``logs.api``."""
    (address, *_) = machines(attack, rng)
    actor = rng.choice(attack.accounts)
    thief = _Thief(address, actor, f"{actor}-{rng.getrandbits(32):08x}")
    entities = truth(address, user=actor)
    audit, api = attack.logs["audit"], attack.logs["api"]
    for wait, action, kind in (
        (0.0, "sign_in", "session"),
        (4.0, "view", "registration"),
        (8.0, "search", "registration"),
    ):
        yield Line(attack.start + wait, audit, _acted(rng, thief, action, kind, 1), attack.id, entities)
    began = attack.start + _LOOKS_AROUND_SECONDS
    duration = attack.duration - _LOOKS_AROUND_SECONDS
    pause = (began + duration * 0.55, began + duration * 0.65)
    for at in arrivals(rng, began, duration, attack.rate):
        if pause[0] < at < pause[1]:
            continue
        refused = happens(rng, 0.04)
        records = 0 if refused else rng.choice((1_000, 1_000, 1_000, rng.randint(400, 999)))
        yield Line(at, api, _called(rng, thief, 429 if refused else 200, records), attack.id, entities)
        if not refused:
            yield Line(at + 0.1, audit, _acted(rng, thief, "export", "registration_page", records), attack.id, entities)


def _called(rng: random.Random, thief: _Thief, status: int, records: int) -> Record:
    return Record(
        {
            "client_id": "wallet-backoffice",
            "agency_id": "DGA",
            "cert_cn": "backoffice.wallet.example",
            "scope": "registration.export",
            "api": "/api/v1/registrations/export",
            "method": "GET",
            "status": status,
            "records_returned": records,
            "latency_ms": rng.randint(300, 2_400),
            "request_id": f"{rng.getrandbits(64):016x}",
            "src_ip": thief.address,
            "user": thief.actor,
        }
    )


def _acted(rng: random.Random, thief: _Thief, action: str, kind: str, records: int) -> Record:
    return Record(
        {
            "actor": thief.actor,
            "actor_type": "officer",
            "action": action,
            "object_type": kind,
            "object_id_hash": citizen_hash(rng),
            "result": "success",
            "src_ip": thief.address,
            "session_id": thief.session,
            "records_returned": records,
        }
    )
