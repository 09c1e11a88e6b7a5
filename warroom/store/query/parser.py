"""Parses a search: ``field:value``, quotes, wildcards, ranges, AND, OR, NOT and parentheses.

    source.ip:203.0.113.* AND (http.response.status_code:>=500 OR "union select") -user.name:svc-*

Terms side by side are joined by AND. A value in quotes is taken as it is; elsewhere ``*`` stands for anything and
``?`` for one character, and a backslash before them makes them plain. Terms are bounded in number, depth and length.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from ipaddress import IPv4Network
from typing import Final

from warroom.store.query.tree import (
    LONGEST_QUERY,
    MOST_DEPTH,
    MOST_TERMS,
    And,
    Compare,
    Exists,
    Match,
    Network,
    Node,
    Not,
    Or,
    Pattern,
    QueryError,
    Text,
    Wild,
)

#: What a field holds: ``text``, ``number`` or ``time``; None for a field that does not exist.
KindOf = Callable[[str], str | None]

_FIELD: Final = re.compile(r"([A-Za-z_@][\w@.\-]{1,99}):(?!//)")
_NUMBER: Final = re.compile(r"-?\d{1,15}(?:\.\d{1,9})?")
_COMPARISON: Final = re.compile(r"(>=|<=|>|<)(.*)", re.DOTALL)
_RANGE: Final = re.compile(r"(.+?)\.\.(.+)", re.DOTALL)
_NETWORK: Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}/\d{1,2}")
_OPERATORS: Final = frozenset({"AND", "OR", "NOT"})
#: Times without a zone are Bangkok's, as on the screens.
_BANGKOK: Final = timezone(timedelta(hours=7))
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Token:
    """A word, or one of ``( ) - AND OR NOT``; ``text`` is the value's text where nothing in it is a wildcard."""

    position: int
    sign: str  # "" for a word
    field: str | None = None
    pattern: Pattern = ()
    plain: str = ""  # the value as typed
    quoted: bool = False


def parse(text: str, kind_of: KindOf) -> Node:
    """Parse a search.

    Args:
        text: as typed.
        kind_of: what a field holds.

    Raises:
        QueryError: says where it cannot be understood, and what to write instead. Nothing else is raised.
    """
    if len(text) > LONGEST_QUERY:
        raise QueryError("too_long", LONGEST_QUERY)
    for position, character in enumerate(text):
        if character == "\0" or "\ud800" <= character <= "\udfff":
            raise QueryError("not_text", position)
    tokens = _tokens(text)
    if sum(not token.sign for token in tokens) > MOST_TERMS:
        raise QueryError("too_many", tokens[MOST_TERMS].position)
    return _Parser(tokens, kind_of, len(text)).whole()


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
        elif text[at] in "()":
            tokens.append(_Token(at, text[at]))
            at += 1
        elif text[at] == "-" and at + 1 < len(text) and not text[at + 1].isspace():
            tokens.append(_Token(at, "-"))
            at += 1
        else:
            token, at = _word(text, at)
            tokens.append(token)
    return tokens


def _word(text: str, start: int) -> tuple[_Token, int]:
    """Read a word from its first character on; give it and where it ends."""
    found = _FIELD.match(text, start)
    field, at = (found[1], found.end()) if found else (None, start)
    begin = at
    pieces: list[str | Wild] = []
    quoted = False
    while at < len(text) and not text[at].isspace() and text[at] not in "()":
        character = text[at]
        if character == '"':
            piece, at = _quoted(text, at)
            pieces.append(piece)
            quoted = True
            continue
        if character == "\\" and text[at + 1 : at + 2] in {"*", "?", '"', "(", ")"}:
            at += 1
            pieces.append(text[at])
        else:
            pieces.append(Wild(character) if character in "*?" else character)
        at += 1
    plain = text[begin:at]
    if field is None and not quoted and plain in _OPERATORS:
        return _Token(start, plain), at
    return _Token(start, "", field, _joined(pieces), plain, quoted), at


