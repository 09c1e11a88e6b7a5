"""Draws numbers that are nobody's: times, sizes, records, hashes, versions, amounts."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from tests.privacy.dice import Dice


def epoch_ms(rng: Dice) -> str:
    return str(int(rng.time().timestamp() * 1000) + rng.randrange(1000))


def epoch_s(rng: Dice) -> str:
    return str(int(rng.time().timestamp()))


def digits(low: int, high: int) -> Callable[[Dice], str]:
    return lambda rng: str(rng.randrange(10 ** (n := rng.randint(low, high) - 1), 10 ** (n + 1)))


def bar_code(rng: Dice) -> str:
    d = f"885{rng.randrange(10**9):09}"
    return d + str(-sum(int(c) * (3 if i % 2 else 1) for i, c in enumerate(d)) % 10)


def written_time(rng: Dice) -> str:
    at = rng.time()
    year = at.year + rng.choice((0, 0, 543))
    return rng.choice(
        (
            f"{year}-{at:%m-%dT%H:%M:%S}.{rng.randrange(10**9):09}Z",
            f"{at:%d/%m}/{year} {at:%H:%M:%S}",
            f"{year}{at:%m%d%H%M%S}",
            f"{at:%d-%m}-{year} {at:%H.%M}",
            f"{year}{at:%m%d%H%M%S}{rng.randrange(100):02}",
            f"{year}-{at:%m-%d %H:%M:%S},{rng.randrange(1000):03}",
        )
    )


# name → (draw, keys, Thai words, English words, share)
OTHERS: dict[str, tuple[Callable[[Dice], str], tuple[str, ...], tuple[str, ...], tuple[str, ...], int]] = {
    "epoch ms": (
        epoch_ms,
        ("ts", "timestamp", "created_at", "eventTime", "time", "exp", "_", "t", "lastSeen"),
        ("เวลา", "เมื่อ"),
        ("at", "since", "time"),
        12,
    ),
    "epoch ms, unnamed": (epoch_ms, ("x", "v", "data"), (), (), 2),
    "epoch s": (
        epoch_s,
        ("ts", "iat", "exp", "time"),
        ("เวลา", "เมื่อ"),
        ("at", "since"),
        8,
    ),
    "time": (written_time, ("ts", "date", "when", "logged"), ("เวลา", "วันที่"), ("at", "on"), 14),
    "size": (
        digits(2, 13),
        ("bytes", "size", "content_length", "offset"),
        ("ขนาด", "จำนวน"),
        ("size", "read bytes"),
        10,
    ),
    "record": (
        digits(5, 16),
        ("event_id", "order_id", "seq", "requestId", "txn", "record"),
        ("รายการ", "ลำดับ", "เลขที่เอกสาร"),
        ("event", "order", "record"),
        10,
    ),
    "id, 19": (
        lambda rng: str(rng.randrange(2**60, 2**63)),
        ("event_id", "id", "span"),
        ("รายการ",),
        ("event", "id"),
        4,
    ),
    "hash": (
        lambda rng: f"{rng.getrandbits(256):064x}"[: rng.choice((32, 40, 64))],
        ("sha256", "hash", "etag"),
        ("แฮช",),
        ("hash", "file"),
        8,
    ),
    "uuid": (
        lambda rng: str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        ("id", "trace", "user"),
        ("รหัส",),
        ("job", "user"),
        8,
    ),
    "address": (
        lambda rng: (
            ".".join(str(rng.randrange(256)) for _ in range(4)) + rng.choice(("", f":{rng.randrange(65536)}", "/24"))
        ),
        ("src_ip", "client", "ip"),
        ("จาก", "ไอพี"),
        ("from", "host"),
        10,
    ),
    "version": (
        lambda rng: rng.choice(
            (
                f"{rng.randrange(20)}.{rng.randrange(99)}.{rng.randrange(9999)}",
                f"10.0.{rng.randrange(99999)}.{rng.randrange(9999)}",
            )
        ),
        ("version", "ver", "sdk"),
        ("รุ่น",),
        ("version", "Chrome/"),
        6,
    ),
    "process": (
        lambda rng: str(rng.randrange(1, 4_194_304)),
        ("pid", "ppid", "tid"),
        ("กระบวนการ",),
        ("pid", "process"),
        6,
    ),
    "port": (lambda rng: str(rng.randrange(1, 65536)), ("port", "src_port"), ("พอร์ต",), ("port",), 5),
    "amount": (
        lambda rng: rng.choice(
            (f"{rng.randrange(10**9):,}", f"{rng.randrange(10**7)}.{rng.randrange(100):02}", f"{rng.random():.12f}")
        ),
        ("amount", "total", "score", "latency"),
        ("จำนวนเงิน", "ยอด"),
        ("amount", "took"),
        8,
    ),
    "section": (
        lambda rng: f"{rng.randint(1, 99)}({rng.randint(1, 9)})",
        ("section",),
        ("มาตรา", "ม.", "ข้อ"),
        ("section",),
        4,
    ),
    "goods": (bar_code, ("barcode", "sku"), ("สินค้า", "บาร์โค้ด"), ("barcode",), 1),
}
