"""What the reference data say about the law: clocks with their limits, moments, and the rules that propose them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment that clocks count from; ``set_by`` is people, dpo, closing, sending or assumed."""

    id: str
    th: str
    en: str
    set_by: str
    of: tuple[str, ...]
    """Of what is sent: the clocks whose sendings are meant."""
    aliases: tuple[str, ...]
    latest: bool = False
    """Of several sendings the latest is meant, not the first."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One time limit of a clock.

    ``duration`` is ISO 8601, negative for what is due ahead of its start; ``calendar`` is month-day of the year after
    the start. Neither: the law gives no number here, or a regulator sets it (``by_regulator``).
    """

    starts: tuple[str, ...]
    """Moments of which the earliest known counts, or the latest."""
    duration: str | None
    calendar: str | None
    kind: str
    """``law`` | ``internal``: a number of the law, or a target of ours without legal force."""
    latest: bool = False
    means: str = "do_by"
    """``do_by`` | ``keep_until`` | ``ahead_of``."""
    spreading: str | None = None
    """Instead of ``duration`` while the threat spreads."""
    by_regulator: bool = False
    by_order_up_to: str | None = None
    extendable_by: str | None = None
    """Not counted: whether it may be extended is uncertain or for somebody else to decide."""
    th: str = ""
    en: str = ""

    @property
    def told(self) -> str | None:
        """The limit as people and machines read it: ``PT72H``, ``--01-31`` for a day of the calendar."""
        return f"--{self.calendar}" if self.calendar else self.duration


@dataclass(frozen=True, slots=True)
class Clock:
    """A legal clock."""

    id: str
    track: str
    """``breach`` | ``cyber`` | ``standing`` (of no incident)."""
    th: str
    en: str
    limits: tuple[Limit, ...]
    stopped_by: tuple[str, ...]
    """A recorded sending of one of these clocks stops this one."""
    complete: bool
    """Only a complete one does."""
    shown_after: str | None
    wording: str
    condition_th: str
    condition_en: str
    basis_th: str
    basis_en: str
    source: str
    certain: bool
    uncertain_th: str
    uncertain_en: str
    effective_from: date | None
    effective_to: date | None

    @property
    def start(self) -> tuple[str, ...]:
        """The moments that the first limit counts from."""
        return self.limits[0].starts

    @property
    def limit(self) -> str | None:
        """The first limit as ISO 8601; None where it is a rule of the calendar or no number."""
        return self.limits[0].duration

    @property
    def calendar(self) -> str | None:
        """The first limit as month-day of the next year."""
        return self.limits[0].calendar

    @property
    def kind(self) -> str:
        """``law`` | ``internal``, of the first limit."""
        return self.limits[0].kind

    def in_force(self, on: date) -> bool:
        """Whether it is the law on a day."""
        begun = self.effective_from is None or self.effective_from <= on
        return begun and (self.effective_to is None or on <= self.effective_to)


@dataclass(frozen=True, slots=True)
class Regulator:
    """How soon a regulator wants to be told."""

    name_th: str
    name_en: str
    limit: str
    basis_th: str
    basis_en: str
    source: str


@dataclass(frozen=True, slots=True)
class KindRule:
    """What makes an incident one of a kind for the law; None: not asked."""

    kind: str
    th: str
    en: str
    reportable: bool | None
    personal_data: bool | None
    tags: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class DutyRule:
    """What proposes that a clock applies or does not; None: not asked."""

    clock: str
    ruling: str
    th: str
    en: str
    kinds: frozenset[str] | None
    roles: frozenset[str] | None
    cii: bool | None
    reportable: bool | None
    risk: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Law:
    """All of the file; ``clocks`` holds every version of every clock."""

    moments: Mapping[str, Moment]
    clocks: tuple[Clock, ...]
    regulators: tuple[Regulator, ...]
    kinds: tuple[KindRule, ...]
    duties: tuple[DutyRule, ...]

    def on(self, day: date) -> dict[str, Clock]:
        """Give the clocks that are the law on a day, by id, in the order of the file."""
        return {one.id: one for one in self.clocks if one.in_force(day)}

    def moment_named(self, name: str) -> str | None:
        """Give the id of a moment by its name as typed: with or without ``_at``, blanks or hyphens, an alias."""
        wanted = _plain(name)
        for one in self.moments.values():
            if wanted in {_plain(one.id), *map(_plain, one.aliases)}:
                return one.id
        return None

    def regulator(self, name: str) -> Regulator | None:
        """Give a regulator by its name in either language."""
        wanted = " ".join(name.split()).casefold()
        return next(
            (one for one in self.regulators if wanted in {one.name_th.casefold(), one.name_en.casefold()}), None
        )


def _plain(name: str) -> str:
    plain = "_".join(name.replace("-", "_").lower().split())
    return plain.removesuffix("_at")
