"""How the commands about rules tell times and figures: Thai time to people, UTC to machines."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

_ZONE: Final = ZoneInfo("Asia/Bangkok")
#: Heads a column of times.
AT: Final = "at (Bangkok)"


def thai(micros: int) -> str:
    """Write a moment in microseconds since 1970 for people: Thai time, to the second."""
    from warroom.store.database import from_us

    return f"{from_us(micros).astimezone(_ZONE):%Y-%m-%d %H:%M:%S}"


def thai_of(at: str) -> str:
    """Write a moment of ISO 8601 likewise; what is none as it stands."""
    try:
        return f"{datetime.fromisoformat(at).astimezone(_ZONE):%Y-%m-%d %H:%M:%S}"
    except ValueError:
        return at


def utc(micros: int) -> str:
    """Write a moment in microseconds since 1970 for machines, to the second."""
    from warroom.store.database import from_us

    return from_us(micros).isoformat(timespec="seconds").replace("+00:00", "Z")


def per_day(figures: object) -> str:
    """Say how many alerts figures tell, within what time, and how many a day that is if it is a day."""
    from warroom.bench.rates import seen_us, spelt

    if not isinstance(figures, dict):
        return "—"
    hundredths, seen = figures.get("alerts_per_day_hundredths"), seen_us(figures)
    each = f"{hundredths / 100:,.2f} a day" if isinstance(hundredths, int) else ""
    within = f"in {spelt(seen)}" if seen is not None else ""
    told = ", ".join(part for part in (within, each) if part)
    return f"{figures.get('alerts')} {told}".rstrip()


def counted(number: object, unit: str) -> str:
    """Write a number with what it counts, in English: ``1 alert``, ``2,000 alerts``."""
    return f"{number:,} {unit}{'' if number == 1 else 's'}" if isinstance(number, int) else f"— {unit}s"
