"""`./run user …`: accounts, their roles and passwords, and API tokens."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from warroom.access.roles import Permission, Role
from warroom.commands.output import print_json, print_table
from warroom.errors import UsageError

if TYPE_CHECKING:
    from warroom.access.actor import Actor
    from warroom.store.accounts import Account
    from warroom.store.database import State

app = typer.Typer(
    add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True, help="Accounts, roles, API tokens."
)
token_app = typer.Typer(
    add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True, help="API tokens for machines."
)
app.add_typer(token_app, name="token")

_Name = Annotated[str, typer.Argument(metavar="NAME", help="The account's name.")]
_Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]
_Roles = Annotated[list[Role], typer.Option("--role", help="A role; repeatable. docs/roles.md tells what each may do.")]
_Yes = Annotated[bool, typer.Option("--yes", help="Even where it ends that this user administers.")]
_Platforms = Annotated[
    list[str] | None, typer.Option("--platform", help="Confine the account to this platform; repeatable.")
]


@app.command()
def add(
    name: _Name,
    roles: _Roles,
    display_name: Annotated[str, typer.Option("--display", help="The person's name in full.")] = "",
    platforms: _Platforms = None,
    os_user: Annotated[str | None, typer.Option(help="Who acts as this account on the command line.")] = None,
    yes: _Yes = False,
    no_password: Annotated[bool, typer.Option("--no-password", help="For machines, and for who gets a link.")] = False,
    as_json: _Json = False,
) -> None:
    """Make an account. Its first password is asked on the terminal, or read from standard input (one line)."""
    from warroom.access import accounts
    from warroom.access.command_line import checked_os_user

    known, user = _known(platforms), checked_os_user(os_user) if os_user else None
    with _acting() as (state, actor):
        if user:
            _check_mapping(state, user, roles, confined=known is not None, sure=yes)
        wanted = accounts.Newcomer(
            name=name,
            roles=frozenset(roles),
            display_name=display_name,
            platforms=known,
            os_user=user,
            password=None if no_password else _password(f"First password of {name}"),
        )
        made = accounts.create(state, actor, wanted, datetime.now(UTC))
    if as_json:
        print_json(_told(made))


@app.command("list")
def list_(as_json: _Json = False) -> None:
    """List the accounts, disabled ones included."""
    from warroom.access import accounts

    with _acting() as (state, actor):
        found = [_told(account) for account in accounts.list_accounts(state, actor)]
    if as_json:
        print_json(found)
        return
    shown = ("name", "display_name", "state", "roles", "platforms", "password", "authenticator", "os_user")
    rows = [[_cell(account[column]) for column in (*shown, "signed_in_at")] for account in found]
    print_table([*shown, "last sign-in"], rows, empty="No account: `./run up` prints a link for the first one.")


@app.command()
def disable(name: _Name) -> None:
    """Close an account: its sessions and API tokens end at once."""
    from warroom.access import accounts

    with _acting() as (state, actor):
        accounts.disable(state, actor, name, datetime.now(UTC))


@app.command()
def enable(name: _Name) -> None:
    """Open a disabled account again, or end the waits after failed attempts."""
    from warroom.access import accounts

    with _acting() as (state, actor):
        accounts.enable(state, actor, name, datetime.now(UTC))


@app.command()
def roles(name: _Name, roles: _Roles) -> None:
    """Replace the roles of an account; they work from its next request on."""
    from warroom.access import accounts

    with _acting() as (state, actor):
        accounts.set_roles(state, actor, name, roles, datetime.now(UTC))


@app.command()
def platforms(
    name: _Name,
    platforms: _Platforms = None,
    all_: Annotated[bool, typer.Option("--all", help="Confine the account to none.")] = False,
) -> None:
    """Confine an account to platforms, or to none."""
    from warroom.access import accounts

    if bool(platforms) == all_:
        raise UsageError("give --platform, once or more, or --all")
    with _acting() as (state, actor):
        accounts.set_platforms(state, actor, name, _known(platforms), datetime.now(UTC))


@app.command("os-user")
def os_user(
    name: _Name,
    user: Annotated[str | None, typer.Argument(metavar="[USER]", help="None: nobody acts as it any more.")] = None,
    yes: _Yes = False,
) -> None:
    """Say which operating-system user acts as an account on the command line."""
    from warroom.access import accounts
    from warroom.access.command_line import checked_os_user
    from warroom.access.names import name_key
    from warroom.store import accounts as rows

    wanted = checked_os_user(user) if user else None
    with _acting() as (state, actor):
        if wanted:
            with state.read() as connection:
                account = rows.by_key(connection, name_key(name))
            _check_mapping(state, wanted, account.roles, confined=account.platforms is not None, sure=yes)
        accounts.map_os_user(state, actor, name, wanted, datetime.now(UTC))


@app.command()
def oidc(
    name: _Name,
    subject: Annotated[str, typer.Argument(help="The person's `sub` at the provider.")],
    issuer: Annotated[str, typer.Option(help="Default: WARROOM_OIDC_ISSUER.")] = "",
) -> None:
    """Bind an account to a person at the OIDC provider: who signs in there as this subject is this account."""
    from warroom.access import accounts
    from warroom.settings import Settings

    with _acting() as (state, actor):
        accounts.bind_oidc(state, actor, name, issuer or Settings().oidc_issuer or "", subject, datetime.now(UTC))


@app.command()
def password(name: _Name) -> None:
    """Set a password, asked on the terminal or read from standard input (one line); ends the account's sessions.

    Somebody else's has to be changed at the next sign-in.
    """
    from warroom.access import accounts

    given = _password(f"New password of {name}")
    with _acting() as (state, actor):
        accounts.set_password(state, actor, name, given, datetime.now(UTC))


@app.command()
def link(name: _Name) -> None:
    """Print a one-time link, valid for an hour, by which somebody chooses a new password."""
    from warroom.access import create_password_link
    from warroom.commands.opening import address_of_link
    from warroom.settings import Settings

    with _acting() as (state, actor):
        token = create_password_link(state, actor, name, datetime.now(UTC))
    typer.echo(address_of_link(Settings(), token))


@app.command("enrol-authenticator")
def enrol_authenticator() -> None:
    """Give your own account, that of your operating-system user, an authenticator; prints the recovery codes once."""
    from warroom.access import second_factor
    from warroom.access.keys import load_key
    from warroom.settings import Settings

    with _acting() as (state, actor):
        key = load_key(Settings().data_dir)
        shown = second_factor.begin_enrolment(state, actor, key)
        typer.echo(f"Type this into your authenticator:\n\n  {shown.seed_text}\n\nor open\n\n  {shown.uri}\n")
        typer.echo("The code that it shows now: ", nl=False)
        codes = second_factor.confirm_enrolment(state, actor, key, sys.stdin.readline(), datetime.now(UTC))
    typer.echo("\nRecovery codes, each for one sign-in without the authenticator. Keep them apart from it:\n")
    typer.echo("\n".join(f"  {code}" for code in codes))


@app.command("remove-authenticator")
def remove_authenticator(name: _Name) -> None:
    """Remove the authenticator of somebody who lost it with the recovery codes; ends the account's sessions."""
    from warroom.access import second_factor

    with _acting() as (state, actor):
        second_factor.remove(state, actor, name, datetime.now(UTC))


