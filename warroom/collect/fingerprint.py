"""How far a file has been read, and the marks by which it is known again under any name."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Final

from warroom.errors import StoreError

#: Bytes at the head of a file, and before the place reached, that its marks are made of.
SPAN: Final = 1024
#: What positions have only in some formats, and what stands where one has none of it.
_OF_SOME: Final = ("within", "seams", "header")
_NOTHING: Final = (False, (), None)


@dataclass(frozen=True, slots=True)
class Identity:
    """What the file system calls a file: a name is only where it stands at the moment."""

    device: int
    inode: int


@dataclass(frozen=True, slots=True)
class Position:
    """The committed place in one file; ``text()`` is what the store keeps.

    ``offset`` counts bytes of content (decompressed, for gzip). ``head`` and ``tail`` are the marks of the first
    and of the last ``min(SPAN, offset)`` bytes before it. ``split`` says that the bytes up to the next line end
    belong to a line too long to hold, of which a piece was already rejected. ``changed`` is when the file was written
    last, as far as was known then, in seconds since 1970. Where records have several lines, ``within`` says that the
    next lines go on with one, and ``seams`` are the offsets where one was taken as whole because nothing more came.
    ``header`` is what the lines before say of how those behind are to be read (see heading.py), as far as that is kept:
    where it is None it has to be read again from the top, if it matters.
    """

    path: str
    device: int
    inode: int
    offset: int
    head: str
    tail: str
    split: bool = False
    changed: int = 0
    within: bool = False
    seams: tuple[int, ...] = ()
    header: str | None = None

    @property
    def identity(self) -> Identity:
        """The file that was read last under this position."""
        return Identity(self.device, self.inode)

    @property
    def span(self) -> int:
        """Bytes that each mark covers."""
        return min(SPAN, self.offset)

    def text(self) -> str:
        """Write as JSON, keys sorted; what only some formats have is left out where there is none."""
        values = {name: value for name, value in asdict(self).items() if name not in _OF_SOME or value not in _NOTHING}
        return json.dumps(values, sort_keys=True, separators=(",", ":"))

    @classmethod
    def read(cls, text: str) -> Position:
        """Read what ``text()`` wrote. Raises StoreError."""
        try:
            values = json.loads(text)
            return cls(**values | {"seams": tuple(values.get("seams", ()))})
        except (ValueError, TypeError, AttributeError) as problem:
            raise StoreError(f"a position in the state database cannot be read: {problem}") from problem


def mark(content: bytes) -> str:
    """Hash a piece of a file together with its length."""
    return hashlib.sha256(len(content).to_bytes(8, "big") + content).hexdigest()
