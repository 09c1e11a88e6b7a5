"""A store with something to see on every screen: what people do on a shift, besides the alerts of a busy day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from console.admin_seeding import CHEAP, PASSWORD, actor_named, add_deeds, add_people
from console.duty_seeding import HOUR, add_handovers, add_history, add_rota
from console.intel_seeding import seed_intel
from console.picture_answers import add_answers
from console.picture_attacks import add_attacks, add_feeds, add_traffic
from console.picture_times import spread
from console.rule_seeding import seed_rules
from console.seeding import ATTACKS, add_attack, fresh_state, seed
from sqlalchemy import update

from warroom.access import Role, accounts
from warroom.access.keys import load_key
from warroom.incidents import (
    actions,
    channels,
    classifying,
    containing,
    correcting,
    evidence,
    linking,
    planning,
    suppressing,
    tagging,
    taking_in,
)
from warroom.incidents.announcing import announce
from warroom.incidents.containing import Measure, Outcome, Request
from warroom.incidents.correcting import EntryKind
from warroom.incidents.escalating import escalate
from warroom.incidents.linking import LinkKind
from warroom.incidents.taking_in import Channel as Way
from warroom.incidents.taking_in import Told
from warroom.model import Disposition, Entity, Severity, Status
from warroom.settings import ROOT
from warroom.store import accounts as account_rows
from warroom.store import outbox, shared_drafts
from warroom.store.database import now_us
from warroom.store.lease import Lease
from warroom.store.outbox import Channel
from warroom.store.planned import Plan
from warroom.store.quiet_tables import planned_windows, suppressions
from warroom.store.sealing import touch
from warroom.store.suppressions import Pattern

if TYPE_CHECKING:
    from pathlib import Path

    from warroom.access import Actor
    from warroom.store.database import State

NAME: Final = "wanpen"
#: Incidents of the weeks before; the shift's first one comes after them.
_EARLIER: Final = 60
FIRST: Final = _EARLIER + 1
_MINUTE: Final = 60_000_000
#: How ``add_attack`` names its rules.
_NOISY: Final = "11111111-1111-4111-8111-{number:012d}"


def add_shift(folder: Path) -> None:
    """Fill a folder with a shift: who works it, what came, and what was done about it."""
    state, now = fresh_state(folder), datetime.now(UTC)
    add_people(state)
    _add_everybody(state)
    lead, analyst = actor_named(state, NAME), actor_named(state, "anong")
    _channels(state, folder, lead)
    add_history(state, _EARLIER)
    seed(state, folder, now=now)
    add_attacks(state, folder, now)
    add_feeds(state, now)
    seed_intel(state, folder, incident=FIRST, odd="Loader/1.2 (update-client)")
    seed_rules(state, folder, ROOT / "detectors", odd="svc-backup")
    _messages(state, folder)
    add_deeds(state)
    _quiet(state, lead)
    _plans(state, lead)
    _noise(state, folder)
    reported = _reports(state, lead, analyst)
    _requests(state, lead, analyst, reported)
    _work(state, folder, lead, analyst)
    spread(state, FIRST)
    add_answers(state, folder, lead, analyst, FIRST)
    add_rota(state)
    add_handovers(state)
    add_traffic(state, folder, now)
    _drafts(state)
    state.close()


def _add_everybody(state: State) -> None:
    """Make one account that has all roles: it sees every screen."""
    boss = actor_named(state, "boss")
    wanted = accounts.Newcomer(NAME, frozenset(Role), "วันเพ็ญ ทุกบทบาท", None, password=PASSWORD)
    made = accounts.create(state, boss, wanted, datetime.now(UTC), hashing=CHEAP)
    with state.write() as connection:
        account_rows.change(connection, made.id, must_change_password=False)


def _channels(state: State, folder: Path, lead: Actor) -> None:
    usual = Channel(
        0, "", "", Severity.MEDIUM, None, "th", personal=False, quiet_from=None, quiet_to=None, per_minute=10,
        enabled=True, made_at=0,
    )  # fmt: skip
    night = replace(usual, quiet_from=1320, quiet_to=360)
    key = load_key(folder)
    for channel, address in (
        (replace(usual, name="ห้องแชต SOC"), "slack://T1/B1/secret/#soc"),
        (replace(night, name="อีเมลผู้บริหาร", least_severity=Severity.CRITICAL), "mailtos://war:pass@mail.example?to=b@dga.example"),
        (replace(usual, name="LINE ของอนงค์", personal=True), "line://secret/group"),
        (replace(usual, name="GDX webhook", platforms=frozenset({"gdx"}), language="en"), "jsons://hooks.example/secret"),
        (replace(night, name="ห้องแชตเดิม", enabled=False), "mmosts://chat.example/secret"),
    ):  # fmt: skip
        channels.add_channel(state, lead, key, channel, address)


def _messages(state: State, folder: Path) -> None:
    """Announce what is open, escalate what waits; most was sent, some was not."""
    lease = Lease(state, folder)
    lease.take()
    announce(state, lease)
    escalate(state, lease, now=now_us() + HOUR // 2)
    lease.release()
    channels.try_channel(state, actor_named(state, NAME), 1)
    now = now_us()
    with state.write("outbox") as connection:
        found = [one.id for one in reversed(outbox.newest(connection, 200))]
        failed, again, folded = found[-2:-1], found[-4:-3], found[4:7]
        outbox.end(connection, failed, "failed", now, "mail.example may not be reached: WARROOM_OUTBOUND allows it")
        outbox.claim(connection, again, now)
        outbox.put_off(connection, again, now + 5 * _MINUTE, "the service answered 503")
        outbox.fold(connection, folded, found[7], now)
        done = [one for one in found if one not in {*failed, *again, *folded, *found[-7:-5]}]
        outbox.claim(connection, [*done, *failed], now)
        outbox.end(connection, done, "sent", now)


def _work(state: State, folder: Path, lead: Actor, analyst: Actor) -> None:
    for number in (1, 3, 13):
        tagging.watch(state, _EARLIER + number, lead)
    actions.acknowledge(state, _EARLIER + 2, lead)
    actions.note(state, _EARLIER + 2, lead, "โทรแจ้งหน่วยงานเจ้าของระบบแล้ว รอผลการตรวจสอบ")
    actions.assign(state, _EARLIER + 3, lead, NAME)
    actions.note(state, _EARLIER + 3, analyst, "@wanpen ฐานข้อมูลหลังเกตเวย์ไม่ถูกอ่าน ดูหลักฐานในบรรทัดล็อก")
    actions.assign(state, _EARLIER + 13, lead, "anong")
    actions.move(state, _EARLIER + 13, analyst, Status.INVESTIGATING)
    actions.note(state, _EARLIER + 13, analyst, "@wanpen ขอให้แจ้งเจ้าของระบบตัดเครื่อง edoc-fs-02 ออกจากเครือข่าย")
    for number, status in ((4, Status.CONTAINED), (16, Status.CONTAINED), (9, Status.RECOVERED)):
        actions.acknowledge(state, _EARLIER + number, analyst)
        actions.move(state, _EARLIER + number, analyst, Status.INVESTIGATING)
        actions.move(state, _EARLIER + number, analyst, status)
    actions.acknowledge(state, _EARLIER + 15, analyst)
    actions.close(state, _EARLIER + 5, lead, Disposition.FALSE_POSITIVE, "การตรวจสุขภาพของตัวกระจายโหลด")
    actions.close(state, _EARLIER + 8, analyst, Disposition.BENIGN, "เครื่องสแกนของ สกมช. ตามแผน")
    actions.close(state, _EARLIER + 20, analyst, Disposition.TRUE_POSITIVE, "จำกัดอัตราและแจ้งกรมที่ดินแล้ว")
    actions.acknowledge(state, _EARLIER + 1, analyst)
    actions.note(state, _EARLIER + 1, analyst, "โทรแจ้ง สพร. แล้ว ขอรายชื่อบัญชีที่ลงชื่อเข้าใช้สำเร็จ @wanpen ช่วยยืนยันขอบเขต")
    actions.move(state, _EARLIER + 1, analyst, Status.INVESTIGATING)
    actions.note(state, _EARLIER + 1, lead, "พบ 37 บัญชีเข้าสำเร็จจากที่อยู่นี้ ให้บังคับเปลี่ยนรหัสผ่าน")
    now = now_us()
    correcting.enter(state, _EARLIER + 1, lead, EntryKind.DECISION, "ไม่ปิดหน้าลงชื่อเข้าใช้ ใช้การจำกัดอัตราแทน", now - _MINUTE)
    tagging.tag(state, _EARLIER + 1, analyst, "รหัสผ่านรั่วไหล")
    tagging.tag(state, _EARLIER + 1, analyst, "ทางรัฐ")
    linking.link(state, _EARLIER + 1, analyst, LinkKind.RELATED, _EARLIER + 11)
    proposal = classifying.Proposal((5,), "non_serious", ())
    classifying.classify(state, _EARLIER + 1, lead, (5,), "non_serious", "ยังไม่กระทบบริการหลัก", proposed=proposal)
    evidence.add(state, folder, _EARLIER + 1, analyst, "accounts-37.csv", b"user,at\nu081f,08:00\n", "บัญชีที่เข้าสำเร็จ")


def _reports(state: State, lead: Actor, analyst: Actor) -> int:
    now = now_us()
    told = Told(
        Way.LINE_1212,
        "ได้รับ SMS อ้างโครงการเติมเงิน ลิงก์ไปเว็บปลอมที่ให้กรอกเลขบัตรประชาชน",
        now - 95 * _MINUTE,
        reporter="สมศรี รักดี",
        contact="081-234-5678",
        reference="1212-69-004417",
    )
    opened = taking_in.open_from_report(
        state, analyst, told, "เว็บปลอมโครงการเติมเงิน 10,000 บาท", Severity.HIGH, "digital_wallet_reg"
    )
    tagging.watch(state, opened, lead)
    told = Told(Way.EMAIL, "ธนาคารแจ้งว่ามีผู้ใช้ 12 รายถูกสวมรอยผ่าน KYC", now - 20 * _MINUTE, reference="ธปท. 210/2569")
    taking_in.attach_report(state, analyst, told, _EARLIER + 2)
    told = Told(Way.DARK_WEB, "มีผู้เสนอขายข้อมูล 2.1 ล้านระเบียน อ้างว่าเป็นผู้ใช้ระบบสวัสดิการ", now - 140 * _MINUTE)
    taking_in.open_from_report(state, analyst, told, "ข้อเสนอขายข้อมูลผู้มีสิทธิสวัสดิการ", Severity.CRITICAL, "welfare_platform")
    return opened


def _requests(state: State, lead: Actor, analyst: Actor, reported: int) -> None:
    now = now_us()

    def ask(
        who: Actor, number: int, measure: Measure, what: tuple[str, str, str], minutes: tuple[int, int, int | None]
    ) -> int:
        target, asked_of, reason = what
        back, due, ends = minutes
        until = None if ends is None else now + ends * _MINUTE
        wanted = Request(measure, target, asked_of, reason, now - back * _MINUTE, now + due * _MINUTE, until)
        return containing.ask(state, _EARLIER + number, who, wanted)

    soc = "ศูนย์ปฏิบัติการ สพร."
    first = ask(analyst, 1, Measure.BLOCK_ADDRESS, ("203.0.113.77", soc, "ยิงรหัสผ่านที่รั่วไหล"), (58, -20, 600))
    containing.answer(state, first, analyst, Outcome.DONE, "บล็อกที่ WAF แล้ว", occurred_at=now - 41 * _MINUTE)
    ask(lead, 3, Measure.BLOCK_ADDRESS, ("198.51.100.9", "ผู้ดูแล GDX", "ฝังคำสั่ง SQL"), (52, -12, None))
    ask(analyst, 13, Measure.ISOLATE_HOST, ("edoc-fs-02", "สำนักงานเลขาธิการ", "พบไฟล์เรียกค่าไถ่"), (14, 16, None))
    refused = ask(lead, 4, Measure.STOP_SERVICE, ("หน้าลงทะเบียน", "กระทรวงการคลัง", "ท่วมด้วยคำขอ"), (75, -45, 60))
    containing.answer(
        state, refused, lead, Outcome.REFUSED, "กระทบประชาชน ให้จำกัดอัตราแทน", occurred_at=now - 60 * _MINUTE
    )
    undone = ask(analyst, 12, Measure.DISABLE_ACCOUNT, ("adm-somchai", "GDCC", "ให้สิทธิ์นอกเวลาราชการ"), (80, -50, 120))
    containing.answer(state, undone, analyst, Outcome.DONE, "ปิดบัญชีแล้ว", occurred_at=now - 70 * _MINUTE)
    containing.answer(state, undone, lead, Outcome.UNDONE, "ยืนยันแล้วว่าเป็นงานฉุกเฉิน", occurred_at=now - 15 * _MINUTE)
    still = ask(
        analyst, 6, Measure.REVOKE_CREDENTIALS, ("svc-report", "ผู้ดูแลระบบเติมเงิน", "ส่งออกข้อมูลผิดปกติ"), (33, -10, -4)
    )
    containing.answer(state, still, analyst, Outcome.DONE, "เพิกถอนชั่วคราว", occurred_at=now - 25 * _MINUTE)
    ask(
        analyst,
        reported - _EARLIER,
        Measure.TAKE_DOWN,
        ("เว็บปลอม 2 แห่ง", "ThaiCERT", "หลอกกรอกเลขบัตรประชาชน"),
        (40, 80, None),
    )
    ask(lead, 16, Measure.BLOCK_DOMAIN, ("x.data.example", "ศูนย์ ThaiCERT", "เว็บเชลล์ติดต่อออก"), (25, 35, 1440))


def _quiet(state: State, lead: Actor) -> None:
    now = now_us()
    attack = ATTACKS[4]
    noisy = Pattern(_NOISY.format(number=70), attack.platform)
    suppressing.suppress(
        state, lead, noisy, reason="การตรวจสุขภาพของตัวกระจายโหลดที่ถูกแทนที่คืนนี้", expires_at=now + 24 * HOUR,
        rule_title=attack.title, true_ones_seen=True,
    )  # fmt: skip
    lifted = suppressing.suppress(
        state, lead, Pattern(entity=Entity("user", "backup")), reason="สำรองข้อมูลประจำคืน", expires_at=now + HOUR
    )
    suppressing.lift(state, lead, lifted, "สำรองเสร็จแล้วก่อนกำหนด")
    scanner = Pattern(entity=Entity("address", "203.0.113.240"))
    over = suppressing.suppress(state, lead, scanner, reason="ทดสอบเครื่องสแกนใหม่ของศูนย์", expires_at=now + HOUR)
    with state.write("quiet") as connection:
        own = suppressions.c.id == over
        connection.execute(update(suppressions).where(own).values(set_at=now - 9 * HOUR, expires_at=now - 3 * HOUR))
        touch(connection, "suppressions", over)
    suppressing.give_back_expired(state, now)
    for pattern, title, reason, hours in (
        (Pattern(_NOISY.format(number=10), "tang_rat"), ATTACKS[10].title, "ผู้ให้บริการ SMS ส่งซ้ำ รอแก้ไขวันจันทร์", 72),
        (Pattern(entity=Entity("host", "lab-07")), "", "เครื่องทดลองของทีมตรวจจับ", 168),
    ):
        suppressing.suppress(
            state, lead, pattern, reason=reason, expires_at=now + hours * HOUR, rule_title=title, true_ones_seen=True
        )


def _plans(state: State, lead: Actor) -> None:
    now = now_us()
    scan = Plan(
        kind="scan",
        title="ทดสอบเจาะระบบประจำปี 2569",
        platform_id="tang_rat",
        sources=(Entity("address", "203.0.113.0/24"), Entity("address", "198.51.100.77")),
        starts_at=now - 3 * HOUR,
        ends_at=now + 5 * HOUR,
        approved_by="ผอ. ศูนย์เทคโนโลยีสารสนเทศ",
        reference="ดท 0301/451",
        announced="สแกนเว็บแอป ไม่ทดสอบโหลด ติดต่อ 02-123-4567",
    )
    planning.announce(state, lead, scan)
    change = replace(
        scan, kind="change", title="ย้ายเกตเวย์ชำระเงินไปศูนย์ข้อมูลสำรอง", platform_id="payment_platform",
        sources=(Entity("user", "deploy"), Entity("host", "pay-gw-2")), starts_at=now + 6 * HOUR,
        ends_at=now + 8 * HOUR, approved_by="คณะกรรมการการเปลี่ยนแปลง", reference="CHG-2569-118",
        announced="หยุดรับชำระ 15 นาที",
    )  # fmt: skip
    planning.announce(state, lead, change)
    called_off = replace(change, title="ปรับรุ่นฐานข้อมูล GDX", platform_id="gdx", reference="CHG-2569-121")
    planning.cancel(state, lead, planning.announce(state, lead, called_off), "เลื่อนไปสัปดาห์หน้า")
    past = replace(change, title="เปลี่ยนใบรับรอง TLS ของอีเมลกลาง", platform_id="central_email", reference="CHG-2569-109")
    over = planning.announce(state, lead, past)
    with state.write("quiet") as connection:
        times = {"starts_at": now - 14 * HOUR, "ends_at": now - 12 * HOUR, "entered_at": now - 40 * HOUR}
        connection.execute(update(planned_windows).where(planned_windows.c.id == over).values(times))
        touch(connection, "planned_windows", over)


def _noise(state: State, data_dir: Path) -> None:
    """Let come what is suppressed, and what was announced."""
    now = datetime.now(UTC)
    add_attack(state, data_dir, replace(ATTACKS[4], minutes_ago=1, alerts=7), now=now, number=70)
    scan = replace(ATTACKS[0], title="Web scanner at work", title_th="เครื่องสแกนเว็บทำงาน", kind="address")
    for number in range(1, 9):
        part = replace(scan, value=f"203.0.113.{number}", alerts=3, minutes_ago=20 * number)
        add_attack(state, data_dir, part, now=now, number=70 + number)
    early = replace(scan, value="198.51.100.77", alerts=2, minutes_ago=250)
    add_attack(state, data_dir, early, now=now, number=80)


def _drafts(state: State) -> None:
    """Leave reports half typed."""
    now = now_us()
    for place, author, fields in (
        (
            "5f1c09aa",
            NAME,
            {
                "channel": "phone",
                "informed": f"{datetime.now(UTC):%Y-%m-%d}T15:20",
                "reporter": "เจ้าหน้าที่ห้องเวรโรงพยาบาล",
                "platform": "gdx",
                "claim": "ระบบตอบช้าและมีข้อความแปลกเมื่อค้นข้อมูลผู้ป่วย เริ่มเมื่อเช้า",
                "name": "ระบบแลกเปลี่ยนข้อมูลตอบผิดปกติ",
                "severity": "medium",
            },
        ),
        ("77ab3e10", "somchai", {"channel": "letter", "claim": "หนังสือร้องเรียนเรื่องข้อมูลใน e-Document"}),
    ):
        for name, text in fields.items():
            shared_drafts.save(state, f"intake/{place}", name, text, 0, author, now - 4 * _MINUTE)
