"""Turns a Sigma correlation document into a correlation of the engine."""

from __future__ import annotations

import math
import re
from typing import Any, Final

from warroom.catalog.values import meant
from warroom.detect.baseline_rule import read_baseline
from warroom.detect.expression_text import read_expression
from warroom.detect.heading import RefusedError, common, shown
from warroom.detect.rules import Correlation, Expression

_OF_VALUES: Final = ("value_count", "value_sum", "value_avg", "value_percentile")
_TEMPORAL: Final = ("temporal", "temporal_ordered")
_KINDS: Final = ("event_count", *_OF_VALUES, *_TEMPORAL)
_LIMITS: Final = ("gt", "gte", "lt", "lte", "eq", "neq")
_KEYS: Final = ("type", "rules", "aliases", "group-by", "timespan", "condition", "generate")
_TIMESPAN: Final = re.compile(r"([0-9]{1,9})([smhdwMy])")
#: The specification has the first four; pySigma the others, too.
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "M": 2629746, "y": 31556952}
_LONGEST: Final = 366 * 86400
#: Rules that one correlation may refer to; the engine notes them in the bits of one number.
_MOST_RULES: Final = 64
#: Beyond this, whole numbers are not told apart as floats.
_GREATEST: Final = 1 << 53
_AT: Final = "correlation"


def read_correlation(data: dict[str, Any], file: str, line: int) -> Correlation:
    """Read a document with ``correlation``. Raises RefusedError."""
    heading = common(data, file, line)
    body = data[_AT]
    if not isinstance(body, dict):
        raise RefusedError("`correlation` holds `key: value` lines", _AT)
    for key in body:
        if key not in _KEYS:
            raise RefusedError(f"a correlation has no `{shown(key)}`{meant(str(key)[:40], _KEYS)}", _AT, key)
    kind = body.get("type")
    if kind not in _KINDS:
        known = f"{meant(str(kind)[:40], _KINDS)}; known: {', '.join(_KINDS)}"
        raise RefusedError(f"there is no type of correlation `{shown(kind)}`{known}", _AT, "type")
    condition = body.get("condition")
    rules = _texts(body, "rules") if "rules" in body or not isinstance(condition, str) else ()
    expression: Expression | None = None
    if isinstance(condition, str):
        if kind != "temporal":
            raise RefusedError(f"an expression over rules is for type temporal, not for {kind}", _AT, "condition")
        expression, rules = read_expression(condition, rules, (_AT, "condition"))
        condition = {}
    elif condition is None and kind in _TEMPORAL:
        condition = {"gte": len(rules)}
    if not isinstance(condition, dict):
        raise RefusedError(f"{kind} needs a `condition` with a limit such as `gte: 10`", _AT, "condition")
    if len(rules) > _MOST_RULES:
        raise RefusedError(f"names more than {_MOST_RULES} rules: count fewer, or chain correlations", _AT, "rules")
    limits = () if expression is not None else _limits(condition)
    return Correlation(
        kind=kind,
        rules=rules,
        group_by=_texts(body, "group-by", empty=True),
        aliases=_aliases(body.get("aliases"), rules),
        fields=_fields(kind, condition),
        seconds=_seconds(body.get("timespan")),
        limits=limits,
        expression=expression,
        percentile=_percentile(kind, condition),
        generate=_generate(body, data),
        baseline=read_baseline(data.get("custom"), kind, limits),
        **heading,
    )


def _texts(body: dict[str, Any], key: str, *, empty: bool = False) -> tuple[str, ...]:
    """Read a text or a list of different ones; ``empty`` may be absent, too."""
    given = body.get(key)
    if isinstance(given, str) and given:
        return (given,)
    if empty and key not in body:
        return ()
    if not isinstance(given, list) or not (given or empty):
        raise RefusedError(f"`{key}` is a list: name at least one, each on a line with `- `", _AT, key)
    for place, one in enumerate(given):
        if not isinstance(one, str) or not one:
            raise RefusedError(f"`{key}` lists texts: put `{shown(one)}` in quotes", _AT, key, place)
        if one in given[:place]:
            raise RefusedError(f"`{key}` names `{shown(one)}` twice: remove one", _AT, key, place)
    return tuple(given)


