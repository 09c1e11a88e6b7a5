"""A store with something to see on every screen: what people do on a shift, besides the alerts of a busy day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from console.admin_seeding import CHEAP, PASSWORD, actor_named
from console.seeding import ATTACKS, add_attack

from warroom.access import Role, accounts
from warroom.incidents import actions, planning, suppressing
from warroom.model import Disposition, Entity
from warroom.store import accounts as account_rows
from warroom.store.database import now_us
from warroom.store.planned import Plan
from warroom.store.suppressions import Pattern

if TYPE_CHECKING:
    from pathlib import Path

    from warroom.access import Actor
    from warroom.store.database import State

NAME: Final = "wanpen"
_HOUR_US: Final = 3_600_000_000
#: How ``add_attack`` names its rules.
_NOISY: Final = "11111111-1111-4111-8111-{number:012d}"


def add_everybody(state: State) -> None:
    """Make one account that has all roles: it sees every screen."""
    boss = actor_named(state, "boss")
    wanted = accounts.Newcomer(NAME, frozenset(Role), "วันเพ็ญ ทุกบทบาท", None, password=PASSWORD)
    made = accounts.create(state, boss, wanted, datetime.now(UTC), hashing=CHEAP)
    with state.write() as connection:
        account_rows.change(connection, made.id, must_change_password=False)


def add_shift(state: State, data_dir: Path) -> None:
    """Let a shift do its work; there are alerts and incidents."""
    lead = actor_named(state, NAME)
    _work(state, lead)
    _quiet(state, lead)
    _noise(state, data_dir)


def _work(state: State, lead: Actor) -> None:
    actions.acknowledge(state, 2, lead)
    actions.note(state, 2, lead, "โทรแจ้งหน่วยงานเจ้าของระบบแล้ว รอผลการตรวจสอบ")
    actions.close(state, 5, lead, Disposition.FALSE_POSITIVE, "การตรวจสุขภาพของตัวกระจายโหลด")


def _quiet(state: State, lead: Actor) -> None:
    now = now_us()
    pattern = Pattern(_NOISY.format(number=70), ATTACKS[4].platform)
    why = "การตรวจสุขภาพของตัวกระจายโหลดที่ถูกแทนที่คืนนี้"
    suppressing.suppress(
        state,
        lead,
        pattern,
        reason=why,
        expires_at=now + 24 * _HOUR_US,
        rule_title=ATTACKS[4].title,
        true_ones_seen=True,
    )
    lifted = suppressing.suppress(
        state, lead, Pattern(entity=Entity("user", "backup")), reason="สำรองข้อมูลประจำคืน", expires_at=now + _HOUR_US
    )
    suppressing.lift(state, lead, lifted, "สำรองเสร็จแล้วก่อนกำหนด")
    scanned = Plan(
        kind="scan",
        title="ทดสอบเจาะระบบประจำปี 2569",
        platform_id="tang_rat",
        sources=(Entity("address", "203.0.113.0/24"), Entity("address", "198.51.100.77")),
        starts_at=now - 3 * _HOUR_US,
        ends_at=now + 5 * _HOUR_US,
        approved_by="ผอ. ศูนย์เทคโนโลยีสารสนเทศ",
        reference="ดท 0301/451",
        announced="สแกนเว็บแอป ไม่ทดสอบโหลด ติดต่อ 02-123-4567",
    )
    planning.announce(state, lead, scanned)


def _noise(state: State, data_dir: Path) -> None:
    """Let come what is suppressed, and what was announced."""
    now = datetime.now(UTC)
    add_attack(state, data_dir, replace(ATTACKS[4], minutes_ago=1, alerts=7), now=now, number=70)
    scan = replace(ATTACKS[0], title="Web scanner at work", title_th="เครื่องสแกนเว็บทำงาน", kind="address", minutes_ago=2)
    for number in range(1, 6):
        add_attack(state, data_dir, replace(scan, value=f"203.0.113.{number}", alerts=3), now=now, number=70 + number)
