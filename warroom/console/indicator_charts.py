"""Two small drawings about an indicator: how its score fades, and on which days it was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warroom.console.indicator_scores import threshold
from warroom.console.markup import Markup, tag
from warroom.console.times import age, date

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from warroom.console.room import Room
    from warroom.intel.scoring import Explanation
    from warroom.store.views.intel_matches import SeenOn

_POINTS: Final = 48
_DAY_US: Final = 86_400_000_000
#: Days that the bars show.
SIGHT_DAYS: Final = 60


def curve(room: Room, told: Explanation) -> Markup:
    """Draw base × decay over the lifetime, with the threshold and where the indicator is now."""
    words = room.words
    points = [
        f"{100 * step / _POINTS:.1f}% {100 - told.base * left(told, step / _POINTS):.1f}%"
        for step in range(_POINTS + 1)
    ]
    area = tag("i", "", style=f"clip-path:polygon(0 100%,{','.join(points)},100% 100%)")
    lifetime = told.lifetime.total_seconds()
    now = min(1.0, told.age.total_seconds() / lifetime) if lifetime else 1.0
    least = tag("u", "", style=f"bottom:{threshold()}%", title=words("indicator.threshold", score=threshold()))
    here = tag("b", "", style=f"left:{100 * now:.1f}%;bottom:{told.base * left(told, now):.1f}%")
    spans = ("0", age(lifetime / 2, words.language), age(lifetime, words.language))
    return tag(
        "div",
        tag(
            "div", area, least, here, cls="plot", role="img", aria_label=words("indicator.curve_alt", score=told.score)
        ),
        tag("div", *(tag("span", one) for one in spans), cls="ends"),
        cls="wr-curve",
    )


def left(told: Explanation, share: float) -> float:
    """Give what is left of the base, 0 to 1, after a share of the lifetime."""
    return float(1 - min(1.0, share) ** (1 / told.speed))


def days(room: Room, seen: Sequence[SeenOn], today: int, colours: Mapping[str, str]) -> Markup:
    """Draw how often an indicator was seen, a bar a day, parted by platform.

    Args:
        room: the screen's.
        seen: of the last SIGHT_DAYS days.
        today: days since 1970.
        colours: of each platform.
    """
    words = room.words
    by_day: dict[int, list[SeenOn]] = {}
    for one in seen:
        by_day.setdefault(one.day, []).append(one)
    most = max((sum(one.count for one in some) for some in by_day.values()), default=1)
    bars = []
    for day in range(today - SIGHT_DAYS + 1, today + 1):
        some = by_day.get(day, [])
        total = sum(one.count for one in some)
        told = "; ".join(f"{room.platform(one.platform_id)} {one.count:,}" for one in some)
        heights = [max(100 * one.count / most, 4 if total == one.count else 1) for one in some]
        parts = [
            tag("u", "", style=f"height:{height:.1f}%;background:{colours[one.platform_id]}")
            for one, height in zip(some, heights, strict=True)
        ]
        title = f"{date(day * _DAY_US, words.language)}: {told or words('indicator.not_seen')}"
        bars.append(tag("i", *parts, title=title))
    ends = (today - SIGHT_DAYS + 1, today - SIGHT_DAYS // 2, today)
    return tag(
        "div",
        tag("div", *bars, cls="plot", role="img", aria_label=words("indicator.days_alt", days=SIGHT_DAYS)),
        tag("div", *(tag("span", date(day * _DAY_US, words.language)) for day in ends), cls="ends"),
        cls="wr-days",
    )
