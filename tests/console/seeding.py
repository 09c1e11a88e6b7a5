"""A store as a busy day leaves it: platforms, feeds, alerts, incidents, events and some trouble."""

# ruff: noqa: E501 - log lines are as long as they are

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from sqlalchemy import insert

from warroom.enrich.envelope import Origin, add_envelope
from warroom.incidents.grouping import group
from warroom.model import CORE
from warroom.store import manifest
from warroom.store.database import State
from warroom.store.segments import write_segment
from warroom.store.tables import alert_minutes, alerts, content_faults, feed_states, leases, ledger

if TYPE_CHECKING:
    from pathlib import Path

MINUTE = 60_000_000

FEEDS = (
    ("tang_rat_access", "tang_rat", "บันทึกเว็บทางรัฐ", "Tang Rat web access", 9_400),
    ("tang_rat_authn", "tang_rat", "การยืนยันตัวตนทางรัฐ", "Tang Rat authentication", 4_210),
    ("tang_rat_api", "gdx", "API Gateway กลาง", "Central API gateway", 12_850),
    ("kyc_attempts", "tang_rat_kyc", "การพิสูจน์ตัวตน (KYC)", "Identity proofing (KYC)", 2_120),
    ("wallet_registration", "digital_wallet_reg", "ลงทะเบียนดิจิทัลวอลเล็ต", "Digital wallet registration", 13_480),
    ("wallet_db_audit", "digital_wallet_reg", "ตรวจสอบฐานข้อมูลวอลเล็ต", "Wallet database audit", 310),
    ("digital_id_sso", "digital_id", "ลงชื่อเข้าใช้ Digital ID", "Digital ID sign-on", 1_730),
    ("bastion_auth", "gdcc", "เครื่องผ่านทางผู้ดูแล (sshd)", "Admin bastion (sshd)", 42),
)


@dataclass(frozen=True)
class Attack:
    """Alerts of one rule that become one incident."""

    title: str
    title_th: str
    severity: str
    platform: str
    feed: str
    kind: str
    value: str
    tags: tuple[str, ...]
    alerts: int
    minutes_ago: float
    raw: str
    user: str | None = None


