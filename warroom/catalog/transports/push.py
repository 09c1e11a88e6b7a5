"""HTTP deliveries: by what a sender of a feed is known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from warroom.catalog.transports.secrets import SecretRef, has_secret_ref, read_secret_ref, secret_keys
from warroom.catalog.values import Values

KEYS: Final = (*secret_keys("token"), *secret_keys("hmac"), "clients")
_MOST_CLIENTS: Final = 100
_LONGEST_NAME: Final = 253


@dataclass(frozen=True, slots=True)
class Push:
    """Who may deliver to a feed: who has all that is named here.

    ``token`` is sent along, with ``hmac`` a delivery is signed, and ``clients`` are names in the certificates of
    senders; empty: none is asked for.
    """

    token: SecretRef | None
    hmac: SecretRef | None
    clients: tuple[str, ...]


def read(values: Values, data_dir: Path) -> Push:  # noqa: ARG001 - every transport's reader is called so
    """Read ``collect`` of a feed that is delivered by HTTP."""
    found = Push(_secret(values, "token"), _secret(values, "hmac"), _clients(values))
    if found == Push(None, None, ()) and not values.faults:
        reason = "anybody could deliver: write `token_env` or `token_file`, `hmac_env` or `hmac_file`, or `clients`"
        values.fault(reason, "collect")
    return found


def _secret(values: Values, name: str) -> SecretRef | None:
    told = has_secret_ref(values, "collect", name=name)
    return read_secret_ref(values, "collect", name=name) if told else None


def _clients(values: Values) -> tuple[str, ...]:
    found = values.value("collect", "clients")
    if found is None:
        return ()
    if not isinstance(found, list) or not 0 < len(found) <= _MOST_CLIENTS:
        reason = '`collect.clients` is a list of names in client certificates, such as ["web1.example.go.th"]'
        values.fault(reason, "collect", "clients")
        return ()
    for number, name in enumerate(found):
        if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME:
            values.fault("a client's name is a text, as it stands in its certificate", "collect", "clients", number)
            return ()
    return tuple(found)
