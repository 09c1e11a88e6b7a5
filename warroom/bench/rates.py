"""How many alerts a day figures tell; what was looked at for less than a day tells nothing of a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

DAY_US: Final = 86_400_000_000
HOUR_US: Final = 3_600_000_000
_MINUTE_US: Final = 60_000_000


def a_day(alerts: int, seen_us: float) -> float | None:
    """Give alerts a day; None where less than a day was looked at.

    Args:
        alerts: so many.
        seen_us: over so many microseconds.
    """
    return alerts * DAY_US / seen_us if seen_us >= DAY_US else None


def hundredths(alerts: int, seen_us: float) -> int | None:
    """Give alerts a day in hundredths, whole, as figures are stored; None where less than a day was looked at."""
    rate = a_day(alerts, seen_us)
    return None if rate is None else round(100 * rate)


def seen_us(figures: Mapping[str, object]) -> int | None:
    """Give how long stored figures were looked at for, in microseconds; None where they do not tell.

    Those of older versions name only the span that was asked for.
    """
    seen, since, until = (figures.get(name) for name in ("seen_us", "since", "until"))
    if isinstance(seen, int) and not isinstance(seen, bool):
        return seen
    return until - since if isinstance(since, int) and isinstance(until, int) and since else None


def spelt(span_us: float) -> str:
    """Spell a span in English in the unit that fits: ``12 minutes``, ``5 hours``, ``2.5 days``."""
    if span_us >= DAY_US:
        days = f"{span_us / DAY_US:,.1f}"
        return "1 day" if days == "1.0" else f"{days} days"
    count, unit = (span_us // HOUR_US, "hour") if span_us >= HOUR_US else (span_us // _MINUTE_US, "minute")
    if not count:
        return "less than a minute"
    return f"{count:.0f} {unit}{'' if count == 1 else 's'}"
