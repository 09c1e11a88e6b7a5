"""The tables of who may do what: accounts, their roles, links, sessions, API tokens and failed attempts.

On the same ``metadata`` as the state database's other tables. Secrets are never stored: passwords as argon2id, tokens
and links as SHA-256, recovery codes as a keyed hash, TOTP seeds sealed with a key that is not in the database.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from warroom.store.tables import metadata

# SQLite only makes a rowid key of INTEGER, PostgreSQL needs 64 bits.
_id: Final = BigInteger().with_variant(Integer, "sqlite")


def _account() -> ForeignKey:
    return ForeignKey("accounts.id")


#: Persons and machines. Never deleted, only disabled: the incident log and the audit name them for years.
accounts = Table(
    "accounts",
    metadata,
    Column("id", _id, primary_key=True, autoincrement=True),
    Column("name", String, nullable=False),  # as the incident log shows it
    Column("name_key", String, nullable=False, unique=True),  # what two names must not share
    Column("display_name", String, nullable=False),
    Column("state", String, nullable=False),  # active | disabled
    Column("password_hash", String),  # argon2id with its parameters; null: no sign-in by password
    Column("must_change_password", Boolean, nullable=False),
    Column("password_changed_at", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("signed_in_at", BigInteger),
    Column("totp_sealed", LargeBinary),  # the seed, sealed for this account; not in force before it was confirmed
    Column("totp_confirmed_at", BigInteger),
    Column("totp_last_step", BigInteger),  # the newest time step whose code was used: none is used twice
    Column("os_user", String, unique=True),  # who acts as this account on the command line
    Column("oidc_issuer", String),
    Column("oidc_subject", String),
    UniqueConstraint("oidc_issuer", "oidc_subject"),
)

account_roles = Table(
    "account_roles",
    metadata,
    Column("account_id", _id, _account(), primary_key=True),
    Column("role", String, primary_key=True),
)

#: To which platforms an account is confined; no row: to none.
account_platforms = Table(
    "account_platforms",
    metadata,
    Column("account_id", _id, _account(), primary_key=True),
    Column("platform_id", String, primary_key=True),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("account_id", _id, _account(), primary_key=True),
    Column("code_hmac", LargeBinary, primary_key=True),
    Column("used_at", BigInteger),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", _id, primary_key=True, autoincrement=True),
    Column("token_sha256", LargeBinary, nullable=False, unique=True),
    Column("name", String, nullable=False),
    Column("account_id", _id, _account(), nullable=False),
    Column("scopes", Text, nullable=False),  # permissions, separated by blanks
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    Column("last_used_at", BigInteger),
    Index(None, "account_id"),
)

signin_links = Table(
    "signin_links",
    metadata,
    Column("token_sha256", LargeBinary, primary_key=True),
    Column("purpose", String, nullable=False),  # open | account | password | set_up
    Column("account_id", _id, _account()),  # null: whoever opens it says who they are
    Column("roles", String, nullable=False),  # of an account that the link makes, separated by blanks
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_sha256", LargeBinary, primary_key=True),
    Column("account_id", _id, _account(), nullable=False),
    Column("proof", String, nullable=False),  # a word of access.sessions.Proof
    Column("language", String, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),  # when the person last did something
    Column("revoked_at", BigInteger),
    Column("address", String, nullable=False, server_default=""),  # from where it was opened; empty: not known
    Column("browser", String, nullable=False, server_default=""),  # by what: words of ours, such as `Firefox, Windows`
    Index(None, "account_id"),
)

#: What is kept of a session that a provider vouched for, to ask it again; gone with its session.
oidc_sessions = Table(
    "oidc_sessions",
    metadata,
    Column("token_sha256", LargeBinary, ForeignKey("sessions.token_sha256", ondelete="CASCADE"), primary_key=True),
    Column("provider_session", String),  # the provider's own name of it (claim `sid`), for its logout notices
    Column("tokens_sealed", LargeBinary, nullable=False),  # the provider's refresh or access token
    Column("due_at", BigInteger, nullable=False),  # when the provider is asked again
    Column("ends_at", BigInteger, nullable=False),  # when the session ends, if the provider has not vouched anew
    Index(None, "due_at"),
)

#: Failed attempts to sign in, by name tried and address; address `*` holds those of all strange addresses together.
#: Names that no account has are in here too, so that an answer does not tell which are which.
signin_attempts = Table(
    "signin_attempts",
    metadata,
    Column("name_sha256", LargeBinary, primary_key=True),
    Column("address", String, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("free_at", BigInteger, nullable=False),  # no attempt before
    Column("tried_at", BigInteger, nullable=False),
    Column("succeeded_at", BigInteger),
    Index(None, "tried_at"),
)
