"""Addresses and accounts that stand for many strangers, out of the reference data and a setting."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Final, TypeAlias

from warroom.catalog.documents import read_yaml
from warroom.errors import ContentError, Fault, UsageError
from warroom.settings import REFERENCE

if TYPE_CHECKING:
    from pathlib import Path

    from warroom.catalog.documents import Document

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

#: Addresses whose answer is kept: a storm asks for the same ones again and again.
_REMEMBERED: Final = 1 << 16


class Client(StrEnum):
    """Whom an address stands for."""

    ONE = "one"
    STRANGERS = "strangers"
    NOBODY = "nobody"


@dataclass(frozen=True)
class SharedNetworks:
    """What never joins alerts: networks of many strangers or of nobody, accounts of every machine (lower case)."""

    networks: tuple[Network, ...] = ()
    nobody: tuple[Network, ...] = ()
    accounts: frozenset[str] = frozenset()
    _known: dict[str, Client] = field(default_factory=dict, compare=False, repr=False)

    def client(self, value: str) -> Client:
        """Say whom an address stands for; a text that is no address stands for one."""
        found = self._known.get(value)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            found = self._known[value] = self._client(value)
        return found

    def has_account(self, value: str) -> bool:
        """Whether an account is one that every machine has, with or without its domain."""
        return value.casefold().rpartition("\\")[2] in self.accounts

    def _client(self, value: str) -> Client:
        try:
            address = ipaddress.ip_address(value)
        except ValueError:
            return Client.ONE
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        for networks, client in ((self.networks, Client.STRANGERS), (self.nobody, Client.NOBODY)):
            if any(address.version == one.version and address in one for one in networks):
                return client
        return Client.ONE


@cache
def load_shared_networks(own: str = "", path: Path = REFERENCE / "shared_networks.yaml") -> SharedNetworks:
    """Read the reference file, and add networks of one's own, separated by commas.

    Raises:
        ContentError: a fault in the file.
        UsageError: one's own networks cannot be read.
    """
    (document,) = read_yaml(path)
    networks, nobody = (_networks(document, section) for section in ("networks", "nobody"))
    names: set[str] = set()
    for number, entry in enumerate(document.data.get("accounts") or ()):
        try:
            names |= {str(name).casefold() for name in entry["names"]}
        except (KeyError, TypeError) as problem:
            line = document.line_of("accounts", number)
            raise ContentError(Fault(str(path), line, f"accounts need their `names`: {problem}")) from problem
    try:
        networks += [ipaddress.ip_network(part.strip()) for part in own.split(",") if part.strip()]
    except ValueError as problem:
        raise UsageError(f"WARROOM_SHARED_NETWORKS: {problem}; give networks such as 203.0.113.0/24") from problem
    return SharedNetworks(tuple(networks), tuple(nobody), frozenset(names))


def _networks(document: Document, section: str) -> list[Network]:
    found: list[Network] = []
    for number, entry in enumerate(document.data.get(section) or ()):
        try:
            found.append(ipaddress.ip_network(entry["cidr"]))
        except (KeyError, TypeError, ValueError) as problem:
            line = document.line_of(section, number)
            raise ContentError(Fault(str(document.file), line, f"a network needs its `cidr`: {problem}")) from problem
    return found
