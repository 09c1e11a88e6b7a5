"""The attacks, one file per kind, each written from how it is really conducted; never from a rule.

Law: an attack is a pure function of its description and its own generator, gives lines that carry their truth,
and uses only addresses of the scenario.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warroom.drill.attacks.admin_brute_force import admin_brute_force
from warroom.drill.attacks.credential_stuffing import credential_stuffing
from warroom.drill.attacks.http_flood import http_flood
from warroom.drill.attacks.identity_farm import identity_farm
from warroom.drill.attacks.mass_export import mass_export
from warroom.drill.attacks.sql_injection import sql_injection
from warroom.drill.people import generator
from warroom.drill.steps.acting import act
from warroom.drill.steps.script import StepsAttack
from warroom.errors import UsageError

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

    from warroom.drill.cast import Cast
    from warroom.drill.lines import Line
    from warroom.drill.scenario import Attack

_KINDS: Final[dict[str, Callable[[Attack, random.Random], Iterator[Line]]]] = {
    "admin_brute_force": admin_brute_force,
    "credential_stuffing": credential_stuffing,
    "http_flood": http_flood,
    "identity_farm": identity_farm,
    "mass_export": mass_export,
    "sql_injection": sql_injection,
}


def attack_lines(attack: Attack | StepsAttack, seed: int, cast: Cast | None = None) -> list[Line]:
    """Give every line of one attack in order of time; one told in steps needs the ``cast`` of its scenario."""
    rng = generator(seed, "attack", attack.id)
    if isinstance(attack, StepsAttack):
        if cast is None:
            raise UsageError(f"attack {attack.id} is told in steps: it needs its scenario's people")
        lines = act(attack.steps, cast.place_of(attack, rng), attack.start)
    else:
        lines = _KINDS[attack.kind](attack, rng)
    return sorted(lines, key=lambda line: line.at)