def _seconds(given: object) -> int:
    found = _TIMESPAN.fullmatch(given) if isinstance(given, str) else None
    if not found:
        raise RefusedError(f"`timespan: {shown(given)}` is a number and s, m, h or d, such as 90m", _AT, "timespan")
    seconds = int(found[1]) * _UNITS[found[2]]
    if not 0 < seconds <= _LONGEST:
        raise RefusedError(f"`timespan: {given}` is greater than zero and at most a year", _AT, "timespan")
    return seconds


def _aliases(given: object, rules: tuple[str, ...]) -> dict[str, dict[str, str]]:
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise RefusedError("`aliases` holds for each alias the rules and their fields", _AT, "aliases")
    for alias, fields in given.items():
        if not isinstance(alias, str) or not isinstance(fields, dict) or not fields:
            reason = f"the alias `{shown(alias)}` holds lines `rule: field`"
            raise RefusedError(reason, _AT, "aliases", alias)
        for rule, field in fields.items():
            if rule not in rules:
                reason = f"the alias `{shown(alias)}` is for `{shown(rule)}`, which is not among the rules"
                raise RefusedError(f"{reason}{meant(str(rule)[:40], rules)}", _AT, "aliases", alias, rule)
            if not isinstance(field, str) or not field:
                raise RefusedError(
                    f"the alias `{shown(alias)}` names one field for a rule", _AT, "aliases", alias, rule
                )
    return {alias: dict(fields) for alias, fields in given.items()}


def _limits(condition: dict[str, Any]) -> tuple[tuple[str, float], ...]:
    """Read the comparisons: one, or a range such as ``gt: 100`` with ``lte: 200``."""
    known = [(key, condition[key]) for key in _LIMITS if key in condition]
    if not known:
        raise RefusedError(f"the condition has no limit: give one of {', '.join(_LIMITS)}", _AT, "condition")
    for key, value in known:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise RefusedError(f"`{key}: {shown(value)}` is no number", _AT, "condition", key)
        if abs(value) >= _GREATEST:
            raise RefusedError(f"`{key}: {value}` is too large to be compared exactly", _AT, "condition", key)
    return tuple(known)


def _fields(kind: str, condition: dict[str, Any]) -> tuple[str, ...]:
    """Read the fields whose values count."""
    at = (_AT, "condition")
    for key in condition:
        if key not in (*_LIMITS, "field", "percentile"):
            raise RefusedError(f"a condition has no `{shown(key)}`{meant(str(key)[:40], _LIMITS)}", *at, key)
    given = condition.get("field")
    names = [given] if isinstance(given, str) else given
    if kind not in _OF_VALUES:
        if given is not None:
            raise RefusedError(f"{kind} counts no values: remove `field` or use value_count", *at, "field")
        return ()
    if not isinstance(names, list) or not names or not all(isinstance(name, str) and name for name in names):
        raise RefusedError(f"{kind} needs `field` in its condition: whose values it counts", *at, "field")
    if len(names) > 1 and kind != "value_count":
        raise RefusedError(f"{kind} takes one field", *at, "field")
    return tuple(names)


def _percentile(kind: str, condition: dict[str, Any]) -> float | None:
    given = condition.get("percentile")
    at = (_AT, "condition", "percentile")
    if given is None:
        return None
    if kind != "value_percentile":
        raise RefusedError(f"{kind} has no `percentile`", *at)
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given <= 100:  # noqa: PLR2004  percent
        raise RefusedError(f"`percentile: {shown(given)}` is no number from 0 to 100", *at)
    return given


def _generate(body: dict[str, Any], data: dict[str, Any]) -> bool:
    """Read whether the rules raise alerts, too; the specification's text has the key outside, pySigma inside."""
    for place, path in ((body, (_AT, "generate")), (data, ("generate",))):
        if not isinstance(place.get("generate", False), bool):
            raise RefusedError("`generate` is true or false", *path)
    return body.get("generate") is True or data.get("generate") is True
