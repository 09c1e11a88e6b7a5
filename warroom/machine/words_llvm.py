"""What ``words`` names, in the terms of LLVM: only the compiler loads this."""

# mypy: ignore-errors
# Numba and llvmlite ship no types.

from __future__ import annotations

from typing import Any, Final

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

_BYTE: Final = ir.IntType(8)
_WORD: Final = ir.IntType(64)
_SPAN: Final = 32
_MASK: Final = ir.IntType(_SPAN)
_INDICES: Final = ir.VectorType(ir.IntType(32), _SPAN)


def _pointer(context: Any, builder: Any, kind: Any, array: Any, place: Any, target: Any) -> Any:  # noqa: ANN401
    content = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(content, [place]), target.as_pointer())


@intrinsic
def load(typing: Any, array: Any, place: Any) -> Any:  # noqa: ANN401, ARG001
    """Give the eight bytes from a place on as a number, the first byte lowest."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ANN401
        return builder.load(_pointer(context, builder, signature.args[0], *values, _WORD), align=1)

    return types.uint64(array, types.int64), generate


@intrinsic
def save(typing: Any, array: Any, place: Any, word: Any) -> Any:  # noqa: ANN401, ARG001
    """Write a number as eight bytes, the lowest first."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ANN401
        target = _pointer(context, builder, signature.args[0], values[0], values[1], _WORD)
        builder.store(values[2], target, align=1)
        return context.get_dummy_value()

    return types.void(array, types.int64, types.uint64), generate


@intrinsic
def marks(typing: Any, array: Any, place: Any) -> Any:  # noqa: ANN401, ARG001
    """Which of the 32 bytes from a place on are quotes, backslashes or control characters: a bit each."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ANN401
        vector = ir.VectorType(_BYTE, _SPAN)
        found = builder.load(_pointer(context, builder, signature.args[0], *values, vector), align=1)

        def every(byte: int) -> Any:  # noqa: ANN401
            return ir.Constant(vector, [byte] * _SPAN)

        quote = builder.icmp_unsigned("==", found, every(ord('"')))
        slash = builder.icmp_unsigned("==", found, every(ord("\\")))
        control = builder.icmp_unsigned("<", found, every(ord(" ")))
        any_of = builder.or_(builder.or_(quote, slash), control)
        return builder.zext(builder.bitcast(any_of, _MASK), _WORD)

    return types.uint64(array, types.int64), generate


@intrinsic
def equal(typing: Any, array: Any, place: Any, byte: Any) -> Any:  # noqa: ANN401, ARG001
    """Which of the 32 bytes from a place on are a given one: a bit each."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ANN401
        return _compared(context, builder, signature, values, "==")

    return types.uint64(array, types.int64, types.uint8), generate


@intrinsic
def below(typing: Any, array: Any, place: Any, byte: Any) -> Any:  # noqa: ANN401, ARG001
    """Which of the 32 bytes from a place on are less than a given one: a bit each."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ANN401
        return _compared(context, builder, signature, values, "<")

    return types.uint64(array, types.int64, types.uint8), generate


def _compared(context: Any, builder: Any, signature: Any, values: Any, how: str) -> Any:  # noqa: ANN401
    """Compare 32 bytes with one."""
    array, place, byte = values
    vector = ir.VectorType(_BYTE, _SPAN)
    found = builder.load(_pointer(context, builder, signature.args[0], array, place, vector), align=1)
    one = builder.insert_element(ir.Constant(vector, ir.Undefined), byte, ir.Constant(_WORD, 0))
    every = builder.shuffle_vector(one, ir.Constant(vector, ir.Undefined), ir.Constant(_INDICES, None))
    return builder.zext(builder.bitcast(builder.icmp_unsigned(how, found, every), _MASK), _WORD)


@intrinsic
def copy(typing: Any, array: Any, place: Any, target: Any, begin: Any) -> Any:  # noqa: ANN401, ARG001
    """Copy 32 bytes from one array to another; both keep room for them."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ANN401
        vector = ir.VectorType(_BYTE, _SPAN)
        found = builder.load(_pointer(context, builder, signature.args[0], *values[:2], vector), align=1)
        builder.store(found, _pointer(context, builder, signature.args[2], *values[2:], vector), align=1)
        return context.get_dummy_value()

    return types.void(array, types.int64, target, types.int64), generate


@intrinsic
def lowest(typing: Any, bits: Any) -> Any:  # noqa: ANN401, ARG001
    """Give the place of the lowest bit that is set; some is."""

    def generate(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:  # noqa: ANN401
        return builder.cttz(values[0], cgutils.true_bit)

    return types.int64(types.uint64), generate
