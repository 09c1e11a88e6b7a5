r"""Applies the modifiers that change a text: where it stands in a value, its dashes, its encoding.

The specification's own order: each modifier changes what the one before it left. A text that was encoded consists of
bytes; Base64 makes it a text again, and bytes that are ASCII are one as they stand.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from warroom.detect.atoms import Pieces, Wild
from warroom.detect.heading import RefusedError

_DASHES: Final = "-/\u2013\u2014\u2015"
#: A dash that begins a word and ends none: the second dash of ``-a-b`` is no beginning of an option.
_OPTION: Final = re.compile(rf"\B[{_DASHES}]\b")
#: Each such dash has five forms: five of them in one value have 3,125, and no option list needs more.
_MAX_FORMS: Final = 3125
#: Characters of all forms together.
_MAX_LENGTH: Final = 1 << 20
_BYTE_ORDER_MARK: Final = "\u00ff\u00fe"
_UTF16: Final = {"wide": "utf-16-le", "utf16le": "utf-16-le", "utf16be": "utf-16-be", "utf16": "utf-16-le"}


@dataclass(frozen=True, slots=True)
class Draft:
    """A text on its way: pieces, and whether their characters are bytes (each the character of that number)."""

    pieces: Pieces
    binary: bool = False


def parsed(text: str) -> Pieces:
    r"""Read wildcards and escapes: a backslash escapes ``*``, ``?`` and itself, else it is a plain character."""
    pieces: list[str | Wild] = []
    done = 0
    for found in _SPECIAL.finditer(text):
        pieces.append(text[done : found.start()])
        token = found[0]
        pieces.append(Wild.MANY if token == "*" else Wild.ONE if token == "?" else token[1])  # noqa: S105  no password
        done = found.end()
    return merged([*pieces, text[done:]])


_SPECIAL: Final = re.compile(r"\\[\\*?]|[*?]")


def merged(pieces: list[str | Wild]) -> Pieces:
    """Join neighbouring literals and neighbouring ``*``."""
    result: list[str | Wild] = []
    for piece in pieces:
        last = result[-1] if result else None
        if isinstance(piece, str) and isinstance(last, str):
            result[-1] = last + piece
        elif piece != "" and not (piece is Wild.MANY and last is Wild.MANY):
            result.append(piece)
    return tuple(result)


def alternatives(text: str, modifiers: list[str]) -> list[Pieces]:
    """Give every text that a value with modifiers stands for.

    Raises:
        RefusedError: the modifiers mean nothing for this text, or it has too many forms.
    """
    drafts = [Draft(parsed(text))]
    for modifier in modifiers:
        drafts = [made for draft in drafts for made in CHANGES[modifier](draft)]
        if len(drafts) > _MAX_FORMS or sum(map(_length, drafts)) > _MAX_LENGTH:
            raise RefusedError(f"its modifiers give this text more than {_MAX_FORMS:,} forms, or too long ones")
    for draft in drafts:
        if draft.binary and not all(piece.isascii() for piece in draft.pieces if isinstance(piece, str)):
            raise RefusedError("these bytes are not readable as text: encode them further, with base64 or base64offset")
    return [draft.pieces for draft in drafts]


def _length(draft: Draft) -> int:
    return sum(len(piece) if isinstance(piece, str) else 1 for piece in draft.pieces)


def _around(*, before: bool, after: bool) -> Callable[[Draft], list[Draft]]:
    first: list[str | Wild] = [Wild.MANY] if before else []
    last: list[str | Wild] = [Wild.MANY] if after else []
    return lambda draft: [replace(draft, pieces=merged([*first, *draft.pieces, *last]))]


def _windash(draft: Draft) -> list[Draft]:
    text = "".join(piece if isinstance(piece, str) else "*" if piece is Wild.MANY else "?" for piece in draft.pieces)
    options = [found.start() for found in _OPTION.finditer(text)]
    if len(_DASHES) ** len(options) > _MAX_FORMS:
        raise RefusedError(f"`windash` gives this text more than {_MAX_FORMS:,} forms: split it into several values")
    forms: list[list[str | Wild]] = [[]]
    at = 0
    for piece in draft.pieces:
        if not isinstance(piece, str):
            forms = [[*form, piece] for form in forms]
            at += 1
            continue
        done = 0
        for option in (place - at for place in options if at <= place < at + len(piece)):
            forms = [[*form, piece[done:option], dash] for form in forms for dash in _DASHES]
            done = option + 1
        forms = [[*form, piece[done:]] for form in forms]
        at += len(piece)
    return [replace(draft, pieces=merged(form)) for form in forms]


def _utf16(name: str) -> Callable[[Draft], list[Draft]]:
    def change(draft: Draft) -> list[Draft]:
        wide = [
            piece.encode(_UTF16[name], "surrogatepass").decode("latin-1") if isinstance(piece, str) else piece
            for piece in draft.pieces
        ]
        return [Draft(merged([_BYTE_ORDER_MARK, *wide] if name == "utf16" else wide), binary=True)]

    return change


def _base64(draft: Draft) -> list[Draft]:
    return [Draft((base64.b64encode(_bytes(draft)).decode(),))]


def _base64offset(draft: Draft) -> list[Draft]:
    """Give what all Base64 texts have in common that hold these bytes at each of the three offsets."""
    data = _bytes(draft)
    found: list[Draft] = []
    for offset in range(3):
        text = base64.b64encode(bytes(offset) + data).decode().rstrip("=")
        whole = (offset + len(data)) % 3 == 0  # else the last character depends on what follows
        found.append(Draft(merged([text[(0, 2, 3)[offset] : None if whole else -1]])))
    return found


def _bytes(draft: Draft) -> bytes:
    if any(isinstance(piece, Wild) for piece in draft.pieces):
        raise RefusedError("a wildcard cannot be encoded in Base64: escape it, or put `contains` behind")
    text = "".join(str(piece) for piece in draft.pieces)
    return text.encode("latin-1" if draft.binary else "utf-8", "strict" if draft.binary else "surrogatepass")


#: What each modifier makes of a text.
CHANGES: Final[dict[str, Callable[[Draft], list[Draft]]]] = {
    "contains": _around(before=True, after=True),
    "startswith": _around(before=False, after=True),
    "endswith": _around(before=True, after=False),
    "windash": _windash,
    "base64": _base64,
    "base64offset": _base64offset,
    **{name: _utf16(name) for name in _UTF16},
}
