"""Whose request it was: behind proxies that a feed trusts, the nearest address that none of them is.

A chain of addresses is read from right to left, for every proxy adds at the right end the peer that it saw: what stands
left of the first address that is no trusted proxy may be invented, stays in its field, and is never believed.

Headers: https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/X-Forwarded-For, RFC 7239 (Forwarded); the PROXY
protocol's addresses as servers log them.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warroom.parse.address import address
from warroom.parse.native import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from warroom.parse.shapes import Part

#: Fields with a chain, by the last part of their name in small letters without ``http_``; the whole path stands there.
_CHAINS: Final = ("x_forwarded_for", "xff", "forwarded_for", "addresses")
_FORWARDED: Final = "forwarded"
#: Fields with one address that a proxy wrote, where there is no chain.
_SINGLE: Final = ("proxy_protocol_addr", "true_client_ip", "cf_connecting_ip", "x_real_ip", "x_client_ip")
_PROTOCOL_PORT: Final = "proxy_protocol_port"
_KNOWN: Final = frozenset({*_CHAINS, _FORWARDED, *_SINGLE, _PROTOCOL_PORT})
#: Where the addresses of a log line's beginning stand, the peer's among them: see access_log.py.
_WITH_PEER: Final = "addresses"
#: A chain is looked at from its right end so far; no request goes through more proxies.
_MOST_HOPS: Final = 64
_LONGEST: Final = 8192
_SHOWN: Final = 256
_FOR: Final = re.compile(r'(?:^|;)\s*+for\s*+=\s*+(?:"([^"]*+)"|([^;"]*+))', re.IGNORECASE)
_ELEMENT: Final = re.compile(r'((?:"[^"]*+(?:"|$)|[^",])*+)(?:,|$)')
_PORT: Final = re.compile(r"^(?:\[[^\]]*\]|[^:\[\]]*):([0-9]{1,5})$")
_HIGHEST: Final = 65_535
PEER_IP: Final = "peer_ip"
PEER_PORT: Final = "peer_port"


@dataclass(frozen=True, slots=True)
class _Client:
    """Who is behind the proxies: the address as it is written, what it is, and its port, where they are known."""

    written: str
    ip: str | None
    port: int | None


class Trusted:
    """The networks whose word about a client is believed; each address is looked up once."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._ranges: dict[int, list[tuple[int, int]]] = {4: [], 6: []}
        for one in networks:
            network = ipaddress.ip_network(one, strict=False)
            self._ranges[network.version].append((int(network.network_address), int(network.broadcast_address)))
        self._known: dict[str, bool] = {}

    def __contains__(self, text: str) -> bool:
        """Whether an address, as ``address`` gives it, is a trusted proxy's."""
        known = self._known.get(text)
        if known is None:
            four = ":" not in text
            number = int.from_bytes(socket.inet_pton(socket.AF_INET if four else socket.AF_INET6, text))
            ranges = self._ranges[4 if four else 6]
            known = self._known[text] = any(first <= number <= last for first, last in ranges)
        return known


def needed(names: Iterable[str]) -> frozenset[str]:
    """Give those of some fields' names that tell of clients."""
    return frozenset(name for name in names if _bare_name(name) in _KNOWN)


def behind_proxies(part: Part, proxies: tuple[str, ...]) -> Part:
    """Put the client where a trusted proxy stands as the source; the proxy stays as ``peer_ip`` and ``peer_port``."""
    chains = _chains(part)
    if not chains:
        return part
    trusted = Trusted(proxies)
    peers = _texts(part.core.get("source_ip"), len(part.rows))
    seen: dict[tuple[str | None, ...], tuple[str, _Client] | None] = {}
    rows: list[int] = []
    clients: list[_Client] = []
    through: list[str] = []
    for row, key in enumerate(zip(peers, *chains.values(), strict=True)):
        if key not in seen:
            seen[key] = _behind(key[0], dict(zip(chains, key[1:], strict=True)), trusted)
        if (found := seen[key]) is not None:
            rows.append(row)
            through.append(found[0])
            clients.append(found[1])
    return _with(part, rows, clients, through) if rows else part


def _bare_name(name: str) -> str:
    return name.lower().rpartition(".")[2].replace("-", "_").removeprefix("http_")


