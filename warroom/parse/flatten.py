"""JSON objects become columns of strings, nested names joined by dots.

Objects are grouped by their keys first, so that the work for the usual line is done by the column, not by the
value. Hostile input is bounded: names, depth and cells.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Deeper objects stay JSON text.
MAX_DEPTH: Final = 16
#: More names than this in a batch share one column: a hostile log can invent a name per line.
MAX_NAMES: Final = 1_000
#: Names times rows: what a batch may cost in memory whatever its names are.
MAX_CELLS: Final = 20_000_000
#: Where the fields beyond these bounds go, as ``name=value``.
MORE: Final = "more_fields"
TOO_DEEP: Final = "(nested too deep)"

_Value = str | list[str]


class Fields:
    """Columns under construction, of ``most`` rows at most: for every name the rows that have it and their values."""

    def __init__(self, most: int) -> None:
        self._limit = max(64, min(MAX_NAMES, MAX_CELLS // max(most, 1)))
        self._rows: dict[str, list[int]] = {}
        self._values: dict[str, list[_Value]] = {}
        self._lists: set[str] = set()
        self._more: dict[int, list[str]] = {}

    def add(self, rows: Iterable[int], objects: Iterable[dict[str, Any]], prefix: str = "", depth: int = 0) -> None:
        """Add objects, one for each row; both are walked through once, and no object is held."""
        shapes: dict[tuple[str, ...], tuple[list[int], list[Any]]] = {}
        for row, found in zip(rows, objects, strict=False):  # rows may be endless
            keys = tuple(found)
            shape = shapes.get(keys)
            if shape is None:
                shape = shapes[keys] = ([], [])
            shape[0].append(row)
            shape[1].extend(found.values())  # cells of one shape in one list: a column is every so manieth
        for keys, (places, cells) in shapes.items():
            for number, key in enumerate(keys):
                self._column(prefix + key, places, cells[number :: len(keys)], depth)

    def columns(self, count: int) -> dict[str, pa.Array]:
        """Give every column, ``count`` values long: strings, or lists of strings where any row has several."""
        if self._more:
            self._rows[MORE] = sorted(self._more)
            self._values[MORE] = [self._more[row] for row in self._rows[MORE]]
            self._lists.add(MORE)
        return {name: self._array(name, count) for name in self._rows}

    def _column(self, name: str, rows: list[int], column: list[Any], depth: int) -> None:
        kinds = set(map(type, column))
        if kinds == {str}:
            self._put(name, rows, column)
            return
        if type(None) in kinds:
            present = [(row, value) for row, value in zip(rows, column, strict=True) if value is not None]
            if not present:
                return
            rows, column = [row for row, _ in present], [value for _, value in present]
            kinds.discard(type(None))
        if kinds == {dict}:
            self._nested(name, rows, column, depth)
        elif list in kinds or dict in kinds:
            for row, value in zip(rows, column, strict=True):
                if isinstance(value, dict):
                    self._nested(name, [row], [value], depth)
                elif isinstance(value, list):
                    self._several(name, row, value, depth)
                else:
                    self._put(name, [row], [_text(value)])
        elif bool in kinds or str in kinds:
            self._put(name, rows, column if kinds == {str} else [_text(value) for value in column])
        else:
            self._put(name, rows, list(map(repr, column)))

    def _nested(self, name: str, rows: list[int], column: list[dict[str, Any]], depth: int) -> None:
        if depth >= MAX_DEPTH:
            self._put(name, rows, [as_json(value) for value in column])
        else:
            self.add(rows, column, f"{name}.", depth + 1)

    def _several(self, name: str, row: int, values: list[Any], depth: int) -> None:
        found: dict[str, list[str]] = {}
        _spread(name, values, found, depth)
        for key, texts in found.items():
            self._lists.add(key)
            self._put(key, [row], [texts])

    def _put(self, name: str, rows: list[int], values: Sequence[_Value]) -> None:
        if name not in self._rows:
            if len(self._rows) >= self._limit:
                for row, value in zip(rows, values, strict=True):
                    text = value if isinstance(value, str) else ", ".join(value)
                    self._more.setdefault(row, []).append(f"{name}={text}")
                return
            self._rows[name], self._values[name] = [], []
        self._rows[name].extend(rows)
        self._values[name].extend(values)

    def _array(self, name: str, count: int) -> pa.Array:
        values, rows = self._values[name], self._rows[name]
        if name in self._lists:
            array = pa.array([[value] if isinstance(value, str) else value for value in values], pa.list_(pa.string()))
        else:
            array = pa.array(values, pa.string())
        if len(rows) == count and rows == list(range(count)):
            return array
        places = np.full(count, -1, dtype=np.int64)
        places[rows] = np.arange(len(rows))
        return array.take(pa.array(places, mask=places < 0))


def _spread(name: str, value: Any, found: dict[str, list[str]], depth: int) -> None:  # noqa: ANN401 - any JSON value
    """Collect the texts of a list, of lists in it, and of objects in it under their own names."""
    if value is None:
        return
    if depth > MAX_DEPTH and isinstance(value, (dict, list)):
        found.setdefault(name, []).append(as_json(value))
    elif isinstance(value, dict):
        for key, inner in value.items():
            _spread(f"{name}.{key}", inner, found, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _spread(name, inner, found, depth + 1)
    else:
        found.setdefault(name, []).append(_text(value))


def as_json(value: object) -> str:
    """Write objects and lists as JSON; what is nested deeper than any writer goes is told, and stands in ``raw``."""
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        pass
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except RecursionError:
        return TOO_DEEP


def _text(value: object) -> str:
    """Write a scalar as JSON does, strings without quotes."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value)
