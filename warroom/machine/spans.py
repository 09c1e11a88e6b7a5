"""Many bytes of an array at once as bits of a word, in compiled functions: any place, no check of bounds.

Whoever calls these keeps room behind the data: they look up to 64 bytes beyond the place given.

What they are stands in ``spans_llvm``.
"""

from __future__ import annotations

from typing import Final

from warroom.machine.compiler import Instruction

_MADE_IN: Final = "warroom.machine.spans_llvm"

#: Which of the 64 bytes from a place on are quotation marks.
quotation_marks: Final = Instruction(_MADE_IN, "quotation_marks")
#: Which of the 64 bytes from a place on are backslashes.
backslashes: Final = Instruction(_MADE_IN, "backslashes")
#: Which of the 64 bytes from a place on are below the blank.
controls: Final = Instruction(_MADE_IN, "controls")
#: Which of the 64 bytes from a place on are line feeds.
line_ends: Final = Instruction(_MADE_IN, "line_ends")
#: Which of the 64 bytes from a place on are control characters (but DEL) or beyond ASCII.
unusual: Final = Instruction(_MADE_IN, "unusual")
#: Which of the 32 bytes from two places on differ: a bit each, the first lowest.
differing: Final = Instruction(_MADE_IN, "differing")
#: Give the place of the lowest bit that is set; 64 where none is.
first_of: Final = Instruction(_MADE_IN, "first_of")
#: Give how many bits are set.
ones: Final = Instruction(_MADE_IN, "ones")
#: Multiply two words and lay both halves of the product over each other.
folded: Final = Instruction(_MADE_IN, "folded")
#: Give an element; unlike brackets it never counts from the end, and so costs less.
take: Final = Instruction(_MADE_IN, "take")
#: Set an element; unlike brackets it never counts from the end, and so costs less.
put: Final = Instruction(_MADE_IN, "put")
#: Ask the processor to have an element near when it is read soon; it may be any place.
fetch: Final = Instruction(_MADE_IN, "fetch")