@token_app.command("create")
def create_token(
    name: _Name,
    label: Annotated[str, typer.Argument(help="Where it is used.")],
    scopes: Annotated[list[Permission], typer.Option("--scope", help="What it is for; repeatable.")],
    days: Annotated[int, typer.Option(min=1, help="How long it lives, 366 days at most.")] = 90,
    as_json: _Json = False,
) -> None:
    """Make an API token that acts as an account; it is shown this once."""
    from warroom.access import api_tokens

    lifetime = timedelta(days=min(days, api_tokens.LONGEST_DAYS + 1))
    with _acting() as (state, actor):
        now = datetime.now(UTC)
        made = api_tokens.create_token(state, actor, name, label, scopes=scopes, lifetime=lifetime, now=now)
    if as_json:
        print_json({"token": made, "expires_at": _time(now + lifetime)})
    else:
        typer.echo(made)


@token_app.command("list")
def list_tokens(as_json: _Json = False) -> None:
    """List API tokens; never the tokens themselves."""
    from warroom.access import api_tokens

    with _acting() as (state, actor):
        found = [
            {
                "number": token.number,
                "label": token.label,
                "account": token.account,
                "scopes": sorted(token.scopes),
                "created_at": _time(token.created_at),
                "expires_at": _time(token.expires_at),
                "revoked_at": _time(token.revoked_at),
                "last_used_at": _time(token.last_used_at),
            }
            for token in api_tokens.list_tokens(state, actor)
        ]
    if as_json:
        print_json(found)
        return
    rows = [[_cell(value) for value in token.values()] for token in found]
    print_table(
        ["number", "label", "account", "scopes", "created", "expires", "revoked", "last used"], rows, empty="No token."
    )


