"""Which screens are open to whom; the masthead links to these, and the frame shows no other."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from warroom.access import Permission

if TYPE_CHECKING:
    from warroom.console.person import Person


class Way(StrEnum):
    """A screen, as the address names it, in the order of the links; the war room itself is the one without a name."""

    INCIDENTS = "incidents"
    SEARCH = "search"
    PLATFORMS = "platforms"
    FEEDS = "feeds"
    ONBOARDING = "onboarding"
    ADD_FEED = "add_feed"
    INTEL = "intel"
    INDICATORS = "indicators"
    ATTACK = "attack"
    MAP = "map"
    RULES = "rules"
    COVERAGE = "coverage"
    NOISE = "noise"
    DRAFT = "draft"
    MINE = "mine"
    INTAKE = "intake"
    CONTAINMENT = "containment"
    CLOCKS = "clocks"
    BREACHES = "breaches"
    SLA = "sla"
    HANDOVER = "handover"
    REPORTS = "reports"
    CONTACTS = "contacts"
    SUPPRESSIONS = "suppressions"
    PLANNED = "planned"
    NOTIFICATIONS = "notifications"
    AUDIT = "audit"
    ACCOUNTS = "accounts"
    ME = "me"


#: Screens that one permission opens, whatever else a person may do.
_NEEDED: Final = {
    Way.ADD_FEED: Permission.MANAGE_FEEDS,
    Way.DRAFT: Permission.MANAGE_RULES,
    Way.INTAKE: Permission.OPEN_INCIDENTS,
    Way.NOTIFICATIONS: Permission.MANAGE_NOTIFICATIONS,
    Way.HANDOVER: Permission.SIGN_HANDOVER,
    Way.AUDIT: Permission.READ_AUDIT,
}


def open_to(person: Person) -> frozenset[Way]:
    """Give the screens that open to a person now.

    What is about accounts needs a session: without the gate nobody knows who is there.
    """
    ways = set()
    if person.may_look:
        ways |= {
            Way.INCIDENTS,
            Way.SEARCH,
            Way.PLATFORMS,
            Way.FEEDS,
            Way.INTEL,
            Way.INDICATORS,
            Way.ATTACK,
            Way.MAP,
            Way.RULES,
            Way.COVERAGE,
            Way.NOISE,
            Way.MINE,
            Way.CONTAINMENT,
            Way.CLOCKS,
            Way.BREACHES,
            Way.SLA,
            Way.CONTACTS,
            Way.REPORTS,
            Way.SUPPRESSIONS,
            Way.PLANNED,
        }
    if person.may_look or person.actor.can(Permission.MANAGE_FEEDS):
        ways.add(Way.ONBOARDING)
    ways |= {way for way, permission in _NEEDED.items() if person.actor.can(permission)}
    if person.token and person.actor.can(Permission.MANAGE_ACCOUNTS):
        ways.add(Way.ACCOUNTS)
    if person.token and person.actor.account_id is not None:
        ways.add(Way.ME)
    return frozenset(ways)


def asked_way(asked: str | None, ways: frozenset[Way], *, home: bool) -> Way | None:
    """Give the screen that an address asks for; None for one that does not exist.

    Args:
        asked: what the address says, if anything.
        ways: what is open to the person.
        home: nothing but the front page was asked for: who sees no incident begins where there is something to do.
    """
    if asked is not None:
        return Way(asked) if asked in set(Way) - {Way.INCIDENTS} else None
    if home and Way.INCIDENTS not in ways:
        return next((way for way in (Way.ACCOUNTS, Way.AUDIT) if way in ways), Way.INCIDENTS)
    return Way.INCIDENTS
