"""What a correlation asks of a window: its count, sum, average, percentile or rules, and the limits of these."""

from __future__ import annotations

import functools
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from warroom.detect.clocks import NEVER
from warroom.detect.runs import opening

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

    from warroom.detect.rules import Correlation, Expression
    from warroom.detect.runs import Rows
    from warroom.detect.windows import Laid

    Answers = npt.NDArray[np.bool_]

_LIMITS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "eq": operator.eq,
    "neq": operator.ne,
}
_AT_LEAST: Final = frozenset(("gt", "gte"))
#: A number is its whole part and its billionths: sums of both are exact, so that no order of adding up changes them.
BILLIONTHS: Final = 1_000_000_000
#: Numbers beyond this count as this: a quarter of a million of them still add up exactly.
GREATEST: Final = 1 << 44
#: A sum of floats falls short of the exact one by less than this, and by less than this part.
_TOLERANCE: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Question:
    """What one correlation asks.

    Attributes:
        correlation: where it comes from.
        rule_ids: the ids of the rules it refers to, in their order.
        growing: only more events can make the condition true and none can make it false, so that it holds as soon as
            it is met. Any other is asked once no event can change the window any more.
        identified: rows are told apart by their column ``like``: of those alike, one counts in a window.
    """

    correlation: Correlation
    rule_ids: tuple[str, ...]
    growing: bool
    identified: bool

    @property
    def temporal(self) -> bool:
        """It asks which rules matched."""
        return self.correlation.kind in ("temporal", "temporal_ordered")

    @property
    def share(self) -> bool:
        """It asks for each event how often its value occurs, and an alert is these events, not their windows."""
        return self.correlation.kind == "value_percentile" and self.correlation.percentile is None

    @property
    def of_values(self) -> bool:
        """Rows are told apart by the values they have."""
        return self.correlation.kind == "value_count" or self.share

    @property
    def once(self) -> bool:
        """An event that several rules matched is one event, whatever their values."""
        return not self.temporal and self.correlation.kind != "value_count"

    @property
    def numeric(self) -> bool:
        """It needs numbers, in the columns ``whole`` and ``part``."""
        return self.correlation.kind in ("value_sum", "value_avg") or self.correlation.percentile is not None

    def amounts(self, rows: Rows) -> npt.NDArray[Any]:
        """Give what each row adds at most to what ``enough`` is asked of: one, its number, or the bit of its rule."""
        if self.temporal:
            return np.left_shift(np.uint64(1), rows["rule"].astype(np.uint64))
        if self.correlation.kind == "value_sum":
            return np.maximum(rows["whole"] + rows["part"] / BILLIONTHS, 0.0)
        return np.ones(len(rows["time"]))

    def enough(self, amounts: npt.NDArray[Any]) -> Answers:
        """Say where a growing condition can be met by rows with so much together."""
        if self.correlation.expression is not None:
            rules = range(len(self.correlation.rules))
            return _truth(self.correlation.expression, [(amounts >> np.uint64(rule)) & 1 > 0 for rule in rules])
        if self.temporal:
            amounts = np.bitwise_count(amounts)
        if self.correlation.kind == "value_sum":
            amounts = amounts * (1 + _TOLERANCE) + _TOLERANCE
        return self._within(amounts)

    def holds(
        self,
        laid: Laid,
        starts: npt.NDArray[np.int64],
        ends: npt.NDArray[np.int64],
        least: npt.NDArray[np.float64] | None = None,
    ) -> Answers:
        """Say for which of these windows the condition is true.

        Args:
            laid: the rows.
            starts: where the windows start; not looked at by most kinds.
            ends: where they end.
            least: for a correlation with a baseline, what each has to exceed besides.
        """
        kind = self.correlation.kind
        if self.correlation.expression is not None:
            return _present(laid, self.correlation.expression, len(self.correlation.rules))[ends]
        if kind == "temporal_ordered":
            return self._within(_in_order(laid, len(self.correlation.rules))[ends])
        if self.share:
            return self._within(100 * _of_value(laid, starts, ends) / _rows(laid, starts, ends))
        stops = laid.after()
        if kind == "temporal":
            stops = np.minimum(stops, laid.following(laid.rows["rule"]))
        elif self.identified:
            stops = np.minimum(stops, laid.following(laid.rows["like"]))
        count = laid.sliding(np.ones(len(laid), np.int64), stops)
        if not self.numeric:
            return self._within(count[ends], least)
        if kind == "value_percentile":
            return self._percentile(laid, stops, count, ends)
        whole = laid.sliding(laid.rows["whole"], stops)[ends]
        part = laid.sliding(laid.rows["part"], stops)[ends]
        total = (whole + part // BILLIONTHS) + (part % BILLIONTHS) / BILLIONTHS
        return self._within(total / count[ends] if kind == "value_avg" else total, least)

    def _within(self, measure: npt.NDArray[Any], least: npt.NDArray[np.float64] | None = None) -> Answers:
        return functools.reduce(
            operator.and_,
            (_LIMITS[name](measure, limit) for name, limit in self.correlation.limits),
            np.ones(len(measure), np.bool_) if least is None else measure > least,
        )

    def _percentile(
        self, laid: Laid, stops: npt.NDArray[np.int64], count: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]
    ) -> Answers:
        """Compare the nearest rank: the least value that so many percent of the values do not exceed."""
        percentile = self.correlation.percentile or 0.0
        # Thousandths of a percent, as whole numbers: 99.9 has no exact float.
        rank = np.maximum(1, -(-count[ends] * round(percentile * 1000) // 100_000))
        number = laid.rows["whole"] + laid.rows["part"] / BILLIONTHS
        true = np.ones(len(ends), np.bool_)
        for name, limit in self.correlation.limits:
            below = laid.sliding((number < limit).astype(np.int64), stops)[ends] >= rank
            most = laid.sliding((number <= limit).astype(np.int64), stops)[ends] >= rank
            true &= {"gte": ~below, "gt": ~most, "lt": below, "lte": most, "eq": most & ~below}.get(name, ~most | below)
        return true


def question(correlation: Correlation, rule_ids: Sequence[str], chained: Sequence[bool]) -> Question:
    """Work out what a correlation asks.

    Args:
        correlation: a resolved one.
        rule_ids: the id of each of its rules.
        chained: says which of them are correlations themselves.
    """
    kind = correlation.kind
    temporal = kind in ("temporal", "temporal_ordered")
    growing = kind not in ("value_avg", "value_percentile") and (
        not _negates(correlation.expression) and all(name in _AT_LEAST for name, _ in correlation.limits)
    )
    shares = kind == "value_percentile" and correlation.percentile is None
    identified = kind == "value_count" or (any(chained) and not temporal and not shares)
    return Question(correlation, tuple(rule_ids), growing, identified)


def _negates(expression: Expression | None) -> bool:
    if expression is None or isinstance(expression, int):
        return False
    return expression.word == "not" or any(_negates(part) for part in expression.parts)


def _present(laid: Laid, expression: Expression, rules: int) -> Answers:
    """Say at each place whether the rules that matched in its window make the expression true."""
    stops = laid.after()
    seen = [laid.sliding((laid.rows["rule"] == rule).astype(np.int64), stops) > 0 for rule in range(rules)]
    return _truth(expression, seen)


def _truth(expression: Expression, seen: Sequence[Answers]) -> Answers:
    if isinstance(expression, int):
        return seen[expression]
    parts = [_truth(part, seen) for part in expression.parts]
    if expression.word == "not":
        return ~parts[0]
    joined: Answers = functools.reduce(operator.and_ if expression.word == "and" else operator.or_, parts)
    return joined


def _in_order(laid: Laid, rules: int) -> npt.NDArray[np.int64]:
    """Give at each place of how many rules, the most possible, the matches in its window stand in the rules' order.

    Of chains of matches with so many rules, the one that begins latest is in the window when any is. Events of one
    moment are in any order: many clocks tell whole seconds.
    """
    found = np.zeros(len(laid), np.int64)
    since = laid.packed - laid.span
    before = [laid.packed] * (rules + 1)  # by number of rules tried: where a chain of no match at all begins
    for length in range(1, rules + 1):
        begins = [np.full(len(laid), NEVER)] * length
        for rule in range(length - 1, rules):
            begun = np.where(laid.rows["rule"] == rule, before[rule][laid.tie], NEVER)
            begins.append(np.maximum(begins[-1], np.maximum.accumulate(begun)))
        found += begins[-1][laid.tie] >= since
        before = begins
    return found


def _rows(laid: Laid, starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return laid.tie[ends] - starts + 1


def _of_value(laid: Laid, starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Count the rows of each window that are like its last one."""
    like, nth = laid.rows["like"], laid.rows["nth"]
    order = np.lexsort((like, nth))
    new = opening(like[order], nth[order])
    values = np.empty(len(order), np.int64)
    values[order] = np.cumsum(new)
    ranks = values[order] * (len(order) + 1) + order
    of_end = values[ends] * (len(order) + 1)
    return np.searchsorted(ranks, of_end + laid.tie[ends], "right") - np.searchsorted(ranks, of_end + starts)
