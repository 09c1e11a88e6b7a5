"""Eight or 32 bytes of an array at once, in compiled functions: any place, no check of bounds.

Whoever calls these keeps room behind the data: they look up to 32 bytes beyond the place given.

What they are stands in ``words_llvm``.
"""

from __future__ import annotations

from typing import Final

from warroom.machine.compiler import Instruction

_MADE_IN: Final = "warroom.machine.words_llvm"

#: Give the eight bytes from a place on as a number, the first byte lowest.
load: Final = Instruction(_MADE_IN, "load")
#: Write a number as eight bytes, the lowest first.
save: Final = Instruction(_MADE_IN, "save")
#: Which of the 32 bytes from a place on are quotes, backslashes or control characters: a bit each.
marks: Final = Instruction(_MADE_IN, "marks")
#: Which of the 32 bytes from a place on are a given one: a bit each.
equal: Final = Instruction(_MADE_IN, "equal")
#: Which of the 32 bytes from a place on are less than a given one: a bit each.
below: Final = Instruction(_MADE_IN, "below")
#: Copy 32 bytes from one array to another; both keep room for them.
copy: Final = Instruction(_MADE_IN, "copy")
#: Give the place of the lowest bit that is set; some is.
lowest: Final = Instruction(_MADE_IN, "lowest")
