"""Makes object code callable: LLVM links it into this process, which takes a millisecond and no compiler."""

from __future__ import annotations

import ctypes
import functools
import itertools
from typing import TYPE_CHECKING, Any, Final

from llvmlite import binding  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Callable

    from warroom.machine.kept_code import Code

    #: Takes a row of words (see ``arguments``).
    Entry = Callable[[bytes], int | bool | None]

#: How Numba calls what it compiles: with a place for the result and one for an exception; it gives back a status.
_NATIVE: Final = ctypes.PYFUNCTYPE(
    ctypes.c_int32, ctypes.POINTER(ctypes.c_int64), ctypes.POINTER(ctypes.c_void_p), ctypes.c_char_p
)
_MEANINGS: Final[dict[str, Callable[[int], int | bool | None]]] = {
    "none": lambda _: None,
    "bool": bool,
    "int": int,
    "uint": lambda word: word & ((1 << 64) - 1),
}
#: LLVM takes apart what nobody holds: what was linked stays as long as the process.
_LINKED: Final[list[Any]] = []
#: It takes no name twice, not even after a failure.
_NUMBERS: Final = itertools.count()


def linked(code: Code) -> Entry:
    """Give what calls the entry of some code. Raises RuntimeError for what cannot be linked."""
    library = binding.JITLibraryBuilder().add_object_img(code.content).add_current_process()
    found = library.export_symbol(code.entry).link(_linker(), f"code {next(_NUMBERS)}")
    _LINKED.append(found)
    function, meaning = _NATIVE(found[code.entry]), _MEANINGS[code.gives]

    def entry(words: bytes) -> int | bool | None:
        result, problem = ctypes.c_int64(), ctypes.c_void_p()
        if status := function(result, problem, words):
            raise RuntimeError(f"compiled code ended with status {status}: {code.entry}")
        return meaning(result.value)

    return entry


@functools.cache
def _linker() -> Any:  # noqa: ANN401  llvmlite ships no types
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    return binding.create_lljit_compiler(suppress_errors=True)
