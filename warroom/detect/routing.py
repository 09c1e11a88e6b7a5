"""Finds the plan of each event: by its log source and by the values that decide what it also counts as."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from warroom.detect.columns import Column
from warroom.detect.rules import LogSource
from warroom.detect.taxonomy import Origin, load_taxonomy

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from warroom.detect.batch_columns import Reading
    from warroom.detect.columns import Schema
    from warroom.detect.compiled import CompiledRules
    from warroom.detect.plan import Plan

_SOURCE: Final = ("log_product", "log_category", "log_service")
#: Combinations counted in a table; where there could be more they are sorted.
_TABLE: Final = 1 << 20


def plans_of(reading: Reading, schema: Schema, compiled: CompiledRules) -> tuple[list[Plan], npt.NDArray[np.int64]]:
    """Give the plans that a batch needs, and for each row which of them."""
    rows = reading.batch.num_rows
    combined = np.zeros(rows, dtype=np.int64)
    names: list[Sequence[str | None]] = []
    size = 1
    looked_at = load_taxonomy().looked_at
    for name in _SOURCE:
        here = [(Column(name, native=False),)] if name in reading.batch.schema.names else []
        size = _add(combined, names, size, *_codes(reading, here[0] if here else (), None))
    for name, values in looked_at.items():
        size = _add(combined, names, size, *_codes(reading, schema.chain(name), values))
    if size <= _TABLE:
        met = np.flatnonzero(np.bincount(combined, minlength=1))
        place = np.zeros(size, dtype=np.int64)
        place[met] = np.arange(len(met))
        inverse = place[combined]
    else:
        met, inverse = np.unique(combined, return_inverse=True)
    plans: dict[int, tuple[int, Plan]] = {}
    fields = tuple(looked_at)
    numbers: list[int] = []
    for number in met.tolist():
        found: list[str | None] = []
        rest = number
        for known in reversed(names):
            rest, index = divmod(rest, len(known))
            found.append(known[index])
        product, category, service, *others = reversed(found)
        seen = tuple((field, value) for field, value in zip(fields, others, strict=True) if value is not None)
        plan = compiled.plan(Origin(LogSource(product, category, service), seen))
        numbers.append(plans.setdefault(plan.number, (len(plans), plan))[0])
    return [plan for _, plan in plans.values()], np.array(numbers, dtype=np.int64)[inverse]


def _add(
    combined: npt.NDArray[np.int64],
    names: list[Sequence[str | None]],
    size: int,
    codes: npt.NDArray[np.int64] | None,
    known: Sequence[str | None],
) -> int:
    """Take one more column into the number of each row's combination; give how many combinations there can be."""
    names.append(known)
    if size * len(known) > 1 << 62:
        raise OverflowError("more combinations of log sources than can be numbered")
    combined *= len(known)
    if codes is not None:
        combined += codes
    return size * len(known)


def _codes(
    reading: Reading, chain: tuple[Column, ...], values: frozenset[str] | None
) -> tuple[npt.NDArray[np.int64] | None, Sequence[str | None]]:
    """Number the values of a field that count, 0 for all others; ``values`` None: every value counts, as written."""
    numbers: dict[str | None, int] = {None: 0}
    result: npt.NDArray[np.int64] | None = None
    for column in reversed(chain):
        encoded = reading.encoded(column)
        if encoded is None:
            continue
        own = np.array([*(_number(value, values, numbers) for value in encoded.values), 0], dtype=np.int64)
        if own.any() or result is not None:
            picked = own[encoded.codes]
            result = picked if result is None else np.where(encoded.codes >= 0, picked, result)
    return result, list(numbers)


def _number(value: str | tuple[str, ...] | None, values: frozenset[str] | None, numbers: dict[str | None, int]) -> int:
    if isinstance(value, tuple):  # one line with a list makes lists of a whole column
        value = value[0] if len(value) == 1 else None
    if value is None:
        return 0
    if values is not None:
        value = value.lower()
        if value not in values:
            return 0
    return numbers.setdefault(value, len(numbers))
