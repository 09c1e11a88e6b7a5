"""Makes a process that reads logs by the gigabyte ready, before anything heavy is imported.

Only the process of such a command does this, never a worker or a console that lives on beside other things.
"""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING, Final

from warroom.machine.memory import keep_memory

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

#: New objects after which Python looks for circles of garbage; its own number is some hundreds.
_OBJECTS: Final = 100_000


def make_ready() -> None:
    """Settle what the libraries look up when they are imported; what the environment says already stays so."""
    # Arrow's own allocator gives memory back after a while; the C library is told to keep it.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    # NumPy's linear algebra starts a thread a core at import, and nothing here multiplies matrices.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sys.meta_path.insert(0, _WithoutPandas())
    keep_memory()
    # Imports and rules make hundreds of thousands of objects that stay: looking through them finds nothing.
    gc.set_threshold(_OBJECTS)


class _WithoutPandas:
    """Says that there is no pandas.

    Arrow imports it where it is installed, a quarter of a second, only to see whether values are its own.
    """

    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None = None,  # noqa: ARG002  Python's hook
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """Refuse one module, and leave all others to whoever finds them."""
        if name == "pandas":
            raise ModuleNotFoundError("pandas is not used in this process", name=name)
        return None
