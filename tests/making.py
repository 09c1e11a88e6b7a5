"""Made-up events, alerts and workers for the tests."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from pathlib import Path

import pyarrow as pa

from warroom.access import Actor, Role
from warroom.enrich.envelope import Origin, add_envelope
from warroom.model import CORE, Alert, Entity, Severity
from warroom.settings import Settings
from warroom.store.database import State

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
BANGKOK = timezone(timedelta(hours=7))
ORIGIN = Origin("web", "tang_rat", "nginx", "webserver", None, "source-1", "/var/log/nginx/access.log")


def parsed(count: int, times: list[datetime | None] | None = None) -> pa.RecordBatch:
    """A parser's batch of ``count`` events."""
    columns = {"ts": pa.array(times or [NOW] * count, pa.timestamp("us", tz="UTC"))}
    columns |= {name: pa.nulls(count, kind) for name, kind in CORE.items()}
    columns["source_ip"] = pa.array(["203.0.113.9"] * count)
    columns["fields"] = pa.array([{"request_id": str(number)} for number in range(count)])
    columns["raw"] = pa.array([f"line {number}".encode() for number in range(count)], pa.binary())
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


def events(count: int, event_ids: pa.Array, *, first_offset: int = 0) -> pa.RecordBatch:
    """Whole events, as they are committed."""
    offsets = pa.array([first_offset + 10 * number for number in range(count)], pa.int64())
    return add_envelope(parsed(count), ORIGIN, offsets, event_ids, NOW, timedelta(minutes=10))


def an_alert(**changes: object) -> Alert:
    """One alert about one address."""
    told: dict[str, object] = {
        "alert_id": "a" * 64,
        "rule_id": "11111111-1111-4111-8111-111111111111",
        "rule_title": "SQL injection",
        "severity": Severity.HIGH,
        "platform_id": "tang_rat",
        "feed_id": "web",
        "first_at": NOW,
        "last_at": NOW,
        "count": 1,
        "entities": (Entity("address", "203.0.113.9"),),
        "event_ids": (1,),
    }
    return Alert(**(told | changes))  # type: ignore[arg-type]


def settings_for(folder: Path, feeds: dict[str, str], rules: dict[str, str]) -> Settings:
    """Settings of a war room of its own, with these feed and rule files."""
    for name, files in {"feeds": feeds, "detectors": rules}.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for file, text in files.items():
            (folder / name / file).write_text(text, encoding="utf-8")
    return Settings(
        data=folder / "data", cache=folder / "cache", feeds=folder / "feeds", detectors=folder / "detectors"
    )


@cache
def _empty_store() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "state.db")
        with State(f"sqlite:///{path}") as state:
            state.migrate()
        return path.read_bytes()


def new_store(path: Path) -> State:
    """A database with tables and nothing in them, as the migrations leave it: they take a third of a second."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    path.write_bytes(_empty_store())
    return State(f"sqlite:///{path}")


WEB_FEED = """\
title: {th: เว็บ, en: Web}
platform: tang_rat
collect: {transport: file, paths: ["{data}/logs/access.log*"], every: 200ms}
parse: {format: nginx, timezone: Asia/Bangkok}
logsource: {product: nginx, category: webserver}
"""

UNION_RULE = """\
title: SQL injection in a query
id: 11111111-1111-4111-8111-111111111111
status: test
logsource: {category: webserver}
detection:
    selection:
        cs-uri-query|contains: union
    condition: selection
level: high
tags: [attack.initial-access, attack.t1190]
"""

MANY_RULE = """\
title: Many injections from one address
id: 22222222-2222-4222-8222-222222222222
correlation:
    type: event_count
    rules: [one_injection]
    group-by: [c-ip]
    timespan: 10m
    condition: {gte: 10}
level: high
---
title: One injection
id: 33333333-3333-4333-8333-333333333333
name: one_injection
logsource: {category: webserver}
detection:
    selection:
        cs-uri-query|contains: union
    condition: selection
level: low
"""


def web_line(number: int, query: str = "page=1", address: str = "203.0.113.9", at: datetime = NOW) -> bytes:
    """One line of an access log; the number makes it unlike any other."""
    return (
        f'{address} - - [{at.astimezone(BANGKOK):%d/%b/%Y:%H:%M:%S %z}] "GET /item/{number}?{query} HTTP/1.1" 200 512 '
        f'"-" "Mozilla/5.0 (test)"\n'
    ).encode()


def somebody(name: str, *roles: Role, platforms: frozenset[str] | None = None) -> Actor:
    """Somebody who acts; a shift lead where nothing else is said."""
    return Actor(name, frozenset(roles or {Role.SHIFT_LEAD}), platforms)