@token_app.command("revoke")
def revoke_token(number: Annotated[int, typer.Argument(metavar="NUMBER", help="As `token list` shows it.")]) -> None:
    """End an API token at once."""
    from warroom.access import api_tokens

    with _acting() as (state, actor):
        api_tokens.revoke_token(state, actor, number, datetime.now(UTC))


def _check_mapping(state: State, user: str, roles: Collection[str], *, confined: bool, sure: bool) -> None:
    from warroom.access.command_line import check_mapping
    from warroom.settings import Settings
    from warroom.store.permission import user_name

    owner = user_name(Settings().data_dir.stat().st_uid)
    with state.read() as connection:
        check_mapping(connection, user, owner, roles, confined=confined, sure=sure)


@contextmanager
def _acting() -> Iterator[tuple[State, Actor]]:
    """Open the state database, making it where there is none, for who runs this command."""
    from warroom.access.command_line import command_line_actor, os_user
    from warroom.access.refusals import refusals_recorded
    from warroom.settings import Settings
    from warroom.store.database import State

    with State(Settings().db_url) as state:
        state.migrate()
        actor = command_line_actor(state, os_user())
        with refusals_recorded(state, actor):
            yield state, actor


def _password(prompt: str) -> str:
    """Ask for a password twice on a terminal, else take standard input's first line; never an argument.

    Arguments stand in the shell's history and in the list of processes.
    """
    from getpass import getpass

    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    given = getpass(f"{prompt}: ")
    if getpass("Once more: ") != given:
        raise UsageError("the two are not the same")
    return given


def _known(platforms: list[str] | None) -> frozenset[str] | None:
    """Give the platforms of these ids. Raises UsageError where one is none."""
    from warroom.catalog import load_platforms

    if not platforms:
        return None
    if unknown := sorted(set(platforms) - set(load_platforms())):
        raise UsageError(f"there is no platform {', '.join(unknown)}: data/reference/platforms.yaml lists them")
    return frozenset(platforms)


def _told(account: Account) -> dict[str, object]:
    """What people and programs may know of an account: no hash, no seed."""
    return {
        "name": account.name,
        "display_name": account.display_name,
        "state": account.state,
        "roles": sorted(account.roles),
        "platforms": None if account.platforms is None else sorted(account.platforms),
        "password": account.password_hash is not None,
        "must_change_password": account.must_change_password,
        "authenticator": account.has_totp,
        "os_user": account.os_user,
        "oidc": account.oidc_issuer,
        "created_at": _micros(account.created_at),
        "signed_in_at": _micros(account.signed_in_at),
    }


def _cell(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else ""
    return "" if value is None else str(value)


def _micros(at: int | None) -> str | None:
    from warroom.store.database import from_us

    return None if at is None else _time(from_us(at))


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