ATTACKS = (
    Attack(
        "Credential stuffing against sign-in",
        "ยิงรหัสผ่านที่รั่วไหลใส่หน้าลงชื่อเข้าใช้",
        "high",
        "tang_rat",
        "tang_rat_authn",
        "address",
        "203.0.113.77",
        ("attack.t1110.004", "attack.credential_access"),
        14,
        3,
        '{{"ts":"2026-11-22T08:0{n}:11+07:00","user_id_hash":"u{n}81f","method":"password","result":"failure","reason":"bad_password","src_ip":"203.0.113.77","device_id":"d-77"}}',
    ),
    Attack(
        "One device proves many identities",
        "อุปกรณ์เดียวพิสูจน์ตัวตนหลายคน",
        "critical",
        "tang_rat_kyc",
        "kyc_attempts",
        "device",
        "emu-4471-a9c2",
        ("attack.t1078", "attack.initial_access"),
        6,
        7,
        '{{"attempt_id":"k{n}","citizen_hash":"c{n}a0","step":"face","decision":"pass","device_id":"emu-4471-a9c2","src_ip":"198.51.100.24"}}',
    ),
    Attack(
        "SQL injection on the API gateway",
        "ฝังคำสั่ง SQL ผ่าน API Gateway",
        "critical",
        "gdx",
        "tang_rat_api",
        "address",
        "198.51.100.9",
        ("attack.t1190", "attack.initial_access"),
        9,
        12,
        '198.51.100.9 - - [22/Nov/2026:08:0{n}:02 +0700] "GET /api/v1/citizen?id=1\'%20UNION%20SELECT%20username,password%20FROM%20users-- HTTP/1.1" 200 5123 "-" "sqlmap/1.8"',
    ),
    Attack(
        "HTTP flood on the registration page",
        "ท่วมหน้าลงทะเบียนด้วยคำขอ HTTP",
        "high",
        "digital_wallet_reg",
        "wallet_registration",
        "address",
        "192.0.2.140",
        ("attack.t1498.001", "attack.impact"),
        38,
        16,
        '192.0.2.140 - - [22/Nov/2026:08:0{n}:33 +0700] "GET /register HTTP/1.1" 503 0 "-" "Go-http-client/1.1"',
    ),
    Attack(
        "Administrator sign-in guessed by force",
        "เดารหัสผ่านผู้ดูแลระบบ",
        "medium",
        "gdcc",
        "bastion_auth",
        "address",
        "203.0.113.201",
        ("attack.t1110.001",),
        5,
        28,
        "Nov 22 08:0{n}:10 bastion sshd[2211]: Failed password for root from 203.0.113.201 port 40{n}22 ssh2",
    ),
    Attack(
        "Mass export of records",
        "ส่งออกข้อมูลจำนวนมากผิดปกติ",
        "critical",
        "digital_wallet_reg",
        "wallet_db_audit",
        "user",
        "svc-report",
        ("attack.t1530", "attack.exfiltration"),
        3,
        34,
        '{{"ts":"2026-11-22T07:4{n}:00+07:00","db_user":"svc-report","statement_class":"SELECT","object":"registrations","rows":48{n}000,"duration_ms":9100}}',
        "svc-report",
    ),
    Attack(
        "Path traversal in a download",
        "ไล่เส้นทางไฟล์นอกโฟลเดอร์",
        "medium",
        "tang_rat",
        "tang_rat_access",
        "address",
        "198.51.100.200",
        ("attack.t1083",),
        4,
        41,
        '198.51.100.200 - - [22/Nov/2026:07:3{n}:45 +0700] "GET /download?f=../../../../etc/passwd HTTP/1.1" 404 162 "-" "curl/8.5.0"',
    ),
    Attack(
        "Vulnerability scanner user agent",
        "เครื่องมือสแกนช่องโหว่",
        "low",
        "tang_rat",
        "tang_rat_access",
        "address",
        "192.0.2.33",
        ("attack.t1595.002",),
        11,
        47,
        '192.0.2.33 - - [22/Nov/2026:07:2{n}:12 +0700] "GET /.git/config HTTP/1.1" 404 162 "-" "Nikto/2.5"',
    ),
    Attack(
        "Sign-in from an impossible distance",
        "ลงชื่อเข้าใช้จากระยะทางที่เป็นไปไม่ได้",
        "medium",
        "digital_id",
        "digital_id_sso",
        "user",
        "u-5501c2",
        ("attack.t1078",),
        2,
        58,
        '{{"user_id_hash":"u-5501c2","result":"success","geo":"BR","src_ip":"192.0.2.1{n}"}}',
        "u-5501c2",
    ),
    Attack(
        "Backup file requested",
        "มีผู้ขอไฟล์สำรองของระบบ",
        "low",
        "gdx",
        "tang_rat_api",
        "address",
        "203.0.113.18",
        ("attack.t1595.003",),
        3,
        66,
        '203.0.113.18 - - [22/Nov/2026:07:0{n}:00 +0700] "GET /backup.zip HTTP/1.1" 404 0 "-" "Mozilla/5.0"',
    ),
    Attack(
        "OTP requested without pause",
        "ขอรหัส OTP ถี่ผิดปกติ",
        "medium",
        "tang_rat",
        "tang_rat_authn",
        "device",
        "d-0913-77aa",
        ("attack.t1621",),
        7,
        74,
        '{{"method":"otp","result":"sent","device_id":"d-0913-77aa","src_ip":"198.51.100.7{n}"}}',
    ),
    Attack(
        "Privilege given outside working hours",
        "ให้สิทธิ์นอกเวลาราชการ",
        "high",
        "gdcc",
        "bastion_auth",
        "user",
        "adm-somchai",
        ("attack.t1098", "attack.persistence"),
        2,
        83,
        "Nov 22 06:4{n}:10 bastion sudo: adm-somchai : TTY=pts/0 ; USER=root ; COMMAND=/usr/sbin/usermod -aG wheel tmp{n}",
        "adm-somchai",
    ),
)


