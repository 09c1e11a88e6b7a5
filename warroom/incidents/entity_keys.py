"""By what an alert may be joined with others: its entities, weighed by how many strangers use each of them.

An account, a device or a client's address of one platform joins whatever names it. A host joins what names no client
(no device and no client's address): else it is the server that strangers have in common. An address that is listed as
many strangers' joins nothing. One that turns out to be shared joins only alerts of one rule.
What names nobody joins what else names nobody and either comes from the same rule or, in the same log, serves the same
aim (ATT&CK's tactic).
"""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from warroom.catalog import Client
from warroom.model import Severity
from warroom.store.spreads import Name, Partners, united

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from warroom.catalog import SharedNetworks
    from warroom.model import Entity
    from warroom.store.incidents import AlertRow
    from warroom.store.spreads import Remembered

#: Kinds of entity, the one that says most about who it is first.
KINDS: Final = ("device", "user", "address", "host")
_RANK: Final = {kind: place for place, kind in enumerate(KINDS)}
#: Seen with more partners than this outside of one rule, an entity is shared: an office or a family has fewer.
MOST_PARTNERS: Final = 12
_PARTNERS: Final = frozenset({"user", "device"})
_ALL: Final = frozenset(KINDS)
_WITHOUT_HOST: Final = _ALL - {"host"}
_NONE: Final[frozenset[str]] = frozenset()
#: A tactic's tag; those of techniques, groups, software and so on have numbers.
_ATTACK: Final = "attack."
_TACTIC: Final = re.compile(r"attack\.[a-z]+([-_][a-z]+)*$")
_MOST_RULES: Final = 16
_MOST_KEPT: Final = 32
#: Of a rule alone, or of a log and a tactic, where an alert names nobody.
RULE: Final = "rule"
AIM: Final = "aim"
CAMPAIGN: Final = "campaign"


class Place(NamedTuple):
    """Where entities are told apart: those of a drill and those of another platform are others."""

    platform_id: str
    drill: bool


class Key(NamedTuple):
    """What two alerts have in common; ``kind`` is an entity's, ``…+rule``, ``rule`` or ``aim``."""

    place: Place
    kind: str
    value: str

    @property
    def entity_kind(self) -> str:
        """The kind of the entity that it is about, ``rule`` or ``aim`` where it is about none."""
        return self.kind.removesuffix("+rule")

    @property
    def bare(self) -> bool:
        """Whether it is an entity alone, whatever the rule."""
        return self.kind in _RANK

    @property
    def entity_value(self) -> str:
        """The entity's value, without the rule."""
        return self.value.partition(" ")[2] if self.kind.endswith("+rule") else self.value


@dataclass(slots=True)
class Spread:
    """With which accounts and devices addresses were seen in a batch, by rule."""

    seen: defaultdict[Name, Partners] = field(default_factory=lambda: defaultdict(dict))

    def add(self, alerts: Iterable[AlertRow]) -> None:
        """Count the alerts of a batch."""
        for alert in alerts:
            partners = [one.value for one in alert.entities if one.kind in _PARTNERS]
            if partners:
                for one in alert.entities:
                    if one.kind == "address":
                        self._note((alert.platform_id, one.kind, one.value), alert.rule_id, partners)

    def _note(self, name: Name, rule_id: str, found: list[str]) -> None:
        rules = self.seen[name]
        known = rules.get(rule_id)
        if known is None:
            if len(rules) >= _MOST_RULES:
                return
            known = rules[rule_id] = set()
        for value in found:
            if len(known) >= _MOST_KEPT:
                return
            known.add(zlib.crc32(value.encode("utf-8", "replace")))

    def shared(self, known: Mapping[Name, Remembered]) -> set[Name]:
        """Give the addresses that are shared, with what is remembered of them."""
        return {
            name
            for name, partners in self.seen.items()
            if is_shared(united(partners, known[name].partners) if name in known else partners)
        }


def is_shared(partners: Partners) -> bool:
    """Whether so many strangers use an address that it says nothing about who it is.

    One rule that names many partners is an attack (one address tries many accounts), so the rule with the most
    partners does not count; many rules with ever others are strangers behind one address.
    """
    everyone: set[int] = set().union(*partners.values())
    if len(everyone) <= MOST_PARTNERS:
        return False
    return len(everyone - max(partners.values(), key=len)) > MOST_PARTNERS


def keys_of(
    alert: AlertRow,
    listed: SharedNetworks,
    shared: Collection[Name],
    placed: Collection[Key],
) -> list[Key]:
    """Give by what an alert may be joined, what says most first; nothing where it names only what is shared.

    Args:
        alert: which.
        listed: what never joins.
        shared: what was found to be shared, by platform, kind and value.
        placed: keys that people decided about: they go before the entity that they are about.
    """
    place = Place(alert.platform_id, alert.drill)
    if names_nobody(alert, listed):
        keys = keys_of_nobody(alert)
        return keys[:1] if keys[0] in placed else keys
    keys = []
    of_a_client = False
    entities = alert.entities if len(alert.entities) == 1 else sorted(alert.entities, key=_rank)
    for entity in entities:
        kind, value = entity.kind, entity.value
        if kind == "address":
            client = listed.client(value)
            of_a_client |= client is not Client.NOBODY
            if client is not Client.ONE:
                continue
        elif kind == "device":
            of_a_client = True
        elif (kind == "user" and listed.has_account(value)) or (kind == "host" and of_a_client):
            continue
        if placed and (own := Key(place, f"{kind}+rule", f"{alert.rule_id} {value}")) in placed:
            keys.append(own)
        elif shared and (alert.platform_id, kind, value) in shared:
            keys.append(Key(place, f"{kind}+rule", f"{alert.rule_id} {value}"))
        else:
            keys.append(Key(place, kind, value))
    return keys


def names_nobody(alert: AlertRow, listed: SharedNetworks) -> bool:
    """Whether an alert names nothing at all, or only accounts that every machine has."""
    return all(entity.kind == "user" and listed.has_account(entity.value) for entity in alert.entities)


def keys_of_nobody(alert: AlertRow) -> list[Key]:
    """Give by what an alert may be joined that names nobody: its rule, and its log with each tactic of its rule."""
    place = Place(alert.platform_id, alert.drill)
    tactics = {tag.removeprefix(_ATTACK).replace("_", "-") for tag in alert.tags if _TACTIC.match(tag)}
    return [
        Key(place, RULE, alert.rule_id),
        *(Key(place, AIM, f"{alert.feed_id} {tactic}") for tactic in sorted(tactics)),
    ]


def findable_by(alert: AlertRow, reason: Mapping[str, str], listed: SharedNetworks) -> frozenset[str]:
    """Give the kinds of an alert's entities by which later alerts may find its incident.

    They are the kinds by which the alert itself may be joined (``keys_of``): else it would depend on which of two
    alerts comes first whether they are together. By what is only informational nothing is found, and strangers of a
    campaign speak for themselves alone.
    """
    if alert.severity is Severity.INFORMATIONAL or reason.get("why") == "campaign":
        return _NONE
    for entity in alert.entities:
        kind = entity.kind
        if kind == "device" or (kind == "address" and listed.client(entity.value) is not Client.NOBODY):
            return _WITHOUT_HOST
    return _ALL


def rank(kind: str) -> int:
    """Give an entity kind's place: what says most about who it is first."""
    return _RANK.get(kind, len(_RANK))


def _rank(entity: Entity) -> int:
    return _RANK.get(entity.kind, len(_RANK))
