"""Turns a Sigma filter document into a filter of the engine, with pySigma as the parser."""

from __future__ import annotations

from typing import Any

from sigma.filters import SigmaFilter

from warroom.detect.heading import RefusedError, common, log_source
from warroom.detect.rules import Filter
from warroom.detect.sigma_condition import condition_of


def read_filter(data: dict[str, Any], file: str, line: int) -> Filter:
    """Read a document with ``filter``. Raises RefusedError, and pySigma's errors."""
    body = data["filter"]
    if not isinstance(body, dict):
        raise RefusedError("`filter` holds `key: value` lines: rules, a selection and a condition")
    rules = _rules(body.get("rules"))
    read = SigmaFilter.from_dict(data)
    heading = common(data, read, file, line)
    return Filter(
        rules=rules,
        condition=condition_of(read.filter),
        logsource=log_source(read.logsource),
        **{key: heading[key] for key in ("id", "title", "file", "line")},
    )


def _rules(given: object) -> tuple[str, ...] | None:
    """Read what the filter names; None for every rule of its log source."""
    if isinstance(given, str):
        return None if given.lower() == "any" else (given,)
    if not isinstance(given, list) or not given or not all(isinstance(one, str) and one for one in given):
        raise RefusedError("`rules` of a filter lists ids or names of rules, or is `any`: name at least one")
    if len(set(given)) < len(given):
        raise RefusedError("`rules` of a filter names a rule twice: remove one")
    return tuple(given)
