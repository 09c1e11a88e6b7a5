"""Compiled: which run of addresses each address is in."""

# ruff: noqa: ANN001, ANN201
# mypy: ignore-errors
# What is compiled has no annotations, for the compiler finds the types.

from __future__ import annotations

import numpy as np

from warroom.machine.kernels import kernel
from warroom.machine.spans import take


@kernel
def within(begins, countries, tops, shift, families, family, values, out):
    """Write the country of each address of a family.

    ``tops`` holds, for each number that addresses may have above ``shift`` bits and the one behind them, the last run
    that begins there or before: between two of them lies what is looked for.
    """
    for row in range(len(values)):
        if families[row] != family:
            continue
        value = values[row]
        top = np.int64(value >> shift)
        low, high = np.int64(take(tops, top)), np.int64(take(tops, top + 1))
        while low < high:
            middle = (low + high + 1) >> 1
            if take(begins, middle) <= value:
                low = middle
            else:
                high = middle - 1
        out[row] = countries[low]
