"""How an export is marked: FIRST's Traffic Light Protocol 2.0, for whom it is, when and by whom it was made."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from warroom.errors import UsageError

#: What stands before a mark.
PREFIX: Final = "TLP:"


class Tlp(StrEnum):
    """The marks of TLP 2.0, the widest circle first."""

    CLEAR = "clear"
    GREEN = "green"
    AMBER = "amber"
    AMBER_STRICT = "amber+strict"
    RED = "red"

    @property
    def label(self) -> str:
        """As the standard writes it: ``TLP:AMBER+STRICT``."""
        return PREFIX + self.upper()

    @property
    def rank(self) -> int:
        """0 (clear) to 4 (red)."""
        return list(Tlp).index(self)

    @classmethod
    def of(cls, text: str) -> Self:
        """Read a mark, with or without ``TLP:``, in any case. Raises UsageError."""
        try:
            return cls(text.strip().lower().removeprefix("tlp:"))
        except ValueError:
            known = ", ".join(cls)
            raise UsageError(f"there is no such mark of the Traffic Light Protocol: one of {known}") from None


@dataclass(frozen=True, slots=True)
class Marking:
    """The circle that an export is for; ``at`` in microseconds since 1970."""

    tlp: Tlp
    at: int
    by: str
    recipient: str = ""
    statement: str = ""
    """What else binds whoever gets it, in their language."""
