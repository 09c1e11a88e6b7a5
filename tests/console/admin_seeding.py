"""A store in which people have accounts, tokens and sessions, and the audit tells of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from warroom.access import Actor, Permission, Role, accounts, reading_audit
from warroom.access.api_tokens import create_token, revoke_token
from warroom.access.passwords import Hashing
from warroom.access.session_policy import Proof
from warroom.access.sessions import actor_of, open_session
from warroom.console.person import Person, person_of
from warroom.incidents.legal_holds import hold_order
from warroom.incidents.looking import look_at
from warroom.incidents.revealing import reveal
from warroom.store import accounts as rows
from warroom.store.audit import Via
from warroom.store.holds import Order, Scope

if TYPE_CHECKING:
    from warroom.settings import Settings
    from warroom.store.database import State

PASSWORD: Final = "trams nimble oak seven"  # noqa: S105  of nobody
CHEAP: Final = Hashing(memory_kib=8, rounds=1)
OPERATOR: Final = Actor("operator", frozenset({Role.ADMINISTRATOR}), via=Via.COMMAND_LINE)
PEOPLE: Final = (
    ("boss", "สมหมาย ผู้ดูแลหลัก", {Role.ADMINISTRATOR}, None),
    ("niran", "นิรันดร์ ผู้ดูแลสำรอง", {Role.ADMINISTRATOR}, None),
    ("anong", "อนงค์ ศรีสุข", {Role.ANALYST}, None),
    ("wipa", "วิภา หัวหน้ากะ", {Role.SHIFT_LEAD, Role.ANALYST}, None),
    ("somchai", "สมชาย ใจดี", {Role.LIAISON}, {"gdx", "tang_rat"}),
    ("dpo", "เจ้าหน้าที่คุ้มครองข้อมูล", {Role.DPO}, None),
    ("prometheus", "Prometheus", {Role.DETECTION_ENGINEER}, None),
)


def add_people(state: State) -> None:
    """Make the accounts; all have the same password, which is due for none."""
    now = datetime.now(UTC)
    for name, shown, roles, platforms in PEOPLE:
        confined = None if platforms is None else frozenset(platforms)
        wanted = accounts.Newcomer(name, frozenset(roles), shown, confined, password=PASSWORD)
        made = accounts.create(state, OPERATOR, wanted, now, hashing=CHEAP)
        with state.write() as connection:
            rows.change(connection, made.id, must_change_password=False)


def session_of(state: State, name: str, *, language: str = "en", proof: Proof = Proof.TWO_FACTORS) -> str:
    """Open a session of an account as a password and a code do; gives its token."""
    with state.write() as connection:
        account = rows.by_key(connection, name)
        return open_session(connection, account, proof, language=language, now=datetime.now(UTC))


def actor_named(state: State, name: str) -> Actor:
    """Give who acts in the console when an account does."""
    with state.read() as connection:
        return actor_of(rows.by_key(connection, name))


def add_deeds(state: State) -> None:
    """Let people do what an audit tells of; there are incidents."""
    now = datetime.now(UTC)
    boss = actor_named(state, "boss")
    for name in ("anong", "wipa", "dpo"):
        session_of(state, name)
    for number in (1, 2, 3):
        look_at(state, number, actor_named(state, "anong"))
    reveal(state, 2, actor_named(state, "anong"), "the agency asks us to call 081-234-5678 about 1101700203450")
    accounts.set_platforms(state, boss, "wipa", {"gdx"}, now)
    accounts.set_platforms(state, boss, "wipa", None, now)
    accounts.set_roles(state, boss, "anong", {Role.ANALYST, Role.LIAISON}, now)
    accounts.disable(state, boss, "somchai", now)
    scopes = {Permission.READ_METRICS}
    create_token(state, boss, "prometheus", "Prometheus ของศูนย์", scopes=scopes, lifetime=timedelta(days=90), now=now)
    create_token(state, boss, "prometheus", "old monitor", scopes=scopes, lifetime=timedelta(days=7), now=now)
    revoke_token(state, boss, 2, now)
    today = now.date()
    order = Order("ดศ 0204/1123", "พนักงานเจ้าหน้าที่ กระทรวงดิจิทัลฯ", today)
    until = date(today.year + 1, 1, 31)
    hold_order(state, actor_named(state, "dpo"), order, Scope(platform_id="gdx"), "คดี 17/2569", expires_on=until)
    reading_audit.open_audit(state, actor_named(state, "dpo"))


def doorkeeper(token: str, state: State, _settings: Settings, *, present: bool = False) -> Person | None:
    """Say who is there by a session's token, where no browser sends a cookie."""
    return person_of(state, token, present=present)
