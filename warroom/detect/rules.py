"""Rules as the engine holds them: plain rules with a condition over atoms, and correlations over their matches."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from warroom.detect.atoms import Atom

if TYPE_CHECKING:
    from warroom.model import Severity


@dataclass(frozen=True, slots=True)
class Leaf:
    """An atom asked of a field; without a field it is a keyword, asked of every text of the event."""

    field: str | None
    atom: Atom


@dataclass(frozen=True, slots=True)
class Every:
    """All parts are true."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one part is true."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """The part is not true."""

    part: Condition


Condition = Leaf | Every | Some | Negation


@dataclass(frozen=True, slots=True)
class LogSource:
    """A Sigma log source; None does not care."""

    product: str | None = None
    category: str | None = None
    service: str | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """Local tuning: each rule of ``rules`` raises alerts only where this condition is true, too.

    ``rules`` are ids or names; None is every rule whose log source lies within the filter's.
    """

    id: str
    title: str
    rules: tuple[str, ...] | None
    logsource: LogSource
    condition: Condition
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule over single events.

    ``file`` and ``line`` say where it stands; ``title_th`` is empty where it has none. ``filters`` are part of the
    condition already.
    """

    id: str
    name: str | None
    title: str
    severity: Severity
    tags: tuple[str, ...]
    logsource: LogSource
    condition: Condition
    file: str
    line: int
    title_th: str = ""
    author: str = ""
    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class Correlation:
    """A rule over the matches of other rules in a sliding window of event time.

    Attributes:
        kind: ``event_count`` or ``value_count``.
        rules: what it refers to, by id or name as written.
        group_by: fields or aliases; events are counted apart by their values.
        aliases: alias → rule (as written) → field.
        fields: the fields whose distinct values ``value_count`` counts.
        limits: comparisons that must all be true of the count, as (``gte``, 10).
        generate: the rules referred to raise alerts of their own, too.
    """

    id: str
    name: str | None
    title: str
    severity: Severity
    tags: tuple[str, ...]
    kind: str
    rules: tuple[str, ...]
    group_by: tuple[str, ...]
    aliases: dict[str, dict[str, str]]
    fields: tuple[str, ...]
    seconds: int
    limits: tuple[tuple[str, int], ...]
    generate: bool
    file: str
    line: int
    title_th: str = ""
    author: str = ""
    members: tuple[int, ...] = field(default=())  # positions in RuleSet.rules, resolved when the set is complete
