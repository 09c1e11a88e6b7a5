"""Threat intelligence over a store as a busy day leaves it: feeds in every state, indicators, sightings, matches."""

# ruff: noqa: E501 - rows of tables are as long as they are

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import insert, select, update

from warroom.indicators import INDICATORS, TABLES
from warroom.store.database import raise_counter
from warroom.store.intel import findings, rulings
from warroom.store.intel.changes import COLUMNS
from warroom.store.intel.findings import Findings, Match, Sighting
from warroom.store.intel.tables import intel_feeds, intel_files, intel_look_backs, intel_polls
from warroom.store.tables import alerts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from warroom.store.database import State

MINUTE: Final = 60_000_000
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
#: What an attacker may have put into a feed.
HOSTILE: Final = "<script>alert(1)</script>\u202egnp.exe"
#: The address of the first attack of a busy day, which feeds list.
LISTED: Final = "203.0.113.77"
EVIL: Final = "update.evil-cdn.example"
RESOLVER: Final = "8.8.8.8"
URL: Final = "http://update.evil-cdn.example/a/gate.php?id=7"
SHA256: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

#: id → titles, way, format, confidence, TLP, severity, on, minutes since success, failure, mark, licence
_FEEDS: Final[tuple[tuple[Any, ...], ...]] = (
    ("ipsum", "รายการ IPsum", "IPsum", "http", "list", 60, "clear", "medium", True, 42, None, "", "Unlicense"),
    ("threatfox", "ThreatFox ของ abuse.ch", "ThreatFox", "http", "csv", 75, "green", "high", True, 9, None, "", "CC0-1.0"),
    ("tor_exits", "ทางออก Tor", "Tor exits", "http", "list", 80, "clear", None, True, 18, None, "tor", "CC0-1.0"),
    ("circl_osint", "CIRCL OSINT (MISP)", "CIRCL OSINT (MISP)", "misp_feed", "misp", 70, "clear", "high", True, 4 * 1440,
     "the server cannot be reached: connection refused", "", "CC0-1.0"),
    ("cert_taxii", "TAXII ของ CERT ภาคี", "Partner CERT, TAXII", "taxii", "stix", 85, "amber", "high", True, 3100, None, "", "TLP:AMBER"),
    ("thaicert", "ประกาศ ThaiCERT", "ThaiCERT advisories", "folder", "pdf", 90, "amber+strict", "critical", True, 3, None, "", ""),
    ("misp_sector", "MISP ภาครัฐ", "MISP, government", "misp", "misp", 80, "amber", "high", False, None, None, "", ""),
    ("feodo", "Feodo Tracker", "Feodo Tracker", "http", "csv", 75, "clear", "high", True, None, None, "", "CC0-1.0"),
)  # fmt: skip


def seed_intel(state: State, folder: Path, *, incident: int = 1, odd: str = HOSTILE) -> None:
    """Fill a seeded store with intelligence; the alerts of one incident rest on some of it, ``odd`` is what feeds say."""
    now = int(datetime.now(UTC).timestamp() * 1_000_000)
    indicators = {
        "ipsum": [("ipv4", LISTED, None, "scanning", 12), ("ipv4", "198.51.100.0/24", None, None, 3), ("ipv4", RESOLVER, None, None, 30)],
        "threatfox": [
            ("ipv4", LISTED, 95, "attack.t1071 cobalt_strike", 5),
            ("domain", EVIL, 90, "attack.t1071.004 cobalt_strike", 5),
            ("url", URL, 100, "attack.t1105", 2),
            ("sha256", SHA256, 100, "emotet", 40),
            ("domain", "old.example", 60, None, 400),
        ],
        "tor_exits": [("ipv4", "198.51.100.9", None, None, 90)],
        "cert_taxii": [("ipv4", LISTED, 40, None, 80), ("email", "ceo@phish.example", 80, None, 7)],
        "misp_sector": [("domain", "dormant.example", 50, None, 20)],
        "thaicert": [("user_agent", odd, 70, "cve-2024-3400", 4), ("file_name", "gnp.exe", None, None, 4)],
    }  # fmt: skip
    with state.write("intel", "incidents") as connection:
        for one in _FEEDS:
            connection.execute(insert(intel_feeds).values(**_feed(one, indicators.get(one[0], []), now)))
        connection.execute(
            update(intel_feeds)
            .where(intel_feeds.c.feed_id == "thaicert")
            .values(refused=2, refusals=json.dumps([[f"page 3: {odd}", "longer than 2048 bytes"], ["evil", "no dot"]]))
        )
        for feed, listed in indicators.items():
            _keep(connection, folder, feed, "indicators", _table(listed, now))
            _keep(connection, folder, feed, "changes", _changes(listed, now))
        warning = pa.table(
            {"list": ["List of known public DNS resolvers"], "matching": ["cidr"], "value": ["8.8.8.8/32"],
             "category": ["false_positive"], "applies_to": [None]}, schema=_plain(TABLES["warnings"]),
        ).cast(TABLES["warnings"])  # fmt: skip
        _keep(connection, folder, "thaicert", "warnings", warning)
        connection.execute(insert(intel_polls), _polls(now))
        connection.execute(insert(intel_look_backs), _jobs(now))
        _found(connection, incident, odd, now)
        rulings.add(
            connection, "ipv4", "198.51.100.9", reason="เครื่องทดสอบของเราเอง ตรวจแล้ว", by="wipa", at=now - DAY, until=now + 29 * DAY
        )  # fmt: skip
        raise_counter(connection, "alerts")


