"""What a search says, as a tree; and what is wrong with one that says nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

from warroom.errors import UsageError

#: Characters of a search; terms of it; and how deep its parentheses go.
LONGEST_QUERY: Final = 2_000
MOST_TERMS: Final = 100
MOST_DEPTH: Final = 20


class Wild(Enum):
    """Wildcards of a pattern."""

    ANY = "*"
    ONE = "?"


#: What a value must look like: literal pieces and wildcards in turn.
Pattern: TypeAlias = tuple[str | Wild, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A text anywhere in the line."""

    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Match:
    """A field whose whole value looks like the pattern."""

    field: str
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Exists:
    """A field that has a value."""

    field: str


@dataclass(frozen=True, slots=True)
class Compare:
    """A field that is ``>``, ``>=``, ``<`` or ``<=`` a number, or a time in microseconds since 1970."""

    field: str
    operator: str
    value: float


@dataclass(frozen=True, slots=True)
class Network:
    """A field with an IPv4 address from ``low`` to ``high``, as numbers."""

    field: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Not:
    """What the node does not match."""

    node: Node


@dataclass(frozen=True, slots=True)
class And:
    """What all nodes match; everything, where there is none."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """What one of the nodes matches."""

    nodes: tuple[Node, ...]


Node: TypeAlias = Text | Match | Exists | Compare | Network | Not | And | Or


class QueryError(UsageError):
    """A search that cannot be understood: where, why and what to write instead.

    Attributes:
        code: names the reason, for a message in another language.
        position: of the character at fault, from 0.
        found: what stands there.
    """

    def __init__(self, code: str, position: int, found: str = "") -> None:
        self.code, self.position, self.found = code, position, found[:_MOST_SHOWN]
        super().__init__(f"character {position + 1}: {REASONS[code].format(found=self.found)}")


_MOST_SHOWN: Final = 60
#: By code: what is wrong, and what to do about it.
REASONS: Final = {
    "too_long": f"the search is longer than {LONGEST_QUERY} characters: search for less",
    "too_many": f"the search has more than {MOST_TERMS} terms: search for less",
    "too_deep": f"parentheses go deeper than {MOST_DEPTH}: take some away",
    "not_text": "a character here is half of one, or zero: type it again",
    "open_quote": "the quotation mark is never closed: write another one behind the value",
    "open_bracket": "the parenthesis is never closed: write `)` behind its last term",
    "close_bracket": "`)` closes nothing: take it away, or write `(` before its first term",
    "empty_brackets": "nothing stands in the parentheses: write a term in them or take them away",
    "operator": "`{found}` needs a term on each side: write one, or put it in quotes to look for the word",
    "no_value": "`{found}:` has no value: write one, such as `{found}:*` for any",
    "unknown_field": "there is no field `{found}` here: see the help for the names",
    "not_number": "`{found}` is no number: this field holds numbers; write 500, >=500 or 500..599",
    "not_time": "`{found}` is no time: write >=2026-11-22T08:00, or 2026-11-22..2026-11-23",
    "not_range": "`{found}` ends before it begins: write the smaller value first",
    "not_network": "`{found}` is no network: write it as 203.0.113.0/24",
    "not_comparable": "`{found}` cannot be compared: this field holds words; write one, or a part with *",
}
