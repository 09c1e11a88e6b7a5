"""Compares incidents with the ground truth: was each attack found, how fast, by how many incidents?"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from warroom.drill.truth import AttackTruth
    from warroom.model import Entity

_PERSONAL: Final = frozenset({"address", "user", "device"})
_SLACK: Final = timedelta(seconds=30)


class Incident(Protocol):
    """What is asked of an incident."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def title(self) -> str:
        """What it says on the wall."""

    @property
    def platform_id(self) -> str:
        """Where it happened."""

    @property
    def opened_at(self) -> datetime:
        """When it appeared."""

    @property
    def first_at(self) -> datetime:
        """The time of its first event."""

    @property
    def last_at(self) -> datetime:
        """The time of its last event."""

    @property
    def entities(self) -> frozenset[Entity]:
        """Whom and what it names."""

    @property
    def files(self) -> frozenset[str]:
        """Paths of the files whose lines it may be about; none where that is not known."""


@dataclass(frozen=True, slots=True)
class Row:
    """One attack: the incidents that show it, oldest first, and the seconds from its first line to the first."""

    truth: AttackTruth
    incidents: tuple[Incident, ...]
    seconds_to_detect: float | None

    @property
    def verdict(self) -> str:
        """``found`` (one incident), ``split`` (several), ``missed``, or ``pending``: it has only begun."""
        if len(self.incidents) == 1:
            return "found"
        if self.incidents:
            return "split"
        return "missed" if self.truth.finished else "pending"


@dataclass(frozen=True, slots=True)
class Score:
    """All attacks, the incidents that belong to none, and those that are about several."""

    rows: tuple[Row, ...]
    false_incidents: tuple[Incident, ...]
    merged: tuple[Incident, ...]

    @property
    def passed(self) -> bool:
        """No attack was missed, none fell apart, no two were taken for one."""
        return not self.merged and all(row.verdict in ("found", "pending") for row in self.rows)


@dataclass(frozen=True, slots=True)
class Summary:
    """A score in figures; attacks that are pending are left out of all."""

    attacks: int
    found: int
    split: int
    missed: int
    incidents: int
    false_incidents: int
    merged: int
    #: Middle of the times from an attack's first line to its first incident, in seconds; None where none was found.
    median_seconds_to_detect: float | None

    @property
    def found_share(self) -> float | None:
        """Give the share of the attacks that some incident shows, 0 to 1."""
        return (self.found + self.split) / self.attacks if self.attacks else None

    @property
    def incidents_per_attack(self) -> float | None:
        """Give how many incidents an attack became that was found at all."""
        shown = self.found + self.split
        return self.incidents / shown if shown else None


def summary(score: Score) -> Summary:
    """Count a score."""
    over = [row for row in score.rows if row.verdict != "pending"]
    verdicts = Counter(row.verdict for row in over)
    times = [row.seconds_to_detect for row in over if row.seconds_to_detect is not None]
    return Summary(
        attacks=len(over),
        found=verdicts["found"],
        split=verdicts["split"],
        missed=verdicts["missed"],
        incidents=sum(len(row.incidents) for row in over),
        false_incidents=len(score.false_incidents),
        merged=len(score.merged),
        median_seconds_to_detect=median(times) if times else None,
    )


def compare(attacks: Sequence[AttackTruth], incidents: Sequence[Incident]) -> Score:
    """Match incidents to attacks: by what they name, else by platform and time.

    An incident that names an address, user or device shows those attacks that used one of them, wherever; but what an
    attack on the incident's own platform has as well (a person who uses both, ``www-data``) tells of that one alone.
    On its own platform it is enough that the values are the same: what one log calls a client is a user in another. An
    incident that names none of these, nor anything else of a kind that the attack has, shows it by platform, time and
    the logs that it wrote to.
    """
    rows = []
    explained: set[int] = set()
    known: defaultdict[str, set[Entity]] = defaultdict(set)
    for truth in attacks:
        known[truth.platform_id] |= truth.entities
    for truth in attacks:
        shown = [found for found in incidents if _shows(found, truth, known[found.platform_id])]
        shown.sort(key=lambda found: found.opened_at)
        explained.update(found.id for found in shown)
        # An incident that was open already, of others, and took the attack in was there from its first line on.
        seconds = max(0.0, (shown[0].opened_at - truth.first_at).total_seconds()) if shown else None
        rows.append(Row(truth, tuple(shown), seconds))
    false = tuple(found for found in incidents if found.id not in explained)
    return Score(tuple(rows), false, _merged(rows))


def _merged(rows: Sequence[Row]) -> tuple[Incident, ...]:
    """Give the incidents that name what only one attack has, of two attacks or more.

    What several attacks share (a stolen certificate, a server) brings them together rightly and does not count.
    """
    having = Counter(value for row in rows for value in {entity.value for entity in row.truth.entities})
    about = Counter[int]()
    known: dict[int, Incident] = {}
    for row in rows:
        own = {entity.value for entity in row.truth.entities if having[entity.value] == 1}
        for found in row.incidents:
            known[found.id] = found
            about[found.id] += any(entity.value in own for entity in found.entities)
    return tuple(found for number, found in known.items() if about[number] > 1)


def _shows(incident: Incident, truth: AttackTruth, of_its_platform: set[Entity]) -> bool:
    # A user's or a kiosk's name may come back hours later in another attack: the times must meet, too.
    if not _overlap(incident, truth):
        return False
    here = incident.platform_id == truth.platform_id
    kinds = {entity.kind for entity in incident.entities}
    if kinds & _PERSONAL or kinds & ({entity.kind for entity in truth.entities} - _PERSONAL):
        if here:
            values = {entity.value for entity in truth.entities}
            return any(entity.value in values for entity in incident.entities)
        alone = (incident.entities & truth.entities) - of_its_platform
        return any(entity.kind in _PERSONAL for entity in alone)
    return here and (
        not incident.files or any(path.find(f"/{log}") >= 0 for path in incident.files for log in truth.logs)
    )


def _overlap(incident: Incident, truth: AttackTruth) -> bool:
    # The truth of a running attack is told every ten seconds, and syslog cuts fractions of a second.
    return incident.first_at - _SLACK <= truth.last_at and truth.first_at - _SLACK <= incident.last_at
