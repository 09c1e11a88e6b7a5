"""A storm of alerts with its truth: how few incidents it becomes, how pure they are, and what the grouping costs.

PYTHONPATH=. .venv/bin/python benchmarks/storm.py --alerts 100000 --seed 1 --batch 10000
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import insert, select

from warroom.incidents.grouping import group
from warroom.store.database import State
from warroom.store.tables import alerts, incidents

PLATFORMS = ("tang_rat", "tang_rat_kyc", "gdx", "digital_id", "gdcc", "digital_wallet_reg", "dga_portal", "biz_portal")
MINUTE = 60_000_000
START = 1_795_332_600_000_000
LEVELS = ("low", "medium", "high", "critical")


@dataclass
class Told:
    """An alert and to which attack it belongs: ``quiet-…`` or ``attack-…``."""

    truth: str
    platform: str
    rule: str
    entities: list[tuple[str, str]]
    at: int = 0


class Attacker:
    """Makes the alerts of one attack; what it uses (addresses, accounts, hosts) nobody else in the storm uses."""

    def __init__(self, truth: str, platform: str, dice: random.Random) -> None:
        self.truth, self.platform, self.dice = truth, platform, dice
        self.rules = [str(UUID(int=dice.getrandbits(128), version=4)) for _ in range(20)]
        self.mark = f"{dice.getrandbits(24):06x}"
        self.network = dice.randrange(1 << 12)

    def address(self, number: int) -> tuple[str, str]:
        """One of the attack's addresses."""
        return "address", f"{11 + self.network % 80}.{self.network >> 4}.{number >> 8 & 255}.{number & 255}"

    def user(self, number: int) -> tuple[str, str]:
        """One of the attack's accounts."""
        return "user", f"u-{self.mark}-{number:05x}"

    def device(self, number: int) -> tuple[str, str]:
        """One of the attack's devices."""
        return "device", f"d-{self.mark}-{number:05x}"

    def host(self, number: int) -> tuple[str, str]:
        """One of the attack's hosts."""
        return "host", f"srv-{self.mark}-{number}"

    def told(self, rule: int, *entities: tuple[str, str]) -> Told:
        """One alert of one of the attack's rules."""
        return Told(self.truth, self.platform, self.rules[rule], list(entities))


