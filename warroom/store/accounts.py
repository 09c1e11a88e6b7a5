"""Accounts in the state database: rows in, rows out; what may happen to them is decided in ``warroom.access``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Row,
    ScalarSelect,
    Table,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from warroom.errors import ConflictError, NotFoundError
from warroom.store.account_tables import (
    account_platforms,
    account_roles,
    accounts,
    api_tokens,
    recovery_codes,
    sessions,
)
from warroom.store.sealing import touch, touch_before

#: What every sign-in changes: not sealed.
_PASSING: Final = frozenset({"signed_in_at", "totp_last_step"})
#: The topic that the administration screen caches by.
TOPIC = "accounts"


class AccountState(StrEnum):
    """Whether an account opens anything."""

    ACTIVE = "active"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Account:
    """One account as stored; times in microseconds since 1970 UTC."""

    id: int
    name: str
    name_key: str
    display_name: str
    state: AccountState
    password_hash: str | None
    must_change_password: bool
    password_changed_at: int | None
    created_at: int
    changed_at: int
    signed_in_at: int | None
    totp_sealed: bytes | None
    totp_confirmed_at: int | None
    totp_last_step: int | None
    os_user: str | None
    oidc_issuer: str | None
    oidc_subject: str | None
    roles: frozenset[str]
    platforms: frozenset[str] | None

    @property
    def is_active(self) -> bool:
        """Whether the account is not disabled."""
        return self.state is AccountState.ACTIVE

    @property
    def has_totp(self) -> bool:
        """Whether sign-in by password asks for a code."""
        return self.totp_confirmed_at is not None

    @property
    def has_credential(self) -> bool:
        """Whether somebody proves to be this account by anything but an operator's link."""
        return self.password_hash is not None or self.os_user is not None or self.oidc_subject is not None


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What an account begins with; times in microseconds."""

    name: str
    name_key: str
    display_name: str
    created_at: int
    password_hash: str | None = None
    must_change_password: bool = False
    os_user: str | None = None


def get(connection: Connection, account_id: int) -> Account:
    """Give an account. Raises NotFoundError."""
    return _one(connection, accounts.c.id == account_id, f"number {account_id}")


def by_key(connection: Connection, key: str) -> Account:
    """Give the account of a name's key. Raises NotFoundError."""
    return _one(connection, accounts.c.name_key == key, f"named `{key}`")


def find_by_key(connection: Connection, key: str) -> Account | None:
    """Give the account of a name's key; None where there is none."""
    return _found(connection, accounts.c.name_key == key)


def find_by_os_user(connection: Connection, os_user: str) -> Account | None:
    """Give the account that an operating-system user acts as; None where there is none."""
    return _found(connection, accounts.c.os_user == os_user)


def find_by_oidc(connection: Connection, issuer: str, subject: str) -> Account | None:
    """Give the account that is bound to a provider's subject; None where there is none."""
    return _found(connection, and_(accounts.c.oidc_issuer == issuer, accounts.c.oidc_subject == subject))


def every(connection: Connection) -> list[Account]:
    """Give all accounts by name, disabled ones included."""
    rows = connection.execute(select(accounts).order_by(accounts.c.name_key)).all()
    roles: dict[int, set[str]] = {}
    platforms: dict[int, set[str]] = {}
    for number, role in connection.execute(select(account_roles.c.account_id, account_roles.c.role)):
        roles.setdefault(number, set()).add(role)
    for number, platform in connection.execute(select(account_platforms.c.account_id, account_platforms.c.platform_id)):
        platforms.setdefault(number, set()).add(platform)
    return [_account(row, roles.get(row.id, ()), platforms.get(row.id, ())) for row in rows]


def active_names(connection: Connection) -> list[str]:
    """Give the names of everybody who may sign in, by name: to whom work can be assigned."""
    wanted = select(accounts.c.name).where(accounts.c.state == AccountState.ACTIVE).order_by(accounts.c.name_key)
    return list(connection.scalars(wanted))


def has_credentials(connection: Connection) -> bool:
    """Whether there is an account that opens by more than an operator's link; disabled ones count."""
    proves = or_(accounts.c.password_hash.is_not(None), accounts.c.os_user.is_not(None))
    wanted = select(accounts.c.id).where(or_(proves, accounts.c.oidc_subject.is_not(None))).limit(1)
    return connection.scalar(wanted) is not None


def active_with_role(connection: Connection, role: str) -> int:
    """Count the accounts that have a role, are confined to no platform and not disabled."""
    confined = select(account_platforms.c.account_id)
    wanted = (
        select(func.count())
        .select_from(accounts.join(account_roles))
        .where(account_roles.c.role == role, accounts.c.state == AccountState.ACTIVE, accounts.c.id.not_in(confined))
    )
    return connection.scalar(wanted) or 0


def add(connection: Connection, new: NewAccount, roles: Iterable[str], platforms: Iterable[str] | None) -> Account:
    """Add an account. Raises ConflictError where the name or the operating-system user is taken."""
    if find_by_key(connection, new.name_key) is not None:
        raise ConflictError(f"there is an account named `{new.name}` already, or one whose name reads the same")
    _must_be_free(connection, new.os_user)
    added = connection.execute(
        insert(accounts).values(
            name=new.name,
            name_key=new.name_key,
            display_name=new.display_name,
            state=AccountState.ACTIVE,
            password_hash=new.password_hash,
            must_change_password=new.must_change_password,
            password_changed_at=None if new.password_hash is None else new.created_at,
            created_at=new.created_at,
            changed_at=new.created_at,
            os_user=new.os_user,
        )
    )
    (number,) = added.inserted_primary_key or (0,)
    touch(connection, "accounts", number)
    put_roles(connection, number, roles)
    put_platforms(connection, number, platforms)
    return get(connection, number)


