"""The elements of a list within one JSON document, each as it stands there and as it reads."""

from __future__ import annotations

import json
import re
from typing import Final

_BLANKS: Final = re.compile(r"[ \t\r\n]*")
_DECODER: Final = json.JSONDecoder()


class NoListError(Exception):
    """There is no such list; it says what there is."""


def elements(text: str, pointer: str) -> list[tuple[str, object]]:
    """Give the elements of the list at a JSON pointer (RFC 6901), "" for the document itself.

    A member that is null, as some say of an empty list, has none.

    Raises:
        NoListError: the text is no JSON, or there is no list at that place.
    """
    names = [one.replace("~1", "/").replace("~0", "~") for one in pointer.split("/")[1:]]
    try:
        at = _skip(text, 0)
        for name in names:
            at = _member(text, at, name, pointer)
        if text.startswith("null", at):
            return []
        if text[at : at + 1] != "[":
            raise NoListError(f"the answer has no list at {pointer or 'its beginning'}: see `collect.records`")
        found: list[tuple[str, object]] = []
        at = _skip(text, at + 1)
        while text[at : at + 1] != "]":
            value, end = _DECODER.raw_decode(text, at)
            found.append((text[at:end], value))
            at = _skip(text, end)
            if text[at : at + 1] == ",":
                at = _skip(text, at + 1)
            elif text[at : at + 1] != "]":
                raise NoListError("the answer is no whole JSON document")
    except (ValueError, RecursionError) as problem:
        raise NoListError("the answer is no whole JSON document") from problem
    return found


def pointed(value: object, pointer: str) -> object:
    """Give what a JSON pointer leads to; None where it leads nowhere."""
    for name in pointer.split("/")[1:]:
        key = name.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value


def _member(text: str, at: int, name: str, pointer: str) -> int:
    """Give where the value of an object's member begins."""
    if text[at : at + 1] != "{":
        raise NoListError(f"the answer has no list at {pointer}: see `collect.records`")
    at = _skip(text, at + 1)
    while text[at : at + 1] == '"':
        key, end = _DECODER.raw_decode(text, at)
        at = _skip(text, end)
        if text[at : at + 1] != ":":
            break
        at = _skip(text, at + 1)
        if key == name:
            return at
        _, end = _DECODER.raw_decode(text, at)
        at = _skip(text, end)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
    if text[at : at + 1] == "}":
        raise NoListError(f"the answer has no list at {pointer}: see `collect.records`")
    raise NoListError("the answer is no whole JSON document")


def _skip(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    return found.end() if found else at