def _quoted(text: str, start: int) -> tuple[str, int]:
    """Read a quoted text; give it without the marks, and where it ends."""
    kept: list[str] = []
    at = start + 1
    while at < len(text):
        # As on a Windows command line: backslashes are plain, but those before a quotation mark count in pairs.
        strokes = len(text[at:]) - len(text[at:].lstrip("\\"))
        if text[at + strokes : at + strokes + 1] == '"':
            kept.append("\\" * (strokes // 2))
            at += strokes + 1
            if strokes % 2 == 0:
                return "".join(kept), at
            kept.append('"')
        elif strokes:
            kept.append("\\" * strokes)
            at += strokes
        else:
            kept.append(text[at])
            at += 1
    raise QueryError("open_quote", start)


def _joined(pieces: list[str | Wild]) -> Pattern:
    """Put literal pieces that stand side by side into one, and `*` that follow each other."""
    joined: list[str | Wild] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if isinstance(piece, str) and isinstance(last, str):
            joined[-1] = last + piece
        elif not (piece is Wild.ANY and last is Wild.ANY):
            joined.append(piece)
    return tuple(joined)


def quoted(value: str) -> str:
    """Write a value so that it is read as it is."""
    written = re.sub(r'(\\*)"', r'\1\1\\"', value)
    strokes = len(written) - len(written.rstrip("\\"))
    return '"' + written + "\\" * strokes + '"'


class _Parser:
    """Reads tokens once, from left to right."""

    def __init__(self, tokens: list[_Token], kind_of: KindOf, end: int) -> None:
        self._tokens, self._kind_of, self._end = tokens, kind_of, end
        self._at = 0

    def whole(self) -> Node:
        if not self._tokens:
            return And(())
        node = self._either(0)
        if (left := self._peek()) is not None:
            raise QueryError("close_bracket", left.position)
        return node

    def _peek(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _either(self, depth: int) -> Node:
        nodes = [self._both(depth)]
        while (token := self._peek()) is not None and token.sign == "OR":
            self._at += 1
            nodes.append(self._both(depth))
        return nodes[0] if len(nodes) == 1 else Or(tuple(nodes))

    def _both(self, depth: int) -> Node:
        nodes = [self._one(depth)]
        while (token := self._peek()) is not None and token.sign not in {"OR", ")"}:
            if token.sign == "AND":
                self._at += 1
            nodes.append(self._one(depth))
        return nodes[0] if len(nodes) == 1 else And(tuple(nodes))

    def _one(self, depth: int) -> Node:
        token = self._peek()
        if token is None:
            last = self._tokens[-1]
            raise QueryError("open_bracket" if last.sign == "(" else "operator", last.position, last.sign)
        self._at += 1
        if token.sign == "":
            return self._term(token)
        if token.sign in {"NOT", "-"}:
            if depth >= MOST_DEPTH:
                raise QueryError("too_deep", token.position)
            return Not(self._one(depth + 1))
        if token.sign == "(":
            return self._inside(token, depth)
        if token.sign == ")":
            before = self._tokens[self._at - 2].sign if self._at > 1 else ""
            raise QueryError("empty_brackets" if before == "(" else "close_bracket", token.position)
        raise QueryError("operator", token.position, token.sign)

    def _inside(self, opened: _Token, depth: int) -> Node:
        if depth >= MOST_DEPTH:
            raise QueryError("too_deep", opened.position)
        if self._peek() is None:
            raise QueryError("open_bracket", opened.position)
        node = self._either(depth + 1)
        if self._peek() is None:
            raise QueryError("open_bracket", opened.position)
        self._at += 1
        return node

    def _term(self, token: _Token) -> Node:
        if token.field is None:
            return Text(token.pattern)
        kind = self._kind_of(token.field)
        if kind is None:
            raise QueryError("unknown_field", token.position, token.field)
        if not token.pattern or token.pattern == ("",):
            raise QueryError("no_value", token.position, token.field)
        if token.pattern == (Wild.ANY,):
            return Exists(token.field)
        if not token.quoted:
            special = _special(token, kind)
            if special is not None:
                return special
        if kind == "time":
            raise QueryError("not_time", token.position, token.plain)
        if kind == "number" and not re.fullmatch(r"[\d*?.-]+", token.plain):
            raise QueryError("not_number", token.position, token.plain)
        return Match(token.field, token.pattern)


def _special(token: _Token, kind: str) -> Node | None:
    """Give a comparison, a range or a network, if the value is written as one."""
    field = token.field or ""
    if found := _COMPARISON.fullmatch(token.plain):
        return Compare(field, found[1], _value(found[2], kind, token))
    if kind == "text" and _NETWORK.fullmatch(token.plain):
        try:
            network = IPv4Network(token.plain, strict=False)
        except ValueError as problem:
            raise QueryError("not_network", token.position, token.plain) from problem
        return Network(field, int(network.network_address), int(network.broadcast_address))
    if found := _RANGE.fullmatch(token.plain):
        if kind == "text" and not (_NUMBER.fullmatch(found[1]) and _NUMBER.fullmatch(found[2])):
            return None  # two dots are in paths, too
        low, high = _value(found[1], kind, token), _value(found[2], kind, token)
        if low > high:
            raise QueryError("not_range", token.position, token.plain)
        return And((Compare(field, ">=", low), Compare(field, "<=", high)))
    return None


def _value(text: str, kind: str, token: _Token) -> float:
    if kind == "time":
        try:
            return _moment(text)
        except (ValueError, OverflowError) as problem:
            raise QueryError("not_time", token.position, text) from problem
    if not _NUMBER.fullmatch(text):
        raise QueryError("not_number" if kind == "number" else "not_comparable", token.position, text)
    return float(text)


def _moment(text: str) -> int:
    """Give the microseconds of an ISO date or time."""
    at = datetime.fromisoformat(text) if len(text) > len("2026-11-22") else None
    if at is None:
        at = datetime.combine(date.fromisoformat(text), time())
    if at.tzinfo is None:
        at = at.replace(tzinfo=_BANGKOK)
    return (at - _EPOCH) // timedelta(microseconds=1)
