"""How arguments are handed to compiled code: as one row of words, and named by their kinds.

An array is its address and its extent, a tuple its members, a number itself. The kinds say what the words mean: code is
compiled for kinds, and never sees words of others.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

_WORDS: Final = tuple(struct.Struct(f"={count}Q") for count in range(1 + 2 * 4))
_WORD: Final = (1 << 64) - 1
#: NumPy's numbers that are the same to the compiler as Python's.
_SAME: Final = {"<i8": "int", "<u8": "uint", "|b1": "bool"}
#: What every array tells of itself: https://numpy.org/doc/stable/reference/arrays.interface.html
_OWN: Final = "__array_interface__"
#: One of an array's flags: it lies in one piece, the last place changing fastest.
_CONTIGUOUS: Final = 1
#: Type, dimensions and flags of an array → its kind.
_KINDS: Final[dict[tuple[np.dtype[Any], int, int], str]] = {}

#: The tuples that functions were called with last, which keeps their arrays.
_REMEMBERED: Final[list[dict[int, tuple[tuple[Any, ...], str, bytes]]]] = []


def forget() -> None:
    """Let go of what functions were called with: who reads batch after batch uses the memory of the last one again."""
    for tuples in _REMEMBERED:
        tuples.clear()


class Words:
    """Turns the arguments of one function into words; a tuple that comes again is not looked through again."""

    def __init__(self) -> None:
        self._tuples: dict[int, tuple[tuple[Any, ...], str, bytes]] = {}
        _REMEMBERED.append(self._tuples)

    def of(self, given: Iterable[Any]) -> tuple[str, bytes]:
        """Give the kinds and the words of all arguments. Raises TypeError for what compiled code is never given.

        The words hold addresses: whoever has them keeps the arguments alive.
        """
        kinds: list[str] = []
        words: list[bytes] = []
        for place, value in enumerate(given):
            if isinstance(value, tuple):
                known = self._tuples.get(place)
                if known is None or known[0] is not value:
                    known = self._tuples[place] = (value, *_tuple(value))
                kind, told = known[1:]
            else:
                kind, told = _single(value)
            kinds.append(kind)
            words.append(told)
        return ",".join(kinds), b"".join(words)


def _tuple(value: tuple[Any, ...]) -> tuple[str, bytes]:
    members = [_tuple(member) if isinstance(member, tuple) else _single(member) for member in value]
    names = " ".join(getattr(value, "_fields", ()))
    kinds = ",".join(kind for kind, _ in members)
    return f"{type(value).__qualname__}[{names}]({kinds})", b"".join(words for _, words in members)


def _single(value: Any) -> tuple[str, bytes]:  # noqa: ANN401  whatever a function is called with
    if isinstance(value, np.ndarray):
        shape, flags = value.shape, value.flags.num
        key = (value.dtype, len(shape), flags)
        kind = _KINDS.get(key)
        if kind is None:
            kind = _KINDS[key] = _kind(value)
        own = getattr(value, _OWN)
        if flags & _CONTIGUOUS:
            extent = (own["data"][0], *shape)
        else:
            extent = (own["data"][0], *shape, *(stride & _WORD for stride in own["strides"]))
        return kind, _WORDS[len(extent)].pack(*extent)
    if isinstance(value, bool):
        return "bool", _WORDS[1].pack(value)
    if isinstance(value, np.generic) and value.dtype.kind in "biu":
        kind = value.dtype.str
        return _SAME.get(kind, kind), _WORDS[1].pack(int(value) & _WORD)
    if isinstance(value, int):
        if not -(1 << 63) <= value <= _WORD:
            raise TypeError(f"compiled code takes numbers of 64 bits: {value}")
        return "int" if value < 1 << 63 else "uint", _WORDS[1].pack(value & _WORD)
    raise TypeError(f"compiled code is never given a {type(value).__name__}")


def _kind(value: npt.NDArray[Any]) -> str:
    flags = value.flags
    layout = "C" if flags.c_contiguous else "F" if flags.f_contiguous else "A"
    state = f"{'w' if flags.writeable else 'r'}{'' if flags.aligned else 'u'}"
    return f"{getattr(value, _OWN)['typestr']}{value.ndim}{layout}{state}"
