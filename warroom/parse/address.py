"""Texts become IP addresses, or nothing."""

from __future__ import annotations

import ipaddress
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc


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
    if pc.all(pc.match_substring_regex(column, _IPV4), skip_nulls=False).as_py():
        return column
    coded = column.dictionary_encode()
    plain = pc.match_substring_regex(coded.dictionary, _IPV4).to_pylist()
    texts = zip(coded.dictionary.to_pylist(), plain, strict=True)
    known = pa.array([text if four else address(text) for text, four in texts], pa.string())
    return known.take(coded.indices)


_OCTET: Final = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4: Final = rf"^(?:{_OCTET}\.){{3}}{_OCTET}$"
