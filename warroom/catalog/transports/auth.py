"""Who we are to a server that is asked by HTTP; the secret itself is never in a feed file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from warroom.catalog.transports.secrets import SecretRef, has_secret_ref, read_secret_ref, secret_keys
from warroom.catalog.values import Values

#: The keys of ``collect`` that say it, and those of the certificates.
AUTH_KEYS: Final = ("auth", "user", "header", "token_url", "client_id", "scope", "send", *secret_keys("secret"))
TRUST_KEYS: Final = ("ca", "certificate", "key")
AUTHS: Final = ("bearer", "basic", "header", "oauth2")
#: What a header's name may be made of.
HEADER: Final = re.compile(r"[A-Za-z0-9-]{1,100}")
#: Headers that are not a feed's to set.
OUR_HEADERS: Final = frozenset(("authorization", "host", "content-length", "connection", "accept-encoding", "cookie"))


@dataclass(frozen=True, slots=True)
class Auth:
    """Who we are: ``kind`` is one of AUTHS; a ``name`` is a user's, a header's or a client's."""

    kind: str
    name: str
    secret: SecretRef
    token_url: str
    scope: str
    in_body: bool


@dataclass(frozen=True, slots=True)
class Trust:
    """Paths of PEM files: whose certificates are believed, and our own; "" for the usual ones, and for none."""

    ca: str = ""
    certificate: str = ""
    key: str = ""


def read_auth(values: Values, kinds: tuple[str, ...] = AUTHS) -> Auth | None:
    """Read who we are; None where the feed does not say it."""
    if values.value("collect", "auth") is None:
        if has_secret_ref(values, "collect", name="secret"):
            values.fault(f"`collect.auth` says what the secret is for: {', '.join(kinds)}", "collect")
        return None
    kind = values.choice("collect", "auth", known=kinds, what="way to say who we are")
    names = {"basic": "user", "header": "header", "oauth2": "client_id"}
    name = values.text("collect", names[kind]) if kind in names else ""
    if kind == "header" and name and (not HEADER.fullmatch(name) or name.lower() in OUR_HEADERS - {"authorization"}):
        values.fault("`collect.header` is the name of a header, such as X-API-Key", "collect", "header")
    send = "basic"
    if values.value("collect", "send") is not None:
        send = values.choice("collect", "send", known=("basic", "body"), what="way to send a client's secret")
    return Auth(
        kind,
        name,
        read_secret_ref(values, "collect", name="secret"),
        read_url(values, "token_url") if kind == "oauth2" else "",
        values.text("collect", "scope", default=""),
        send == "body",
    )


def read_trust(values: Values) -> Trust:
    """Read the paths of the certificates."""
    ca, certificate, key = (_pem(values, name) for name in TRUST_KEYS)
    if key and not certificate:
        values.fault("`collect.key` goes with `collect.certificate`", "collect", "key")
    return Trust(ca, certificate, key)


def read_url(values: Values, name: str) -> str:
    """Read the address of a server."""
    url = values.text("collect", name)
    try:
        parts = urlsplit(url)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None
        sound = sound and not parts.fragment and (parts.port is None or parts.port > 0)
    except ValueError:
        sound = False
    if url and not (sound and url.isascii() and url.isprintable() and " " not in url):
        values.fault(f"`collect.{name}` is an https:// address, without a user's name or password", "collect", name)
    return url


def _pem(values: Values, name: str) -> str:
    path = values.text("collect", name, default="")
    if path and (not Path(path).is_absolute() or ".." in Path(path).parts or "\0" in path):
        values.fault(f"`collect.{name}` is the whole path of a PEM file", "collect", name)
    return path
