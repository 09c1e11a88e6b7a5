"""Indicators to measure with, the same for the same seed: a feed of mixed kinds, and a log in which some are seen."""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import logs

#: Of so many indicators, how many are of a kind.
SHARES: dict[str, int] = {
    "ipv4": 45,
    "network": 2,
    "ipv6": 3,
    "domain": 20,
    "url": 10,
    "sha256": 14,
    "md5": 3,
    "sha1": 1,
    "email": 1,
    "user_agent": 1,
}
#: Of a log under attack: every so many requests come from a listed address …
HOSTILE_EVERY = 10
#: … of so many.
SOURCES = 2_000


def made(count: int) -> Iterator[tuple[str, str]]:
    """Give (kind, value) of so many indicators."""
    dice = random.Random(logs.SEED)  # noqa: S311  no secret
    kinds = [kind for kind, share in SHARES.items() for _ in range(share)]
    for number in range(count):
        kind = kinds[number % len(kinds)]
        yield ("ipv4" if kind == "network" else kind), _VALUES[kind](dice)


def write(path: Path, count: int) -> None:
    """Write a feed of comma-separated values."""
    with path.open("w", encoding="utf-8") as file:
        file.write("value,kind\n")
        file.writelines(f"{value},{kind}\n" for kind, value in made(count))


def under_attack(count: int, indicators: int) -> Iterator[str]:
    """Give lines of the web log; in one of ten a listed address asks, and in one of a hundred a listed program."""
    sources = [value for kind, value in made(min(indicators, 100_000)) if kind == "ipv4" and "/" not in value][:SOURCES]
    agents = [value for kind, value in made(min(indicators, 100_000)) if kind == "user_agent"]
    for number, line in enumerate(logs.web(count)):
        told = line
        if number % HOSTILE_EVERY == 0:
            told = f"{sources[number // HOSTILE_EVERY % len(sources)]} {told.partition(' ')[2]}"
        if number % (10 * HOSTILE_EVERY) == 0:
            told = f'{told[: told[:-1].rindex(chr(34))]}"{agents[number % len(agents)]}"'
        yield told


def _network(dice: random.Random) -> str:
    bits = dice.randrange(17, 31)
    number = dice.randrange(1 << 24, 200 << 24) >> (32 - bits) << (32 - bits)
    return f"{ipaddress.IPv4Address(number)}/{bits}"


_VALUES: dict[str, Callable[[random.Random], str]] = {
    "ipv4": lambda dice: str(ipaddress.IPv4Address(dice.randrange(1 << 24, 200 << 24))),
    "network": _network,
    "ipv6": lambda dice: str(ipaddress.IPv6Address((0x2A00 << 112) | dice.getrandbits(112))),
    "domain": lambda dice: f"{dice.getrandbits(40):x}.bad{dice.randrange(2_000)}.example",
    "url": lambda dice: (
        f"http://{dice.getrandbits(24):x}.example/{dice.getrandbits(36):x}/a.sh?id={dice.randrange(99)}"
    ),
    "sha256": lambda dice: f"{dice.getrandbits(256):064x}",
    "md5": lambda dice: f"{dice.getrandbits(128):032x}",
    "sha1": lambda dice: f"{dice.getrandbits(160):040x}",
    "email": lambda dice: f"{dice.getrandbits(40):x}@mail{dice.randrange(500)}.example",
    "user_agent": lambda dice: f"Mozilla/5.0 (compatible; bot{dice.getrandbits(40):x}/1.0)",
}
