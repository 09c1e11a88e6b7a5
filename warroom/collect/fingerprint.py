"""How far a file has been read, and the marks by which it is known again under any name."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Final

from warroom.errors import StoreError

#: Bytes at the head of a file, and before the place reached, that its marks are made of.
SPAN: Final = 1024


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
    last, as far as was known then, in seconds since 1970.
    """

    path: str
    device: int
    inode: int
    offset: int
    head: str
    tail: str
    split: bool = False
    changed: int = 0

    @property
    def identity(self) -> Identity:
        """The file that was read last under this position."""
        return Identity(self.device, self.inode)

    @property
    def span(self) -> int:
        """Bytes that each mark covers."""
        return min(SPAN, self.offset)

    def text(self) -> str:
        """Write as JSON, keys sorted."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @classmethod
    def read(cls, text: str) -> Position:
        """Read what ``text()`` wrote. Raises StoreError."""
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError) as problem:
            raise StoreError(f"a position in the state database cannot be read: {problem}") from problem


def mark(content: bytes) -> str:
    """Hash a piece of a file together with its length."""
    return hashlib.sha256(len(content).to_bytes(8, "big") + content).hexdigest()
