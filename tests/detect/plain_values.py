r"""One value of a rule against one text of an event: the Sigma 2.1 specification's words, as plainly as Python allows.

It shares no code with the engine and knows nothing of pySigma. Where the specification leaves a choice, the choice is
named here:

- numbers are compared as numbers, however they are written (``404`` is ``404.0``, `` 404 ``; hexadecimal is text, and
  so is what has more than 40 digits on a side of the point or 3 in the exponent);
- letters are compared by Unicode's simple case folding, one character to one character;
- a dash takes part in ``windash`` where a word begins after it and none ends before it (``-a b-c``: the first alone);
- ``wide`` text without Base64 is the bytes as characters; what is not ASCII has no such reading;
- ``cidr``: an IPv4 address written in IPv6 (``::ffff:192.0.2.1``) counts as both.
"""

from __future__ import annotations

import base64
import functools
import ipaddress
import operator
import re
from datetime import datetime
from decimal import Decimal
from enum import Enum

#: What YAML gives for one value.
Value = str | int | float | bool | None
Modifiers = tuple[str, ...]


class Wild(Enum):
    """A wildcard that is not escaped."""

    MANY = ".*"
    ONE = "."


Tokens = list[str | Wild]  # one character each
ENCODINGS = {"wide": "utf-16-le", "utf16le": "utf-16-le", "utf16be": "utf-16-be", "utf16": "utf-16-le"}
BYTE_ORDER_MARK = b"\xff\xfe"
DASHES = "-/\u2013\u2014\u2015"
COMPARISONS = {"lt": operator.lt, "lte": operator.le, "gt": operator.gt, "gte": operator.ge}
PARTS = ("minute", "hour", "day", "week", "month", "year")
FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}
#: Python takes İ and ı for forms of i, PCRE does not: characters without case stand for them.
TURKISH = {ord("İ"): "\ue000", ord("ı"): "\ue001"}
#: Python's ``^`` also stands behind a line feed that ends the text, PCRE's does not.
LINE_BEGINS = re.compile(r"(?<![\\\[])\^")
NUMBER = re.compile(r" *[+-]?([0-9]{1,40}(\.[0-9]{0,40})?|\.[0-9]{1,40})([eE][+-]?[0-9]{1,3})? *")


@functools.lru_cache(maxsize=1 << 20, typed=True)
def holds(modifiers: Modifiers, value: Value, text: str) -> bool:
    """Say whether one text satisfies one value; ``None``, ``exists`` and ``fieldref`` ask the event, not a text."""
    part = next((name for name in modifiers if name in PARTS), None)
    comparison = next((COMPARISONS[name] for name in modifiers if name in COMPARISONS), operator.eq)
    if part is not None:
        found = part_of(part, text)
        return found is not None and comparison(found, value)
    if isinstance(value, int | float) and not isinstance(value, bool) and "contains" not in modifiers:
        return NUMBER.fullmatch(text) is not None and comparison(Decimal(text.strip(" ")), Decimal(str(value)))
    if "re" in modifiers:
        flags = sum(FLAGS.get(name, 0) for name in modifiers)
        written = str(value).translate(TURKISH)
        if "m" in modifiers:
            written = LINE_BEGINS.sub(r"(?:\\A|(?<=\\n)(?!\\Z))", written)
        return re.search(written, text.translate(TURKISH), flags) is not None
    if "cidr" in modifiers:
        return any(address in ipaddress.ip_network(str(value)) for address in addresses(text))
    cased = "cased" in modifiers
    return any(pattern.fullmatch(text if cased else fold(text)) for pattern in patterns(modifiers, str(value)))


