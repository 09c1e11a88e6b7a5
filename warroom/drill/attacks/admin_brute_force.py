"""Brute force on administration: password guessing at the bastion's SSH, then at the administrators' portal.

A guessing tool opens a few connections at a time, each gets three guesses before the server closes it. The names
come from a short list, most of them do not exist. SSH does not open; in the last third the same machine turns to
the portal's form and, near the end, one old password works.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from warroom.drill.attacks.actors import machines, truth
from warroom.drill.lines import Access, Line, Message
from warroom.drill.rhythm import arrivals, happens

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from warroom.drill.scenario import Attack
    from warroom.model import Entity

_HOST = "wallet-bastion01"
_EXISTING = "root"


def admin_brute_force(attack: Attack, rng: random.Random) -> Iterator[Line]:
    """Give ``logs.ssh`` for two thirds of the time, then ``logs.portal``; ``rate`` is guesses a second."""
    (address, *_) = machines(attack, rng)
    entities = truth(address)
    ssh_seconds = attack.duration * 2 / 3
    for at in arrivals(rng, attack.start, ssh_seconds, attack.rate / 3):
        yield from _connection(attack, rng, at, address, entities)
    yield from _portal(attack, rng, address, attack.start + ssh_seconds, entities)


def _connection(
    attack: Attack, rng: random.Random, at: float, address: str, entities: tuple[Entity, ...]
) -> Iterator[Line]:
    pid, port = rng.randint(20_000, 60_000), rng.randint(32_768, 60_999)
    name = rng.choice(attack.accounts)
    known = name == _EXISTING
    who = name if known else f"invalid user {name}"
    said: list[str] = [] if known else [f"Invalid user {name} from {address} port {port}"]
    pam = "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost="
    said.append(f"{pam}{address}" + (f"  user={name}" if known else ""))
    said += [f"Failed password for {who} from {address} port {port} ssh2"] * rng.randint(1, 3)
    kind = "authenticating" if known else "invalid"
    said.append(f"Connection closed by {kind} user {name} {address} port {port} [preauth]")
    for text in said:
        yield Line(at, attack.logs["ssh"], Message(_HOST, "sshd", pid, text), attack.id, entities)
        at += rng.uniform(0.05, 0.7)


def _portal(
    attack: Attack, rng: random.Random, address: str, start: float, entities: tuple[Entity, ...]
) -> Iterator[Line]:
    agent = rng.choice(attack.agents)
    log = attack.logs["portal"]
    end = attack.start + attack.duration
    yield Line(start, log, Access(address, "GET", "/admin/login", 200, 4_210, agent), attack.id, entities)
    for at in arrivals(rng, start + 1, end - start - 8, attack.rate / 2):
        yield Line(at, log, Access(address, "POST", "/admin/login", 401, 1_204, agent), attack.id, entities)
    if happens(rng, attack.success):
        for wait, method, path, status, size in (
            (-6.0, "POST", "/admin/login", 302, 0),
            (-5.2, "GET", "/admin/dashboard", 200, 18_330),
            (-1.5, "GET", "/admin/users", 200, 42_118),
        ):
            yield Line(end + wait, log, Access(address, method, path, status, size, agent), attack.id, entities)
