"""Functions that are compiled when they are first called, and come back from their folder at the next start.

Numba compiles them, and is loaded for nothing else: its import and its own way of keeping code cost every start a
quarter of a second of CPU. What is kept is object code with an entry of our own (``translating``), which LLVM links in
a millisecond (``linking``). Both ways it is the same code that runs.

Where one of these functions calls another one, Numba asks that what it is: ``_numba_type_`` is its protocol for
objects that are not its own, ``py_func`` and ``targetoptions`` tell it what to write out in the caller.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib
import threading
from typing import TYPE_CHECKING, Any, Final, Self

from warroom.machine.arguments import Words
from warroom.machine.log import log

if TYPE_CHECKING:
    from collections.abc import Callable

    from warroom.machine.linking import Entry

#: Compiling is no work for two threads at once, and one may need what another one has just made.
_LOCK: Final = threading.RLock()


class Kernel:
    """A compiled function: of numbers, arrays and tuples of them, with a number or nothing as its result.

    It makes no arrays and keeps none, so nobody counts who holds those that it is given: counting costs a kernel that
    calls small functions for each value more than half of its time (``_nrt`` is Numba's name for the part that counts;
    a kernel that did make an array would not compile).

    Attributes:
        py_func: the function as it was written.
        targetoptions: how Numba compiles it.
    """

    def __init__(self, function: Callable[..., Any], *, inline: str = "never") -> None:
        functools.update_wrapper(self, function)
        self.py_func = function
        self.targetoptions = {"_nrt": False, "inline": inline}
        self._name = f"{function.__module__}.{function.__qualname__}"
        self._words = Words()
        self._entries: dict[str, Entry] = {}

    def __call__(self, *given: Any) -> Any:  # noqa: ANN401  as the function's own
        """Run the compiled function; the first call with arguments of such kinds waits for the compiler.

        Raises TypeError for what no kernel is given, ImportError where there is no compiler and no kept code.
        """
        kinds, words = self._words.of(given)
        entry = self._entries.get(kinds)
        if entry is None:
            with _LOCK:
                entry = self._entries[kinds] = self._ready(kinds, given)
        return entry(words)

    def _ready(self, kinds: str, given: tuple[Any, ...]) -> Entry:
        """Link the code for such arguments: what was kept, or else what the compiler makes."""
        from warroom.machine.kept_code import folder_of_code, keep, kept  # noqa: PLC0415  loads LLVM
        from warroom.machine.linking import linked  # noqa: PLC0415  as above

        name = f"{self._name}.{hashlib.sha256(kinds.encode()).hexdigest()[:16]}"
        if (code := kept(name)) is not None:
            with contextlib.suppress(RuntimeError):  # LLVM's word for code that it cannot link: it is made anew
                return linked(code)
        from warroom.machine.translating import translated  # noqa: PLC0415  loads the compiler

        code = translated(self._dispatcher, given)
        if folder_of_code() is None:
            log().warning("a compiled function cannot be kept: every start takes longer", function=self._name)
        keep(name, code)
        return linked(code)

    @functools.cached_property
    def _dispatcher(self) -> Any:  # noqa: ANN401  Numba ships no types
        from warroom.machine.translating import dispatched  # noqa: PLC0415  loads the compiler

        return dispatched(self.py_func, self.targetoptions)

    @property
    def _numba_type_(self) -> Any:  # noqa: ANN401
        return self._dispatcher._numba_type_

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Numba copies a function with all that it refers to; this stays one."""
        return self


class Instruction:
    """What kernels call that is written in LLVM's own terms, in a module that only the compiler loads."""

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name

    @functools.cached_property
    def _numba_type_(self) -> Any:  # noqa: ANN401
        from warroom.machine.translating import type_of  # noqa: PLC0415  loads the compiler

        return type_of(getattr(importlib.import_module(self._module), self._name))

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """As of a kernel."""
        return self