def seed(
    state: State, data_dir: Path, *, now: datetime | None = None, drill: bool = False, trouble: bool = False
) -> None:
    """Fill an empty, migrated store."""
    now = now or datetime.now(UTC)
    now_us = int(now.timestamp() * 1_000_000)
    for number, attack in enumerate(ATTACKS):
        add_attack(state, data_dir, attack, now=now, number=number, drill=drill)
    with state.write("feeds", "alerts", "content") as connection:
        connection.execute(insert(leases).values(name="worker", holder="test", renewed_at=now_us))
        counted: list[dict[str, Any]] = []
        for feed, platform, title_th, title_en, rate in FEEDS:
            silent = trouble and feed == "digital_id_sso"
            connection.execute(
                insert(feed_states).values(
                    feed_id=feed,
                    platform_id=platform,
                    title_th=title_th,
                    title_en=title_en,
                    drill=drill,
                    read_at=now_us,
                    event_at=now_us,
                    received_at=now_us - (42 * MINUTE if silent else 1_000_000),
                    lag_bytes=0,
                    error="[Errno 13] Permission denied: auth.log" if trouble and feed == "bastion_auth" else None,
                    silent_after_seconds=900,
                )
            )
            counted += [_minute(feed, rate, now_us // MINUTE, back, trouble=trouble) for back in range(60)]
        connection.execute(insert(ledger), counted)
        platforms = sorted({feed[1] for feed in FEEDS})
        raised = [
            {
                "minute": now_us // MINUTE - back,
                "platform_id": platform,
                "severity": "medium",
                "count": max(0, int(3 + 4 * math.sin(back / 7 + index) + (back * 7 + index * 5) % 4)),
            }
            for back in range(60)
            for index, platform in enumerate(platforms)
        ]
        connection.execute(insert(alert_minutes), raised)
        if trouble:
            connection.execute(
                insert(content_faults).values(
                    file="feeds/nhso_portal.yml", line=7, reason="`parse.format` is `ngnix`: did you mean nginx?"
                )
            )


def _minute(feed: str, rate: int, now: int, back: int, *, trouble: bool) -> dict[str, Any]:
    """Give what the ledger counted of a feed in a minute so long ago."""
    silent = trouble and feed == "digital_id_sso" and back < 42
    lines = 0 if silent else int(rate * (1 + 0.2 * math.sin(back / 6)))
    rejected = lines // 4000
    kept = lines - rejected - (3 if trouble and feed == "wallet_db_audit" and back == 9 else 0)
    counts = {"received": lines, "stored": kept, "rejected": rejected, "evaluated": kept}
    return {"feed_id": feed, "minute": now - back} | counts


def add_attack(
    state: State, data_dir: Path, attack: Attack, *, now: datetime, number: int = 0, drill: bool = False
) -> None:
    """Store one attack's events and alerts, and let the grouping make its incident."""
    at = now - timedelta(minutes=attack.minutes_ago)
    at_us = int(at.timestamp() * 1_000_000)
    first_id = ((at_us // 1000) << 20) + number * 1000
    ids = pa.array(range(first_id, first_id + 8), pa.int64())
    times = [at + timedelta(seconds=7 * index, milliseconds=113 * index) for index in range(8)]
    columns: dict[str, Any] = {"ts": pa.array(times, pa.timestamp("us", tz="UTC"))}
    columns |= {name: pa.nulls(8, kind) for name, kind in CORE.items()}
    if attack.kind == "address":
        columns["source_ip"] = pa.array([attack.value] * 8)
    if attack.user:
        columns["user_name"] = pa.array([attack.user] * 8)
    columns["event_outcome"] = pa.array(["failure", "success"] * 4)
    columns["fields"] = pa.array([{"line": str(index)} for index in range(8)])
    columns["raw"] = pa.array([attack.raw.format(n=index).encode() for index in range(8)], pa.binary())
    batch = pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))
    origin = Origin(attack.feed, attack.platform, "nginx", None, None, "source", f"/var/log/{attack.feed}.log")
    offsets = pa.array([4096 + 211 * index for index in range(8)], pa.int64())
    events = add_envelope(batch, origin, offsets, ids, now, timedelta(minutes=10))
    segment = write_segment(data_dir, "events", attack.feed, events, times=columns["ts"], ids=ids)
    with state.write("alerts") as connection:
        manifest.add(connection, [segment])
        for index in range(attack.alerts):
            connection.execute(
                insert(alerts).values(
                    id=f"{number:032x}{index:032x}",
                    rule_id=f"11111111-1111-4111-8111-{number:012d}",
                    rule_title=attack.title,
                    rule_title_th=attack.title_th,
                    severity=attack.severity,
                    platform_id=attack.platform,
                    feed_id=attack.feed,
                    first_at=at_us + index * 7_000_000,
                    last_at=at_us + index * 7_000_000 + 5_000_000,
                    raised_at=at_us + index * 7_000_000,
                    count=8 + index,
                    entities=json.dumps([[attack.kind, attack.value]]),
                    event_ids=json.dumps([first_id + index % 8]),
                    tags=json.dumps(list(attack.tags)),
                    drill=drill,
                    waiting=True,
                )
            )
    group(state, timedelta(minutes=60))


def fresh_state(data_dir: Path) -> State:
    """An empty, migrated store."""
    state = State(f"sqlite:///{data_dir / 'state.db'}")
    state.migrate()
    return state
