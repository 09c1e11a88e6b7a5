"""The counts of form Kor-3: the incidents of a calendar year by category, kind of asset and level.

A year is Bangkok's. Incidents are counted in the year in which they were opened; what went into another one is counted
there. One of several categories or assets is counted in each of them, so the columns may add up to more than the total.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from warroom.model import Disposition
from warroom.store.case_tables import classifications, incident_tags
from warroom.store.tables import incidents
from warroom.store.views.classified import newest_classification, numbers
from warroom.store.views.rows import Scope, within

if TYPE_CHECKING:
    from warroom.store.database import State

#: How people say which kind of asset an incident hit: a tag ``asset:website``.
ASSET_TAG: Final = "asset:"
#: The kinds of the form; a tag of no known kind counts as the last one, as does an incident without any.
ASSETS: Final = ("server_ad", "workstation", "network", "website", "other")
_DRILL: Final = "0"
_UNDETERMINED: Final = "undetermined"
_BANGKOK: Final = timezone(timedelta(hours=7))
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Kor3Counts:
    """Incidents of a year; what nobody decided is told apart: the form has no place for it.

    ``total`` is of all of them, exercises (category 0) included.
    """

    total: int
    by_category: dict[str, int]  # "0" to "9"
    by_asset: dict[str, int]  # one of ASSETS
    by_level: dict[str, int]  # without "undetermined"
    without_category: int
    without_asset: int
    without_level: int


def year_span(year_ce: int) -> tuple[int, int]:
    """Give when a year of the common era begins and ends in Bangkok, in microseconds since 1970."""
    begins, ends = (datetime(year, 1, 1, tzinfo=_BANGKOK) for year in (year_ce, year_ce + 1))
    micro = timedelta(microseconds=1)
    return (begins - _EPOCH) // micro, (ends - _EPOCH) // micro


def kor3_counts(state: State, year_ce: int, scope: Scope = None) -> Kor3Counts:
    """Count the incidents of a year as form Kor-3 asks for them.

    Args:
        state: the store.
        year_ce: the year, of the common era.
        scope: the platforms that may be seen.
    """
    since, until = year_span(year_ce)
    own, said = incidents.c, classifications.c
    here = (
        own.opened_at >= since,
        own.opened_at < until,
        own.merged_into.is_(None),
        within(scope, own.platform_id),
    )
    wanted = (
        select(own.id, own.drill, own.disposition, said.categories, said.level)
        .join_from(incidents, classifications, newest_classification(), isouter=True)
        .where(*here)
    )
    tagged = (
        select(incident_tags.c.incident_id, incident_tags.c.tag)
        .join(incidents, own.id == incident_tags.c.incident_id)
        .where(*here, incident_tags.c.tag.startswith(ASSET_TAG, autoescape=True))
    )
    categories, assets, levels = Counter[str](), Counter[str](), Counter[str]()
    total = without_category = without_asset = without_level = 0
    with state.read() as connection:
        kinds: dict[int, set[str]] = {}
        for incident_id, tag in connection.execute(tagged):
            kind = tag.removeprefix(ASSET_TAG).strip()
            kinds.setdefault(incident_id, set()).add(kind if kind in ASSETS else ASSETS[-1])
        for incident_id, drill, disposition, told, level in connection.execute(wanted):
            total += 1
            drilled = drill or disposition == Disposition.DRILL
            decided = {_DRILL} if drilled else {str(number) for number in numbers(told)}
            categories.update(decided)
            without_category += not decided
            assets.update(kinds.get(incident_id, {ASSETS[-1]}))
            without_asset += incident_id not in kinds
            if drilled:
                continue  # an exercise has no level
            if level is None or level == _UNDETERMINED:
                without_level += 1
            else:
                levels[level] += 1
    return Kor3Counts(
        total,
        {str(number): categories[str(number)] for number in range(10)},
        {name: assets[name] for name in ASSETS},
        dict(levels),
        without_category,
        without_asset,
        without_level,
    )