def one_address_many_accounts(who: Attacker, count: int) -> Iterator[Told]:
    """Credential stuffing from one place."""
    for number in range(count):
        yield who.told(who.dice.randrange(3), who.address(1), who.user(number // 2))


def one_account_many_addresses(who: Attacker, count: int) -> Iterator[Told]:
    """One account attacked by a botnet."""
    for number in range(count):
        yield who.told(who.dice.randrange(2), who.address(number), who.user(1))


def strangers(who: Attacker, count: int) -> Iterator[Told]:
    """A botnet tries an account an address, all by one rule."""
    for number in range(count):
        yield who.told(0, who.address(number), who.user(number))


def botnet(who: Attacker, count: int) -> Iterator[Told]:
    """Some hundreds of addresses show several rules each, about no account."""
    for _ in range(count):
        yield who.told(who.dice.randrange(4), who.address(who.dice.randrange(300)))


def spray(who: Attacker, count: int) -> Iterator[Told]:
    """Few passwords on many accounts, from many addresses, each used again and again."""
    for _ in range(count):
        yield who.told(0, who.address(who.dice.randrange(200)), who.user(who.dice.randrange(count)))


def one_host_many_rules(who: Attacker, count: int) -> Iterator[Told]:
    """A machine that was broken into: everything fires on it, under accounts that every machine has."""
    for _ in range(count):
        yield who.told(who.dice.randrange(20), ("user", "NT AUTHORITY\\SYSTEM"), who.host(1))


def worm(who: Attacker, count: int) -> Iterator[Told]:
    """From host to host: an alert names the one it comes from and the one it goes to."""
    for _ in range(count):
        there = who.dice.randrange(1, 60)
        yield who.told(who.dice.randrange(5), who.host(there), who.host(who.dice.randrange(there)))


def scanner(who: Attacker, count: int) -> Iterator[Told]:
    """One address, many rules, one server that others attack, too."""
    for _ in range(count):
        yield who.told(who.dice.randrange(20), who.address(7), ("host", f"web-{who.platform}"))


def behind_carriers(who: Attacker, count: int) -> Iterator[Told]:
    """Registration bots behind carriers' NAT: the addresses are everybody's, the devices are theirs."""
    for number in range(count):
        nat = ("address", f"100.64.0.{who.dice.randrange(1, 250)}")
        yield who.told(who.dice.randrange(2), nat, who.user(number), who.device(who.dice.randrange(40)))


def device_farm(who: Attacker, count: int) -> Iterator[Told]:
    """One device proves many identities."""
    for number in range(count):
        yield who.told(who.dice.randrange(2), who.device(1), who.user(number), who.address(number % 500))


def flood(who: Attacker, count: int) -> Iterator[Told]:
    """A flood of one server: an alert an address."""
    for number in range(count):
        yield who.told(0, who.address(number), ("host", f"web-{who.platform}"))


def nameless(who: Attacker, count: int) -> Iterator[Told]:
    """A rule about the platform as a whole: it names nobody."""
    for _ in range(count):
        yield who.told(0)


KINDS = (
    one_address_many_accounts,
    one_account_many_addresses,
    strangers,
    botnet,
    spray,
    one_host_many_rules,
    worm,
    scanner,
    behind_carriers,
    device_farm,
    flood,
    nameless,
)


def quiet(who: Attacker, count: int) -> Iterator[Told]:
    """Somebody patient: few alerts, about one account from one address on the server that everybody attacks."""
    for number in range(count):
        yield who.told(number % 3, who.address(9), who.user(3), ("host", f"web-{who.platform}"))


def quiet_behind_a_carrier(who: Attacker, count: int) -> Iterator[Told]:
    """The same behind the NAT that the bots use."""
    for number in range(count):
        yield who.told(number % 2, ("address", "100.64.0.7"), who.user(2))


def storm(count: int, seed: int) -> list[Told]:
    """Give the alerts of 12 attacks and 3 quiet ones in the order of their times, all within a minute."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    shares = [dice.lognormvariate(0, 0.8) for _ in KINDS]
    found: list[Told] = []
    for number, (kind, share) in enumerate(zip(KINDS, shares, strict=True)):
        who = Attacker(f"attack-{kind.__name__}", dice.choice(PLATFORMS), dice)
        who.network = number * 37 + dice.randrange(30)
        found += kind(who, max(40, round(count * share / sum(shares))))
    for number, calm in enumerate((quiet, quiet, quiet_behind_a_carrier)):
        who = Attacker(f"quiet-{number}", dice.choice(PLATFORMS), dice)
        who.network = 3000 + number
        found += calm(who, dice.randrange(3, 12))
    for one in found:
        one.at = START + dice.randrange(MINUTE)
    return sorted(found, key=lambda one: one.at)


def rows(told: list[Told], seed: int) -> list[dict[str, object]]:
    """Give the alerts as they are stored."""
    return [
        {
            "id": f"{seed:08x}{number:056x}",
            "rule_id": one.rule,
            "rule_title": f"Rule {one.rule[:8]}",
            "rule_title_th": f"กฎ {one.rule[:8]}",
            "severity": LEVELS[int(one.rule[0], 16) % 4],
            "platform_id": one.platform,
            "feed_id": f"{one.platform}_log",
            "first_at": one.at,
            "last_at": one.at,
            "raised_at": one.at + 1_000_000,
            "count": 1 + number % 7,
            "entities": json.dumps([list(entity) for entity in one.entities]),
            "event_ids": json.dumps([number]),
            "tags": json.dumps(["attack.t1110"]),
            "drill": False,
            "waiting": True,
        }
        for number, one in enumerate(told)
    ]


@dataclass
class Outcome:
    """What became of a storm."""

    incidents: int  # that are in the queue
    merged: int  # opened, then found to be part of another
    purity: float  # share of alerts whose attack is the one that most of their incident's alerts belong to …
    right: float  # … and which are in the incident that has most of their attack's alerts
    apart: bool  # the quiet ones are in incidents of their own
    unaccounted: int
    cpu: float
    by_truth: dict[str, Counter[int]]


def run(state: State, told: list[Told], *, seed: int = 0, batch: int = 100_000) -> Outcome:
    """Store a storm in pieces, group after each, and measure."""
    stored = rows(told, seed)
    truth = {str(row["id"]): one.truth for row, one in zip(stored, told, strict=True)}
    cpu = 0.0
    for start in range(0, len(stored), batch):
        with state.write("alerts") as connection:
            connection.execute(insert(alerts), stored[start : start + batch])
        before = time.process_time()
        group(state, timedelta(minutes=60))
        cpu += time.process_time() - before
    with state.read() as connection:
        found = connection.execute(select(alerts.c.id, alerts.c.incident_id, alerts.c.waiting)).all()
        opened = connection.execute(select(incidents.c.id, incidents.c.merged_into)).all()
    inside: defaultdict[int | None, Counter[str]] = defaultdict(Counter)
    by_truth: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for alert_id, incident_id, _ in found:
        inside[incident_id][truth[alert_id]] += 1
        by_truth[truth[alert_id]][incident_id or 0] += 1
    main = {name: counts.most_common(1)[0][0] for name, counts in by_truth.items()}
    pure = sum(counts.most_common(1)[0][1] for counts in inside.values())
    right = sum(
        counts[name]
        for incident_id, counts in inside.items()
        for name in (counts.most_common(1)[0][0],)
        if main[name] == incident_id
    )
    apart = all(
        set(inside[incident_id]) == {name}
        for name, counts in by_truth.items()
        if name.startswith("quiet")
        for incident_id in counts
    )
    return Outcome(
        incidents=sum(merged is None for _, merged in opened),
        merged=sum(merged is not None for _, merged in opened),
        purity=pure / len(found),
        right=right / len(found),
        apart=apart,
        unaccounted=sum(incident_id is None or waiting for _, incident_id, waiting in found),
        cpu=cpu,
        by_truth=dict(by_truth),
    )


def main() -> None:
    """Print one line a storm."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--alerts", type=int, default=100_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--storms", type=int, default=1)
    options.add_argument("--batch", type=int, default=100_000, help="alerts that arrive between two groupings")
    options.add_argument("--show", action="store_true", help="tell of every attack, too")
    chosen = options.parse_args()
    for seed in range(chosen.seed, chosen.seed + chosen.storms):
        told = storm(chosen.alerts, seed)
        with tempfile.TemporaryDirectory() as folder, State(f"sqlite:///{Path(folder) / 'state.db'}") as state:
            state.migrate()
            outcome = run(state, told, seed=seed, batch=chosen.batch)
        print(
            f"seed {seed}: {len(told):,} alerts, {outcome.incidents} incidents (+{outcome.merged} merged), "
            f"{outcome.purity:.2%} pure, {outcome.right:.2%} in the right incident, "
            f"quiet ones {'apart' if outcome.apart else 'NOT APART'}, {outcome.unaccounted} unaccounted, "
            f"{outcome.cpu:.1f} CPU-s, {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB"
        )
        if chosen.show:
            for name, counts in sorted(outcome.by_truth.items()):
                print(f"    {name}: {sum(counts.values()):,} alerts in {len(counts)} incidents {counts.most_common(4)}")


if __name__ == "__main__":
    main()
