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
    condition already. ``status`` is Sigma's, empty where it has none; rules are the same whatever it is.
    ``ncsa_category`` is the category of threats that it names, if any.
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
    status: str = field(default="", compare=False)
    ncsa_category: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Joined:
    """An expression over the rules of a correlation: its parts joined by ``and`` or ``or``, or ``not`` its one part."""

    word: str
    parts: tuple[Expression, ...]


#: The place of a rule in ``Correlation.rules`` stands for: it matched in the window.
Expression = int | Joined


@dataclass(frozen=True, slots=True)
class Baseline:
    """Asks, besides its own limits, for ``times`` what a group had at most at this hour of the last ``weeks`` weeks.

    Until a week is learnt the limits alone count, or, with ``silent``, nothing holds.
    """

    times: float
    weeks: int
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Correlation:
    """A rule over the matches of other rules in a sliding window of event time.

    Attributes:
        kind: the type, as the specification names it.
        rules: what it refers to, by id or name as written.
        group_by: fields or aliases; events are counted apart by their values.
        aliases: alias → rule (as written) → field.
        fields: the fields whose values are counted, added up or compared.
        limits: comparisons that must all be true of the count, sum …, as (``gte``, 10).
        generate: the rules referred to raise alerts of their own, too.
        expression: for ``temporal``, in place of limits: which rules must have matched.
        percentile: for ``value_percentile``: compare this percentile of the values; None: each value's share.
        baseline: what is usual for a group goes before the limits where it is more.
        members: what ``rules`` are, resolved when the set is complete: a position in ``RuleSet.rules``, or
            ``~position`` in ``RuleSet.correlations``.
        silent: it only serves other correlations and raises no alert of its own.
        status: Sigma's, as of a rule.
        ncsa_category: as of a rule.
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
    limits: tuple[tuple[str, float], ...]
    generate: bool
    file: str
    line: int
    title_th: str = ""
    author: str = ""
    expression: Expression | None = None
    percentile: float | None = None
    baseline: Baseline | None = None
    members: tuple[int, ...] = field(default=())
    silent: bool = False
    status: str = field(default="", compare=False)
    ncsa_category: int | None = field(default=None, compare=False)
