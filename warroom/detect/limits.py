"""How much correlations may remember."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one correlation may remember; ``bytes`` is the text of keys and entities.

    ``bytes_of_all`` is, roughly, what all correlations of a rule set may hold together.
    """

    events: int = 2_000_000
    events_of_group: int = 200_000
    groups: int = 500_000
    bytes: int = 256 << 20
    bytes_of_all: int = 1 << 30
