"""Whether compiled functions can be had here.

Compiling takes seconds, and the result is kept beside the package. Where there is no compiler or no folder to keep it
in, the exact ways do everything: slower, the same answers.
"""

from __future__ import annotations

import functools
from typing import Final

from warroom.machine.log import log

#: Bytes from which on a compiled way is worth that its code is loaded, or compiled at the first time.
LARGE: Final = 1 << 20


@functools.cache
def can_compile() -> bool:
    """Say whether there is a compiler, and a folder that keeps what it makes."""
    try:
        from warroom.machine.kept_code import folder_of_code  # noqa: PLC0415  loads LLVM, for large batches only

        if folder_of_code() is not None:
            return True
        reason = "no folder to keep them in"
    except ImportError as problem:
        reason = str(problem)
    log().warning("no compiled functions: large logs are read more slowly", reason=reason)
    return False