def part_of(part: str, text: str) -> int | None:
    """Read a part of a time as it is written, zones left alone."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return when.isocalendar()[1] if part == "week" else int(getattr(when, part))


def addresses(text: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return []
    mapped = getattr(address, "ipv4_mapped", None)
    return [address, mapped] if mapped else [address]


@functools.lru_cache(maxsize=1 << 16)
def patterns(modifiers: Modifiers, value: str) -> list[re.Pattern[str]]:
    """Write the alternatives that a value stands for as expressions over the whole (folded, unless cased) text."""
    tokens_of_all = [transformed for transformed, _ in applied(modifiers, parsed(value))]
    cased = "cased" in modifiers
    written = [
        "".join(
            token.value if isinstance(token, Wild) else re.escape(token if cased else fold(token)) for token in tokens
        )
        for tokens in tokens_of_all
    ]
    return [re.compile(re.sub(r"(?<!\\)(\.\*)+", ".*", text), re.DOTALL) for text in written]


def parsed(value: str) -> Tokens:
    r"""Read wildcards and escapes: a backslash escapes ``*``, ``?`` and itself, else it is a plain character."""
    tokens: Tokens = []
    place = 0
    while place < len(value):
        if value[place] == "\\" and value[place + 1 : place + 2] in ("\\", "*", "?"):
            place += 1
            tokens.append(value[place])
        else:
            tokens.append({"*": Wild.MANY, "?": Wild.ONE}.get(value[place], value[place]))
        place += 1
    return tokens


def applied(modifiers: Modifiers, tokens: Tokens) -> list[tuple[Tokens, bool]]:
    """Apply the modifiers in the order given; each answer is an alternative, and whether its characters are bytes."""
    answers = [(tokens, False)]
    for modifier in modifiers:
        answers = [answer for tokens, binary in answers for answer in transformed(modifier, tokens, binary=binary)]
    for found, binary in answers:
        if binary and not "".join(token for token in found if isinstance(token, str)).isascii():
            raise ValueError(f"{modifiers}: bytes that are not ASCII have no reading as text")
    return answers


def transformed(modifier: str, tokens: Tokens, *, binary: bool) -> list[tuple[Tokens, bool]]:
    if modifier in ENCODINGS:
        wide = [part for token in tokens for part in encoded(token, ENCODINGS[modifier])]
        mark = list(BYTE_ORDER_MARK.decode("latin-1")) if modifier == "utf16" else []
        return [([*mark, *wide], True)]
    if modifier == "base64":
        return [(list(base64.b64encode(data(tokens, binary=binary)).decode()), False)]
    if modifier == "base64offset":
        return [(offset, False) for offset in offsets(data(tokens, binary=binary))]
    if modifier == "windash":
        return [(dashed, binary) for dashed in dashes(tokens)]
    before: Tokens = [Wild.MANY] if modifier in ("contains", "endswith") else []
    after: Tokens = [Wild.MANY] if modifier in ("contains", "startswith") else []
    return [([*before, *tokens, *after], binary)]


def encoded(token: str | Wild, encoding: str) -> list[str | Wild]:
    """Give a character's bytes, each as the character of that number; a wildcard stays one."""
    return [token] if isinstance(token, Wild) else list(token.encode(encoding).decode("latin-1"))


def data(tokens: Tokens, *, binary: bool) -> bytes:
    if any(isinstance(token, Wild) for token in tokens):
        raise ValueError("a wildcard has no bytes")
    return "".join(str(token) for token in tokens).encode("latin-1" if binary else "utf-8")


def offsets(secret: bytes) -> list[Tokens]:
    """Find what every Base64 text has in common that holds the bytes at each of the three offsets."""
    return [common(secret, before) for before in range(3)]


def common(secret: bytes, before: int) -> Tokens:
    """Encode between bytes of two kinds: the characters that are equal do not depend on what stands beside."""
    after = -(before + len(secret)) % 3
    low, high = (base64.b64encode(side * before + secret + side * after).decode() for side in (b"\0", b"\xff"))
    return [one for one, two in zip(low, high, strict=True) if one == two]


def dashes(tokens: Tokens) -> list[Tokens]:
    """Write each dash that begins a word in every form."""
    text = "".join("*" if isinstance(token, Wild) else token for token in tokens)
    answers: list[Tokens] = [[]]
    for place, token in enumerate(tokens):
        begins = not isinstance(token, Wild) and token in DASHES and re.compile(rf"\B[{DASHES}]\b").match(text, place)
        answers = [[*answer, form] for answer in answers for form in (DASHES if begins else [token])]
    return answers


@functools.lru_cache(maxsize=1 << 16)
def fold(text: str) -> str:
    """Fold each character alone: by its full folding where that is one character, else by its small letter."""
    return "".join(folded(character) for character in text)


@functools.lru_cache(maxsize=1 << 12)
def folded(character: str) -> str:
    forms = [form for form in (character.casefold(), character.lower()) if len(form) == 1]
    return forms[0] if forms else character
