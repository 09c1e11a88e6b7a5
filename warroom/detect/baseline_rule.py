"""Reads ``custom: baseline`` of a correlation: our one extension of Sigma, for what is more than usual.

    custom:
        baseline: {times: 3, weeks: 4, unlearnt: silent}

The correlation stays valid Sigma: engines that do not know the extension apply its own limits alone, which are the
floor below which nothing is worth an alert.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from warroom.catalog.values import meant
from warroom.detect.heading import RefusedError, shown
from warroom.detect.rules import Baseline

if TYPE_CHECKING:
    from collections.abc import Iterable

_AT: Final = ("custom", "baseline")
_KINDS: Final = ("event_count", "value_count", "value_sum")
_KEYS: Final = ("times", "weeks", "unlearnt")
#: What holds until a week is learnt: the rule's own limits, or nothing.
_UNLEARNT: Final = ("floor", "silent")
_GREATEST_TIMES: Final = 1000
#: Stored matches are looked through so far back at most.
_MOST_WEEKS: Final = 12


def read_baseline(custom: object, kind: str, limits: Iterable[tuple[str, float]]) -> Baseline | None:
    """Read it, where there is one. Raises RefusedError."""
    given: Any = custom.get("baseline") if isinstance(custom, dict) else None
    if given is None:
        return None
    if not isinstance(given, dict):
        raise RefusedError("`baseline` holds `times: 3` and `weeks: 4`", *_AT)
    for key in given:
        if key not in _KEYS:
            raise RefusedError(f"a baseline has no `{shown(key)}`{meant(str(key)[:40], _KEYS)}", *_AT, key)
    if kind not in _KINDS or any(name not in ("gt", "gte") for name, _ in limits):
        reason = (
            f"a baseline is for {', '.join(_KINDS)} with gt or gte, the floor below which nothing is worth an alert"
        )
        raise RefusedError(reason, *_AT)
    times, weeks = given.get("times"), given.get("weeks", 4)
    if isinstance(times, bool) or not isinstance(times, int | float) or not 1 <= times <= _GREATEST_TIMES:
        raise RefusedError(f"`times: {shown(times)}` is no number from 1 to {_GREATEST_TIMES}", *_AT, "times")
    if isinstance(weeks, bool) or not isinstance(weeks, int) or not 1 <= weeks <= _MOST_WEEKS:
        raise RefusedError(f"`weeks: {shown(weeks)}` is no whole number from 1 to {_MOST_WEEKS}", *_AT, "weeks")
    unlearnt = given.get("unlearnt", "floor")
    if unlearnt not in _UNLEARNT:
        raise RefusedError(f"`unlearnt: {shown(unlearnt)}` is none of {', '.join(_UNLEARNT)}", *_AT, "unlearnt")
    return Baseline(float(times), weeks, silent=unlearnt == "silent")
