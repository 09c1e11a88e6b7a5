"""Which alerts belong together: the connected parts of the graph of alerts, incidents and what they have in common.

Two alerts are joined where they share a key and no more than the window lies between them, so what belongs together
does not depend on the order in which alerts arrive. Incidents that people have taken in hand are never joined with
each other: a part holds one of them at most, and what would join a second one stays with the first.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from warroom.incidents.entity_keys import rank

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from warroom.incidents.entity_keys import Key
    from warroom.store.grouping import Standing, Trace

_OPEN_END = -(1 << 62)


@dataclass(frozen=True, slots=True)
class Span:
    """An alert as the graph needs it: its times, and by what it may be joined, what says most first."""

    first_at: int
    last_at: int
    keys: Sequence[Key]


class Parts:
    """Joins alerts (numbered from 0) and incidents (by id) that share a key within the window."""

    def __init__(self, spans: Sequence[Span], standing: Mapping[int, Standing]) -> None:
        self._spans, self._standing = spans, standing
        self._nodes = {incident_id: len(spans) + number for number, incident_id in enumerate(standing)}
        self._parent = list(range(len(spans) + len(standing)))
        self._held = {self._nodes[one.id]: one.id for one in standing.values() if one.held}
        #: By which key each alert was joined with something.
        self.joined_by: list[Key | None] = [None] * len(spans)

    def root(self, node: int) -> int:
        """Give the number that stands for a node's part."""
        parent = self._parent
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    def root_of_incident(self, incident_id: int) -> int:
        """Give the number that stands for an incident's part."""
        return self.root(self._nodes[incident_id])

    def join(self, one: int, other: int) -> bool:
        """Join two nodes' parts; False where each holds an incident that people have in hand."""
        one, other = self.root(one), self.root(other)
        if one == other:
            return True
        if one in self._held and other in self._held:
            return False
        one, other = min(one, other), max(one, other)
        self._parent[other] = one
        if other in self._held:
            self._held[one] = self._held.pop(other)
        return True

    def node_of_incident(self, incident_id: int) -> int:
        """Give an incident's node."""
        return self._nodes[incident_id]

    def connect(self, traces: Mapping[Key, Sequence[Trace]], window: int) -> None:
        """Join everything that shares a key.

        Args:
            traces: where open incidents have each key.
            window: microseconds that may lie between two that are joined.
        """
        having: defaultdict[Key, list[int]] = defaultdict(list)
        for number, span in enumerate(self._spans):
            for key in span.keys:
                having[key].append(number)
        for key in sorted(having, key=lambda key: self._order(key, traces.get(key, ()))):
            alerts, known = having[key], traces.get(key, ())
            if known or len(alerts) > 1:
                self._connect_one(key, alerts, known, window)

    def _order(self, key: Key, known: Sequence[Trace]) -> tuple[int, int, Key]:
        """What people decided comes first, then what says most about who it is."""
        if any(trace.placed for trace in known):
            first = 0
        elif known and all(self._standing[trace.incident_id].shaped > 1 for trace in known):
            first = 1
        else:
            first = 2
        return first, rank(key.entity_kind), key

    def _connect_one(self, key: Key, alerts: Iterable[int], known: Sequence[Trace], window: int) -> None:
        owner = self._owner(known)
        items = [(self._spans[number].first_at, self._spans[number].last_at, number, False) for number in alerts]
        for trace in known:
            node = self._nodes[trace.incident_id]
            if node == owner or not self._standing[trace.incident_id].held:
                items.append((trace.first_at, trace.last_at, node, True))
        items.sort()
        chain: list[tuple[int, bool]] = []
        end = _OPEN_END
        for first_at, last_at, node, is_incident in items:
            if chain and first_at - end > window:
                self._join_chain(key, chain, owner)
                chain, end = [], _OPEN_END
            chain.append((node, is_incident))
            end = max(end, last_at)
        self._join_chain(key, chain, owner)

    def _join_chain(self, key: Key, chain: Sequence[tuple[int, bool]], owner: int | None) -> None:
        """Join what lies close together; where an incident in people's hands is among it, each with that."""
        if len(chain) == 1:
            return
        centre = owner if any(node == owner for node, _ in chain) else chain[0][0]
        assert centre is not None, "a chain without an owner has a first"  # noqa: S101 - for the type checker
        for node, is_incident in chain:
            if self.join(centre, node) and not is_incident and self.joined_by[node] is None:
                self.joined_by[node] = key

    def _owner(self, known: Sequence[Trace]) -> int | None:
        """Of the incidents in people's hands that have a key, the one with most alerts of it, then the oldest."""
        held = [trace for trace in known if self._standing[trace.incident_id].held]
        if not held:
            return None
        best = max(held, key=lambda trace: (trace.placed, trace.alerts, -trace.incident_id))
        return self._nodes[best.incident_id]
