"""How a sender's clock is told: how far off, how sure that is, and how bad."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from warroom.store.skews import Basis

if TYPE_CHECKING:
    from warroom.console.texts import Words
    from warroom.store.skews import Skew

#: Events of a clock that is further off stand in a wrong order.
ALARM_US: Final = 1_000_000
#: What the notification of 2550 under the Computer Crime Act asks of clocks.
TARGET_US: Final = 10_000

_MILLI: Final = 1000
_SECOND: Final = 1_000_000
_MINUTE: Final = 60 * _SECOND
_WHOLE: Final = 100


def level(one: Skew) -> Literal["good", "warn", "bad", "quiet"]:
    """Judge a clock: only what is known of it counts against it.

    By arrival a clock that seems behind may be right, and its logs late: that warns at most.
    """
    if one.basis is Basis.NTP:
        off = abs(one.skew_us)
        return "bad" if off > ALARM_US else "warn" if off > TARGET_US else "good"
    if one.skew_us > ALARM_US:
        return "bad"
    if one.skew_us > TARGET_US:
        return "warn"
    return "warn" if -one.skew_us > ALARM_US + one.spread_us else "quiet"


def said(one: Skew, words: Words) -> str:
    """Say how far off a clock is."""
    off, spread = abs(one.skew_us), one.spread_us
    if one.basis is Basis.NTP:
        unit, scale = _unit(max(off, spread))
        sign = "+" if one.skew_us > 0 else "−" if one.skew_us < 0 else ""
        told = f"{sign}{_number(off / scale)} ±{_number(spread / scale)} {words(f'clock.{unit}')}"
        return words("clock.exact", skew=told)
    unit, scale = _unit(off)
    key = "clock.ahead" if one.skew_us > 0 else "clock.late"
    return words(key, skew=f"{_number(off / scale)} {words(f'clock.{unit}')}")


def _unit(micros: int) -> tuple[str, int]:
    """Give the unit that shows what matters of a span, and how many microseconds it has."""
    if micros < _SECOND:
        return "ms", _MILLI
    return ("s", _SECOND) if micros < 2 * _MINUTE else ("min", _MINUTE)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= _WHOLE else f"{value:.2g}" if value < 1 else f"{value:.1f}"
