"""The colours that carry meaning, in one place; a test holds them to WCAG AA."""

from __future__ import annotations

from typing import Final

from warroom.model import Severity

BACKGROUND: Final = "#070b12"
PANEL: Final = "#0c1522"
TEXT: Final = "#d7e1ee"
MUTED: Final = "#93a6bf"
GRID: Final = "#182a42"

#: Chips: (text, background). Dark on bright: white on the red would be too faint.
SEVERITY: Final[dict[Severity, tuple[str, str]]] = {
    Severity.CRITICAL: ("#1d0206", "#ff5566"),
    Severity.HIGH: ("#1f0f00", "#ff9f43"),
    Severity.MEDIUM: ("#1f1800", "#ffd166"),
    Severity.LOW: ("#001426", "#4dabff"),
    Severity.INFORMATIONAL: ("#0a1018", "#9fb0c6"),
}

#: Platforms in the chart, in the order of their ids.
CATEGORICAL: Final = (
    *("#22d3ee", "#b48cff", "#ff9f43", "#2dd4a0", "#ff7a88", "#4dabff", "#ffd166", "#d7e1ee"),
    *("#a3e635", "#f472b6", "#8fa3bd", "#d19a66"),
)
