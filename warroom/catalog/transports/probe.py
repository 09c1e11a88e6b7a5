"""Probes: which addresses of a platform are tried, and what counts as an answer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from warroom.catalog.values import Values

KEYS: Final = ("targets", "statuses", "contains", "timeout", "certificate_days", "ca")
_MOST: Final = 16
_FIRST, _LAST = 100, 599
_LONGEST: Final = 200
_MOST_SECONDS: Final = 30.0
_MOST_DAYS: Final = 365


@dataclass(frozen=True, slots=True)
class Probe:
    """What is tried, and what is right.

    Args:
        targets: http:// and https:// addresses.
        statuses: of HTTP, that an answer may have.
        contains: what its first 64 KiB have to contain; empty: nothing is looked for.
        seconds: for a whole try.
        certificate_days: fewer days left of a certificate are told as a reason, though it still holds.
        ca: path of a PEM file of authorities besides the usual ones; None: the usual ones.
    """

    targets: tuple[str, ...]
    statuses: tuple[int, ...]
    contains: str
    seconds: float
    certificate_days: int
    ca: str | None


def read(values: Values, data_dir: Path) -> Probe:  # noqa: ARG001 - every transport's reader is called so
    """Read ``collect`` of a feed of probes."""
    return Probe(
        _targets(values),
        _statuses(values),
        values.text("collect", "contains", default="")[:_LONGEST],
        min(_MOST_SECONDS, values.seconds("collect", "timeout", default="10s", least=0.5)),
        _days(values),
        values.text("collect", "ca", default="") or None,
    )


def _targets(values: Values) -> tuple[str, ...]:
    found = values.value("collect", "targets")
    if not isinstance(found, list) or not 0 < len(found) <= _MOST:
        reason = f'`collect.targets` is a list of 1 to {_MOST} addresses, such as ["https://www.example.go.th/"]'
        values.fault(reason, "collect", "targets")
        return ()
    for number, target in enumerate(found):
        if not _is_address(target):
            values.fault(f"`{target}`: give http:// or https://, a host and no password", "collect", "targets", number)
            return ()
    return tuple(dict.fromkeys(found))


def _is_address(target: object) -> bool:
    if not isinstance(target, str) or not target.isprintable() or " " in target:
        return False
    try:
        parts = urlsplit(target)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and named and parts.username is None


def _statuses(values: Values) -> tuple[int, ...]:
    found = values.value("collect", "statuses")
    if found is None:
        return tuple(range(200, 400))
    if isinstance(found, list) and all(type(one) is int and _FIRST <= one <= _LAST for one in found) and found:
        return tuple(found)
    values.fault("`collect.statuses` is a list of HTTP statuses, such as [200, 301]", "collect", "statuses")
    return ()


def _days(values: Values) -> int:
    found = values.value("collect", "certificate_days")
    if found is None:
        return 30
    if type(found) is int and 0 <= found <= _MOST_DAYS:
        return found
    values.fault(f"`collect.certificate_days` is a whole number up to {_MOST_DAYS}", "collect", "certificate_days")
    return 30
