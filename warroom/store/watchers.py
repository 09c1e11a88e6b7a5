"""How many detectors look at each feed, and the gravest of them: told by the worker, who has the rules loaded.

Feeds of one kind are looked at by the same rules, and a rule looks at many feeds: each rule is a bit, so that those of
any feeds together are counted once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from warroom.store.database import State, upsert
from warroom.store.tables import meta

_KEY: Final = "feed_detectors"
_LONGEST: Final = 120


@dataclass(frozen=True, slots=True)
class Detectors:
    """Detectors that look at feeds: how many, and titles of the gravest, English and Thai (empty: there is none)."""

    count: int
    titles: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Sight:
    """Who looks at feeds of one kind: a bit for each rule, and (rank, English, Thai) of the gravest, gravest first."""

    rules: int
    titles: tuple[tuple[int, str, str], ...]


@dataclass(frozen=True, slots=True)
class Watchers:
    """Who looks at which feed; of a feed that the worker did not know then, nobody does."""

    feeds: Mapping[str, int]
    sights: tuple[Sight, ...]

    def of(self, feed_ids: Iterable[str], most: int = 3) -> Detectors:
        """Give the detectors that look at any of some feeds, with the titles of at most so many."""
        sights = [self.sights[number] for number in {self.feeds[one] for one in feed_ids if one in self.feeds}]
        rules = 0
        for sight in sights:
            rules |= sight.rules
        titles = sorted({title for sight in sights for title in sight.titles}, key=lambda one: (-one[0], *one[1:]))
        return Detectors(rules.bit_count(), tuple((english, thai) for _, english, thai in titles[:most]))


def tell(state: State, told: Watchers) -> None:
    """Replace what is known."""
    sights = [
        {"rules": f"{one.rules:x}", "titles": [[rank, en[:_LONGEST], th[:_LONGEST]] for rank, en, th in one.titles]}
        for one in told.sights
    ]
    text = json.dumps({"feeds": dict(told.feeds), "sights": sights}, ensure_ascii=False)
    with state.write("content") as connection:
        row = upsert(meta).values(key=_KEY, value=text)
        connection.execute(row.on_conflict_do_update(index_elements=["key"], set_={"value": text}))


def watchers(state: State) -> Watchers:
    """Give who looks at which feed, as of the last time that the worker loaded its rules."""
    with state.read() as connection:
        text = connection.scalar(select(meta.c.value).where(meta.c.key == _KEY))
    if text is None:
        return Watchers({}, ())
    told = json.loads(text)
    sights = tuple(
        Sight(int(one["rules"], 16), tuple((int(rank), str(en), str(th)) for rank, en, th in one["titles"]))
        for one in told["sights"]
    )
    return Watchers({str(feed): int(number) for feed, number in told["feeds"].items()}, sights)
