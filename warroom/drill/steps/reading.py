"""Reads expressions from a scenario's YAML.

A scalar is itself; a text may hold `%{name}`. A mapping with one of these keys is an expression: `any`, `one`, `next`
(of a pool), `new`, `address`, `pick`, `weigh`, `between`, `around`, `count`, `ago`, `ahead`, `sample`, `object`.
A list is a list of expressions. Everything is bounded here, so that no scenario can write without end.
"""

from __future__ import annotations

import itertools
import math
import re
from ipaddress import ip_network
from typing import TYPE_CHECKING, Final

from warroom.drill.steps.values import (
    NEW,
    Address,
    Around,
    Between,
    Choice,
    Count,
    Expression,
    Fixed,
    Items,
    Member,
    Nested,
    New,
    Shifted,
    Text,
)

if TYPE_CHECKING:
    from collections.abc import Callable

#: The attack's own networks, in `address: own`.
OWN: Final = "own"
MAX_TEXT: Final = 1_000
MAX_CHOICES: Final = 300
MAX_DEPTH: Final = 6
_MAX_NUMBER: Final = 10**15
_MAX_SECONDS: Final = 10 * 366 * 86_400
_MAX_DIGITS: Final = 9
_REFERENCE: Final = re.compile(r"%\{([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)?)\}")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)?")
_TIME: Final = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)(s|m|h|d)")
_UNITS: Final = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
#: What may stand beside the first key of an expression.
_BESIDE: Final = {"count": {"step"}, "sample": {"sizes"}, "between": {"digits"}}


def read_value(data: object, depth: int = 0) -> Expression:
    """Read an expression from YAML's data. Raises ValueError that says what is wrong."""
    if depth > MAX_DEPTH:
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels")
    if isinstance(data, str):
        return _text(data)
    if data is None or isinstance(data, bool | int | float):
        return Fixed(_number(data) if isinstance(data, int | float) and not isinstance(data, bool) else data)
    if isinstance(data, list):
        return Items(_values(data, depth))
    if isinstance(data, dict):
        return _mapping(data, depth)
    raise ValueError(f"a {type(data).__name__} is no value: put it in quotes")


def _text(data: str) -> Expression:
    if len(data) > MAX_TEXT:
        raise ValueError(f"a text longer than {MAX_TEXT} characters")
    if not data.isprintable():
        raise ValueError("no control characters or line ends")
    parts = _REFERENCE.split(data)
    return Fixed(data) if len(parts) == 1 else Text(tuple(parts))


def _number(data: float) -> float:
    if not math.isfinite(data) or abs(data) > _MAX_NUMBER:
        raise ValueError(f"a number up to {_MAX_NUMBER}")
    return data


def _values(data: object, depth: int) -> tuple[Expression, ...]:
    if not isinstance(data, list) or len(data) > MAX_CHOICES:
        raise ValueError(f"a list of at most {MAX_CHOICES} values")
    return tuple(read_value(value, depth + 1) for value in data)


def _mapping(data: dict[object, object], depth: int) -> Expression:
    keys = [str(key) for key in data]
    reader = _READERS.get(keys[0]) if keys else None
    if reader is None or not set(keys[1:]) <= _BESIDE.get(keys[0], set()):
        raise ValueError(
            f"an expression begins with one of {', '.join(_READERS)}: found {', '.join(keys) or 'nothing'}"
        )
    return reader({str(key): value for key, value in data.items()}, depth)


def _member(data: dict[str, object], _depth: int) -> Expression:
    ((way, name),) = data.items()
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(f"`{way}` names a pool, or pool.attribute")
    return Member(way, name)


def _pick(data: dict[str, object], depth: int) -> Expression:
    values = _values(data["pick"], depth)
    if not values:
        raise ValueError("`pick` needs values")
    return Choice(values, tuple(range(1, len(values) + 1)))


def _weigh(data: dict[str, object], depth: int) -> Expression:
    weights = data["weigh"]
    if not isinstance(weights, dict) or not 0 < len(weights) <= MAX_CHOICES:
        raise ValueError(f"`weigh` holds up to {MAX_CHOICES} lines `value: weight`")
    for weight in weights.values():
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight <= _MAX_NUMBER:
            raise ValueError("a weight is a number above 0")
    return Choice(
        tuple(read_value(value, depth + 1) for value in weights), tuple(itertools.accumulate(weights.values()))
    )


def _between(data: dict[str, object], _depth: int) -> Expression:
    match data["between"]:
        case [int() | float() as low, int() | float() as high] if low <= high:
            pass
        case _:
            raise ValueError("`between` holds two numbers, the smaller first")
    whole = isinstance(low, int) and isinstance(high, int)
    digits = data.get("digits", 0 if whole else 3)
    if not isinstance(digits, int) or not 0 <= digits <= _MAX_DIGITS:
        raise ValueError("`digits` is 0 to 9")
    return Between(_number(low), _number(high), digits)


def _around(data: dict[str, object], _depth: int) -> Expression:
    median = data["around"]
    if isinstance(median, bool) or not isinstance(median, int | float) or not 0 < median < _MAX_NUMBER:
        raise ValueError("`around` is a number above 0")
    return Around(median)


def _count(data: dict[str, object], _depth: int) -> Expression:
    match data["count"], data.get("step", 1):
        case int() as first, int() as step if abs(first) <= _MAX_NUMBER and abs(step) <= 10**6:
            return Count(first, step)
    raise ValueError("`count` and `step` are whole numbers")


def _new(data: dict[str, object], _depth: int) -> Expression:
    if data["new"] not in NEW:
        raise ValueError(f"`new` is one of {', '.join(NEW)}")
    return New(str(data["new"]))


def _address(data: dict[str, object], _depth: int) -> Expression:
    named = data["address"]
    if named == OWN:
        return Address(())
    given = named if isinstance(named, list) else [named]
    if not 0 < len(given) <= MAX_CHOICES:
        raise ValueError("`address` is `own` or networks")
    return Address(tuple(ip_network(str(one)) for one in given))


def _shifted(data: dict[str, object], _depth: int) -> Expression:
    ((way, told),) = data.items()
    match = _TIME.fullmatch(str(told))
    seconds = float(match[1]) * _UNITS[match[2]] if match else _MAX_SECONDS + 1
    if match is None or seconds > _MAX_SECONDS:
        raise ValueError(f"`{way}` is a time such as 90s, 5m, 2h or 30d")
    return Shifted(-seconds if way == "ago" else seconds)


def _sample(data: dict[str, object], depth: int) -> Expression:
    match data.get("sizes"):
        case [int() as least, int() as most] if 0 <= least <= most:
            return Items(_values(data["sample"], depth), (least, most))
    raise ValueError("`sample` has `sizes`: the least and the most values")


def _object(data: dict[str, object], depth: int) -> Expression:
    fields = data["object"]
    if not isinstance(fields, dict) or len(fields) > MAX_CHOICES:
        raise ValueError(f"`object` holds up to {MAX_CHOICES} lines `field: value`")
    return Nested({str(name): read_value(value, depth + 1) for name, value in fields.items()})


_READERS: Final[dict[str, Callable[[dict[str, object], int], Expression]]] = {
    "any": _member,
    "one": _member,
    "next": _member,
    "new": _new,
    "address": _address,
    "pick": _pick,
    "weigh": _weigh,
    "between": _between,
    "around": _around,
    "count": _count,
    "ago": _shifted,
    "ahead": _shifted,
    "sample": _sample,
    "object": _object,
}
