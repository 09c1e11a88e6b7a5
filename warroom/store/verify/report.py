"""What a check of the proofs found: findings, each with a place, and what no proof covers."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

#: More are counted, not kept.
_MOST: Final = 10_000


class Broken(StrEnum):
    """In what way something is not as it was."""

    DATABASE_DAMAGED = "database_damaged"
    SCHEMA_CHANGED = "schema_changed"
    ENTRY_CHANGED = "entry_changed"  # of the audit chain
    ENTRY_DELETED = "entry_deleted"
    ENTRY_REORDERED = "entry_reordered"
    ENTRIES_TRUNCATED = "entries_truncated"
    ROW_CHANGED = "row_changed"  # of a table whose rows are sealed
    ROW_DELETED = "row_deleted"
    ROW_ADDED = "row_added"
    LOG_CHANGED = "log_changed"  # of the segments' log
    LOG_DELETED = "log_deleted"
    LOG_REORDERED = "log_reordered"
    LOG_TRUNCATED = "log_truncated"
    MANIFEST_CHANGED = "manifest_changed"
    MANIFEST_DELETED = "manifest_deleted"
    MANIFEST_ADDED = "manifest_added"
    SEGMENT_CHANGED = "segment_changed"
    SEGMENT_MISSING = "segment_missing"
    SEGMENT_EXTRA = "segment_extra"
    HEAD_CHANGED = "head_changed"
    HEAD_MISSING = "head_missing"
    DAY_CHANGED = "day_changed"  # a signed list of a day
    DAY_MISSING = "day_missing"
    DAY_EXTRA = "day_extra"
    EVIDENCE_CHANGED = "evidence_changed"  # a file that somebody gave
    EVIDENCE_MISSING = "evidence_missing"


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken thing: how, where, and in words."""

    kind: Broken
    place: str
    text: str


def clean(text: str) -> str:
    """Give a text that can be stored and shown, whatever bytes it was made of."""
    return text.encode("utf-8", "backslashreplace").decode()


@dataclass(slots=True)
class Report:
    """The outcome: ``findings`` holds the first ones, ``count`` all; ``notes`` says what no proof covers."""

    findings: list[Finding] = field(default_factory=list)
    count: int = 0
    notes: list[str] = field(default_factory=list)
    checked: dict[str, int] = field(default_factory=dict)

    def find(self, kind: Broken, place: str, text: str) -> None:
        """Add a finding."""
        self.count += 1
        if len(self.findings) < _MOST:
            self.findings.append(Finding(kind, clean(place), clean(text)))

    def note(self, text: str) -> None:
        """Say what is not proven."""
        self.notes.append(text)

    def add(self, what: str, number: int = 1) -> None:
        """Count what was checked."""
        self.checked[what] = self.checked.get(what, 0) + number
