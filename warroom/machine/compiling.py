"""Whether compiled functions can be had here.

Numba compiles on the first call, which takes seconds, and keeps the result beside the module. Where there is no
compiler (Intel Macs) or no folder to keep it in, the exact ways do everything: slower, the same answers.
"""

from __future__ import annotations

import functools
from typing import Final

from warroom.machine.log import log

#: Bytes from which on a compiled way is worth its import.
LARGE: Final = 1 << 20


@functools.cache
def can_compile() -> bool:
    """Load the compiler; False where that cannot be."""
    try:
        from warroom.machine import probe_kernel  # noqa: F401, PLC0415  a third of a second, for large batches only
    except (ImportError, RuntimeError) as problem:  # Numba's word for "nowhere to keep it" is RuntimeError
        log().warning("no compiled functions: large logs are read more slowly", reason=str(problem))
        return False
    return True
