"""What happened in an incident, in order: what detectors saw and what people did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from warroom.report.plain import stamp

if TYPE_CHECKING:
    from warroom.store.incidents import LogEntry
    from warroom.store.views.casefile import CaseFile

#: What an entry of the log calls the moment at which its thing happened, where that was not when it was entered.
OCCURRED: Final = "occurred_at"
_MOMENTS: Final = frozenset({"moment", "before"})
_LONGEST: Final = 17


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened; ``when`` and ``entered`` in microseconds, ``detail`` as ``name=value; …``."""

    when: int
    entered: int
    what: str
    who: str
    detail: str


def timeline(case: CaseFile) -> list[Happened]:
    """Give everything that happened by when it did: each detector's first alert, and the incident's log."""
    seen = [
        Happened(one.first_at, one.first_at, "detected", "", f"{one.title}; alerts={one.alerts}; events={one.events}")
        for one in case.rules
    ]
    return sorted([*seen, *map(_entry, case.log)], key=lambda one: (one.when, one.entered))


def _entry(entry: LogEntry) -> Happened:
    when = _micros(entry.body.get(OCCURRED, ""))
    detail = "; ".join(f"{name}={_said(name, value)}" for name, value in entry.body.items() if name != OCCURRED)
    return Happened(entry.at if when is None else when, entry.at, entry.action, entry.actor, detail)


def _said(name: str, value: str) -> str:
    moment = _micros(value) if name in _MOMENTS or name.endswith("_at") else None
    return value if moment is None else stamp(moment)


def _micros(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _LONGEST else None
