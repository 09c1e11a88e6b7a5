"""Writes matches as JSON Lines, in the order of the events: many at once, none as a Python object."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

import numpy as np
import orjson

from warroom.commands import event_text, match_lines
from warroom.commands.match_lines import Lines
from warroom.machine.compiling import LARGE, can_compile
from warroom.model import RAW

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    import pyarrow as pa

    from warroom.commands.bulk_lines import BulkLines
    from warroom.detect import Correlation, Rule, RuleSet

#: Bytes of events that matched from which on the compiled way is worth its import, where the compiler is there already.
_LITTLE: Final = LARGE >> 4


@dataclass(frozen=True, slots=True)
class Late:
    """A correlation's match: the row of its last event in the batch, None where it came earlier; where and when."""

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
        self._heads: list[bytes] = []
        self._of_rules = np.full(len(ruleset.rules), -1, np.int32)  # heads of rules, once they matched
        self._of_correlations: dict[str, int] = {}
        self._met = 0  # bytes of events that matched, about
        self._bulk: BulkLines | None = None

    def write(
        self,
        events: pa.RecordBatch,
        path: str,
        records: npt.NDArray[np.int64],
        pairs: tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]],
        late: Sequence[Late] = (),
        *,
        original: bool = True,
    ) -> None:
        """Write what matched in a batch.

        Args:
            events: the batch, as a parser gave it.
            path: the file that it comes from.
            records: the number of each event in it.
            pairs: rows, ascending, and the positions of the rules that are true for them.
            late: what correlations found; each comes behind the matches of its row.
            original: whether an event says the line it was made of; where that is JSON, its fields say it all.
        """
        heads, rows = self._joined(pairs, [(one.row, one.rule) for one in late if one.row is not None])
        if len(rows):
            self._put(Lines(heads, rows, events, path, records, original))
        self.count += len(rows)
        for one in late:
            if one.row is None:
                self.write_late(one)

    def write_late(self, one: Late) -> None:
        """Write what a correlation found when its last event was gone."""
        event = f'{{"{event_text.TIME}":"{one.time}"}}'
        tail = f'{one.time}{event_text.middle(one.path)}{one.record},"event":{event}}}\n'
        self._file.write(_head(one.rule) + tail.encode())
        self.count += 1

    def _joined(
        self, pairs: tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]], late: list[tuple[int, Correlation]]
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """Give the number of each line's head, and the row of its event."""
        rows, rules = pairs
        heads = self._of_rules[rules]
        if (heads < 0).any():
            new = np.unique(rules[heads < 0])
            self._of_rules[new] = np.arange(len(self._heads), len(self._heads) + len(new))
            self._heads += [_head(self._ruleset.rules[rule]) for rule in new.tolist()]
            heads = self._of_rules[rules]
        if late:
            late.sort(key=lambda one: one[0])
            last = np.array([row for row, _ in late], np.int32)
            at = rows.searchsorted(last, "right")
            heads = np.insert(heads, at, [self._of_correlation(rule) for _, rule in late])
            rows = np.insert(rows, at, last)
        return heads, rows

    def _of_correlation(self, rule: Correlation) -> int:
        """Give the number of a correlation's head."""
        if rule.id not in self._of_correlations:
            self._of_correlations[rule.id] = len(self._heads)
            self._heads.append(_head(rule))
        return self._of_correlations[rule.id]

    def _put(self, lines: Lines) -> None:
        """Write lines the compiled way once there are many, else the plain one."""
        self._met += lines.events.column(RAW).nbytes * len(lines.rows) // len(lines.events)
        worth = _LITTLE if "llvmlite" in sys.modules else LARGE
        if self._met >= worth and can_compile():
            from warroom.commands.bulk_lines import BulkLines

            self._bulk = self._bulk or BulkLines(self._file)
            if self._bulk.write(lines, self._heads):
                return
        match_lines.write(lines, self._heads, self._file)


def _head(rule: Rule | Correlation) -> bytes:
    told = {
        "rule_id": rule.id,
        "rule_title": rule.title,
        "rule_author": rule.author,
        "level": str(rule.severity),
        "tags": list(rule.tags),
    }
    return orjson.dumps(told)[:-1] + b',"ts":"'