def _chains(part: Part) -> dict[str, list[str | None]]:
    """Give the fields that tell of clients, as texts: a list's values are joined, as the header's are."""
    found: dict[str, list[str | None]] = {}
    for name in needed(part.fields):
        found.setdefault(_bare_name(name), _texts(part.fields[name], len(part.rows)))
    return found if found.keys() - {_PROTOCOL_PORT} else {}


def _texts(column: pa.Array | None, count: int) -> list[str | None]:
    if column is None:
        return [None] * count
    column = plain(column)
    texts: list[str | None] = (pc.binary_join(column, ", ") if pa.types.is_list(column.type) else column).to_pylist()
    return texts


def _behind(peer: str | None, said: Mapping[str, str | None], trusted: Trusted) -> tuple[str, _Client] | None:
    """Give peer and client; None where the peer is no trusted proxy, or nobody says who is behind it."""
    if whole := said.get(_WITH_PEER):
        hops = hops_of(whole)
        peer = address(hops[-1]) if hops else None
        if peer is not None and (peer not in trusted or len(hops) == 1):
            return peer, _client(hops[-1])
        said = {**said, _WITH_PEER: ", ".join(hops[:-1])}
    if (peer := address(peer)) is None or peer not in trusted:
        return None
    hops = next((hops_of(text) for name in _CHAINS if (text := said.get(name))), [])
    if not hops and (text := said.get(_FORWARDED)):
        hops = forwarded(text)
    if not hops:
        hops = next(([text] for name in _SINGLE if (text := said.get(name)) and text != "-"), [])
    if not hops:
        return None
    client = _client(next((one for one in reversed(hops) if not _is_proxy(one, trusted)), hops[0]))
    if client.port is None and client.ip is not None and client.ip == address(said.get("proxy_protocol_addr")):
        client = replace(client, port=_port(said.get(_PROTOCOL_PORT) or ""))
    return peer, client


def _is_proxy(written: str, trusted: Trusted) -> bool:
    """What is no address (``unknown``, ``_hidden``) is no proxy of ours: beyond it nothing is believed."""
    found = address(written)
    return found is not None and found in trusted


def hops_of(chain: str) -> list[str]:
    """Cut the value of X-Forwarded-For, of which the right end is the nearest."""
    return [bare for one in chain[-_LONGEST:].split(",")[-_MOST_HOPS:] if (bare := one.strip(' "')) and bare != "-"]


def forwarded(header: str) -> list[str]:
    """Give who is named in RFC 7239's header, the farthest first; an element without a name is unknown."""
    if len(header) > _LONGEST:
        return ["unknown"]
    found = []
    for element in _ELEMENT.findall(header):
        if element.strip():
            match = _FOR.search(element)
            found.append((match[1] or match[2] or "").strip() or "unknown" if match else "unknown")
    return found[-_MOST_HOPS:]


def _client(written: str) -> _Client:
    port = _PORT.match(written)
    return _Client(written[:_SHOWN], address(written), _port(port[1]) if port else None)


def _port(text: str) -> int | None:
    fits = text.isascii() and text.isdecimal() and len(text) <= len(str(_HIGHEST)) and int(text) <= _HIGHEST
    return int(text) if fits else None


def _with(part: Part, rows: Sequence[int], clients: Sequence[_Client], through: Sequence[str]) -> Part:
    count = len(part.rows)
    mask = np.zeros(count, np.bool_)
    mask[list(rows)] = True
    given = pa.array(mask)
    before = part.core.get("source_port", pa.nulls(count, pa.int32()))
    same = [client.ip == peer for client, peer in zip(clients, through, strict=True)]
    core = {
        **part.core,
        "source_ip": _put(part.core.get("source_ip"), given, [one.ip for one in clients], pa.string()),
        "source_address": _put(
            part.core.get("source_address"), given, [one.ip or one.written for one in clients], pa.string()
        ),
        "source_port": _put(before, given, [one.port for one in clients], pa.int32()),
    }
    peers = [None if itself else peer for itself, peer in zip(same, through, strict=True)]
    ports = pc.if_else(given, plain(before).cast(pa.int32()).cast(pa.string()), pa.scalar(None, pa.string()))
    return replace(
        part, core=core, fields={**part.fields, PEER_IP: _put(None, given, peers, pa.string()), PEER_PORT: ports}
    )


def _put(column: pa.Array | None, mask: pa.Array, values: Sequence[object], kind: pa.DataType) -> pa.Array:
    before = pa.nulls(len(mask), kind) if column is None else plain(column).cast(kind)
    return pc.replace_with_mask(before, mask, pa.array(values, kind))
