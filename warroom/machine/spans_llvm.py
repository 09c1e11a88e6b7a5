"""What ``spans`` names, in the terms of LLVM: only the compiler loads this."""

# mypy: ignore-errors
# Numba and llvmlite ship no types.

from __future__ import annotations

from typing import Any, Final

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

_BYTE: Final = ir.IntType(8)
_INT: Final = ir.IntType(32)
_WORD: Final = ir.IntType(64)
_TWICE: Final = ir.IntType(128)


def _vector(context: Any, builder: Any, kind: Any, array: Any, place: Any, target: Any) -> Any:  # noqa: ANN401
    content = context.make_array(kind)(context, builder, array).data
    pointer = builder.bitcast(builder.gep(content, [place]), target.as_pointer())
    return builder.load(pointer, align=1)


def _bits(builder: Any, found: Any, count: int) -> Any:  # noqa: ANN401
    bits = builder.bitcast(found, ir.IntType(count))
    return bits if count == _WORD.width else builder.zext(bits, _WORD)


def _compared(how: str, byte: str) -> Any:  # noqa: ANN401
    """Give what compares 64 bytes with one, a bit each, the first lowest."""
    vector = ir.VectorType(_BYTE, 64)

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ANN401
        found = _vector(context, builder, signature.args[0], values[0], values[1], vector)
        return _bits(builder, builder.icmp_unsigned(how, found, ir.Constant(vector, [ord(byte)] * 64)), 64)

    return generate


@intrinsic
def quotation_marks(typing: Any, array: Any, place: Any) -> Any:  # noqa: ANN401, ARG001
    """Which of the 64 bytes from a place on are quotation marks."""
    return types.uint64(array, types.int64), _compared("==", '"')


@intrinsic
def backslashes(typing: Any, array: Any, place: Any) -> Any:  # noqa: ANN401, ARG001
    """Which of the 64 bytes from a place on are backslashes."""
    return types.uint64(array, types.int64), _compared("==", "\\")


@intrinsic
def controls(typing: Any, array: Any, place: Any) -> Any:  # noqa: ANN401, ARG001
    """Which of the 64 bytes from a place on are below the blank."""
    return types.uint64(array, types.int64), _compared("<", " ")


@intrinsic
def line_ends(typing: Any, array: Any, place: Any) -> Any:  # noqa: ANN401, ARG001
    """Which of the 64 bytes from a place on are line feeds."""
    return types.uint64(array, types.int64), _compared("==", "\n")


@intrinsic
def unusual(typing: Any, array: Any, place: Any) -> Any:  # noqa: ANN401, ARG001
    """Which of the 64 bytes from a place on are control characters (but DEL) or beyond ASCII."""
    vector = ir.VectorType(_BYTE, 64)

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ANN401
        found = _vector(context, builder, signature.args[0], values[0], values[1], vector)
        shifted = builder.sub(found, ir.Constant(vector, [ord(" ")] * 64))
        return _bits(builder, builder.icmp_unsigned(">=", shifted, ir.Constant(vector, [0x80 - ord(" ")] * 64)), 64)

    return types.uint64(array, types.int64), generate


@intrinsic
def differing(typing: Any, array: Any, place: Any, other: Any, there: Any) -> Any:  # noqa: ANN401, ARG001
    """Which of the 32 bytes from two places on differ: a bit each, the first lowest."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ANN401
        vector = ir.VectorType(_BYTE, 32)
        left = _vector(context, builder, signature.args[0], values[0], values[1], vector)
        right = _vector(context, builder, signature.args[2], values[2], values[3], vector)
        return _bits(builder, builder.icmp_unsigned("!=", left, right), 32)

    return types.uint64(array, types.int64, other, types.int64), generate


@intrinsic
def first_of(typing: Any, bits: Any) -> Any:  # noqa: ANN401, ARG001
    """Give the place of the lowest bit that is set; 64 where none is."""

    def generate(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:  # noqa: ANN401
        return builder.cttz(values[0], cgutils.false_bit)

    return types.int64(types.uint64), generate


@intrinsic
def ones(typing: Any, bits: Any) -> Any:  # noqa: ANN401, ARG001
    """Give how many bits are set."""

    def generate(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:  # noqa: ANN401
        return builder.ctpop(values[0])

    return types.int64(types.uint64), generate


@intrinsic
def folded(typing: Any, left: Any, right: Any) -> Any:  # noqa: ANN401, ARG001
    """Multiply two words and lay both halves of the product over each other."""

    def generate(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:  # noqa: ANN401
        product = builder.mul(builder.zext(values[0], _TWICE), builder.zext(values[1], _TWICE))
        upper = builder.trunc(builder.lshr(product, ir.Constant(_TWICE, 64)), _WORD)
        return builder.xor(builder.trunc(product, _WORD), upper)

    return types.uint64(types.uint64, types.uint64), generate


@intrinsic
def take(typing: Any, array: Any, place: Any) -> Any:  # noqa: ANN401, ARG001
    """Give an element; unlike brackets it never counts from the end, and so costs less."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ANN401
        content = context.make_array(signature.args[0])(context, builder, values[0]).data
        return builder.load(builder.gep(content, [values[1]]))

    return array.dtype(array, types.int64), generate


@intrinsic
def put(typing: Any, array: Any, place: Any, value: Any) -> Any:  # noqa: ANN401, ARG001
    """Set an element; unlike brackets it never counts from the end, and so costs less."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ANN401
        content = context.make_array(signature.args[0])(context, builder, values[0]).data
        builder.store(values[2], builder.gep(content, [values[1]]))
        return context.get_dummy_value()

    return types.void(array, types.int64, array.dtype), generate


@intrinsic
def fetch(typing: Any, array: Any, place: Any) -> Any:  # noqa: ANN401, ARG001
    """Ask the processor to have an element near when it is read soon; it may be any place."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ANN401
        content = context.make_array(signature.args[0])(context, builder, values[0]).data
        pointer = builder.bitcast(builder.gep(content, [values[1]]), _BYTE.as_pointer())
        kind = ir.FunctionType(ir.VoidType(), [pointer.type, _INT, _INT, _INT])
        asked = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        builder.call(asked, [pointer, _INT(0), _INT(3), _INT(1)])  # to be read, often, data
        return context.get_dummy_value()

    return types.void(array, types.int64), generate
