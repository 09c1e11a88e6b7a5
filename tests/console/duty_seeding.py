"""A store in which incidents were worked for weeks, people are on call, and messages were sent."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Final

from sqlalchemy import insert

from warroom.access import Actor, Role
from warroom.access.keys import load_key
from warroom.incidents import channels
from warroom.incidents.handing_over import add_to, hand_over, take_over
from warroom.incidents.shifts import read_shifts, shift_at, shift_before
from warroom.model import Disposition, Severity, Status
from warroom.store import duty, handovers, outbox
from warroom.store.database import to_us
from warroom.store.duty import Turn
from warroom.store.outbox import Channel
from warroom.store.sealing import touch
from warroom.store.tables import incident_log, incidents

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from warroom.store.database import State

HOUR: Final = 3_600_000_000
DAY: Final = 24 * HOUR
_PLATFORMS: Final = ("tang_rat", "gdx", "digital_id", "digital_wallet_reg", "gdcc")


def add_history(state: State, count: int = 60) -> None:
    """Let incidents be opened and worked in the last forty days; some are drills, some doubles, some still open."""
    dice, now = Random(7), to_us(datetime.now(UTC))
    with state.write("incidents") as connection:
        for number in range(count):
            severity = dice.choice(list(Severity)[1:])
            opened = now - dice.randrange(40) * DAY - dice.randrange(24) * HOUR
            waits = [int(dice.expovariate(1 / share)) * 60_000_000 for share in (12, 90, 600)]
            acknowledged, contained, closed = (opened + sum(waits[: step + 1]) for step in range(3))
            _add(connection, number, severity, opened, [acknowledged, contained, closed], dice)


def _add(connection: Connection, number: int, severity: Severity, opened: int, at: list[int], dice: Random) -> None:
    outcome = dice.choice([*[Disposition.TRUE_POSITIVE] * 6, Disposition.DUPLICATE, Disposition.FALSE_POSITIVE])
    values = {
        "title": f"Password guessing {number}",
        "title_th": f"เดารหัสผ่าน {number}",
        "severity": severity,
        "status": Status.CLOSED,
        "disposition": outcome,
        "platform_id": dice.choice(_PLATFORMS),
        "drill": number % 15 == 0,
        "assignee": dice.choice(["anong", "wipa"]),
        "opened_at": opened,
        "first_at": opened,
        "last_at": opened,
        "acknowledged_at": at[0],
        "closed_at": at[2],
        "alert_count": 1,
        "event_count": 5,
        "version": 4,
        "updated_at": at[2],
    }
    key = connection.scalars(insert(incidents).values(**values).returning(incidents.c.id)).one()
    touch(connection, "incidents", key)
    for moment, action, body in (
        (opened, "opened", {"rule": "x"}),
        (at[0], "acknowledged", {}),
        (at[1], "moved", {"before": Status.INVESTIGATING, "after": Status.CONTAINED}),
        (at[2], "closed", {"disposition": outcome, "text": "done"}),
    ):
        row = insert(incident_log).values(
            incident_id=key, at=moment, actor="anong", action=action, body=json.dumps(body)
        )
        touch(connection, "incident_log", connection.scalars(row.returning(incident_log.c.id)).one())


def add_rota(state: State) -> None:
    """Put people on call: tier 1 around the clock, tier 2 by day, tier 3 not at all."""
    now = to_us(datetime.now(UTC))
    with state.write("duty") as connection:
        for tier, person, begin, end in (
            (1, "anong", now - 4 * HOUR, now + 8 * HOUR),
            (1, "wipa", now + 8 * HOUR, now + 20 * HOUR),
            (2, "wipa", now - 4 * HOUR, now + 8 * HOUR),
        ):
            for day in range(7):
                turn = Turn(0, tier, person, None, begin + day * DAY, end + day * DAY, now + 60 * DAY)
                duty.add_turn(connection, turn, "boss", now)


def add_messages(state: State, data_dir: Path) -> None:
    """Make channels, and messages that were sent, wait, failed and were put together."""
    key, now = load_key(data_dir), to_us(datetime.now(UTC))
    lead = Actor("wipa", frozenset({Role.SHIFT_LEAD}))
    night, all_day = {"quiet_from": 1320, "quiet_to": 360}, {"quiet_from": None, "quiet_to": None}
    for name, address, changes in (
        ("ห้องปฏิบัติการ SOC", "slack://T1/B1/secret/#soc", all_day),
        ("อีเมลผู้บริหาร", "mailtos://war:secret@mail.example?to=boss@dga.example", {"least_severity": Severity.CRITICAL}),
        ("LINE ของ anong", "line://secret/group", {"personal": True}),
        ("Webhook กรมการปกครอง", "jsons://hooks.example/secret", {"platforms": frozenset({"gdx"}), "language": "en"}),
        ("Old chat", "mmosts://chat.example/secret", {"enabled": False}),
    ):
        usual = Channel(
            0, name, "", Severity.MEDIUM, None, "th", personal=False, per_minute=10, enabled=True, made_at=0, **night
        )
        channels.add_channel(state, lead, key, replace(usual, **changes), address)  # type: ignore[arg-type]
    told: dict[str, str | int | list[str]] = {"title": "SQL injection", "title_th": "ฝังคำสั่ง SQL", "platform": "gdx"}
    with state.write("outbox") as connection:
        for number in range(24):
            kind = "escalated" if number % 5 == 4 else "opened"
            severity = list(Severity)[2 + number % 3]
            at = now - (24 - number) * 600_000_000
            incident = 1 + number % 12
            key_of = outbox.put(connection, 1 + number % 4, kind, severity, told, at, incident_id=incident)
            if number == 20:
                outbox.end(connection, [key_of], "failed", at, "mail.example may not be reached")
            elif number == 21:
                outbox.claim(connection, [key_of], at)
                outbox.put_off(connection, [key_of], now + 300_000_000, "Failed to send: error 500")
            elif number < 22:
                outbox.end(connection, [key_of], "folded" if number in (9, 10) else "sent", at)
        whole = outbox.put(connection, 1, "digest", Severity.HIGH, {"count": 41, "items": []}, now - 9_000_000)
        outbox.end(connection, [whole], "sent", now)


def add_handovers(state: State) -> None:
    """Sign the handovers of three shifts; the last one waits for who comes."""
    anong, wipa = Actor("anong", frozenset({Role.ANALYST})), Actor("wipa", frozenset({Role.SHIFT_LEAD}))
    shift = shift_at(read_shifts("08:00-20:00,20:00-08:00"), to_us(datetime.now(UTC)))
    for back in range(3):
        shift = shift_before(read_shifts("08:00-20:00,20:00-08:00"), shift)
        notes = "เหตุ #2 และ #3 อยู่ระหว่างติดต่อหน่วยงาน\nเหตุ #4 เป็นการทดสอบโหลด"
        number = hand_over(state, anong, shift, notes, "โทรหา DGA เวลา 09.00 น. เรื่อง #3")
        if back:
            with state.read() as connection:
                found = handovers.get(connection, number)
            take_over(state, wipa, number, found.sha256)
            if back == 1:
                add_to(state, anong, number, "แก้ไข: โทรหา GDCC ไม่ใช่ DGA")
