"""A limit on how often an address may try a sign-in token."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Final

_PER_ADDRESS: Final = 10
_OVERALL: Final = 100
_WINDOW_SECONDS: Final = 60.0
_ADDRESSES: Final = 4096


class AttemptLimit:
    """Counts attempts in a sliding minute, per address and over all; its memory is bounded.

    The tokens cannot be guessed; the limit keeps the attempts from becoming load on the store. It is asked about
    tokens that open nothing only: else one attacker could keep everybody out by guessing.
    """

    def __init__(self) -> None:
        self._by_address: OrderedDict[str, deque[float]] = OrderedDict()
        self._overall: deque[float] = deque()

    def is_full(self, address: str, now_seconds: float) -> bool:
        """Whether an address has had its attempts of this minute; counts nothing, and other addresses not at all."""
        mine = self._by_address.get(address, ())
        return sum(now_seconds - attempt <= _WINDOW_SECONDS for attempt in mine) >= _PER_ADDRESS

    def allow(self, address: str, now_seconds: float) -> bool:
        """Count one attempt and say whether it may go on; ``now_seconds`` from a monotonic clock."""
        mine = self._by_address.setdefault(address, deque())
        self._by_address.move_to_end(address)
        if len(self._by_address) > _ADDRESSES:
            self._by_address.popitem(last=False)
        for attempts in (mine, self._overall):
            while attempts and now_seconds - attempts[0] > _WINDOW_SECONDS:
                attempts.popleft()
        if len(mine) >= _PER_ADDRESS or len(self._overall) >= _OVERALL:
            return False
        mine.append(now_seconds)
        self._overall.append(now_seconds)
        return True
