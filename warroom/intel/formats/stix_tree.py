"""The tree of a STIX pattern: what the patterning language can say, and how a tree is written as text again.

After https://docs.oasis-open.org/cti/stix/v2.1/os/stix-v2.1-os.html#_e8slinrhxcc9 (section 9).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, TypeAlias

_PLAIN_STEP: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant; ``sort`` is string, integer, float, boolean, timestamp, hex or binary, ``text`` without its signs."""

    sort: str
    text: str


@dataclass(frozen=True, slots=True)
class ObjectPath:
    """What of which object: the steps are names, numbers of a list's entries, or None for any entry."""

    type: str
    steps: tuple[str | int | None, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """``operator`` is =, !=, <, <=, >, >=, IN, LIKE, MATCHES, ISSUBSET, ISSUPERSET or EXISTS."""

    path: ObjectPath
    operator: str
    values: tuple[Literal, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Joined:
    """Comparisons joined by AND or OR, two at least."""

    operator: str
    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Observation:
    """What is to be true of one observation."""

    expression: Expression


@dataclass(frozen=True, slots=True)
class Combined:
    """Observations joined by AND, OR or FOLLOWEDBY, two at least."""

    operator: str
    parts: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class Qualified:
    """Observations WITHIN so many seconds, that REPEATS so many times, or between START and its end."""

    part: Pattern
    qualifier: str
    values: tuple[Literal, ...]


Expression: TypeAlias = Comparison | Joined
Pattern: TypeAlias = Observation | Combined | Qualified


def write(node: Pattern | Expression) -> str:
    """Write a tree, or a part of it, so that ``stix_pattern.parse`` gives it again."""
    if isinstance(node, Observation):
        return f"[{write(node.expression)}]"
    if isinstance(node, Comparison):
        return _comparison_text(node)
    if isinstance(node, Qualified):
        inner = f"({write(node.part)})" if isinstance(node.part, Combined) else write(node.part)
        first = _literal_text(node.values[0])
        if node.qualifier == "WITHIN":
            return f"{inner} WITHIN {first} SECONDS"
        if node.qualifier == "REPEATS":
            return f"{inner} REPEATS {first} TIMES"
        return f"{inner} START {first} STOP {_literal_text(node.values[1])}"
    parts: tuple[Pattern | Expression, ...] = node.parts
    held = [f"({write(part)})" if isinstance(part, (Joined, Combined)) else write(part) for part in parts]
    return f" {node.operator} ".join(held)


def path_text(path: ObjectPath) -> str:
    """Write a path."""
    steps: list[str] = []
    for step in path.steps:
        if not isinstance(step, str):
            steps.append("[*]" if step is None else f"[{step}]")
        else:
            written = step if _PLAIN_STEP.fullmatch(step) else _quoted(step)
            steps.append(f".{written}" if steps else written)
    return f"{path.type}:{''.join(steps)}"


def _comparison_text(node: Comparison) -> str:
    path = path_text(node.path)
    if node.operator == "EXISTS":
        return f"EXISTS {path}"
    values = ", ".join(_literal_text(value) for value in node.values)
    values = f"({values})" if node.operator == "IN" else values
    return f"{path} {'NOT ' if node.negated else ''}{node.operator} {values}"


def _literal_text(value: Literal) -> str:
    signs = {"string": "", "timestamp": "t", "hex": "h", "binary": "b"}
    return f"{signs[value.sort]}{_quoted(value.text)}" if value.sort in signs else value.text


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
