"""Compiled: the smallest function there is; that it can be made says that others can."""

# mypy: ignore-errors

from __future__ import annotations

from warroom.machine.compiler import njit


@njit(cache=True)
def one() -> int:
    """Give 1."""
    return 1
