"""Writes matches as JSON Lines, in the order of the events: many at once, none as a Python object."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import IO, TYPE_CHECKING, Final

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from warroom.commands import event_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from warroom.detect import Correlation, Rule, RuleSet

#: Matches made in memory at a time: some MB of text.
_PIECE: Final = 4096
#: Pieces of text that are put together before they are written.
_TOGETHER: Final = 256


@dataclass(frozen=True, slots=True)
class Late:
    """A correlation's match: the row of its last event in the batch, None where it came earlier, and what to write."""

    row: int | None
    rule: Correlation
    path: str
    record: int
    time: str


class Matches:
    """An open file of matches; ``count`` is how many were written."""

    def __init__(self, file: IO[bytes], ruleset: RuleSet) -> None:
        self.count = 0
        self._file = file
        self._ruleset = ruleset

    def write(
        self,
        events: pa.RecordBatch,
        path: str,
        records: npt.NDArray[np.int64],
        pairs: tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]],
        late: Sequence[Late] = (),
    ) -> None:
        """Write what matched in a batch.

        Args:
            events: the batch, as a parser gave it.
            path: the file that it comes from.
            records: the number of each event in it.
            pairs: rows, ascending, and the positions of the rules that are true for them.
            late: what correlations found; each comes behind the matches of its row.
        """
        rows, rules = pairs
        waiting = sorted(late, key=lambda one: events.num_rows if one.row is None else one.row)
        for start in range(0, len(rows), _PIECE):
            part = rows[start : start + _PIECE]
            texts = self._tails(events, path, records, part)
            following = rows[start + len(part)] if start + len(part) < len(rows) else events.num_rows
            here = [one for one in waiting if one.row is not None and one.row < following]
            del waiting[: len(here)]
            late_here = [(int(part.searchsorted(one.row or 0, "right")), one) for one in here]
            self._put(texts, rules[start : start + _PIECE], late_here, events)
        for one in waiting:
            self._file.write(self._late(one, events))
        self.count += len(rows) + len(late)

    def write_late(self, one: Late) -> None:
        """Write what a correlation found after the last batch."""
        self._file.write(self._late(one, None))
        self.count += 1

    def _put(
        self,
        texts: tuple[pa.Array, list[int]],
        rules: npt.NDArray[np.int32],
        late: list[tuple[int, Late]],
        events: pa.RecordBatch,
    ) -> None:
        """Write lines of a rule's head and an event's tail; what is late stands before the line of its number."""
        tails, places = texts
        ends = np.frombuffer(tails.buffers()[1], np.int32).tolist()
        content = memoryview(tails.buffers()[2])
        pieces: list[bytes | memoryview] = []
        for rule, place in zip(rules.tolist(), places, strict=True):
            pieces += (self._heads[rule], content[ends[place] : ends[place + 1]])
        for number, one in reversed(late):
            pieces.insert(2 * number, self._late(one, events))
        for start in range(0, len(pieces), _TOGETHER):
            self._file.write(b"".join(pieces[start : start + _TOGETHER]))

    def _tails(
        self, events: pa.RecordBatch, path: str, records: npt.NDArray[np.int64], rows: npt.NDArray[np.int32]
    ) -> tuple[pa.Array, list[int]]:
        """Give what is written of each distinct row behind the rule's head, and which of them each match has."""
        distinct, places = np.unique(rows, return_inverse=True)
        taken = events.take(pa.array(distinct))
        tails = pc.binary_join_element_wise(
            event_text.times(taken.column("ts")),
            pa.scalar(f'","source_file":{_json(path)},"record":'),
            pa.array(records[distinct]).cast(pa.string()),
            pa.scalar(',"event":{'),
            event_text.events(taken),
            pa.scalar("}}\n"),
            "",
        )
        return tails, places.tolist()

    @cached_property
    def _heads(self) -> list[bytes]:
        return [_head(rule).encode() for rule in self._ruleset.rules]

    def _late(self, one: Late, events: pa.RecordBatch | None) -> bytes:
        event = f'"@timestamp":"{one.time}"'
        time = one.time
        if events is not None and one.row is not None:
            taken = events.slice(one.row, 1)
            event, time = event_text.events(taken)[0].as_py(), event_text.times(taken.column("ts"))[0].as_py()
        middle = f'{time}","source_file":{_json(one.path)},"record":{one.record},"event":{{{event}}}}}\n'
        return (_head(one.rule) + middle).encode()


def _head(rule: Rule | Correlation) -> str:
    told = {
        "rule_id": rule.id,
        "rule_title": rule.title,
        "rule_author": rule.author,
        "level": str(rule.severity),
        "tags": list(rule.tags),
    }
    return f'{_json(told)[:-1]},"ts":"'


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
