"""Turns pySigma's detections and conditions into conditions of the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sigma.conditions import (
    ConditionAND,
    ConditionIdentifier,
    ConditionItem,
    ConditionNOT,
    ConditionOR,
    ConditionSelector,
)
from sigma.modifiers import SigmaWideModifier, modifier_mapping
from sigma.rule import SigmaDetection, SigmaDetectionItem
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
from warroom.detect.heading import RefusedError
from warroom.detect.rules import Condition, Every, Leaf, Negation, Some

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sigma.rule import SigmaDetections

# The specification (2.1) names it, pySigma only its alias `wide`.
modifier_mapping.setdefault("utf16le", SigmaWideModifier)

_FLAGS: Final = {
    SigmaRegularExpressionFlag.IGNORECASE: "i",
    SigmaRegularExpressionFlag.MULTILINE: "m",
    SigmaRegularExpressionFlag.DOTALL: "s",
}
#: A condition such as `1 of a*` over thousands of values is still far below this.
_MAX_DEPTH: Final = 100


def condition_of(detection: SigmaDetections) -> Condition:
    """Give what a detection's condition, or one of several, asks for.

    Raises:
        RefusedError: it cannot be asked; pySigma's errors, too.
    """
    if not detection.condition:
        raise RefusedError("there is no condition")
    parts = tuple(
        _walk(condition.parse(postprocess=False), detection.detections, 0) for condition in detection.parsed_condition
    )
    return parts[0] if len(parts) == 1 else Some(parts)


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
