"""Marks functions that are compiled: ``kernel``, and ``inline`` for those that are written out in their callers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from warroom.machine.compiler import Kernel

if TYPE_CHECKING:
    from collections.abc import Callable


def kernel(function: Callable[..., Any]) -> Kernel:
    """Compile a function when it is first called, and keep the result."""
    return Kernel(function)


def inline(function: Callable[..., Any]) -> Kernel:
    """Write a function out in each kernel that calls it."""
    return Kernel(function, inline="always")
