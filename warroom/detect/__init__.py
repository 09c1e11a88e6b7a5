"""An event becomes an alert: the Sigma engine.

The layer's law: pure in events. ``match`` has no state, a ``Detector`` none but its windows, which stored
rows rebuild; nothing here reads a clock, and only loading rules touches files.

    load_rules   folders and archives → RuleSet (what loaded, what was refused)
    RuleFiles    the same, again and again: only what changed is read and compiled
    match        batch, RuleSet → (row, rule) pairs
    Detector     batches → alerts, with correlations over event time
"""

from __future__ import annotations

from warroom.detect.detector import Detection, Detector
from warroom.detect.load import RuleFiles, assemble, load_rules
from warroom.detect.matching import MATCHED, match
from warroom.detect.member_rows import MATCHES
from warroom.detect.rules import Correlation, LogSource, Rule
from warroom.detect.ruleset import RuleSet

__all__ = [
    "MATCHED",
    "MATCHES",
    "Correlation",
    "Detection",
    "Detector",
    "LogSource",
    "Rule",
    "RuleFiles",
    "RuleSet",
    "assemble",
    "load_rules",
    "match",
]