def _feed(one: tuple[Any, ...], listed: Sequence[tuple[Any, ...]], now: int) -> dict[str, Any]:
    feed_id, thai, english, way, shape, confidence, tlp, severity, on, since, failure, mark, licence = one
    kinds: dict[str, int] = {}
    for kind, *_ in listed:
        kinds[kind] = kinds.get(kind, 0) + 1
    succeeded = None if since is None else now - since * MINUTE
    return {
        "feed_id": feed_id, "title_th": thai, "title_en": english, "way": way, "format": shape, "licence": licence,
        "about": f"https://{feed_id}.example/about", "confidence": confidence, "tlp": tlp, "severity": severity,
        "mark": mark, "every_us": HOUR, "stale_after_us": 2 * DAY, "enabled": on, "tried_at": succeeded,
        "succeeded_at": succeeded, "changed_at": succeeded, "failing_since": now - 3 * DAY if failure else None,
        "failure": failure, "failures": 72 if failure else 0, "items": 4_812 if listed else 0,
        "indicators": sum(kinds.values()), "by_kind": json.dumps(kinds),
        "counts": json.dumps({"attack-pattern": 691, "malware": 12} if way == "taxii" else {}),
    }  # fmt: skip


def _table(listed: Sequence[tuple[Any, ...]], now: int) -> pa.Table:
    """Give indicators as rows of INDICATORS: kind, value, confidence, tags, and how many days they have been there."""
    rows = [
        {
            "kind": kind, "value": value, "origin": "list", "confidence": confidence, "tags": tags,
            "added_at": _moment(now - days * DAY), "last_seen": _moment(now - days * DAY // 2),
            "comment": "seen in phishing of <b>agencies</b>" if tags else None,
            "reference": "https://example.org/report/7" if tags else "javascript:alert(1)",
        }
        for kind, value, confidence, tags, days in listed
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=_plain(INDICATORS)).cast(INDICATORS)


def _changes(listed: Sequence[tuple[Any, ...]], now: int) -> pa.Table:
    rows = [
        {"at": _moment(now - days * DAY), "change": "added", "kind": kind, "value": value}
        for kind, value, _, _, days in listed
    ]
    return pa.Table.from_pylist(rows, schema=_plain(COLUMNS)).cast(COLUMNS)


def _keep(connection: Any, folder: Path, feed: str, holds: str, table: pa.Table) -> None:  # noqa: ANN401
    path = f"intel/{feed}/{holds}.parquet"
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, folder / path)
    row = {"path": path, "feed_id": feed, "holds": holds, "rows": len(table), "bytes": 1, "sha256": "", "at": 1}
    connection.execute(insert(intel_files).values(**row))


