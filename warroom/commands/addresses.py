"""Reads and writes at addresses, in compiled functions: for Arrow's buffers, of which a batch has hundreds.

Nothing here knows where a buffer ends: whoever calls these does, and keeps the arrays alive.

What they are stands in ``addresses_llvm``.
"""

from __future__ import annotations

from typing import Final

from warroom.machine.compiler import Instruction

_MADE_IN: Final = "warroom.commands.addresses_llvm"

#: Give the number that stands at an address.
byte_at: Final = Instruction(_MADE_IN, "byte_at")
int32_at: Final = Instruction(_MADE_IN, "int32_at")
int64_at: Final = Instruction(_MADE_IN, "int64_at")
#: Write one byte.
put_byte: Final = Instruction(_MADE_IN, "put_byte")
#: Write eight bytes, the lowest first.
put_int64: Final = Instruction(_MADE_IN, "put_int64")
#: Copy 32 bytes.
move: Final = Instruction(_MADE_IN, "move")
#: Which of the 32 bytes from an address on are quotes, backslashes or control characters: a bit each.
marks_at: Final = Instruction(_MADE_IN, "marks_at")
