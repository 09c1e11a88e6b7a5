"""Texts become IP addresses, or nothing."""

from __future__ import annotations

import ipaddress
from typing import Final

import polars as pl
import pyarrow as pa


def address(text: str | None) -> str | None:
    """Give the IP address in ``192.0.2.1``, ``192.0.2.1:443``, ``[2001:db8::1]:443`` or ``fe80::1%eth0``, else None."""
    if text is None or len(text) > 64:  # noqa: PLR2004 - the longest: IPv6 with zone, brackets and port
        return None
    bare = text.strip('" ')
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    bare = bare.partition("%")[0]
    try:
        ipaddress.ip_address(bare)
    except ValueError:
        return None
    return bare


def ip_column(column: pa.Array) -> pa.Array:
    """Keep what is an IP address; each distinct text that is more than four numbers is read once."""
    plain = pl.Series(column, dtype=pl.String).str.contains(_IPV4).to_arrow()
    if plain.true_count == len(column):
        return column
    coded = column.dictionary_encode()
    known = pa.array([address(text) for text in coded.dictionary.to_pylist()], pa.string())
    return known.take(coded.indices)


_OCTET: Final = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4: Final = rf"^(?:{_OCTET}\.){{3}}{_OCTET}$"
