"""The patterning language of STIX: text → tree (``stix_tree``).

After https://docs.oasis-open.org/cti/stix/v2.1/os/stix-v2.1-os.html#_e8slinrhxcc9 (section 9); what 2.0 writes
otherwise (times of START as plain strings) is read, too, and so are two habits of authors: backslashes that escape
nothing stand for themselves, and parts of a path may stand in double quotation marks. Reading takes time in proportion
to the text, whatever is in it.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from warroom.intel.formats.moments import stix_time
from warroom.intel.formats.stix_tree import (
    Combined,
    Comparison,
    Expression,
    Joined,
    Literal,
    ObjectPath,
    Observation,
    Pattern,
    Qualified,
)
from warroom.intel.formats.wording import printable

#: Characters of a pattern.
MOST_TEXT: Final = 1 << 18
#: Brackets within brackets.
DEEPEST: Final = 40
#: After these stands a string.
_OF_STRINGS: Final = frozenset(("LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET"))
_SIGNS: Final = {"=": "=", "==": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_TOKEN: Final = re.compile(
    r"""(?P<blank>(?:\s|/\*[^*]*\*+(?:[^/*][^*]*\*+)*/|//[^\n]*(?=\n|\Z))+)
    |(?P<typed>[thb]'[^'\\]*(?:\\.[^'\\]*)*')
    |(?P<string>'[^'\\]*(?:\\.[^'\\]*)*'|"[^"\\]*(?:\\.[^"\\]*)*")
    |(?P<number>[+-]?[0-9]*\.[0-9]+|[+-]?[0-9]+)
    |(?P<word>[A-Za-z_][A-Za-z0-9_-]*)
    |(?P<sign>==|!=|<>|<=|>=|[=<>\[\](),.:*])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED: Final = re.compile(r"\\(['\"\\])")
_HEX: Final = re.compile(r"(?:[0-9a-fA-F]{2})+")


class PatternError(ValueError):
    """A text is no pattern; the message says where and why."""


def parse(text: str) -> Pattern:
    """Read a pattern.

    Raises PatternError.
    """
    if len(text) > MOST_TEXT:
        raise PatternError(f"longer than {MOST_TEXT:,} characters")
    reader = _Reader(text)
    pattern = reader.observations(0)
    reader.end()
    return pattern


class _Reader:
    """Goes through the tokens of a text: (sort, text, position), the last of which is its end."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str, int]] = []
        place = 0
        while place < len(text):
            found = _TOKEN.match(text, place)
            if found is None:
                raise PatternError(f"position {place + 1}: {_broken(text[place : place + 2])}")
            if found.lastgroup != "blank":
                self._tokens.append((str(found.lastgroup), found[0], place))
            place = found.end()
        self._tokens.append(("end", "", len(text)))
        self._at = 0

    def end(self) -> None:
        """Make sure that nothing is left."""
        if self._tokens[self._at][0] != "end":
            raise self._error("an end")

    def observations(self, depth: int) -> Pattern:
        """Read what FOLLOWEDBY joins, and within it OR, and within it AND."""
        return self._chain_of_observations(("FOLLOWEDBY", "OR", "AND"), depth)

    def _chain_of_observations(self, operators: tuple[str, ...], depth: int) -> Pattern:
        if not operators:
            return self._observation(depth)
        parts = [self._chain_of_observations(operators[1:], depth)]
        while self._take_word(operators[0]):
            parts.append(self._chain_of_observations(operators[1:], depth))
        return parts[0] if len(parts) == 1 else Combined(operators[0], tuple(parts))

    def _observation(self, depth: int) -> Pattern:
        found: Pattern
        if self._take_sign("("):
            self._check_depth(depth)
            found = self.observations(depth + 1)
            self._need_sign(")")
        else:
            self._need_sign("[")
            found = Observation(self._expression(depth))
            self._need_sign("]")
        for _ in range(DEEPEST):
            qualified = self._qualified(found)
            if qualified is None:
                return found
            found = qualified
        raise self._error(f"at most {DEEPEST} qualifiers")

    def _qualified(self, part: Pattern) -> Qualified | None:
        if self._take_word("WITHIN"):
            seconds = self._number(("integer", "float"))
            self._need_word("SECONDS")
            return Qualified(part, "WITHIN", (seconds,))
        if self._take_word("REPEATS"):
            times = self._number(("integer",))
            self._need_word("TIMES")
            return Qualified(part, "REPEATS", (times,))
        if self._take_word("START"):
            start = self._moment()
            self._need_word("STOP")
            stop = self._moment()
            if stix_time(start.text) >= stix_time(stop.text):
                self._at -= 1
                raise self._error("a time after the one of START")
            return Qualified(part, "START", (start, stop))
        return None

    def _expression(self, depth: int) -> Expression:
        return self._chain_of_comparisons(("OR", "AND"), depth)

    def _chain_of_comparisons(self, operators: tuple[str, ...], depth: int) -> Expression:
        if not operators:
            return self._comparison(depth)
        parts = [self._chain_of_comparisons(operators[1:], depth)]
        while self._take_word(operators[0]):
            parts.append(self._chain_of_comparisons(operators[1:], depth))
        return parts[0] if len(parts) == 1 else Joined(operators[0], tuple(parts))

    def _comparison(self, depth: int) -> Expression:
        if self._take_sign("("):
            self._check_depth(depth)
            found = self._expression(depth + 1)
            self._need_sign(")")
            return found
        if self._word_is("EXISTS") and self._tokens[self._at + 1][0] == "word":
            self._at += 1
            return Comparison(self._path(), "EXISTS", ())
        path = self._path()
        negated = self._take_word("NOT")
        sort, text, _ = self._tokens[self._at]
        self._at += 1
        if sort == "sign" and text in _SIGNS:
            return Comparison(path, _SIGNS[text], (self._literal(),), negated)
        word = text.upper()
        if sort == "word" and word in _OF_STRINGS:
            value = self._literal()
            if value.sort != "string":
                self._at -= 1
                raise self._error("a string")
            return Comparison(path, word, (value,), negated)
        if sort == "word" and word == "IN":
            return Comparison(path, "IN", self._set(), negated)
        self._at -= 1
        raise self._error("a comparison, such as = or IN")

    def _set(self) -> tuple[Literal, ...]:
        self._need_sign("(")
        values: list[Literal] = []
        while not self._take_sign(")"):
            if values:
                self._need_sign(",")
            values.append(self._literal())
        return tuple(values)

    def _path(self) -> ObjectPath:
        sort, type_, _ = self._tokens[self._at]
        if sort != "word":
            raise self._error("a type of object, such as file")
        self._at += 1
        self._need_sign(":")
        steps: list[str | int | None] = [self._step()]
        while True:
            if self._take_sign("."):
                steps.append(self._step())
            elif self._take_sign("["):
                steps.append(None if self._take_sign("*") else int(self._number(("integer",), least=None).text))
                self._need_sign("]")
            else:
                return ObjectPath(type_, tuple(steps))

    def _step(self) -> str:
        sort, text, _ = self._tokens[self._at]
        if sort not in {"word", "string"}:
            raise self._error("the name of a property")
        self._at += 1
        return text if sort == "word" else _unquoted(text)

    def _literal(self) -> Literal:
        sort, text, _ = self._tokens[self._at]
        if sort == "string":
            value = Literal("string", _unquoted(text))
        elif sort == "number":
            value = _number(text)
        elif sort == "word" and text.lower() in {"true", "false"}:
            value = Literal("boolean", text.lower())
        elif sort == "typed":
            value = self._typed(text)
        else:
            raise self._error("a value")
        self._at += 1
        return value

    def _typed(self, text: str) -> Literal:
        sort, inside = {"t": "timestamp", "h": "hex", "b": "binary"}[text[0]], _unquoted(text[1:])
        try:
            if sort == "timestamp":
                stix_time(inside)
            elif sort == "binary":
                base64.b64decode(inside, validate=True)
            elif _HEX.fullmatch(inside) is None:
                raise self._error("two digits of 0 to 9 and a to f for each byte")
        except (ValueError, binascii.Error) as problem:
            if isinstance(problem, PatternError):
                raise
            raise self._error({"timestamp": "a time such as 2020-10-25T16:22:00Z"}.get(sort, "base64")) from None
        return Literal(sort, inside)

    def _moment(self) -> Literal:
        """Read a time; STIX 2.0 writes it as a string."""
        sort, text, _ = self._tokens[self._at]
        value = self._typed(f"t{text}") if sort == "string" and text.startswith("'") else self._literal()
        self._at += sort == "string"
        if value.sort != "timestamp":
            self._at -= 1
            raise self._error("a time such as t'2020-10-25T16:22:00Z'")
        return value

    def _number(self, sorts: tuple[str, ...], least: int | None = 0) -> Literal:
        sort, text, _ = self._tokens[self._at]
        value = _number(text) if sort == "number" else None
        if value is None or value.sort not in sorts or len(text) > _LONGEST_NUMBER:
            raise self._error("a number")
        if least is not None and float(text) <= least:
            raise self._error("a number above 0")
        self._at += 1
        return value

    def _word_is(self, word: str) -> bool:
        sort, text, _ = self._tokens[self._at]
        return sort == "word" and text.upper() == word

    def _take_word(self, word: str) -> bool:
        taken = self._word_is(word)
        self._at += taken
        return taken

    def _need_word(self, word: str) -> None:
        if not self._take_word(word):
            raise self._error(word)

    def _take_sign(self, sign: str) -> bool:
        taken = self._tokens[self._at][:2] == ("sign", sign)
        self._at += taken
        return taken

    def _need_sign(self, sign: str) -> None:
        if not self._take_sign(sign):
            raise self._error(f"`{sign}`")

    def _check_depth(self, depth: int) -> None:
        if depth >= DEEPEST:
            raise self._error(f"at most {DEEPEST} brackets within each other")

    def _error(self, wanted: str) -> PatternError:
        sort, text, place = self._tokens[self._at]
        found = "the end" if sort == "end" else f"`{printable(text, 40)}`"
        return PatternError(f"position {place + 1}: there should be {wanted}, not {found}")


#: Digits of a number that means a count.
_LONGEST_NUMBER: Final = 18


def _number(text: str) -> Literal:
    return Literal("float" if "." in text else "integer", text)


def _unquoted(text: str) -> str:
    """Take the quotation marks off a string, and undo what is escaped in it."""
    return _ESCAPED.sub(r"\1", text[1:-1]) if "\\" in text else text[1:-1]


def _broken(text: str) -> str:
    if text[0] in "'\"" or text[1:] == "'":
        return "a string that does not end"
    if text == "/*":
        return "a comment that does not end"
    return f"a sign that has no meaning here: `{printable(text[0], 10)}`"
