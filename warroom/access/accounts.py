"""Accounts: made, changed, disabled, and given passwords. What happens to one works at the next request."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from warroom.access import lockout
from warroom.access.actor import Actor
from warroom.access.guard import needs
from warroom.access.names import checked_name, clean_name, name_key
from warroom.access.passwords import Hashing, PasswordError, PasswordFault, checked_password, strong
from warroom.access.recording import record
from warroom.access.roles import Permission, Role, known_roles
from warroom.errors import ConflictError, ForbiddenError, UsageError
from warroom.store import accounts as rows
from warroom.store import sessions as session_rows
from warroom.store.audit import AuditAction, Via
from warroom.store.database import to_us

if TYPE_CHECKING:
    from warroom.store.accounts import Account
    from warroom.store.database import State, Transaction

_SUBJECT_LIMIT: Final = 255  # OpenID Connect Core 1.0, section 2


@dataclass(frozen=True, slots=True)
class Newcomer:
    """An account to be made. Without a password it opens by a link, by an API token or on the command line."""

    name: str
    roles: frozenset[Role]
    display_name: str = ""
    platforms: frozenset[str] | None = None
    os_user: str | None = None
    password: str | None = None

    def __repr__(self) -> str:
        return f"Newcomer(name={self.name!r}, …)"


@needs(Permission.MANAGE_ACCOUNTS)
def create(state: State, actor: Actor, wanted: Newcomer, now: datetime, *, hashing: Hashing | None = None) -> Account:
    """Make an account; its password, if it gets one here, is to be changed at the first sign-in.

    Raises:
        UsageError: the name or the password cannot be one, or there is no role; says why.
        ConflictError: the name or the operating-system user is taken.
    """
    if not wanted.roles:
        raise UsageError(f"an account has at least one role of {', '.join(Role)}")
    name, at = checked_name(wanted.name), to_us(now)
    shown = clean_name(wanted.display_name) if wanted.display_name else name
    hashed = None if wanted.password is None else _hashed((name, shown), wanted.password, hashing)
    new = rows.NewAccount(name, name_key(name), shown, at, hashed, hashed is not None, wanted.os_user or None)
    platforms = _checked_platforms(wanted.platforms)
    with state.write(rows.TOPIC) as connection:
        made = rows.add(connection, new, wanted.roles, platforms)
        told = {"change": "created", "os_user": made.os_user or ""}
        confined = sorted(made.platforms or ())
        record(
            connection,
            actor,
            AuditAction.ACCOUNT_CHANGED,
            made,
            at,
            roles=sorted(made.roles),
            platforms=confined,
            **told,
        )
    return made


@needs(Permission.MANAGE_ACCOUNTS)
def list_accounts(state: State, actor: Actor) -> list[Account]:  # noqa: ARG001  the guard looks at the actor
    """Give all accounts by name, disabled ones included."""
    with state.read() as connection:
        return rows.every(connection)


@needs(Permission.MANAGE_ACCOUNTS)
def disable(state: State, actor: Actor, name: str, now: datetime) -> None:
    """Close an account: its sessions, links and API tokens end at once, and do not come back when it is enabled.

    Raises:
        NotFoundError: no such account.
        ConflictError: it is disabled already, or it is the last administrator's.
    """
    at = to_us(now)
    with state.write(rows.TOPIC) as connection:
        account = rows.by_key(connection, name_key(name))
        if not account.is_active:
            raise ConflictError(f"{account.name} is disabled already")
        rows.change(connection, account.id, at, state=rows.AccountState.DISABLED)
        _must_leave_an_administrator(connection, account)
        ended = rows.cut_off(connection, account.id, at, tokens=True)
        session_rows.drop_links(connection, account.id)
        record(connection, actor, AuditAction.ACCOUNT_CHANGED, account, at, change="disabled", sessions_ended=ended)


@needs(Permission.MANAGE_ACCOUNTS)
def enable(state: State, actor: Actor, name: str, now: datetime) -> None:
    """Open a disabled account again; for an active one, end the waits after failed attempts.

    Raises:
        NotFoundError: no such account.
    """
    at = to_us(now)
    with state.write(rows.TOPIC) as connection:
        account = rows.by_key(connection, name_key(name))
        rows.change(connection, account.id, at, state=rows.AccountState.ACTIVE)
        lockout.release(connection, lockout.name_hash(account.name_key))
        change = "waits ended" if account.is_active else "enabled"
        record(connection, actor, AuditAction.ACCOUNT_CHANGED, account, at, change=change)


@needs(Permission.MANAGE_ACCOUNTS)
def set_roles(state: State, actor: Actor, name: str, roles: Iterable[Role], now: datetime) -> None:
    """Replace an account's roles; sessions and tokens act with the new ones from their next request on.

    Raises:
        NotFoundError: no such account.
        ForbiddenError: it is the actor's own, and there is another administrator to ask.
        ConflictError: nobody would be administrator any more.
    """
    with state.write(rows.TOPIC) as connection:
        account = rows.by_key(connection, name_key(name))
        _put_roles(connection, actor, account, frozenset(roles), to_us(now))
        _must_leave_an_administrator(connection, account)


@needs(Permission.MANAGE_ACCOUNTS)
def set_platforms(state: State, actor: Actor, name: str, platforms: Iterable[str] | None, now: datetime) -> None:
    """Confine an account to platforms; None: to none.

    Raises:
        NotFoundError: no such account.
        UsageError: an empty list: an account that sees nothing is one to disable.
        ConflictError: it is the last administrator's: what concerns all platforms is not for who is confined.
    """
    wanted = _checked_platforms(platforms)
    with state.write(rows.TOPIC) as connection:
        account = rows.by_key(connection, name_key(name))
        _put_platforms(connection, actor, account, wanted, to_us(now))
        _must_leave_an_administrator(connection, account)


@needs(Permission.MANAGE_ACCOUNTS)
def set_rights(
    state: State,
    actor: Actor,
    name: str,
    roles: Iterable[Role],
    platforms: Iterable[str] | None,
    now: datetime,
    *,
    seen: int,
) -> None:
    """Replace an account's roles and platforms: both, or neither.

    Args:
        state: where the account is.
        actor: who decides.
        name: of the account.
        roles: all of its roles from now on.
        platforms: to which it is confined; None: to none.
        now: our clock.
        seen: ``changed_at`` of the account that the actor looked at.

    Raises:
        NotFoundError: no such account.
        UsageError: an empty list of platforms.
        ForbiddenError: it is the actor's own, and there is another administrator to ask.
        ConflictError: somebody else changed it since, or nobody would be administrator any more.
    """
    at, wanted, places = to_us(now), frozenset(roles), _checked_platforms(platforms)
    with state.write(rows.TOPIC) as connection:
        account = rows.by_key(connection, name_key(name))
        if account.changed_at != seen:
            raise ConflictError(f"somebody else changed {account.name} first: look again")
        if wanted != known_roles(account.roles):
            _put_roles(connection, actor, account, wanted, at)
        if places != account.platforms:
            _put_platforms(connection, actor, account, places, at)
        _must_leave_an_administrator(connection, account)


@needs(Permission.MANAGE_ACCOUNTS)
def map_os_user(state: State, actor: Actor, name: str, os_user: str | None, now: datetime) -> None:
    """Let an operating-system user act as an account on the command line; None: nobody.

    Raises:
        NotFoundError: no such account.
        ConflictError: that user acts as another account.
    """
    at = to_us(now)
    with state.write(rows.TOPIC) as connection:
        account = rows.by_key(connection, name_key(name))
        rows.change(connection, account.id, at, os_user=os_user or None)
        told = {"before": account.os_user or "", "after": os_user or ""}
        record(connection, actor, AuditAction.ACCOUNT_CHANGED, account, at, change="os_user", **told)


@needs(Permission.MANAGE_ACCOUNTS)
def bind_oidc(state: State, actor: Actor, name: str, issuer: str, subject: str, now: datetime) -> None:
    """Bind an account to a provider's subject: the pair that never changes, where names and addresses do.

    Raises:
        NotFoundError: no such account.
        UsageError: the issuer is no https address, or the subject is empty or too long.
        ConflictError: the pair is another account's.
    """
    told = urlsplit(issuer)
    # Without TLS on this machine only: a provider beside the war room.
    if not (told.scheme == "https" or (told.scheme == "http" and told.hostname in {"127.0.0.1", "::1", "localhost"})):
        raise UsageError("an OIDC issuer is an https:// address")
    if not 0 < len(subject) <= _SUBJECT_LIMIT:
        raise UsageError(f"an OIDC subject has 1 to {_SUBJECT_LIMIT} characters")
    at = to_us(now)
    with state.write(rows.TOPIC) as connection:
        account = rows.by_key(connection, name_key(name))
        taken = rows.find_by_oidc(connection, issuer, subject)
        if taken is not None and taken.id != account.id:
            raise ConflictError(f"this subject is bound to `{taken.name}` already")
        rows.change(connection, account.id, at, oidc_issuer=issuer, oidc_subject=subject)
        record(connection, actor, AuditAction.ACCOUNT_CHANGED, account, at, change="oidc", issuer=issuer)


@needs(Permission.MANAGE_ACCOUNTS)
def set_password(
    state: State, actor: Actor, name: str, password: str, now: datetime, *, hashing: Hashing | None = None
) -> None:
    """Give somebody a first or new password, which they have to change at their next sign-in; ends their sessions.

    Raises:
        NotFoundError: no such account.
        ForbiddenError: it is the actor's own, in the console: that takes the old password.
        UsageError: the password is refused; says why.
    """
    with state.read() as connection:
        account = rows.by_key(connection, name_key(name))
    due = account.id != actor.account_id
    if not due and actor.via is not Via.COMMAND_LINE:
        raise ForbiddenError("change your own password with the old one")
    hashed = _hashed((account.name, account.display_name), password, hashing)
    with state.write(rows.TOPIC) as connection:
        _put_password(connection, actor, account, hashed, now, due=due)


def change_password(
    state: State, actor: Actor, old: str, new: str, now: datetime, *, hashing: Hashing | None = None
) -> None:
    """Change the password of the actor's own account; ends all of its sessions, this one too.

    Raises:
        ForbiddenError: the old password is wrong, or the actor has no account.
        UsageError: the new one is refused; says why.
    """
    hashing = hashing or strong()
    if actor.account_id is None:
        raise ForbiddenError(f"{actor.name} has no account: sign in first")
    with state.read() as connection:
        account = rows.get(connection, actor.account_id)
    if not hashing.fits(account.password_hash, old):
        raise ForbiddenError("the old password is wrong")
    if hashing.fits(account.password_hash, new):
        raise PasswordError(PasswordFault.NOT_NEW)
    hashed = _hashed((account.name, account.display_name), new, hashing)
    with state.write(rows.TOPIC) as connection:
        if rows.get(connection, account.id).password_hash != account.password_hash:
            raise ConflictError("the password was changed meanwhile")
        _put_password(connection, actor, account, hashed, now, due=False)


def _hashed(about: tuple[str, str], password: str, hashing: Hashing | None) -> str:
    return (hashing or strong()).hash(checked_password(password, about=about))


def _put_password(
    connection: Transaction, actor: Actor, account: Account, hashed: str, now: datetime, *, due: bool
) -> None:
    at = to_us(now)
    rows.change(connection, account.id, at, password_hash=hashed, password_changed_at=at, must_change_password=due)
    # Whoever knew the old one is out.
    rows.cut_off(connection, account.id, at, tokens=False)
    session_rows.drop_links(connection, account.id)
    lockout.release(connection, lockout.name_hash(account.name_key))
    record(connection, actor, AuditAction.PASSWORD_CHANGED, account, at, to_be_changed=due)


def _put_roles(connection: Transaction, actor: Actor, account: Account, wanted: frozenset[Role], at: int) -> None:
    # Two pairs of eyes where there are two: administrators do not make themselves see personal data.
    others = rows.active_with_role(connection, Role.ADMINISTRATOR) > 1
    if account.id == actor.account_id and wanted - account.roles and others:
        raise ForbiddenError("nobody gives themselves roles: ask another administrator")
    rows.put_roles(connection, account.id, wanted)
    rows.change(connection, account.id, at)
    before, after = sorted(account.roles), sorted(map(str, wanted))
    record(connection, actor, AuditAction.ROLE_CHANGED, account, at, before=before, after=after)


def _put_platforms(
    connection: Transaction, actor: Actor, account: Account, wanted: frozenset[str] | None, at: int
) -> None:
    rows.put_platforms(connection, account.id, wanted)
    rows.change(connection, account.id, at)
    told = {"before": sorted(account.platforms or ()), "after": sorted(wanted or ())}
    record(connection, actor, AuditAction.ACCOUNT_CHANGED, account, at, change="platforms", **told)


def _must_leave_an_administrator(connection: Transaction, before: Account) -> None:
    """Refuse what would leave nobody who manages accounts; the transaction is undone."""
    was = Role.ADMINISTRATOR in before.roles and before.is_active and before.platforms is None
    if was and not rows.active_with_role(connection, Role.ADMINISTRATOR):
        raise ConflictError(f"{before.name} is the last administrator: make another one first")


def _checked_platforms(platforms: Iterable[str] | None) -> frozenset[str] | None:
    if platforms is None:
        return None
    wanted = frozenset(platforms)
    if not wanted:
        raise UsageError("name at least one platform: an account that sees none is one to disable")
    return wanted
