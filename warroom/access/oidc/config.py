"""Which provider is trusted, as whom we ask it, and which of its claims gives which role."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import orjson

from warroom.access.roles import Role
from warroom.errors import UsageError

if TYPE_CHECKING:
    from warroom.settings import Settings

_SECRET_LIMIT: Final = 4096
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
#: Values of the role claim that are looked at: somebody in more groups is known by the first ones.
_MOST_VALUES: Final = 1000


@dataclass(frozen=True, slots=True)
class OidcConfig:
    """What the settings say about the provider."""

    issuer: str
    client_id: str
    secret: str | None
    """None: a public client, which only PKCE protects."""
    role_map: Mapping[str, frozenset[Role]]
    role_claim: str = "roles"
    scopes: str = "openid profile"
    recheck_seconds: int = 300

    def __repr__(self) -> str:
        return f"OidcConfig(issuer={self.issuer!r}, client_id={self.client_id!r}, …)"

    def roles_in(self, claims: Mapping[str, object]) -> frozenset[Role] | None:
        """Give the roles that claims grant; None where the role claim is not among them.

        Values that the map does not name grant nothing. A claim's name may have dots itself: it is looked for as it
        stands first.
        """
        value = claims.get(self.role_claim)
        if value is None:
            value = claims
            for step in self.role_claim.split("."):
                value = value.get(step) if isinstance(value, dict) else None
        if value is None:
            return None
        told = value[:_MOST_VALUES] if isinstance(value, list) else [value]
        granted = (self.role_map.get(one, frozenset()) for one in told if isinstance(one, str))
        return frozenset[Role]().union(*granted)


def config_from(settings: Settings) -> OidcConfig | None:
    """Read the settings; None: no provider is set, and nobody signs in by one.

    Raises:
        UsageError: a setting is missing or cannot be meant so; says which.
    """
    if not settings.oidc_issuer:
        return None
    if not is_safe_address(settings.oidc_issuer) or urlsplit(settings.oidc_issuer).query:
        raise UsageError("WARROOM_OIDC_ISSUER is an https:// address without query (http:// on this machine only)")
    if not settings.oidc_client_id:
        raise UsageError("WARROOM_OIDC_CLIENT_ID is missing: by which name does the provider know this war room?")
    scopes = settings.oidc_scopes.split()
    if "openid" not in scopes:
        raise UsageError("WARROOM_OIDC_SCOPES needs `openid`: without it the provider sends no ID token")
    role_map = parse_role_map(settings.oidc_role_map)
    if not role_map:
        raise UsageError("WARROOM_OIDC_ROLE_MAP is empty: nobody who signs in by the provider would have a role")
    return OidcConfig(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        secret=_secret(settings),
        role_map=role_map,
        role_claim=settings.oidc_role_claim,
        scopes=" ".join(scopes),
        recheck_seconds=settings.oidc_recheck_seconds,
    )


def parse_role_map(text: str) -> dict[str, frozenset[Role]]:
    """Read ``soc=analyst;lead=analyst,shift_lead``, or the same as a JSON object of lists.

    Raises:
        UsageError: it is neither, or names a role that there is not.
    """
    if not text.strip().startswith("{"):
        pairs = [pair.rpartition("=") for pair in text.split(";") if pair.strip()]
        if not all(equals and value.strip() for value, equals, _ in pairs):
            raise UsageError("WARROOM_OIDC_ROLE_MAP: write value=role,role;value=role, or a JSON object")
        return {value.strip(): _roles(names.split(",")) for value, _, names in pairs}
    try:
        read = orjson.loads(text)
    except orjson.JSONDecodeError as problem:
        raise UsageError(f"WARROOM_OIDC_ROLE_MAP is no JSON: {problem}") from problem
    return {value: _roles(names if isinstance(names, list) else [names]) for value, names in read.items()}


def is_safe_address(url: str) -> bool:
    """Whether a provider may be asked there: by TLS, or without it on this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or parts.fragment or not url.isascii() or not url.isprintable():
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)


def _roles(names: list[object] | list[str]) -> frozenset[Role]:
    known = {role.value: role for role in Role}
    wanted = [str(name).strip() for name in names]
    if strange := [name for name in wanted if name not in known]:
        raise UsageError(f"WARROOM_OIDC_ROLE_MAP: there is no role {strange[0]!r}, only {', '.join(Role)}")
    return frozenset(known[name] for name in wanted)


def _secret(settings: Settings) -> str | None:
    path = settings.oidc_client_secret_file
    if path is None:
        told = settings.oidc_client_secret
        return None if told is None else told.get_secret_value() or None
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as problem:
        raise UsageError(f"WARROOM_OIDC_CLIENT_SECRET_FILE: {path} cannot be read: {problem.strerror}") from problem
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or stat.S_IMODE(found.st_mode) & 0o077:
            raise UsageError(f"{path} is no file of the owner's alone: chmod 600 it, and think of a new secret")
        secret = os.read(descriptor, _SECRET_LIMIT).decode("utf-8", "replace").strip()
    finally:
        os.close(descriptor)
    if not secret:
        raise UsageError(f"{path} is empty: it holds the client's secret")
    return secret
