"""IP addresses as numbers: whole columns of text at once."""

from __future__ import annotations

from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from warroom.machine.compiling import can_compile
from warroom.machine.texts import Spans, spans

#: Texts from which on the compiled way is worth that its code is loaded.
WORTH: Final = 256
_HALF: Final = (1 << 64) - 1
#: Characters of an address with its zone.
_LONGEST: Final = 100


class Numbers(NamedTuple):
    """One number a text.

    Attributes:
        family: 4, 6, or 0: the text is no address.
        high, low: the 128 bits of an IPv6 address; of an IPv4 one ``low`` alone. Of family 0 they say nothing.
        bits: of the network, where networks are read: 32 or 128 for an address.
    """

    family: npt.NDArray[np.uint8]
    high: npt.NDArray[np.uint64]
    low: npt.NDArray[np.uint64]
    bits: npt.NDArray[np.uint8]


def ip_numbers(texts: pa.Array, *, networks: bool = False) -> Numbers:
    """Read a column of strings; an IPv4 address within IPv6 (``::ffff:192.0.2.1``) counts as itself.

    Args:
        texts: addresses as they are written, perhaps with a zone (``fe80::1%eth0``), and anything else; null is none.
        networks: ``192.0.2.0/24`` is read, too; else it is no address.
    """
    if len(texts) >= WORTH and can_compile():
        found = numbers_of(spans(texts), networks=networks)
        if texts.null_count:
            found.family[texts.is_null().to_numpy(zero_copy_only=False)] = 0
        return found
    coded = texts.dictionary_encode()
    rows = [ip_number(text, networks=networks) for text in coded.dictionary.to_pylist()]
    family, high, low, bits = (np.array(part, np.uint64) for part in zip((0, 0, 0, 0), *rows, strict=True))
    # the row in front of all is what a null is
    places = coded.indices.fill_null(-1).to_numpy() + 1
    return Numbers(family.astype(np.uint8)[places], high[places], low[places], bits.astype(np.uint8)[places])


def numbers_of(where: Spans, *, networks: bool = False) -> Numbers:
    """Read texts in the compiled way."""
    from warroom.machine import ip_kernel  # noqa: PLC0415  loads a compiler

    count = len(where.begins)
    found = Numbers(
        np.empty(count, np.uint8),
        np.empty(count, np.uint64),
        np.empty(count, np.uint64),
        np.empty(count if networks else 0, np.uint8),
    )
    ip_kernel.numbers(*where, networks, np.empty(8, np.int64), *found)
    return found


def ip_number(text: str | None, *, networks: bool = False) -> tuple[int, int, int, int]:
    """Read one text: family, high, low and bits as in ``Numbers``."""
    if text is None or len(text) > _LONGEST:
        return 0, 0, 0, 0
    bare, sign, behind = text, "", ""
    zoned, _, zone = text.partition("%")
    if zoned and zone and not (networks and "/" in zoned):
        bare = zoned
    elif networks:
        bare, sign, behind = text.partition("/")
    if sign and not (behind.isascii() and behind.isdecimal() and len(behind) <= 3):  # noqa: PLR2004  digits of 128
        return 0, 0, 0, 0
    whole = _whole(bare)
    if whole is None:
        return 0, 0, 0, 0
    family, number = whole
    bits = (32 if family == 4 else 128) if not sign else int(behind)  # noqa: PLR2004  as the RFCs say
    if family == 6 and number >> 32 == 0xFFFF and bits >= 96:  # noqa: PLR2004  RFC 4291 §2.5.5.2
        family, number, bits = 4, number & 0xFFFF_FFFF, bits - 96
    if bits > (32 if family == 4 else 128):  # noqa: PLR2004  as above
        return 0, 0, 0, 0
    return family, number >> 64, number & _HALF, bits


def _whole(text: str) -> tuple[int, int] | None:
    try:
        return (6, int(IPv6Address(text))) if ":" in text else (4, int(IPv4Address(text)))
    except AddressValueError:
        return None
