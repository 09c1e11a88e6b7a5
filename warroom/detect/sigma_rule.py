"""Turns one Sigma document into a rule of the engine, with pySigma as the parser."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any, Final

from sigma.conditions import (
    ConditionAND,
    ConditionIdentifier,
    ConditionItem,
    ConditionNOT,
    ConditionOR,
    ConditionSelector,
)
from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaError
from sigma.modifiers import SigmaWideModifier, modifier_mapping
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaRule, SigmaRuleBase
from sigma.types import (
    Placeholder,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaRegularExpressionFlag,
    SigmaString,
    SigmaTimestampPart,
    SigmaType,
    SpecialChars,
)

from warroom.detect.atoms import (
    Atom,
    Compare,
    Exists,
    Network,
    Null,
    Number,
    Pieces,
    Reference,
    Regex,
    Text,
    TimePart,
    Wild,
    compiled,
)
from warroom.detect.rules import Condition, Correlation, Every, Leaf, LogSource, Negation, Rule, Some
from warroom.model import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

# The specification (2.1) names it, pySigma only its alias `wide`.
modifier_mapping.setdefault("utf16le", SigmaWideModifier)

#: Rules without a level, in Sigma's order of severities.
_DEFAULT_LEVEL: Final = Severity.MEDIUM
_COUNTS: Final = ("event_count", "value_count")
_LIMITS: Final = ("gt", "gte", "lt", "lte", "eq", "neq")
_FLAGS: Final = {
    SigmaRegularExpressionFlag.IGNORECASE: "i",
    SigmaRegularExpressionFlag.MULTILINE: "m",
    SigmaRegularExpressionFlag.DOTALL: "s",
}
#: A rule without an id gets one from its content, the same at every start.
_NAMESPACE: Final = uuid.UUID("6f0d3c53-0b52-4f0e-9f3e-6a6b6c9c6f11")
#: A condition such as `1 of a*` over thousands of values is still far below this.
_MAX_DEPTH: Final = 100


class RefusedError(Exception):
    """The document cannot become a rule; the text says why."""


def read_document(data: dict[str, Any], file: str, line: int) -> Rule | Correlation:
    """Read one document: a rule (``detection``) or a correlation (``correlation``).

    Raises:
        RefusedError: with the reason, for anything that would change the meaning of the rule.
    """
    try:
        if "correlation" in data:
            return _correlation(data, file, line)
        if "detection" in data:
            return _rule(data, file, line)
    except RecursionError as problem:
        raise RefusedError("nested too deeply") from problem
    except SigmaError as problem:
        raise RefusedError(str(problem)) from problem
    except (TypeError, ValueError, AttributeError, KeyError) as problem:
        # pySigma meets values of an unexpected type unprepared.
        raise RefusedError(f"not a Sigma rule: {type(problem).__name__}: {problem}") from problem
    if "filter" in data:
        raise RefusedError("Sigma filters are not supported yet")
    raise RefusedError("neither `detection` nor `correlation`: this is no Sigma rule")


def _rule(data: dict[str, Any], file: str, line: int) -> Rule:
    rule = SigmaRule.from_dict(data)
    detection = rule.detection
    texts = detection.condition
    parts = tuple(
        _walk(condition.parse(postprocess=False), detection.detections, 0) for condition in detection.parsed_condition
    )
    if not texts:
        raise RefusedError("there is no condition")
    source = rule.logsource
    return Rule(
        condition=parts[0] if len(parts) == 1 else Some(parts),
        logsource=LogSource(
            *(name.lower() if name else None for name in (source.product, source.category, source.service))
        ),
        **_common(data, rule, file, line),
    )


def _common(data: dict[str, Any], rule: SigmaRuleBase, file: str, line: int) -> dict[str, Any]:
    custom = data.get("custom")
    title_th = custom.get("title_th") if isinstance(custom, dict) else None
    return {
        "title_th": title_th if isinstance(title_th, str) else "",
        "author": rule.author or "",
        "id": str(rule.id or uuid.uuid5(_NAMESPACE, json.dumps(data, sort_keys=True, default=str))),
        "name": rule.name,
        "title": rule.title,
        "severity": Severity(rule.level.name.lower()) if rule.level else _DEFAULT_LEVEL,
        "tags": tuple(str(tag) for tag in rule.tags),
        "file": file,
        "line": line,
    }


def _walk(item: object, detections: dict[str, SigmaDetection], depth: int) -> Condition:
    """Follow the condition; names of detections become their content."""
    if depth > _MAX_DEPTH:
        raise RefusedError("the condition is nested too deeply")
    if isinstance(item, ConditionIdentifier):
        if item.identifier not in detections:
            raise RefusedError(f"the condition names `{item.identifier}`, which the detection does not define")
        return _detection(detections[item.identifier], depth + 1)
    if isinstance(item, ConditionSelector):
        named = item.resolve_referenced_detections(_Named(detections))  # type: ignore[arg-type]
        if not named:
            raise RefusedError(f"`of {item.pattern}` in the condition refers to no detection")
        parts = tuple(_walk(name, detections, depth + 1) for name in named)
        return _joined(parts, every=item.cond_class is ConditionAND)
    if isinstance(item, ConditionItem):
        parts = tuple(_walk(part, detections, depth + 1) for part in item.args)
        if isinstance(item, ConditionNOT):
            return Negation(parts[0])
        if isinstance(item, ConditionAND | ConditionOR):
            return _joined(parts, every=isinstance(item, ConditionAND))
    raise RefusedError(f"the condition holds a {type(item).__name__}, which is not supported")


class _Named:
    """What pySigma's selector asks of a rule's detections."""

    def __init__(self, detections: dict[str, SigmaDetection]) -> None:
        # `timeframe` belongs to the old aggregations; it is no search.
        self.detections = {name: value for name, value in detections.items() if name != "timeframe"}


def _joined(parts: tuple[Condition, ...], *, every: bool) -> Condition:
    if len(parts) == 1:
        return parts[0]
    return Every(parts) if every else Some(parts)


def _detection(item: SigmaDetection | SigmaDetectionItem, depth: int) -> Condition:
    if depth > _MAX_DEPTH:
        raise RefusedError("the detection is nested too deeply")
    if isinstance(item, SigmaDetection):
        parts = tuple(_detection(part, depth + 1) for part in item.detection_items)
        return _joined(parts, every=item.item_linking is ConditionAND)
    if not item.value:
        if item.field is None:
            raise RefusedError("a keyword list is empty")
        return Leaf(item.field, Null())
    parts = tuple(_value(item.field, value) for value in item.value)
    condition = _joined(parts, every=item.value_linking is ConditionAND)
    return Negation(condition) if item.negated else condition


def _value(field: str | None, value: SigmaType) -> Condition:
    if isinstance(value, SigmaExpansion):
        return _joined(tuple(_value(field, part) for part in value.values), every=False)
    if field is None:
        return Leaf(None, _keyword(value))
    if isinstance(value, SigmaExists):
        return Leaf(field, Exists()) if value.exists else Negation(Leaf(field, Exists()))
    return Leaf(field, _atom(value))


def _atom(value: SigmaType) -> Atom:  # noqa: PLR0911  one line a type
    match value:
        case SigmaString():
            return Text(_pieces(value), cased=isinstance(value, SigmaCasedString))
        case SigmaTimestampPart():
            return TimePart(value.timestamp_part.name.lower(), int(value.number))
        case SigmaNumber():
            return Number(value.number)
        case SigmaBool():
            return Text((str(value.boolean).lower(),))
        case SigmaNull():
            return Null()
        case SigmaRegularExpression():
            return _regex(value)
        case SigmaCIDRExpression():
            return Network(value.cidr)
        case SigmaCompareExpression():
            return Compare(value.op.name.lower(), value.number.number)
        case SigmaFieldReference():
            return Reference(value.field, value.starts_with, value.ends_with)
        case _:
            raise RefusedError(f"values of type {type(value).__name__} are not supported")


def _keyword(value: SigmaType) -> Atom:
    """Read a value without a field: it is looked for anywhere in a text."""
    atom = Text((str(value.number),)) if isinstance(value, SigmaNumber) else _atom(value)
    if isinstance(atom, Text):
        around = (Wild.MANY, *atom.pieces, Wild.MANY)
        return Text(_merged(around), cased=atom.cased)
    if isinstance(atom, Regex):
        return atom
    raise RefusedError(f"a keyword is a text, a number or a regular expression, not a {type(value).__name__}")


def _regex(value: SigmaRegularExpression) -> Regex:
    if value.contains_placeholder():
        raise RefusedError(f"the placeholder in `{value.regexp}` has no values")
    pattern = str(value.regexp)
    flags = "".join(sorted(_FLAGS[flag] for flag in value.flags))
    try:
        compiled(pattern, flags)
    except (ValueError, OverflowError) as problem:  # re.error is a ValueError
        raise RefusedError(f"the regular expression `{pattern}` is not valid: {problem}") from problem
    return Regex(pattern, flags)


def _pieces(value: SigmaString) -> Pieces:
    pieces: list[str | Wild] = []
    for part in value.s:
        if isinstance(part, Placeholder):
            raise RefusedError(f"the placeholder %{part.name}% has no values")
        pieces.append(part if isinstance(part, str) else Wild.MANY if part is SpecialChars.WILDCARD_MULTI else Wild.ONE)
    return _merged(pieces)


def _merged(pieces: Sequence[str | Wild]) -> Pieces:
    """Join neighbouring literals and neighbouring ``*``."""
    merged: list[str | Wild] = []
    for piece in pieces:
        last = merged[-1] if merged else None
        if isinstance(piece, str) and isinstance(last, str):
            merged[-1] = last + piece
        elif piece != "" and not (piece is Wild.MANY and last is Wild.MANY):
            merged.append(piece)
    return tuple(merged)


def _correlation(data: dict[str, Any], file: str, line: int) -> Correlation:
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
        **_common(data, rule, file, line),
    )
