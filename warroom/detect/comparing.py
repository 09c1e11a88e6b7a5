"""Compares a whole column with the numbers and networks of rules: what is written plainly is read at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warroom.detect.atoms import COMPARISONS, Compare, Network, network
from warroom.machine.ip_numbers import ip_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from warroom.detect.atoms import Atom

    Ints = npt.NDArray[np.int64]
    Bools = npt.NDArray[np.bool_]

#: What can be compared with a whole column.
AT_ONCE: Final = (Compare, Network)
#: Digits of the longest number that is read at once: any number of a rule is compared with it exactly.
_DIGITS: Final = 15
_IPV4: Final = 4
_HALF: Final = (1 << 64) - 1


def compared(texts: pa.Array, tests: Sequence[tuple[int, Atom]]) -> tuple[tuple[Ints, Ints], Ints]:
    """Compare texts with numbers and networks.

    Args:
        texts: strings, each once or more.
        tests: (unit, atom), each atom of one of ``AT_ONCE``.

    Returns:
        (place, unit), ascending by place, of what is written plainly: a number in at most 15 digits, an IPv4 or IPv6
        address without a zone. And the places of all others but nulls, which are left to ``holds`` of every atom.
    """
    left = np.zeros(len(texts), np.bool_)
    found: list[tuple[int, Bools]] = []
    if numbers := [(unit, atom) for unit, atom in tests if isinstance(atom, Compare)]:
        odd, true = _with_numbers(texts, numbers)
        left, found = left | odd, found + true
    if networks := [(unit, atom) for unit, atom in tests if isinstance(atom, Network)]:
        odd, true = _with_networks(texts, networks)
        left, found = left | odd, found + true
    if texts.null_count:
        left &= texts.is_valid().to_numpy(zero_copy_only=False)
    places = [np.flatnonzero(true & ~left) for _, true in found]
    owners = np.concatenate(places)
    units = np.repeat([unit for unit, _ in found], list(map(len, places)))
    order = np.argsort(owners, kind="stable")
    return (owners[order], units[order]), np.flatnonzero(left)


def _with_numbers(texts: pa.Array, tests: Sequence[tuple[int, Compare]]) -> tuple[Bools, list[tuple[int, Bools]]]:
    """Give which texts are not in digits alone, and for each unit of which of the others it is true."""
    digits = pc.and_(pc.ascii_is_decimal(texts), pc.less_equal(pc.binary_length(texts), _DIGITS))
    plain = digits.fill_null(False).to_numpy(zero_copy_only=False)
    numbers = pc.if_else(digits, texts, "0").fill_null("0").cast(pa.int64()).to_numpy()
    return ~plain, [(unit, plain & COMPARISONS[atom.comparison](numbers, atom.number)) for unit, atom in tests]


def _with_networks(texts: pa.Array, tests: Sequence[tuple[int, Network]]) -> tuple[Bools, list[tuple[int, Bools]]]:
    """Give which texts have a zone or are IPv4 within IPv6, and for each unit the addresses in its network."""
    found = ip_numbers(texts)
    mapped = (found.family == _IPV4) & _with(texts, ":")
    return _with(texts, "%") | mapped, [
        (unit, _inside(found.family, found.high, found.low, atom.cidr)) for unit, atom in tests
    ]


def _inside(
    family: npt.NDArray[np.uint8], high: npt.NDArray[np.uint64], low: npt.NDArray[np.uint64], cidr: str
) -> Bools:
    asked = network(cidr)
    mask, where = int(asked.netmask), int(asked.network_address)
    within: Bools = family == asked.version
    for part, shift in ((low, 0), (high, 64)):
        if own := mask >> shift & _HALF:
            within &= part & np.uint64(own) == np.uint64(where >> shift & _HALF & own)
    return within


def _with(texts: pa.Array, sign: str) -> Bools:
    """Say which texts have a character in them."""
    there: Bools = pc.match_substring(texts, sign).fill_null(False).to_numpy(zero_copy_only=False)
    return there