def change(connection: Connection, account_id: int, at: int | None = None, **values: object) -> None:
    """Change columns of an account; ``at`` is noted as its change, None where it is none that people made.

    Raises ConflictError where the operating-system user or the provider's subject is another account's.
    """
    if (os_user := values.get("os_user")) is not None:
        _must_be_free(connection, str(os_user), but=account_id)
    if at is not None:
        values["changed_at"] = at
    if not values.keys() <= _PASSING:
        touch_before(connection, "accounts", account_id)
    connection.execute(update(accounts).where(accounts.c.id == account_id).values(**values))


def put_roles(connection: Connection, account_id: int, roles: Iterable[str]) -> None:
    """Replace an account's roles."""
    _put(connection, account_roles, account_id, map(str, roles))


def put_platforms(connection: Connection, account_id: int, platforms: Iterable[str] | None) -> None:
    """Confine an account to platforms; None: to none."""
    _put(connection, account_platforms, account_id, platforms or ())


def put_recovery_codes(connection: Connection, account_id: int, hashes: Iterable[bytes]) -> None:
    """Replace an account's recovery codes."""
    connection.execute(delete(recovery_codes).where(recovery_codes.c.account_id == account_id))
    for code in set(hashes):
        connection.execute(insert(recovery_codes).values(account_id=account_id, code_hmac=code))


def use_recovery_code(connection: Connection, account_id: int, code: bytes, at: int) -> bool:
    """Burn a recovery code; False where the account has none like it, or it was used."""
    mine = recovery_codes.c
    burnt = connection.execute(
        update(recovery_codes)
        .where(mine.account_id == account_id, mine.code_hmac == code, mine.used_at.is_(None))
        .values(used_at=at)
    )
    return burnt.rowcount == 1


def recovery_codes_left(connection: Connection, account_id: int) -> int:
    """Count the recovery codes that were not used."""
    mine = recovery_codes.c
    wanted = (
        select(func.count()).select_from(recovery_codes).where(mine.account_id == account_id, mine.used_at.is_(None))
    )
    return connection.scalar(wanted) or 0


def cut_off(connection: Connection, account_id: int, at: int, *, tokens: bool) -> int:
    """End all sessions of an account, and its API tokens where asked; gives how many sessions were open."""
    open_sessions = and_(sessions.c.account_id == account_id, sessions.c.revoked_at.is_(None))
    ended = connection.execute(update(sessions).where(open_sessions).values(revoked_at=at)).rowcount
    if tokens:
        live = and_(api_tokens.c.account_id == account_id, api_tokens.c.revoked_at.is_(None))
        for number in connection.scalars(select(api_tokens.c.id).where(live)).all():
            touch_before(connection, "api_tokens", number)
        connection.execute(update(api_tokens).where(live).values(revoked_at=at))
    return ended


def _put(connection: Connection, table: Table, account_id: int, wanted: Iterable[str]) -> None:
    """Replace what an account has in a table of pairs; what stays is not written, and not sealed anew."""
    whose, what = table.primary_key
    had, new = set(connection.scalars(select(what).where(whose == account_id))), set(wanted)
    for one in sorted(had ^ new):
        touch_before(connection, table.name, account_id, one)
        if one in had:
            connection.execute(delete(table).where(whose == account_id, what == one))
        else:
            connection.execute(insert(table).values({whose: account_id, what: one}))


def _must_be_free(connection: Connection, os_user: str | None, *, but: int | None = None) -> None:
    if os_user is None:
        return
    taken = find_by_os_user(connection, os_user)
    if taken is not None and taken.id != but:
        raise ConflictError(f"the operating-system user `{os_user}` acts as `{taken.name}` already")


def _listed(column: Column[str]) -> ScalarSelect[str]:
    """An account's roles or platforms as a JSON list in its row: every open page asks for them every two seconds."""
    return select(func.json_group_array(column)).where(column.table.c.account_id == accounts.c.id).scalar_subquery()


_WHOLE: Final = select(
    accounts,
    _listed(account_roles.c.role).label("its_roles"),
    _listed(account_platforms.c.platform_id).label("its_platforms"),
)


def _one(connection: Connection, which: ColumnElement[bool], told: str) -> Account:
    found = _found(connection, which)
    if found is None:
        raise NotFoundError(f"there is no account {told}: `./run user list` shows them")
    return found


def _found(connection: Connection, which: ColumnElement[bool]) -> Account | None:
    row = connection.execute(_WHOLE.where(which)).one_or_none()
    if row is None:
        return None
    return _account(row, json.loads(row.its_roles), json.loads(row.its_platforms))


def _account(row: Row[Any], roles: Iterable[str], platforms: Iterable[str]) -> Account:
    values = {column.name: getattr(row, column.name) for column in accounts.c}
    state = AccountState(str(values.pop("state")))
    return Account(state=state, roles=frozenset(roles), platforms=frozenset(platforms) or None, **values)
