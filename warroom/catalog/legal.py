"""Reads the legal clocks, the moments they count from and the rules that propose them: dated reference data."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any, Final, TypeVar

from warroom.catalog.documents import Document, read_yaml
from warroom.catalog.law import Clock, DutyRule, KindRule, Law, Limit, Moment, Regulator
from warroom.catalog.values import meant
from warroom.errors import ContentError, Fault
from warroom.settings import REFERENCE

__all__ = ["FILE", "Clock", "DutyRule", "KindRule", "Law", "Limit", "Moment", "Regulator", "load_clocks", "load_law"]

FILE: Final = REFERENCE / "legal_clocks.yaml"

_Read = TypeVar("_Read")
_PARTS: Final = {"version", "moments", "clocks", "regulators", "kinds", "duties"}
_DURATION: Final = re.compile(
    r"-?P(?=.)([0-9]{1,4}Y)?([0-9]{1,5}M)?([0-9]{1,6}W)?([0-9]{1,6}D)?"
    r"(T(?=.)([0-9]{1,6}H)?([0-9]{1,6}M)?([0-9]{1,7}S)?)?"
)
_DAY: Final = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_LIMIT_KEYS: Final = {
    "starts",
    "counts",
    "limit",
    "calendar",
    "spreading",
    "by_regulator",
    "by_order_up_to",
    "extendable_by",
    "means",
    "kind",
    "th",
    "en",
}
_CLOCK_TEXTS: Final = ("th", "en", "wording", "condition_th", "condition_en", "basis_th", "basis_en", "source")
_CLOCK_KEYS: Final = {
    *_CLOCK_TEXTS,
    "id",
    "track",
    "limits",
    "stopped_by",
    "complete",
    "shown_after",
    "certain",
    "uncertain_th",
    "uncertain_en",
    "effective_from",
    "effective_to",
}


@functools.cache
def load_law(path: Path = FILE) -> Law:
    """Read the clocks, moments and rules.

    Raises:
        ContentError: the file is at fault; says at which line.
    """
    (document,) = read_yaml(path)
    if unknown := sorted(document.data.keys() - _PARTS):
        line = document.line_of(unknown[0])
        raise ContentError(Fault(str(path), line, f"unknown key `{unknown[0]}`{meant(unknown[0], _PARTS)}"))
    moments = {one.id: one for one in _each(document, "moments", _moment)}
    clocks = _each(document, "clocks", lambda told: _clock(told, moments))
    law = Law(
        moments,
        clocks,
        _each(document, "regulators", _regulator),
        _each(document, "kinds", _kind),
        _each(document, "duties", lambda told: _duty(told, {one.id for one in clocks})),
    )
    _check_whole(document, law)
    return law


def load_clocks(path: Path = FILE, *, on: date | None = None) -> dict[str, Clock]:
    """Give the clocks by id that are the law on a day; without one the newest of each. Raises ContentError."""
    law = load_law(path)
    return {one.id: one for one in law.clocks} if on is None else law.on(on)


def is_duration(told: str) -> bool:
    """Whether a text is an ISO 8601 duration of years, months, weeks, days, hours, minutes and seconds."""
    return len(told) > 1 and _DURATION.fullmatch(told) is not None


def _each(document: Document, part: str, read: Callable[[dict[str, Any]], _Read]) -> tuple[_Read, ...]:
    found = []
    entries = document.data.get(part)
    if not isinstance(entries, list):
        raise ContentError(Fault(str(document.file), document.line_of(part), f"expected a list under `{part}`"))
    for number, told in enumerate(entries):
        try:
            found.append(read(told))
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            what = f"lacks {problem}" if isinstance(problem, KeyError) else str(problem)
            reason = f"not one of `{part}`: {what}"
            raise ContentError(Fault(str(document.file), document.line_of(part, number), reason)) from problem
    return tuple(found)


def _check_whole(document: Document, law: Law) -> None:
    """Refuse what names a clock that is not there, and two versions of a clock that are the law at once."""
    ids = {one.id for one in law.clocks}
    named = [("moments", place, of) for place, one in enumerate(law.moments.values()) for of in one.of]
    for place, one in enumerate(law.clocks):
        named += [("clocks", place, name) for name in (*one.stopped_by, *filter(None, [one.shown_after]))]
        for other in law.clocks[:place]:
            if other.id == one.id and _overlap(one, other):
                reason = f"two versions of `{one.id}` are in force on one day: give the older one `effective_to`"
                raise ContentError(Fault(str(document.file), document.line_of("clocks", place), reason))
    for part, place, name in named:
        if name not in ids:
            reason = f"there is no clock `{name}`{meant(name, ids)}"
            raise ContentError(Fault(str(document.file), document.line_of(part, place), reason))


def _overlap(one: Clock, other: Clock) -> bool:
    begins = [each.effective_from or date.min for each in (one, other)]
    ends = [each.effective_to or date.max for each in (one, other)]
    return max(begins) <= min(ends)


def _moment(told: dict[str, Any]) -> Moment:
    _known(told, {"id", "set_by", "of", "counts", "th", "en", "aliases"})
    set_by = _choice(told, "set_by", ("people", "dpo", "closing", "sending", "assumed"))
    return Moment(
        _text(told, "id"), _text(told, "th"), _text(told, "en"), set_by, _list(told, "of"), _list(told, "aliases")
    )


def _clock(told: dict[str, Any], moments: Iterable[str]) -> Clock:
    _known(told, _CLOCK_KEYS)
    limits = told["limits"]
    if not isinstance(limits, list) or not limits:
        raise ValueError("`limits` is a list of one or more")
    own = _text(told, "id")
    return Clock(
        id=own,
        track=_choice(told, "track", ("breach", "cyber", "standing")),
        limits=tuple([_limit(one, set(moments)) for one in limits]),
        stopped_by=_list(told, "stopped_by") or (own,),
        complete=_flag(told, "complete") or False,
        shown_after=told.get("shown_after"),
        certain=_flag(told, "certain", needed=True) or False,
        uncertain_th=str(told.get("uncertain_th", "")),
        uncertain_en=str(told.get("uncertain_en", "")),
        effective_from=_date(told, "effective_from"),
        effective_to=_date(told, "effective_to"),
        **{name: _text(told, name) for name in _CLOCK_TEXTS},
    )


def _limit(told: dict[str, Any], moments: set[str]) -> Limit:
    _known(told, _LIMIT_KEYS)
    starts = _list(told, "starts")
    if not starts or not moments.issuperset(starts):
        strange = next(iter(sorted(set(starts) - moments)), "")
        raise ValueError(f"`starts` names moments: there is no `{strange}`{meant(strange, moments)}")
    calendar, regulator = told.get("calendar"), _flag(told, "by_regulator") or False
    if calendar is not None and not (isinstance(calendar, str) and _DAY.fullmatch(calendar)):
        raise ValueError('`calendar` is month-day in quotes, such as "01-31"')
    if sum((told.get("limit") is not None, calendar is not None, regulator)) != 1:
        raise ValueError("a limit has one of `limit`, `calendar` and `by_regulator`")
    return Limit(
        starts,
        _duration(told, "limit"),
        calendar,
        _choice(told, "kind", ("law", "internal")),
        latest=_choice(told, "counts", ("earliest", "latest"), "earliest") == "latest",
        means=_choice(told, "means", ("do_by", "keep_until", "ahead_of"), "do_by"),
        spreading=_duration(told, "spreading"),
        by_regulator=regulator,
        by_order_up_to=_duration(told, "by_order_up_to"),
        extendable_by=_duration(told, "extendable_by"),
        th=str(told.get("th", "")),
        en=str(told.get("en", "")),
    )


def _regulator(told: dict[str, Any]) -> Regulator:
    names = ("name_th", "name_en", "limit", "basis_th", "basis_en", "source")
    _known(told, set(names))
    _duration(told, "limit")
    return Regulator(*(_text(told, name) for name in names))


def _kind(told: dict[str, Any]) -> KindRule:
    _known(told, {"kind", "reportable", "personal_data", "tags", "th", "en"})
    return KindRule(
        _choice(told, "kind", ("breach", "cyber")),
        _text(told, "th"),
        _text(told, "en"),
        _flag(told, "reportable"),
        _flag(told, "personal_data"),
        _set(told, "tags"),
    )


def _duty(told: dict[str, Any], clocks: set[str]) -> DutyRule:
    _known(told, {"clock", "ruling", "kinds", "roles", "cii", "reportable", "risk", "th", "en"})
    return DutyRule(
        _choice(told, "clock", sorted(clocks)),
        _choice(told, "ruling", ("applies", "not_applicable")),
        _text(told, "th"),
        _text(told, "en"),
        _set(told, "kinds"),
        _set(told, "roles"),
        _flag(told, "cii"),
        _flag(told, "reportable"),
        _set(told, "risk"),
    )


def _known(told: dict[str, Any], keys: set[str]) -> None:
    if not isinstance(told, dict):
        raise TypeError("it is no mapping of `key: value`")
    if unknown := sorted(map(str, told.keys() - keys)):
        raise ValueError(f"unknown key `{unknown[0]}`{meant(unknown[0], keys)}")


def _text(told: dict[str, Any], name: str) -> str:
    found = told[name]
    if not isinstance(found, str) or not found.strip():
        raise ValueError(f"`{name}` is no text")
    return found


def _choice(told: dict[str, Any], name: str, known: Iterable[str], default: str | None = None) -> str:
    found = str(told.get(name, default) if default is not None else told[name])
    if found not in known:
        raise ValueError(f"`{name}` is one of {', '.join(known)}, not `{found}`{meant(found, known)}")
    return found


def _duration(told: dict[str, Any], name: str) -> str | None:
    found = told.get(name)
    if found is None:
        return None
    if not isinstance(found, str) or not is_duration(found):
        raise ValueError(f"`{name}` is an ISO 8601 duration such as PT72H, P15D or -P7D, not `{found}`")
    return found


def _flag(told: dict[str, Any], name: str, *, needed: bool = False) -> bool | None:
    found = told[name] if needed else told.get(name)
    if found is not None and not isinstance(found, bool):
        raise ValueError(f"`{name}` is true or false")
    return found


def _date(told: dict[str, Any], name: str) -> date | None:
    found = told.get(name)
    if found is not None and type(found) is not date:
        raise ValueError(f"`{name}` is a day such as 2022-12-15")
    return found


def _list(told: dict[str, Any], name: str) -> tuple[str, ...]:
    found = told.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise ValueError(f"`{name}` is a list of texts")
    return tuple(found)


def _set(told: dict[str, Any], name: str) -> frozenset[str] | None:
    return None if told.get(name) is None else frozenset(_list(told, name))
