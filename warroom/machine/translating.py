"""What Numba makes of a function: object code with one entry, which takes a row of words and gives one back.

This alone imports Numba, and is itself imported only when something has to be compiled.
"""

# mypy: ignore-errors
# Numba and llvmlite ship no types.

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numba
from llvmlite import ir
from numba import types
from numba.core.registry import cpu_target
from numba.extending import intrinsic
from numba.np.arrayobj import make_array, populate_array

from warroom.machine.kept_code import Code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_WORD: Final = ir.IntType(64)


def dispatched(function: Callable[..., Any], options: dict[str, Any]) -> Any:  # noqa: ANN401
    """Give what Numba makes of a function before it knows the arguments."""
    return numba.njit(**options)(function)


def type_of(instruction: Any) -> Any:  # noqa: ANN401
    """Give what an ``intrinsic`` is to Numba where a function calls it."""
    typing = cpu_target.typing_context
    typing.refresh()
    return typing.resolve_value_type(instruction)


def translated(dispatcher: Any, given: tuple[Any, ...]) -> Code:  # noqa: ANN401
    """Compile what ``dispatched`` gave for such arguments. Raises TypeError for a result that is no number."""
    called = types.Dispatcher(dispatcher)
    told = tuple(numba.typeof(value) for value in given)
    result = cpu_target.typing_context.resolve_function_type(called, told, {}).return_type
    compiled = numba.njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, _nrt=False)(_entry(called, told))
    compiled.compile((types.uintp,))
    (made,) = compiled.overloads.values()
    _, _, (code, _) = made.library.serialize_using_object_code()
    return Code(made.fndesc.llvm_func_name, _meaning(result), code)


def _meaning(result: Any) -> str:  # noqa: ANN401
    if result is types.none:
        return "none"
    if result is types.boolean:
        return "bool"
    if isinstance(result, types.Integer):
        return "int" if result.signed else "uint"
    raise TypeError(f"compiled code gives numbers back, not {result}")


def _entry(called: Any, told: tuple[Any, ...]) -> Callable[[int], int]:  # noqa: ANN401
    """Give a function of the address of a row of words: it takes the arguments from there and calls the other one."""

    @intrinsic
    def _with_words(typing: Any, address: Any) -> Any:  # noqa: ANN401
        signature = typing.resolve_function_type(called, told, {})

        def generate(context: Any, builder: Any, _signature: Any, values: Any) -> Any:  # noqa: ANN401
            row = _row(builder, builder.inttoptr(values[0], _WORD.as_pointer()))
            arguments = [_argument(context, builder, kind, row) for kind in signature.args]
            result = context.get_function(called, signature)(builder, arguments)
            if isinstance(signature.return_type, types.Integer | types.Boolean):
                return context.cast(builder, result, signature.return_type, types.int64)
            return ir.Constant(_WORD, 0)

        return types.int64(address), generate

    def entry(address: int) -> int:
        return _with_words(address)

    return entry


def _row(builder: Any, words: Any) -> Iterator[Any]:  # noqa: ANN401
    """Give one word after the other."""
    place = 0
    while True:
        yield builder.load(builder.gep(words, [ir.Constant(_WORD, place)]))
        place += 1


def _argument(context: Any, builder: Any, kind: Any, row: Iterator[Any]) -> Any:  # noqa: ANN401
    """Take an argument from the row, as ``arguments`` put it there."""
    if isinstance(kind, types.BaseTuple):
        members = [_argument(context, builder, member, row) for member in kind.types]
        return context.make_tuple(builder, kind, members)
    if isinstance(kind, types.Array):
        return _array(context, builder, kind, row)
    word = next(row)
    if isinstance(kind, types.Boolean):
        return builder.icmp_unsigned("!=", word, ir.Constant(_WORD, 0))
    return builder.trunc(word, ir.IntType(kind.bitwidth)) if kind.bitwidth < _WORD.width else word


def _array(context: Any, builder: Any, kind: Any, row: Iterator[Any]) -> Any:  # noqa: ANN401
    array = make_array(kind)(context, builder)
    content = context.get_data_type(kind.dtype)
    size = ir.Constant(_WORD, context.get_abi_sizeof(content))
    data = builder.inttoptr(next(row), content.as_pointer())
    shape = [next(row) for _ in range(kind.ndim)]
    if kind.layout == "C":
        strides = [size]
        for extent in reversed(shape[1:]):
            strides.insert(0, builder.mul(strides[0], extent))
    else:
        strides = [next(row) for _ in range(kind.ndim)]
    populate_array(array, data=data, shape=shape, strides=strides, itemsize=size, meminfo=None)
    return array._getvalue()  # noqa: SLF001  as all of Numba's own code does