def _polls(now: int) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    for back in range(20, 0, -1):
        for place, feed in enumerate(("ipsum", "threatfox", "tor_exits", "thaicert")):
            added, removed = (back * 37 + place * 11) % 90, (back * 13 + place * 7) % 40
            told.append(
                {"feed_id": feed, "at": now - back * HOUR, "took_us": 900_000, "outcome": "changed", "reason": None,
                 "read": 4_812, "added": added, "removed": removed, "refused": 0}
            )  # fmt: skip
    refused = "the server cannot be reached: connection refused"
    told += [
        {"feed_id": "circl_osint", "at": now - back * HOUR, "took_us": 30_000, "outcome": "failed", "reason": refused,
         "read": 0, "added": 0, "removed": 0, "refused": 0}
        for back in range(12, 0, -1)
    ]  # fmt: skip
    return told


def _jobs(now: int) -> list[dict[str, Any]]:
    usual = {"path": "", "since": now - 30 * DAY, "before_id": 1, "last_path": "", "failure": None}
    return [
        usual | {"made_at": now - 5 * HOUR, "feeds": '["ipsum", "threatfox"]', "indicators": 412, "files": 90,
                 "files_done": 90, "events": 51_204_118, "alerts": 3, "finished_at": now - 5 * HOUR + 48_000_000},
        usual | {"made_at": now - MINUTE, "feeds": '["threatfox"]', "path": "look_backs/1.parquet", "indicators": 57,
                 "files": 90, "files_done": 38, "events": 21_880_004, "alerts": 1, "finished_at": None},
    ]  # fmt: skip


def _found(connection: Any, incident: int, odd: str, now: int) -> None:  # noqa: ANN401
    """Let alerts of an incident, and of another one, rest on the listed address."""
    listed: list[Mapping[str, Any]] = [
        {"feed": "threatfox", "title_th": "ThreatFox ของ abuse.ch", "title_en": "ThreatFox", "score": 88, "confidence": 95,
         "tlp": "green", "listed_at": now - 5 * DAY, "last_seen": now - DAY, "fetched_at": now - 9 * MINUTE,
         "tags": "attack.t1071 cobalt_strike cve-2024-3400", "comment": odd, "reference": "https://example.org/report/7"},
        {"feed": "ipsum", "title_th": "รายการ IPsum", "title_en": "IPsum", "score": 60, "confidence": 60, "tlp": "clear",
         "listed_at": now - 12 * DAY, "last_seen": None, "fetched_at": now - 42 * MINUTE, "tags": None, "comment": None,
         "reference": None},
    ]  # fmt: skip
    own = connection.scalars(select(alerts.c.id).where(alerts.c.incident_id == incident)).all()
    other = connection.scalars(select(alerts.c.id).where(alerts.c.incident_id == incident + 4)).all()
    matches = [
        Match(alert, "ipv4", LISTED, LISTED, "source_ip", 88, json.dumps(listed, ensure_ascii=False), place == 0)
        for place, alert in enumerate(own[:-2])
    ]
    matches += [
        Match(alert, "domain", EVIL, f"cdn.{EVIL}", "dns_question_name", 90, json.dumps(listed)) for alert in own[-2:]
    ]
    matches += [Match(alert, "ipv4", LISTED, LISTED, "source_ip", 88, json.dumps(listed)) for alert in other]
    sightings = [
        Sighting("ipv4", LISTED, now // DAY - back, platform, 3 + back * 5 % 17, now - back * DAY, now - back * DAY)
        for back in (0, 1, 2, 5, 9, 16, 30)
        for platform in ("tang_rat", "gdx")
    ]
    sightings.append(Sighting("ipv4", RESOLVER, now // DAY, "gdx", 41, now - HOUR, now - MINUTE))
    held = {
        "List of known public DNS resolvers": (1_204, RESOLVER),
        "Top 1000 website from Cloudflare Radar": (88, "a.example"),
        "ruling": (17, "198.51.100.9"),
    }
    findings.keep(connection, Findings(matches, sightings, held), now)
    connection.execute(
        update(alerts)
        .where(alerts.c.id == own[0])
        .values(
            rule_id="intel.threatfox",
            rule_title=f"Listed by ThreatFox: address {LISTED} (listed 5 days, list 9 min old, confidence 88)",
            rule_title_th=f"อยู่ในรายการ ThreatFox: ที่อยู่ {LISTED} (อยู่มา 5 วัน ข้อมูลอายุ 9 นาที ความเชื่อมั่น 88)",
        )
    )


def _plain(schema: pa.Schema) -> pa.Schema:
    return pa.schema([pa.field(one.name, getattr(one.type, "value_type", one.type), one.nullable) for one in schema])


def _moment(at: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)
