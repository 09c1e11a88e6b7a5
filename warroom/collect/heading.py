"""What a log says of how its lines are to be read: it counts wherever reading goes on, after a restart too."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from warroom.collect.lines import split

if TYPE_CHECKING:
    from warroom.collect.content import Content

#: A longer line is none that names anything, and more different ones no log has.
_LONGEST: Final = 1 << 16
_MOST: Final = 32
_STEP: Final = 1 << 20
#: What a line is about, where it says so: of lines about the same the last one counts.
_ABOUT: Final = re.compile(rb"#[A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class Heading:
    """Which lines of a log say how the others are to be read: those that match ``tells`` (RE2), or the ``first``."""

    tells: str = ""
    first: bool = False

    def __bool__(self) -> bool:
        """Whether there are such lines."""
        return self.first or bool(self.tells)

    def after(self, header: bytes, lines: pa.BinaryArray) -> bytes:
        """Give what counts after some lines.

        Args:
            header: what counts before them; empty at the top of the log.
            lines: whole lines without their ends.

        Returns:
            Lines with their ends, the last of those that are about the same, in the order of the log.
        """
        if self.first:
            return header or b"".join(line[:_LONGEST] + b"\n" for line in lines[:1].to_pylist())
        if not self.tells:
            return b""
        found = lines.filter(pc.match_substring_regex(lines, self.tells))
        if not len(found):
            return header
        last: dict[bytes, bytes] = {}
        for line in [*header.split(b"\n")[:-1], *found.to_pylist()]:
            about = _ABOUT.match(line)
            last.pop(name := about[0] if about else b"", None)
            if len(line) <= _LONGEST:
                last[name] = line
        return b"".join(line + b"\n" for line in list(last.values())[-_MOST:])

    def before(self, content: Content, offset: int, limit: int) -> bytes:
        """Read a log again from its top, and give what counts at an offset; ``limit`` is the longest line."""
        header = b""
        while content.offset < offset and (data := content.fill(min(_STEP, offset - content.offset))):
            start = 0 if content.at_line else data.find(b"\n") + 1 or len(data)
            end = data.rfind(b"\n") + 1 or len(data)
            header = self.after(header, split(data[start:end], content.offset + start, limit).lines)
            if self.first and header:
                break
            content.consume(end)
        return header


#: No line says anything of others.
PLAIN: Final = Heading()
