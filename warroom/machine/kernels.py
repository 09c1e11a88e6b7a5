"""Compiles kernels that make no arrays and keep none, without counting who holds those that they are given.

Numba counts every array that goes into a function and out of it again, which costs a kernel that calls small functions
for each value more than half of its time. ``_nrt`` is its own name for the part that counts (numba/core/options.py); a
kernel that did make an array would not compile.
"""

# mypy: ignore-errors
# Numba ships no types.

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from warroom.machine.compiler import njit
from warroom.machine.log import log

if TYPE_CHECKING:
    from collections.abc import Callable


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function when it is first called, and keep the result beside its module."""
    return _compiled(function, "never")


def inline(function: Callable[..., Any]) -> Callable[..., Any]:
    """Write a function out in each kernel that calls it."""
    return _compiled(function, "always")


def _compiled(function: Callable[..., Any], written_out: str) -> Callable[..., Any]:
    try:
        return njit(cache=True, _nrt=False, inline=written_out)(function)
    except RuntimeError as problem:  # Numba's word for "nowhere to keep it"
        log().warning("a compiled function cannot be kept: every start takes longer", reason=str(problem))
        return njit(_nrt=False, inline=written_out)(function)
