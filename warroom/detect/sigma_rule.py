"""Turns one Sigma document into a rule, a correlation or a filter of the engine."""

from __future__ import annotations

from typing import Any, Final

from warroom.catalog.values import meant
from warroom.detect.correlation_rule import read_correlation
from warroom.detect.filter_rule import read_filter
from warroom.detect.heading import RefusedError, common, log_source
from warroom.detect.placeholders import Placeholders
from warroom.detect.rules import Correlation, Filter, Rule
from warroom.detect.searches import read_detection

_KINDS: Final = ("detection", "correlation", "filter")
_LONGEST_KEY: Final = 40


def read_document(
    data: dict[str, Any], file: str, line: int, placeholders: Placeholders | None = None
) -> Rule | Correlation | Filter:
    """Read one document: a rule (``detection``), a correlation (``correlation``) or a filter (``filter``).

    Raises:
        RefusedError: with the reason and the place, for anything that would change the meaning of the rule.
    """
    kinds = [key for key in _KINDS if key in data]
    if not kinds:
        near = next((hint for key in data if (hint := meant(str(key)[:_LONGEST_KEY], _KINDS))), "")
        raise RefusedError(f"neither `detection`, `correlation` nor `filter`: this is no Sigma rule{near}")
    if len(kinds) > 1:
        raise RefusedError(f"`{kinds[0]}` and `{kinds[1]}` in one document: put `---` between two documents", kinds[1])
    known = Placeholders() if placeholders is None else placeholders
    if "filter" in data:
        return read_filter(data, file, line, known)
    if "correlation" in data:
        return read_correlation(data, file, line)
    return Rule(
        logsource=log_source(data),
        condition=read_detection(data["detection"], ("detection",), known),
        **common(data, file, line),
    )
