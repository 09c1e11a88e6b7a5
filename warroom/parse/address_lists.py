"""Which of the addresses in a list of them is the client's."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

import pyarrow as pa

from warroom.parse.address import address
from warroom.parse.web_columns import columns_of

#: A list longer than this was made to be long.
_MOST: Final = 50
_PORT: Final = re.compile(r"^(?:[^:]*|\[[^\]]*\]):([0-9]{1,5})$")


def first_outside(lists: pa.Array) -> dict[str, pa.Array]:
    """Give ``address`` and ``port`` of the first outside address in ``a, [b]:443``; else of the first one.

    Of a chain of proxies the first outside address is the client's; what stands there may be invented.
    """
    coded = lists.dictionary_encode()
    rows = [_first(text) for text in coded.dictionary.to_pylist()]
    columns = columns_of(("address", "port"), rows)
    return {name: column.take(coded.indices) for name, column in columns.items()}


def _first(text: str) -> tuple[str | None, str | None]:
    pieces = [bare for piece in text.split(",")[:_MOST] if (bare := piece.strip(' "'))]
    if not pieces:
        return None, None
    known = [(piece, found) for piece in pieces if (found := address(piece))]
    outside = (pair for pair in known if ipaddress.ip_address(pair[1]).is_global)
    piece, found = next(outside, None) or next(iter(known), None) or (pieces[0], pieces[0])
    port = _PORT.match(piece)
    return found, port[1] if port else None
