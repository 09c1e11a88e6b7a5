"""What machines leave in a store on a busy day: attacks on more platforms, ordinary traffic, and its countries."""

# ruff: noqa: E501 - log lines are as long as they are

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
from console.seeding import FEEDS, Attack, add_attack
from sqlalchemy import insert, update

from warroom.enrich.envelope import Origin, add_envelope
from warroom.model import CORE
from warroom.store import coverage, manifest
from warroom.store.database import to_us
from warroom.store.rollups import count_events
from warroom.store.searching_tables import event_hours, event_minutes
from warroom.store.segments import write_segment
from warroom.store.tables import alert_minutes, feed_states, leases, ledger

if TYPE_CHECKING:
    from pathlib import Path

    from warroom.store.database import State

MINUTE: Final = 60_000_000


def _counts(text: str) -> dict[str, int]:
    return {name: int(count) for name, count in (one.split(":") for one in text.split())}


#: Attacks on platforms that ``seeding.ATTACKS`` leaves alone; numbers of their rules begin here.
FIRST_RULE: Final = 20
MORE_ATTACKS: Final = (
    Attack(
        *("Ransom note written on a file server", "พบไฟล์เรียกค่าไถ่บนเครื่องแม่ข่ายไฟล์", "critical", "e_document"),
        *("edoc_files", "host", "edoc-fs-02", ("attack.t1486", "attack.impact"), 6, 21),
        "Nov 22 07:4{n}:51 edoc-fs-02 smbd[811]: audit: create READ_ME_NOW.txt by svc-scan",
    ),
    Attack(
        *("Patient record looked up again and again", "เปิดดูเวชระเบียนซ้ำผิดปกติ", "high", "nhso_open_health"),
        *("nhso_api", "user", "u-88f102", ("attack.t1213", "attack.collection"), 19, 52),
        '{{"user_id_hash":"u-88f102","path":"/records/{n}4421","status":200,"src_ip":"198.51.100.61"}}',
        "u-88f102",
    ),
    Attack(
        *("Payment callback replayed", "ส่งคำยืนยันการชำระเงินซ้ำ", "high", "payment_platform"),
        *("pay_gateway", "address", "203.0.113.150", ("attack.t1557", "attack.credential_access"), 8, 95),
        '203.0.113.150 - - [22/Nov/2026:06:2{n}:19 +0700] "POST /callback?ref=9F{n}1 HTTP/1.1" 200 88 "-" "python-requests/2.32"',
    ),
    Attack(
        *("Web shell answered", "เว็บเชลล์ตอบสนองคำสั่ง", "critical", "complaints_1111"),
        *("complaints_web", "address", "198.51.100.44", ("attack.t1505.003", "attack.persistence"), 4, 64),
        '198.51.100.44 - - [22/Nov/2026:07:0{n}:40 +0700] "POST /upload/x.php?cmd=id HTTP/1.1" 200 61 "-" "curl/8.9.1"',
    ),
    Attack(
        *("Mailbox rule forwards outside", "ตั้งกฎส่งต่ออีเมลออกนอกหน่วยงาน", "medium", "central_email"),
        *("mail_audit", "user", "budget.office", ("attack.t1114.003", "attack.collection"), 2, 110),
        '{{"actor":"budget.office","operation":"New-InboxRule","forward_to":"x{n}@mail.example","client_ip":"203.0.113.88"}}',
        "budget.office",
    ),
    Attack(
        *("Power shell with a hidden command", "เรียกคำสั่ง PowerShell แบบซ่อน", "high", "gppc"),
        *("gppc_hosts", "host", "gppc-app-11", ("attack.t1059.001", "attack.execution"), 3, 130),
        '{{"host":"gppc-app-11","image":"powershell.exe","args":"-w hidden -enc SQBFAFgA{n}"}}',
    ),
    Attack(
        *("Name server asked for long random names", "ส่งข้อมูลออกผ่านคำขอ DNS", "medium", "linkage_center"),
        *("linkage_dns", "address", "198.51.100.92", ("attack.t1071.004", "attack.command_and_control"), 26, 150),
        "22-Nov-2026 05:3{n}:08 client 198.51.100.92#5311: query: a8f{n}c91be77.data.example IN TXT",
    ),
    Attack(
        *("Session of a citizen used from two countries", "เซสชันเดียวใช้จากสองประเทศ", "medium", "welfare_platform"),
        *("welfare_sso", "user", "c-19ab77", ("attack.t1550.004", "attack.defense_evasion"), 5, 175),
        '{{"user_id_hash":"c-19ab77","geo":"VN","src_ip":"203.0.113.9{n}"}}',
        "c-19ab77",
    ),
    Attack(
        *("Land register scraped", "ดูดข้อมูลทะเบียนที่ดิน", "low", "land_tax"),
        *("land_tax_web", "address", "192.0.2.77", ("attack.t1119", "attack.collection"), 17, 200),
        '192.0.2.77 - - [22/Nov/2026:04:4{n}:31 +0700] "GET /parcel/100{n}1 HTTP/1.1" 200 4410 "-" "Scrapy/2.11"',
    ),
    Attack(
        *("Service account signs in by hand", "บัญชีบริการลงชื่อเข้าใช้ด้วยมือ", "low", "gdx"),
        *("gdx_bastion", "user", "svc-sync", ("attack.t1078.003", "attack.initial_access"), 2, 230),
        "Nov 22 04:1{n}:10 gdx-jump sshd[901]: Accepted password for svc-sync from 192.0.2.51 port 5{n}210 ssh2",
        "svc-sync",
    ),
)
#: Feeds of those platforms, as ``seeding.FEEDS`` has them; the second-last has been silent for an hour.
MORE_FEEDS: Final = (
    ("edoc_files", "e_document", "เครื่องแม่ข่ายไฟล์เอกสาร", "Document file server", 190),
    ("nhso_api", "nhso_open_health", "API ข้อมูลสุขภาพ", "Health data API", 2_480),
    ("pay_gateway", "payment_platform", "เกตเวย์ชำระเงิน", "Payment gateway", 3_300),
    ("mail_audit", "central_email", "บันทึกตรวจสอบอีเมล", "Mail audit", 120),
)
SILENT: Final = "mail_audit"
#: Techniques that the loaded rules find, and by how many of them.
_COVERED: Final = _counts(
    "t1595:4 t1590:1 t1190:31 t1078:9 t1133:3 t1566:2 t1059:12 t1203:2 t1053:3 t1505:8 t1098:3 t1136:2 "
    "t1543:2 t1546:1 t1068:2 t1548:4 t1055:1 t1027:5 t1070:4 t1140:2 t1562:6 t1036:2 t1110:11 t1003:5 "
    "t1552:4 t1557:1 t1621:1 t1083:3 t1046:4 t1087:2 t1018:1 t1082:2 t1021:3 t1210:1 t1213:1 t1119:1 "
    "t1071:5 t1090:2 t1105:4 t1572:1 t1041:2 t1567:2 t1048:3 t1498:2 t1499:3 t1486:2 t1490:2 t1530:1"
)
#: Where sources sit, by share.
_COUNTRIES: Final = _counts(
    "TH:840 SG:41 US:32 JP:18 CN:14 VN:13 MY:9 DE:7 NL:7 IN:6 RU:6 GB:5 KR:5 AU:4 FR:4 HK:4 TW:3 ID:3 "
    "BR:2 UA:2 CA:2 SE:1 ZA:1 LA:6 KH:5 MM:5 PL:1 RO:1 TR:1 AE:1"
)
#: Events are made so many times fewer than counted: nobody wants to wait for millions.
_FEWER: Final = 60


