"""Attackers' text made inert: no link, no markup, no mention, no control character reaches who is told.

A rule's title, an address, a name: any of it may be chosen by who attacks. Chat services make links, pictures and
calls of everybody out of plain text, and mail programs make links. What could be read so is written in look-alikes;
personal data is masked, because a message leaves the war room.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from warroom.privacy import mask

#: A text in a message has at most so many characters.
LONGEST: Final = 300

_SIGNS: Final = str.maketrans(
    {
        "<": "‹",
        ">": "›",
        "&": "＆",
        "*": "∗",
        "_": "＿",
        "~": "∼",
        "`": "ʼ",
        "|": "¦",
        "#": "＃",
        "@": "＠",
        "[": "⟦",
        "]": "⟧",
        "(": "⟮",
        ")": "⟯",
        "{": "❴",
        "}": "❵",
        "\\": "⧵",
        '"': "”",
    }
)
#: A point or colon by which programs know names of hosts and addresses of the web.
_POINT: Final = re.compile(r"(?<=[\w⟧])[.。．｡:](?=[\w/⧵])")
_SCHEME: Final = re.compile(r"/{2,}")
_START: Final = re.compile(r"^[\s=+\-!/.:]+")
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
_BLANKS: Final = re.compile(r"\s+")


def inert(text: str, longest: int = LONGEST) -> str:
    """Give a text as one line that says the same to a person and nothing to a program; cut with ``…``."""
    # cut first: how long it takes must not be the attacker's choice; masked before and after no mask is cut in two
    plain = "".join(
        " " if character in "\n\r\t" else character
        for character in text[: longest * 4]
        if character in "\n\r\t" or unicodedata.category(character) not in _HIDDEN
    )
    plain = _BLANKS.sub(" ", mask(plain)).strip()
    plain = _START.sub("", plain).translate(_SIGNS)
    plain = _POINT.sub("․", _SCHEME.sub("⁄⁄", plain))
    return plain if len(plain) <= longest else f"{plain[: longest - 1]}…"
