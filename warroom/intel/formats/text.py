"""Reads prose, such as an advisory, for the indicators in it.

Authors name addresses of their own, too. So in a document that defangs any URL, domain or e-mail address, those that
are not defanged are taken for its author's, and refused; in every document, those that stand on a line or under a
heading of references and contacts. Addresses of IP, hashes and CVEs are taken as they are: nobody links to them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from warroom.indicators import Tlp
from warroom.intel.formats.encoding import as_utf8
from warroom.intel.formats.prose import Found, find
from warroom.intel.formats.reading import FormatRefusedError, Reading, Told
from warroom.intel.formats.rows import Rows

#: Bytes of prose; lists may be longer.
MOST_BYTES: Final = 8 << 20
_MOST_FOUND: Final = 200_000
_MARKED: Final = re.compile(r"\bTLP\s?[:：]\s?(RED|AMBER\s?\+\s?STRICT|AMBER|GREEN|CLEAR|WHITE)\b", re.IGNORECASE)


def read_text(content: bytes, told: Told, format: str = "text") -> Reading:  # noqa: A002 - the word of Reading
    """Read prose.

    Raises:
        FormatRefusedError: it is too long, or no text.
    """
    text = as_utf8(content)
    if len(text) > MOST_BYTES:
        raise FormatRefusedError(f"prose of more than {MOST_BYTES >> 20} MiB: is it a list?")
    prose = text.decode(errors="replace")
    rows = Rows(format, replace(told, tlp=marking(prose) or told.tlp))
    all_found: list[Found] = []
    for found in find(prose):
        if len(all_found) == _MOST_FOUND:
            raise FormatRefusedError(f"more than {_MOST_FOUND:,} indicators in prose: is it a list?")
        all_found.append(found)
    rows.read = len(all_found)
    defangs = any(found.defanged for found in all_found if found.named)
    for found in all_found:
        item = f"line {found.line}: {found.value}"
        if found.named and not found.defanged and (defangs or found.own):
            reason = "not defanged as others are" if defangs else "where references and contacts stand"
            rows.refuse(item, f"taken for an address of its author: {reason}")
        else:
            rows.add(found.kind, found.value, comment=f"line {found.line}: {found.excerpt}", item=item)
    return rows.finish()


def marking(prose: str) -> Tlp | None:
    """Give the strictest TLP marking that stands in a document, written as in FIRST's TLP 2.0; None for none."""
    named = {re.sub(r"\s", "", found[1]).lower() for found in _MARKED.finditer(prose)}
    known = [Tlp.CLEAR if name == "white" else Tlp(name) for name in named]
    return max(known, key=list(Tlp).index, default=None)
