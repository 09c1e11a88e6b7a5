"""What ``addresses`` names, in the terms of LLVM: only the compiler loads this."""

# mypy: ignore-errors
# Numba and llvmlite ship no types.

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

if TYPE_CHECKING:
    from collections.abc import Callable

_BYTE: Final = ir.IntType(8)
_SPAN: Final = 32
_VECTOR: Final = ir.VectorType(_BYTE, _SPAN)


def _reader(kind: Any, width: int) -> Callable[[Any, Any], Any]:  # noqa: ANN401
    target = ir.IntType(width).as_pointer()

    def read(typing: Any, address: Any) -> Any:  # noqa: ANN401, ARG001
        def generate(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:  # noqa: ANN401
            return builder.load(builder.inttoptr(values[0], target), align=1)

        return kind(types.int64), generate

    return read


#: Give the number that stands at an address.
byte_at: Final = intrinsic(_reader(types.uint8, 8))
int32_at: Final = intrinsic(_reader(types.int32, 32))
int64_at: Final = intrinsic(_reader(types.int64, 64))


@intrinsic
def put_byte(typing: Any, address: Any, byte: Any) -> Any:  # noqa: ANN401, ARG001
    """Write one byte."""

    def generate(context: Any, builder: Any, _signature: Any, values: Any) -> Any:  # noqa: ANN401
        builder.store(values[1], builder.inttoptr(values[0], _BYTE.as_pointer()), align=1)
        return context.get_dummy_value()

    return types.void(types.int64, types.uint8), generate


@intrinsic
def put_int64(typing: Any, address: Any, number: Any) -> Any:  # noqa: ANN401, ARG001
    """Write eight bytes, the lowest first."""

    def generate(context: Any, builder: Any, _signature: Any, values: Any) -> Any:  # noqa: ANN401
        builder.store(values[1], builder.inttoptr(values[0], ir.IntType(64).as_pointer()), align=1)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), generate


@intrinsic
def move(typing: Any, target: Any, source: Any) -> Any:  # noqa: ANN401, ARG001
    """Copy 32 bytes."""

    def generate(context: Any, builder: Any, _signature: Any, values: Any) -> Any:  # noqa: ANN401
        into, found = (builder.inttoptr(value, _VECTOR.as_pointer()) for value in values)
        builder.store(builder.load(found, align=1), into, align=1)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), generate


@intrinsic
def marks_at(typing: Any, address: Any) -> Any:  # noqa: ANN401, ARG001
    """Which of the 32 bytes from an address on are quotes, backslashes or control characters: a bit each."""

    def generate(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:  # noqa: ANN401
        found = builder.load(builder.inttoptr(values[0], _VECTOR.as_pointer()), align=1)

        def every(byte: int) -> Any:  # noqa: ANN401
            return ir.Constant(_VECTOR, [byte] * _SPAN)

        quote = builder.icmp_unsigned("==", found, every(ord('"')))
        slash = builder.icmp_unsigned("==", found, every(ord("\\")))
        control = builder.icmp_unsigned("<", found, every(ord(" ")))
        any_of = builder.or_(builder.or_(quote, slash), control)
        return builder.zext(builder.bitcast(any_of, ir.IntType(_SPAN)), ir.IntType(64))

    return types.uint64(types.int64), generate
