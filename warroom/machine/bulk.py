"""How a process that reads logs by the gigabyte begins, before anything heavy is imported, and ends.

Who lives on beside other things, a worker, gives memory back that it does not need for long.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from typing import TYPE_CHECKING, Final, NoReturn

from warroom.machine.memory import keep_memory, keep_some_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

#: New objects after which Python looks for circles of garbage; its own number is some hundreds.
_OBJECTS: Final = 100_000
#: Bytes of a frame that gets a chunk of a mebibyte and leaves nearly half of it.
_FRAME: Final = 600 << 10


def make_ready() -> None:
    """Settle what the libraries look up when they are imported, for a process that ends when its files do."""
    _settle(_UNUSED)
    keep_memory()
    # Imports and rules make hundreds of thousands of objects that stay: looking through them finds nothing.
    gc.set_threshold(_OBJECTS)


def make_ready_to_stay() -> None:
    """Settle the same for a process that lives on: measured on an access log, a tenth less CPU from disk to commit."""
    _settle(_UNUSED - {"cffi"})
    keep_some_memory()
    gc.set_threshold(_OBJECTS)  # alerts by the ten thousand are no garbage: looking for it took a fifteenth of the time


def _settle(unused: frozenset[str]) -> None:
    """Settle allocators, threads and what is not imported; what the environment says already stays so."""
    # Arrow's own allocator gives memory back after a while; the C library is told to keep it.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    # NumPy's linear algebra starts a thread a core at import, and nothing here multiplies matrices.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # NumPy asks for pages of 2 MiB, which the system has to find and clear whole: where memory is shared by many
    # machines that took a quarter of a scan. https://numpy.org/doc/stable/reference/global_state.html
    os.environ.setdefault("NUMPY_MADVISE_HUGEPAGE", "0")
    sys.meta_path.insert(0, _Without(unused))


def with_room(call: Callable[[list[str]], int], given: list[str]) -> int:
    """Call what does all the work, so that its calls find room for their frames.

    CPython keeps frames in chunks of 16 KiB, and gives a chunk back as soon as the first frame in it ends. A loop that
    calls across such an edge maps and unmaps memory in every turn: some starts did so 15,000 times, a seventh of their
    time, depending on how deep they stood. A frame that is larger than a chunk gets a chunk of the next power of two,
    and who is called from it finds the rest of that: the size is what the code object says, and untouched memory is
    free. https://github.com/python/cpython/blob/3.11/Python/pystate.c (``push_chunk``)
    """
    return call(given)


with_room.__code__ = with_room.__code__.replace(co_stacksize=_FRAME // 8)


def leave(code: int) -> NoReturn:
    """End the process with what it has written, and take nothing apart: that costs a fifth of a second."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(BrokenPipeError):  # whoever read our output went away
            stream.flush()
    os._exit(code)


#: Imported by others where they are installed, only to see whether values are theirs: Arrow does so with pandas, a
#: quarter of a second, and Numba with cffi, which brings a parser of C.
_UNUSED: Final = frozenset(("pandas", "cffi"))


class _Without:
    """Says that there are no such packages as this process does not use."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names

    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None = None,  # noqa: ARG002  Python's hook
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """Refuse them, and leave all others to whoever finds them."""
        if name in self._names:
            raise ModuleNotFoundError(f"{name} is not used in this process", name=name)
        return None
