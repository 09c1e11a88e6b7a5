"""Reads a database of countries into arrays: where each run of addresses begins, and whose it is.

The file is in MaxMind's DB format, a tree of bits: https://maxmind.github.io/MaxMind-DB/. The tree is walked level by
level in whole arrays: a tenth of a second for 400,000 networks, where reading them one by one takes three.
"""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final, NamedTuple

import maxminddb
import numpy as np
import numpy.typing as npt
from maxminddb.decoder import Decoder

from warroom.errors import ContentError, Fault

Words = npt.NDArray[np.uint64]
Records = npt.NDArray[np.int64]

_FOUR: Final = 32
_SIX: Final = 128
#: Bits of IPv6 addresses that are looked at: what is announced is never less than a /64.
_HALF: Final = 64
#: Zeros between the tree and its data.
_GAP: Final = 16
#: Runs that are read at most; a tree that leads in circles has more.
_MOST: Final = 1 << 23
_RECORD_BITS: Final = (24, 28, 32)
_CODE: Final = 2
#: Nobody's, whatever a database says: RFC 1918, 6598, 3927, 1122; 4193, 4291, 3056.
_PRIVATE: Final = (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8", "0.0.0.0/8",
    "fc00::/7", "fe80::/10", "::/32", "2002::/16",
)  # fmt: skip


class Runs(NamedTuple):
    """Where runs of addresses begin, ascending, the first at 0; and their countries, as places in a list of codes."""

    begins: Words
    countries: npt.NDArray[np.uint16]


class Tree(NamedTuple):
    """What a database says.

    Attributes:
        codes: of countries, two capital letters; the first is "", for nobody's.
        fours: by IPv4 address.
        sixes: by the upper 64 bits of an IPv6 address.
    """

    codes: tuple[str, ...]
    fours: Runs
    sixes: Runs


def read_tree(path: Path) -> Tree:
    """Read a database. Raises ContentError for a file that is none, or not of countries."""
    try:
        with maxminddb.open_database(path) as reader:
            told = reader.metadata()
        return _read(path.read_bytes(), told)
    except (OSError, maxminddb.InvalidDatabaseError, ValueError, IndexError) as problem:
        raise ContentError(Fault(str(path), 0, f"no database of countries: {problem}")) from problem


def _read(content: bytes, told: Any) -> Tree:  # noqa: ANN401  its two readers have types of their own
    if told.ip_version != 6 or told.record_size not in _RECORD_BITS:  # noqa: PLR2004  IPv6
        raise ValueError("expected IPv4 and IPv6 in one tree")
    children = _children(content, told.node_count, told.record_size)
    root = 0
    for _ in range(_SIX - _FOUR):
        root = int(children[root, 0]) if root < told.node_count else root
    fours, sixes = _walked(children, root, _FOUR), _walked(children, 0, _HALF)
    records = np.unique(np.concatenate([fours[1], sixes[1]]))
    begins = told.node_count * told.record_size // 4 + _GAP
    decoder = Decoder(content, begins)
    names = [""] + [_country(decoder, begins, int(record) - told.node_count - _GAP) for record in records[1:].tolist()]
    codes = tuple(dict.fromkeys(names))
    numbers = np.array([codes.index(name) for name in names], np.uint16)
    runs = (Runs(starts, numbers[np.searchsorted(records, leaves)]) for starts, leaves in (fours, sixes))
    one, other = (_without_private(_joined(some), bits) for some, bits in zip(runs, (_FOUR, _HALF), strict=True))
    return Tree(codes, one, other)


def _children(content: bytes, count: int, size: int) -> Records:
    """Give both records of each node."""
    octets = np.frombuffer(content, np.uint8, count * size // 4).reshape(count, size // 4).astype(np.int64)
    if size == 24:  # noqa: PLR2004  as the format says
        parts = [octets[:, :3], octets[:, 3:]]
    elif size == 28:  # noqa: PLR2004
        middle = octets[:, 3:4]
        parts = [np.hstack([middle >> 4, octets[:, :3]]), np.hstack([middle & 15, octets[:, 4:]])]
    else:
        parts = [octets[:, :4], octets[:, 4:]]
    return np.stack([part @ (256 ** np.arange(part.shape[1])[::-1]) for part in parts], axis=1)


def _walked(children: Records, root: int, width: int) -> tuple[Words, Records]:
    """Give where the runs below a node begin, and their records; 0 for what nothing is said of."""
    count = len(children)
    nodes, prefixes = np.array([root], np.int64), np.zeros(1, np.uint64)
    begins: list[Words] = []
    leaves: list[Records] = []
    if root >= count:
        return prefixes, np.where(nodes == count, 0, nodes)
    for depth in range(1, width + 1):
        records = children[nodes].ravel()
        prefixes = np.stack([prefixes << np.uint64(1), (prefixes << np.uint64(1)) | np.uint64(1)], axis=1).ravel()
        over = records >= count
        if depth == width:
            records, over = np.where(over, records, count), np.ones(len(records), np.bool_)
        begins.append(prefixes[over] << np.uint64(width - depth))
        leaves.append(np.where(records[over] == count, 0, records[over]))
        nodes, prefixes = records[~over], prefixes[~over]
        if len(nodes) > _MOST:
            raise ValueError("its tree has too many branches")
    starts, found = np.concatenate(begins), np.concatenate(leaves)
    order = np.argsort(starts)
    return starts[order], found[order]


def _country(decoder: Decoder, begins: int, place: int) -> str:
    told, _ = decoder.decode(begins + place)
    code = told.get("country_code") if isinstance(told, dict) else None
    if isinstance(told, dict) and code is None and isinstance(country := told.get("country"), dict):
        code = country.get("iso_code")  # as MaxMind's own databases have it
    if not isinstance(code, str) or len(code) != _CODE or not (code.isascii() and code.isalpha()):
        return ""
    return code.upper()


def _joined(runs: Runs) -> Runs:
    """Make one of runs of the same country."""
    opens = np.ones(len(runs.begins), np.bool_)
    opens[1:] = runs.countries[1:] != runs.countries[:-1]
    return Runs(runs.begins[opens], runs.countries[opens])


def _without_private(runs: Runs, bits: int) -> Runs:
    """Take the country from networks that are nobody's."""
    version, width = (4, _FOUR) if bits == _FOUR else (6, _SIX)
    begins, countries = runs
    for network in (one for one in map(ip_network, _PRIVATE) if one.version == version):
        first = int(network.network_address) >> (width - bits)
        last = int(network.broadcast_address) >> (width - bits)
        from_, to = np.searchsorted(begins, np.array([first, last + 1], np.uint64), side="left").tolist()
        # what lies around the network goes on behind it, unless something else begins there
        whole = last + 1 == 1 << bits or (to < len(begins) and int(begins[to]) == last + 1)
        behind = [] if whole else [(last + 1, int(countries[to - 1]))]
        middle = [(first, 0), *behind]
        begins = np.concatenate([begins[:from_], np.array([at for at, _ in middle], np.uint64), begins[to:]])
        countries = np.concatenate(
            [countries[:from_], np.array([code for _, code in middle], np.uint16), countries[to:]]
        )
    return Runs(begins, countries)