def add_attacks(state: State, data_dir: Path, now: datetime) -> None:
    """Let more platforms be attacked, and tell what the rules cover."""
    for number, attack in enumerate(MORE_ATTACKS, start=FIRST_RULE):
        add_attack(state, data_dir, attack, now=now, number=number)
    rules = [[f"attack.{name}"] for name, count in _COVERED.items() for _ in range(count)]
    coverage.tell(state, rules)


def add_feeds(state: State, now: datetime) -> None:
    """Connect the platforms that were attacked besides."""
    at = to_us(now)
    with state.write("feeds") as connection:
        for feed, platform, title_th, title_en, rate in MORE_FEEDS:
            quiet = 58 if feed == SILENT else 0
            heard = at - quiet * MINUTE
            row = insert(feed_states).values(feed_id=feed, platform_id=platform, title_th=title_th, title_en=title_en)
            row = row.values(drill=False, read_at=at, event_at=heard, received_at=heard, lag_bytes=0)
            connection.execute(row.values(error=None, silent_after_seconds=900))
            for back in range(quiet, 60 + quiet):
                count = int(rate * (0.9 + (back * 7 % 11) / 50))
                told = {"received": count, "stored": count, "rejected": 0, "evaluated": count}
                connection.execute(insert(ledger).values(feed_id=feed, minute=at // MINUTE - back, **told))
        for back in range(60):
            for index, (_, platform, *_rest) in enumerate(MORE_FEEDS):
                count = (back * 5 + index * 3) % 4
                row = {"minute": at // MINUTE - back, "platform_id": platform, "severity": "medium", "count": count}
                connection.execute(insert(alert_minutes).values(row))


def add_traffic(state: State, data_dir: Path, now: datetime) -> None:
    """Let platforms send what they usually do: counted for four weeks, and some lines of the last day to be found."""
    dice = np.random.default_rng(11)
    for _, platform, _, _, rate in (*FEEDS, *MORE_FEEDS):
        hours = [*range(24), *(week * 168 + back for week in (1, 2, 3) for back in (0, 1))]
        each = max(40, rate * 60 // _FEWER)
        back = np.repeat(np.array(hours), each) * 60 + dice.integers(0, 60, each * len(hours))
        _count(state, platform, to_us(now) - back * MINUTE, dice)
    for table in (event_minutes, event_hours):
        with state.write() as connection:
            scaled = {name: table.c[name] * _FEWER for name in ("count", "told", "failures")}
            connection.execute(update(table).values(**scaled))
    _add_lines(state, data_dir, now)


def _count(state: State, platform: str, times: np.ndarray[Any, Any], dice: np.random.Generator) -> None:
    size = len(times)
    shares = np.array(list(_COUNTRIES.values()), float)
    codes = np.array(list(_COUNTRIES))[dice.choice(len(_COUNTRIES), size, p=shares / shares.sum())]
    failed = dice.random(size) < (0.05 if platform == "tang_rat" else 0.012)
    columns = {
        "ts": pa.array(times, pa.int64()).cast(pa.timestamp("us", tz="UTC")),
        "platform_id": pa.array([platform] * size),
        "event_outcome": pa.array(np.where(failed, "failure", "success")),
        "http_response_status_code": pa.nulls(size, pa.int64()),
        "source_geo_country_iso_code": pa.array(codes),
    }
    with state.write() as connection:
        count_events(connection, pa.RecordBatch.from_pydict(columns))


def _add_lines(state: State, data_dir: Path, now: datetime, size: int = 900) -> None:
    """Store ordinary lines of one feed, spread over the day as people sleep and work."""
    dice = Random(5)
    hour = (now + timedelta(hours=7)).hour
    weights = [1 + 9 * (7 <= (hour - back) % 24 <= 21) for back in range(24)]
    minutes = sorted(dice.choices(range(24), weights)[0] * 60 + dice.randrange(6, 60) for _ in range(size))
    times = [now - timedelta(minutes=back) for back in reversed(minutes)]
    first = (to_us(times[0]) // 1000) << 20
    ids = pa.array(range(first, first + size), pa.int64())
    users = [f"u-{dice.randrange(16**6):06x}" for _ in range(size)]
    sources = [f"192.0.2.{dice.randrange(1, 255)}" for _ in range(size)]
    status = dice.choices([200, 304, 404, 500], [88, 6, 5, 1], k=size)
    paths = dice.choices(["/home", "/profile", "/api/v1/welfare", "/login", "/kyc/start"], k=size)
    columns: dict[str, Any] = {"ts": pa.array(times, pa.timestamp("us", tz="UTC"))}
    columns |= {name: pa.nulls(size, kind) for name, kind in CORE.items()}
    columns["source_ip"], columns["user_name"] = pa.array(sources), pa.array(users)
    columns["http_response_status_code"] = pa.array(status, CORE["http_response_status_code"])
    columns["event_outcome"] = pa.array(["success" if one < 400 else "failure" for one in status])
    columns["fields"] = pa.array([{"path": one} for one in paths])
    lines = (
        f'{source} - - [{(at + timedelta(hours=7)):%d/%b/%Y:%H:%M:%S} +0700] "GET {path} HTTP/1.1" {code} 1204 "-" "Mozilla/5.0"'
        for at, source, path, code in zip(times, sources, paths, status, strict=True)
    )
    columns["raw"] = pa.array([one.encode() for one in lines], pa.binary())
    batch = pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))
    origin = Origin("tang_rat_access", "tang_rat", "nginx", None, None, "source", "/var/log/tang_rat_access.log")
    offsets = pa.array([200 * index for index in range(size)], pa.int64())
    events = add_envelope(batch, origin, offsets, ids, now, timedelta(minutes=10))
    segment = write_segment(data_dir, "events", "tang_rat_access", events, times=columns["ts"], ids=ids)
    with state.write() as connection:
        manifest.add(connection, [segment])


def alive(state: State) -> None:
    """Let worker and feeds have been heard of just now, all but the silent one."""
    at = to_us(datetime.now(UTC))
    with state.write() as connection:
        connection.execute(update(leases).values(renewed_at=at))
        connection.execute(update(feed_states).where(feed_states.c.feed_id != SILENT).values(received_at=at))
