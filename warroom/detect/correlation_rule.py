"""Turns a Sigma correlation document into a correlation of the engine, with pySigma as the parser."""

from __future__ import annotations

from typing import Any, Final

from sigma.correlations import SigmaCorrelationRule

from warroom.detect.heading import RefusedError, common
from warroom.detect.rules import Correlation

_COUNTS: Final = ("event_count", "value_count")
_LIMITS: Final = ("gt", "gte", "lt", "lte", "eq", "neq")


def read_correlation(data: dict[str, Any], file: str, line: int) -> Correlation:
    """Read a document with ``correlation``. Raises RefusedError, and pySigma's errors."""
    body = data["correlation"]
    if not isinstance(body, dict):
        raise RefusedError("`correlation` holds `key: value` lines")
    limits = body.get("condition")
    # pySigma takes one comparison; the specification allows a range, so the others are read here.
    if not isinstance(limits, dict):
        limits = {}
    known = {key: limits[key] for key in _LIMITS if key in limits}
    if len(known) > 1:
        first = next(iter(known))
        kept = {key: value for key, value in limits.items() if key not in known or key == first}
        body = {**body, "condition": kept}
    rule = SigmaCorrelationRule.from_dict({**data, "correlation": body})
    kind = rule.type.name.lower()
    if kind not in _COUNTS:
        raise RefusedError(f"correlations of type {kind} are not supported yet")
    for key, value in known.items():
        if isinstance(value, bool) or not isinstance(value, int):
            raise RefusedError(f"`{key}: {value}` in the correlation's condition is no whole number")
    if not rule.rules:
        raise RefusedError("the correlation refers to no rule")
    if not 0 < rule.timespan.seconds <= 366 * 86400:
        raise RefusedError("the timespan is more than nothing and at most a year")
    counted = limits.get("field") or []
    return Correlation(
        kind=kind,
        rules=tuple(reference.reference for reference in rule.rules),
        group_by=tuple(rule.group_by or ()),
        aliases={
            alias.alias: {reference.reference: name for reference, name in alias.mapping.items()}
            for alias in rule.aliases
        },
        fields=() if kind == "event_count" else (counted,) if isinstance(counted, str) else tuple(map(str, counted)),
        seconds=rule.timespan.seconds,
        limits=tuple(known.items()),
        generate=bool(rule.generate or data.get("generate") is True),
        **common(data, rule, file, line),
    )
