"""Puts in the place of an identifier what an analyst may see of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from typing import Final

from warroom.privacy.find import find
from warroom.privacy.kinds import ALL, LABELS, Found, Kind
from warroom.privacy.provinces import PROVINCES
from warroom.privacy.pseudonyms import normalised, tag

#: A bare number as a value of JSON; the quotation mark of its key may itself be escaped.
_JSON_KEY: Final = re.compile(r"(\\{0,7}\")[ ]{0,2}:[ ]{0,2}\Z")
_JSON_BEFORE: Final = 16
_BARE: Final = re.compile(r"[0-9]+")
_PROVINCE: Final = re.compile("|".join(map(re.escape, sorted(PROVINCES, key=len, reverse=True))))


def mask(text: str, kinds: Collection[Kind] = ALL, key: bytes | None = None) -> str:
    """Mask the identifiers of people in a text.

    Args:
        text: any text; what is masked in it stays masked when it is masked again.
        kinds: which kinds to mask; all by default.
        key: without one, a few digits stay readable (``x-xxxx-xxxx3-45-x``); with one, each identifier becomes its
            label and tag (``[บัตรประชาชน #k3v9x2m7qa]``), the same wherever the same person stands.

    Raises:
        ValueError: the key is too short.
    """
    found = [one for one in find(text) if one.kind in kinds]
    if not found:
        return text
    pieces: list[str] = []
    behind = 0
    for one in found:
        pieces.append(text[behind : one.begin])
        pieces.append(_masked(text, one, key))
        behind = one.end
    pieces.append(text[behind:])
    return "".join(pieces)


def mask_all(texts: Sequence[str], kinds: Collection[Kind] = ALL, key: bytes | None = None) -> list[str]:
    """Mask each text of a column as `mask` does; a text that stands in it often is looked at once."""
    known: dict[str, str] = {}
    masked: list[str] = []
    for text in texts:
        result = known.get(text)
        if result is None:
            result = known[text] = mask(text, kinds, key)
        masked.append(result)
    return masked


def _masked(text: str, one: Found, key: bytes | None) -> str:
    value = text[one.begin : one.end]
    shown = f"[{LABELS[one.kind]} #{tag(one.kind, value, key)}]" if key is not None else _partly(one.kind, value)
    mark = _JSON_KEY.search(text[max(0, one.begin - _JSON_BEFORE) : one.begin]) if _BARE.fullmatch(value) else None
    return f"{mark[1]}{shown}{mark[1]}" if mark else shown


def _partly(kind: Kind, value: str) -> str:
    """Show of a value what tells two of them apart, and no more."""
    return _SHOWN[kind](normalised(kind, value))


def _mail(plain: str) -> str:
    local, _, domain = plain.rpartition("@")
    return f"{local[:1]}***@{domain}"


def _address(plain: str) -> str:
    province = _PROVINCE.search(plain)
    return f"[{LABELS[Kind.ADDRESS]} {province[0]}]" if province else f"[{LABELS[Kind.ADDRESS]}]"


_SHOWN: Final[dict[Kind, Callable[[str], str]]] = {
    Kind.CITIZEN_ID: lambda plain: f"x-xxxx-xxxx{plain[9]}-{plain[10:12]}-x",
    Kind.PHONE: lambda plain: f"xxx-xxx-{plain[-4:]}",
    Kind.EMAIL: _mail,
    Kind.ACCOUNT: lambda plain: f"xxx-x-x{plain[-5:-1]}-x",
    Kind.CARD: lambda plain: f"xxxx-xxxx-xxxx-{plain[-4:]}",
    Kind.PASSPORT: lambda plain: f"{plain[:2]}xxxx{plain[-3:]}",
    Kind.ADDRESS: _address,
}
