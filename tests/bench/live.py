"""A store that the worker's own intake filled: several feeds, late events, a drill, rules of every kind.

``raised`` is what live detection stored; a back-test of the same events has to find the same.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
from making import new_store, settings_for
from sqlalchemy import select

from warroom.catalog import Feed, load_feeds
from warroom.collect.chunk import Chunk
from warroom.detect import Correlation, Rule, RuleSet, load_rules
from warroom.enrich.skew import SkewWatch
from warroom.intake import Intake
from warroom.store import feedstate
from warroom.store.compaction import Compactor
from warroom.store.database import State
from warroom.store.lease import Lease
from warroom.store.tables import alerts

BEGIN = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
FEED = """\
title: {{th: ทดสอบ, en: Test}}
platform: tang_rat
drill: {drill}
collect: {{transport: file, paths: ["{{data}}/{name}.jsonl"]}}
parse: {{format: jsonl, fields: {{source_ip: src_ip, user_name: user, event_outcome: result}}}}
logsource: {{product: govplatform, service: {service}}}
"""
FEEDS = {
    "one": ("kyc", "false"),
    "two": ("kyc", "false"),
    "three": ("authn", "false"),
    "apart": ("consent_log", "false"),
    "practice": ("kyc", "true"),
}
SINGLE = """\
title: Letter {letter}
id: 00000000-0000-4000-8000-00000000000{number}
name: letter_{letter}
status: test
logsource: {{product: govplatform{service}}}
detection: {{s: {{kind|contains: {letter}}}, condition: s}}
level: low
"""
CORRELATIONS = {
    "event_count": "rules: [letter_a], group-by: [src_ip], timespan: 5m, condition: {gte: 4}",
    "few": "type: event_count, rules: [letter_b], group-by: [user_id_hash, src_ip], timespan: 10m, condition: {lt: 3}",
    "value_count": "rules: [letter_a], group-by: [src_ip], timespan: 10m, condition: {field: user_id_hash, gte: 3}",
    "temporal": "rules: [letter_a, letter_b, letter_c], group-by: [user_id_hash], timespan: 15m",
    "temporal_ordered": "rules: [letter_a, letter_c], group-by: [src_ip], timespan: 10m",
    "value_sum": "rules: [letter_c], group-by: [src_ip], timespan: 10m, condition: {field: size, gte: 60}",
    "value_avg": "rules: [letter_b], group-by: [src_ip], timespan: 5m, condition: {field: size, gt: 10}",
    "value_percentile": (
        "rules: [letter_c], group-by: [src_ip], timespan: 5m, condition: {field: size, percentile: 90, gte: 14}"
    ),
    "chain": "type: temporal, rules: [event_count, value_sum], group-by: [src_ip], timespan: 1h, generate: true",
    "everything": "type: event_count, rules: [letter_c], timespan: 1h, condition: {gte: 20}",
}


def rule_files() -> dict[str, str]:
    """Write the rules; letter d is told by itself, e by events of one service alone."""
    found = {
        f"{letter}.yml": SINGLE.format(letter=letter, number=number, service=", service: kyc" if letter == "e" else "")
        for number, letter in enumerate("abcde")
    }
    found["word.yml"] = (
        "title: A word\nid: 00000000-0000-4000-8000-000000000009\nlogsource: {product: govplatform, service: authn}\n"
        "detection: {k: [strange], condition: k}\nlevel: medium\n"
    )
    for number, (name, body) in enumerate(CORRELATIONS.items()):
        kind = "" if "type:" in body else f"type: {name}, "
        found[f"{name}.yml"] = (
            f"title: {name}\nid: 00000000-0000-4000-9000-00000000000{number:x}\nname: {name}\n"
            f"correlation: {{{kind}{body}}}\nlevel: high\n"
        )
    return found


def lines(draw: random.Random, count: int, begin: datetime, *, odd: bool = False) -> list[bytes]:
    """Write so many events, a few of them late: some so late that no correlation counts them."""
    found: list[bytes] = []
    moment = begin
    for _ in range(count):
        moment += timedelta(seconds=draw.choice((0, 1, 5, 20, 45)))
        late = draw.choice((0, 0, 0, 0, 60, 400, 590, 900))
        told: dict[str, object] = {
            "ts": (moment - timedelta(seconds=late)).isoformat(),
            "src_ip": f"198.51.100.{draw.randrange(6)}",
            "kind": "".join(draw.sample("abcdexyz", 2)),
            "size": draw.randrange(20),
            "result": draw.choice(("success", "failure")),
        }
        if draw.random() < 0.8:
            told["user"] = told["user_id_hash"] = f"u{draw.randrange(5)}"
        if draw.random() < 0.05:
            told["note"] = "something strange"
        if odd and draw.random() < 0.1:
            told["kind"] = ["a", "c"]
        found.append(json.dumps(told).encode())
    return found


class Live:
    """A store, and the intake that fills it; feeds and rules are files by name, those above where none are given."""

    def __init__(
        self, folder: Path, feeds: Mapping[str, str] | None = None, rules: Mapping[str, str] | None = None
    ) -> None:
        made = {
            f"{name}.yml": FEED.format(name=name, service=service, drill=drill)
            for name, (service, drill) in FEEDS.items()
        }
        self.settings = settings_for(folder, dict(feeds or made), dict(rules or rule_files()))
        self.data = self.settings.data_dir
        self.state = new_store(self.settings.data_dir / "state.db")
        self.lease = Lease(self.state, self.data)
        self.lease.take()
        loaded, faults = load_feeds(self.settings.feeds, self.data)
        assert not faults
        self.feeds: dict[str, Feed] = {one.id: one for one in loaded}
        told = [feedstate.Registration(one.id, "tang_rat", "ท", "T", one.drill, 900) for one in loaded]
        feedstate.register(self.state, told)
        self.rules = load_rules([self.settings.detectors])
        assert not self.rules.refused
        self.intake = Intake(self.settings, self.state, self.lease, SkewWatch())
        self.intake.use(self.rules)
        self._read: dict[str, int] = defaultdict(int)

    def take(self, feed: str, read: Iterable[bytes]) -> None:
        """Bring lines into the store, as one commit."""
        rows = pa.array(list(read), pa.binary())
        first = self._read[feed]
        self._read[feed] = first + len(rows)
        chunk = Chunk(
            feed, feed, rows, pa.array(range(first, first + len(rows)), pa.int64()), [], str(first + len(rows))
        )
        self.intake.take(self.feeds[feed], chunk, str(first) if first else None)

    def compact(self) -> int:
        """Merge small files; how many."""
        return Compactor(self.state, self.data, self.lease).run()

    def close(self) -> None:
        """End it."""
        self.lease.release()
        self.state.close()


def raised(state: State) -> dict[str, dict[str, tuple[int, bool]]]:
    """Give the alerts that are stored: rule → alert id → its events, and whether they are a drill's."""
    found: dict[str, dict[str, tuple[int, bool]]] = defaultdict(dict)
    told = select(alerts.c.rule_id, alerts.c.id, alerts.c["count"].label("events"), alerts.c.drill)
    with state.read() as connection:
        for row in connection.execute(told):
            found[row.rule_id][row.id] = row.events, row.drill
    return found


def digest(ids: Iterable[str]) -> str:
    """Give what a back-test gives for these alerts."""
    return f"{sum(int(one, 16) for one in ids) % (1 << 256):064x}"


def named(rules: RuleSet, name: str) -> str:
    """Give the id of a rule."""
    both: list[Rule | Correlation] = [*rules.rules, *rules.correlations]
    return next(one.id for one in both if one.name == name)


def fill(live: Live, seed: int, count: int, sizes: tuple[int, ...], feeds: Iterable[str] = FEEDS) -> None:
    """Let feeds write at once, so many events each, in commits of these sizes."""
    draw = random.Random(seed)
    written: Mapping[str, list[bytes]] = {
        name: lines(draw, count, BEGIN + timedelta(minutes=7 * number), odd=name == "two")
        for number, name in enumerate(feeds)
    }
    while any(written.values()):
        name = draw.choice([name for name, left in written.items() if left])
        size = draw.choice(sizes)
        live.take(name, written[name][:size])
        del written[name][:size]
