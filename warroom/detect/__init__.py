"""An event becomes an alert: the Sigma engine.

The layer's law: pure in events. ``match`` has no state, a ``Detector`` none but its windows, which stored
rows rebuild; nothing here reads a clock, and only loading rules touches files.

    load_rules   folders and archives → RuleSet (what loaded, what was refused)
    RuleFiles    the same, again and again: only what changed is read and compiled
    match        batch, RuleSet → (row, rule) pairs
    Detector     batches → alerts, with correlations over event time
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
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

#: Where each stands. They are imported when they are first asked for: a scan without correlations, or one whose rules
#: are kept compiled, needs few of these modules, and all of them are a fifth of a second.
_STANDS_IN: Final = {
    "MATCHED": "matching",
    "MATCHES": "member_rows",
    "Correlation": "rules",
    "Detection": "detector",
    "Detector": "detector",
    "LogSource": "rules",
    "Rule": "rules",
    "RuleFiles": "load",
    "RuleSet": "ruleset",
    "assemble": "load",
    "load_rules": "load",
    "match": "matching",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401  Python's hook: whatever the name stands for
    if name not in _STANDS_IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_STANDS_IN[name]}"), name)
