"""What is told of a listed value: the title of its alert in English and Thai, its tags, and the JSON kept with it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from warroom.indicators import HASHES, Kind
from warroom.intel.index import FeedFacts

_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    Kind.DOMAIN: ("domain", "โดเมน"),
    Kind.URL: ("URL", "URL"),
    Kind.EMAIL: ("e-mail address", "อีเมล"),
    Kind.USER_AGENT: ("user agent", "โปรแกรมผู้เรียก"),
    **dict.fromkeys((Kind.IPV4, Kind.IPV6), ("address", "ที่อยู่")),
    **dict.fromkeys(HASHES, ("file hash", "แฮชของไฟล์")),
}
_NETWORK: Final = ("network", "เครือข่าย")
#: Characters of a value, and of a feed's title, in the title of an alert.
_VALUE: Final = 120
_TITLE: Final = 80
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_ATTACK: Final = re.compile(r"attack\.[a-z0-9_.-]{1,60}")
_TECHNIQUE: Final = re.compile(r"(?<![a-z0-9])(t[0-9]{4}(?:\.[0-9]{3})?)(?![0-9])")


@dataclass(frozen=True, slots=True)
class Lister:
    """One row of one feed, and its score now; ``partly``: of its pattern only a part was seen."""

    feed: FeedFacts
    score: int
    row: Mapping[str, Any]
    partly: bool = False


def techniques(tags: str) -> Iterator[str]:
    """Give the ATT&CK tags among an indicator's, as rules write them: ``attack.t1071``."""
    for tag in tags.lower().split():
        if _ATTACK.fullmatch(tag):
            yield tag
        elif "mitre-attack" in tag and (found := _TECHNIQUE.search(tag)) is not None:
            yield f"attack.{found[1]}"


def titles(kind: Kind, value: str, one: Lister, now: datetime) -> tuple[str, str]:
    """Say in English and Thai which list has a value, since when, how old the list is and how far it is believed."""
    english, thai = _NETWORK if kind in (Kind.IPV4, Kind.IPV6) and "/" in value else _WORDS[kind]
    shown = plain(value, _VALUE)
    since, since_thai = _age(one.row["added_at"], now)
    old, old_thai = _age(one.feed.fetched_at, now)
    behind = f"(listed {since}, list {old} old, confidence {one.score})"
    behind_thai = f"(อยู่มา {since_thai} ข้อมูลอายุ {old_thai} ความเชื่อมั่น {one.score})"
    return (
        f"Listed by {plain(one.feed.title_en, _TITLE)}: {english} {shown} {behind}",
        f"อยู่ในรายการ {plain(one.feed.title_th, _TITLE)}: {thai} {shown} {behind_thai}",
    )


def _age(since: datetime | None, now: datetime) -> tuple[str, str]:
    if since is None:
        return "unknown", "ไม่ทราบ"
    age = now - since
    if age < _HOUR:
        return "under 1 h", "ไม่ถึง 1 ชม."
    if age < _DAY:
        return f"{age // _HOUR} h", f"{age // _HOUR} ชม."
    days = age // _DAY
    return f"{days} day{'s' if days > 1 else ''}", f"{days} วัน"


def told_of(one: Lister) -> dict[str, Any]:
    """Give an element of the JSON that is kept with an alert; times in microseconds since 1970."""
    row, facts = one.row, one.feed
    return {
        "feed": facts.id,
        "title_th": facts.title_th,
        "title_en": facts.title_en,
        "score": one.score,
        "confidence": facts.confidence if row["confidence"] is None else row["confidence"],
        "tlp": row["tlp"] or facts.tlp,
        "listed_at": _known(row["added_at"]),
        "last_seen": _known(row["last_seen"]),
        "fetched_at": _known(facts.fetched_at),
        "tags": row["tags"],
        "comment": row["comment"],
        "reference": row["reference"],
    }


def microseconds(moment: datetime) -> int:
    """Give a time as the store has it, since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def _known(moment: datetime | None) -> int | None:
    return None if moment is None else microseconds(moment)


def plain(text: str, longest: int) -> str:
    """Give text as people are shown it: printable and bounded."""
    shown = (
        text
        if text.isprintable()
        else "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
    )
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"
