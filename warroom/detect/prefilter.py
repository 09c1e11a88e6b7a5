"""Says which of many texts can hold one of a few literals, faster than they are searched: Hyperscan over all at once.

Texts lie one after the other, so a literal may be found across two of them: what is said is "perhaps", never "no"
where it is there. Hyperscan folds ASCII alone; what else folds to ASCII counts as perhaps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import hyperscan
import numpy as np

from warroom.detect.search_tables import BEGIN, END

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    import pyarrow as pa

    Bytes = npt.NDArray[np.uint8]

#: Bytes searched at once, and hits among them from which on all their texts count as perhaps.
_CHUNK: Final = 256 << 10
_MOST_HITS: Final = 4096
#: The letters beyond ASCII that fold to ASCII: ſ and the Kelvin sign.
_FOLDING: Final = ("ſ".encode(), "\u212a".encode())
#: What begins like a longer literal may hold it: Hyperscan has a bound.
_LONGEST: Final = 64
#: Bytes below which all texts are searched.
_WORTH: Final = 64 << 10


class Prefilter:
    """Literals, folded and with their sentinels, all of ASCII; ``encoded`` texts have readings if they have % or +."""

    def __init__(self, literals: Sequence[str], *, encoded: bool) -> None:
        bare = sorted(
            {literal.removeprefix(BEGIN).removesuffix(END)[:_LONGEST] for literal in literals} | {*"%+" * encoded}
        )
        self._empty = "" in bare
        expressions = [b"".join(b"\\x%02x" % byte for byte in literal.encode()) for literal in bare if literal]
        expressions += [b"".join(b"\\x%02x" % byte for byte in letter) for letter in _FOLDING]
        self._database = hyperscan.Database()
        self._database.compile(
            expressions=expressions,
            ids=list(range(len(expressions))),
            flags=[hyperscan.HS_FLAG_CASELESS] * (len(expressions) - len(_FOLDING)) + [0] * len(_FOLDING),
        )

    def perhaps(self, texts: pa.Array) -> Bytes | None:
        """Give for each text 1 where it may hold a literal; None where that would be no help."""
        _, places, content = texts.buffers()
        if self._empty or places is None or content is None:
            return None
        offsets = np.frombuffer(places, np.int32)[texts.offset : texts.offset + len(texts) + 1]
        begin, end = int(offsets[0]), int(offsets[-1])
        if end - begin < _WORTH:
            return None
        data = memoryview(content)
        found = np.zeros(len(texts), np.uint8)
        stops: list[int] = []

        def note(_number: int, _start: int, stop: int, _flags: int, _context: object) -> bool:
            stops.append(stop)
            return len(stops) >= _MOST_HITS

        while begin < end:
            # whole texts, one at least
            first = int(np.searchsorted(offsets, begin, side="right")) - 1
            last = int(np.searchsorted(offsets, begin + _CHUNK, side="right")) - 1
            last = max(last, first + 1)
            stop = int(offsets[last])
            stops.clear()
            try:
                self._database.scan(bytes(data[begin:stop]), note)
            except hyperscan.ScanTerminated:
                found[first:last] = 1
            else:
                hits = np.array(stops, np.int64) + begin
                found[np.searchsorted(offsets, hits, side="left") - 1] = 1
            begin = stop
        return found
