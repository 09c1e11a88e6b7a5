"""What a message says of feeds: what is new of which, their platforms, and the detectors that are blind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from warroom.catalog import load_platforms
from warroom.notify.inert import inert

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: Worst first; the good news last.
NEWS: Final = ("unbalanced", "failing", "silent", "falling", "losing", "lagging", "back")
INTEL_NEWS: Final = ("stale", "failing", "back")
_PLATFORMS: Final = 12


def feed_values(texts: Callable[..., str], told: Mapping[str, Any], language: str) -> dict[str, str]:
    """Give what fills a message of feeds; titles come from files of the agency and are made inert."""
    heads, lines = _news(texts, "feeds", NEWS, told, language)
    detectors = int(told.get("detectors") or 0)
    if detectors:
        titles = [inert(str(one)) for one in told.get(f"titles_{language}", [])]
        lines.append(texts("kinds.feeds.detectors", count=f"{detectors:,}", names="; ".join(titles) or "—"))
    return {"news": ", ".join(heads), "lines": "\n".join(lines), "platforms": _platforms(texts, told, language)}


def intel_feed_values(texts: Callable[..., str], told: Mapping[str, Any], language: str) -> dict[str, str]:
    """Give what fills a message of feeds of intelligence, likewise."""
    heads, lines = _news(texts, "intel_feeds", INTEL_NEWS, told, language)
    return {"news": ", ".join(heads), "lines": "\n".join(lines)}


def _news(
    texts: Callable[..., str], kind: str, known: tuple[str, ...], told: Mapping[str, Any], language: str
) -> tuple[list[str], list[str]]:
    """Give, of each that is new, a head, and the head with the names of the feeds."""
    heads, lines = [], []
    for what in known:
        count = int(told.get(what) or 0)
        if not count:
            continue
        names = [inert(str(one)) for one in told.get(f"{what}_{language}", [])]
        if count > len(names):
            names.append(texts(f"kinds.{kind}.more", count=count - len(names)))
        heads.append(texts(f"kinds.{kind}.{what}", count=count))
        lines.append(f"{heads[-1]}: {', '.join(names)}")
    return heads, lines


def _platforms(texts: Callable[..., str], told: Mapping[str, Any], language: str) -> str:
    known = load_platforms()
    ids = [str(one) for one in told.get("platforms", [])]
    names = []
    for one in ids[:_PLATFORMS]:
        platform = known.get(one)
        name = one if platform is None else platform.name_th if language == "th" else platform.name_en
        names.append(inert(name))
    if len(ids) > _PLATFORMS:
        names.append(texts("kinds.feeds.more", count=len(ids) - _PLATFORMS))
    return ", ".join(names) or "—"
