"""The figures of a periodic report: everything that its pages tell but the list of incidents; kept as JSON.

Texts are as they are stored: whoever prints them masks them. A later form of the figures gets another number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from pydantic import TypeAdapter, ValidationError

from warroom.errors import StoreError
from warroom.report.periods import Kind, Period
from warroom.store.views.annual import Kor3Counts
from warroom.store.views.periodic import IncidentCounts
from warroom.store.views.periodic_flow import AlertCounts, FeedCount

FORM: Final = 1


@dataclass(frozen=True, slots=True)
class Taken:
    """How long a step took over all incidents of a severity (``all``: of every one); seconds."""

    severity: str
    clock: str
    count: int
    median: float
    ninetieth: float
    kept: int


@dataclass(frozen=True, slots=True)
class Targets:
    """Times against our targets; ``measured`` of ``total`` incidents were looked at."""

    rows: list[Taken] = field(default_factory=list)
    drills: int = 0
    doubles: int = 0
    measured: int = 0
    total: int = 0

    def all(self, clock: str) -> Taken | None:
        """Give the figures of every severity together."""
        return next((one for one in self.rows if (one.severity, one.clock) == ("all", clock)), None)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A legal clock that runs; ``due_at`` None where nobody set its limit."""

    incident: int
    th: str
    en: str
    agency: str
    due_at: int | None
    light: str


@dataclass(frozen=True, slots=True)
class Legal:
    """Legal deadlines: those that run at the moment of the data, and those that were answered in the period."""

    running: int = 0
    passed: int = 0
    soon: int = 0  # red
    kept: int = 0
    late: int = 0
    first: list[Deadline] = field(default_factory=list)
    buckets: dict[str, int] = field(default_factory=dict)
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Blind:
    """A feed whose detectors miss something at the moment of the data; ``why``: silent, failing, unbalanced."""

    feed_id: str
    why: str


@dataclass(frozen=True, slots=True)
class Handed:
    """The handover of a shift, as signed; ``decided``: how much was done to incidents in it."""

    outgoing: str
    outgoing_at: int
    incoming: str | None
    incoming_at: int | None
    notes: str
    tasks: str
    decided: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything but the list; moments in microseconds since 1970, ``scope`` None: every platform."""

    kind: Kind
    name: str
    since: int
    until: int
    at: int
    scope: list[str] | None
    exercise: bool
    incidents: IncidentCounts
    opened_before: int
    alerts: AlertCounts
    feeds: list[FeedCount]
    blind: list[Blind]
    targets: Targets
    past_target: int
    late_requests: int
    legal: Legal
    handed: Handed | None = None
    kor3: Kor3Counts | None = None
    form: int = FORM

    @property
    def period(self) -> Period:
        """Of which period they are."""
        return Period(self.kind, self.since, self.until, self.name)


_JSON: Final = TypeAdapter(Figures)


def as_json(figures: Figures) -> str:
    """Write figures as they are kept."""
    return _JSON.dump_json(figures).decode()


def from_json(text: str) -> Figures:
    """Read figures that were kept. Raises StoreError where they are of another form."""
    try:
        return _JSON.validate_json(text)
    except ValidationError as problem:
        raise StoreError(f"these figures are of another version of the war room: {problem.error_count()}") from None
