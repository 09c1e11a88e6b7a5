"""Turns one Sigma document into a rule, a correlation or a filter of the engine, with pySigma as the parser."""

from __future__ import annotations

from typing import Any

from sigma.exceptions import SigmaError
from sigma.rule import SigmaRule

from warroom.detect.correlation_rule import read_correlation
from warroom.detect.filter_rule import read_filter
from warroom.detect.heading import RefusedError, common, log_source
from warroom.detect.rules import Correlation, Filter, Rule
from warroom.detect.sigma_condition import condition_of


def read_document(data: dict[str, Any], file: str, line: int) -> Rule | Correlation | Filter:
    """Read one document: a rule (``detection``), a correlation (``correlation``) or a filter (``filter``).

    Raises:
        RefusedError: with the reason, for anything that would change the meaning of the rule.
    """
    try:
        if "correlation" in data:
            return read_correlation(data, file, line)
        if "detection" in data:
            return _rule(data, file, line)
        if "filter" in data:
            return read_filter(data, file, line)
    except RecursionError as problem:
        raise RefusedError("nested too deeply") from problem
    except SigmaError as problem:
        raise RefusedError(str(problem)) from problem
    except (TypeError, ValueError, AttributeError, KeyError) as problem:
        # pySigma meets values of an unexpected type unprepared.
        raise RefusedError(f"not a Sigma rule: {type(problem).__name__}: {problem}") from problem
    raise RefusedError("neither `detection`, `correlation` nor `filter`: this is no Sigma rule")


def _rule(data: dict[str, Any], file: str, line: int) -> Rule:
    rule = SigmaRule.from_dict(data)
    return Rule(
        condition=condition_of(rule.detection),
        logsource=log_source(rule.logsource),
        **common(data, rule, file, line),
    )
