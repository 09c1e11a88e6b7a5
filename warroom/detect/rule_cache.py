"""Keeps read rules between starts, by the content of each file.

Conditions are nine tenths of what is kept, and lie in it as one piece of their own, which is unpacked only when
something asks a rule for its condition.
"""

from __future__ import annotations

import pickle
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from warroom.detect.kept import Kept
from warroom.detect.reading import Held
from warroom.detect.rules import LogSource, Rule
from warroom.errors import Fault
from warroom.model import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from warroom.detect.rules import Condition
    from warroom.detect.shelf import Shelf

_KIND: Final = "rules"
#: What is kept of a rule as it is; the others are its condition, and what is made plainer.
_PLAIN: Final = tuple(
    field.name for field in fields(Rule) if field.name not in ("condition", "severity", "logsource", "filters")
)
#: Sets an attribute of a frozen rule, as its own constructor does but faster.
_SETTERS: Final = {field.name: Rule.__dict__[field.name].__set__ for field in fields(Rule)}


class RuleCache:
    """One file of read rules for one list of places; anything doubtful about it means an empty cache."""

    def __init__(self, shelf: Shelf, places: list[str]) -> None:
        self._kept = Kept(shelf, places)

    def read(self) -> dict[str, Held]:
        """Give what was kept: key → what one file held."""
        found = self._kept.read(_KIND)
        if found is None:
            return {}
        packed, entries = found
        conditions = _Conditions(packed)
        sources = _Once(LogSource)
        severities = _Once(Severity)

        def rule(kept: Any) -> Any:  # noqa: ANN401  a rule's parts, or another document as it is
            return _restored(kept, conditions, sources, severities) if isinstance(kept, tuple) else kept

        return {
            key: Held([rule(one) for one in rules], [Fault(*fault) for fault in faults], lines, asked)
            for key, (rules, faults, lines, asked) in entries.items()
        }

    def write(self, entries: Mapping[str, Held]) -> None:
        """Keep entries for the next start."""
        conditions: list[Condition] = []

        def plain(rule: object) -> object:
            if not isinstance(rule, Rule):
                return rule
            conditions.append(rule.condition)
            source = rule.logsource
            return (
                tuple(getattr(rule, name) for name in _PLAIN),
                str(rule.severity),
                (source.product, source.category, source.service),
                len(conditions) - 1,
            )

        kept = {
            key: (
                [plain(rule) for rule in held.rules],
                [(fault.file, fault.line, fault.reason) for fault in held.faults],
                held.lines,
                held.asked,
            )
            for key, held in entries.items()
        }
        packed = pickle.dumps(conditions, protocol=pickle.HIGHEST_PROTOCOL)
        self._kept.write(_KIND, (packed, kept))


class _Conditions:
    """The conditions of the rules that were kept together, unpacked when the first of them is asked for."""

    def __init__(self, packed: bytes) -> None:
        self._packed = packed
        self._unpacked: list[Condition] | None = None

    def __getitem__(self, place: int) -> Condition:
        if self._unpacked is None:
            self._unpacked = pickle.loads(self._packed)  # noqa: S301  a part of what was kept
            self._packed = b""
        return self._unpacked[place]


class _KeptRule(Rule):
    """A rule whose condition is unpacked when it is first asked for; else like any other."""

    __slots__ = ("_kept",)

    _kept: tuple[_Conditions, int]

    def __getattr__(self, name: str) -> Condition:
        # Python asks here for what no slot holds
        if name != "condition":
            raise AttributeError(name)
        conditions, place = self._kept
        condition = conditions[place]
        _SETTERS["condition"](self, condition)
        return condition

    def __eq__(self, other: object) -> bool:
        # what Python makes for a data class tells classes apart
        if not isinstance(other, Rule):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in _SETTERS)

    __hash__ = Rule.__hash__


_SET_KEPT: Final = _KeptRule.__dict__["_kept"].__set__


class _Once(dict[Any, Any]):
    """Makes each value once: thousands of rules share a few log sources."""

    def __init__(self, make: Callable[..., object]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: Any) -> object:  # noqa: ANN401
        self[key] = made = self._make(*key) if isinstance(key, tuple) else self._make(key)
        return made


def _restored(kept: Any, conditions: _Conditions, sources: _Once, severities: _Once) -> Rule:  # noqa: ANN401
    values, severity, source, place = kept
    rule = object.__new__(_KeptRule)
    for name, value in zip(_PLAIN, values, strict=True):
        _SETTERS[name](rule, value)
    _SETTERS["severity"](rule, severities[severity])
    _SETTERS["logsource"](rule, sources[source])
    _SETTERS["filters"](rule, ())
    _SET_KEPT(rule, (conditions, place))
    return rule
