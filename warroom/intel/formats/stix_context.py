"""What the other objects of a STIX document say of its indicators: markings, sightings, and what they indicate."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from warroom.indicators import Tlp
from warroom.intel.formats.misp_tags import marking
from warroom.intel.formats.moments import stix_time
from warroom.intel.formats.rows import tag_of

#: The markings of TLP 1 (STIX 2.1 §7.2.1.4) and TLP 2 (https://github.com/oasis-open/cti-stix-common-objects).
_KNOWN: Final[Mapping[str, Tlp]] = {
    "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": Tlp.CLEAR,
    "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": Tlp.GREEN,
    "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": Tlp.AMBER,
    "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": Tlp.RED,
    "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487": Tlp.CLEAR,
    "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb": Tlp.GREEN,
    "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421": Tlp.AMBER,
    "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003": Tlp.AMBER_STRICT,
    "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1": Tlp.RED,
}
_TLP_2: Final = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
_STRICTNESS: Final = {tlp: rank for rank, tlp in enumerate(Tlp)}
#: What an indicator may indicate, by whose name it is then known, too.
_NAMED: Final = frozenset(("attack-pattern", "campaign", "intrusion-set", "malware", "threat-actor", "tool"))
_COLLECTIONS: Final = frozenset(("report", "grouping"))
_TECHNIQUE: Final = re.compile(r"T[0-9]{4}(?:\.[0-9]{3})?")
_MOST: Final = 200


class Context:
    """Filled object by object with ``note``, then settled, then asked."""

    def __init__(self) -> None:
        self._marks = dict(_KNOWN)
        self._collections: list[dict[str, Any]] = []
        self._inherited: dict[str, Tlp] = {}
        self._seen: dict[str, tuple[int | None, int]] = {}
        self._newest: dict[str, dict[str, Any]] = {}
        self._indicated: dict[str, list[str]] = {}

    def note(self, one: dict[str, Any]) -> None:
        """Note an object that is no indicator."""
        type_ = one["type"]
        if type_ == "marking-definition":
            tlp = _defined(one)
            if tlp is not None:
                self._marks.setdefault(one["id"], tlp)
        elif type_ in _COLLECTIONS and one.get("object_marking_refs"):
            self._collections.append(one)
        elif type_ in _NAMED or type_ in {"relationship", "sighting"}:
            known = self._newest.get(one["id"])
            if known is None or stix_time(known["modified"]) <= stix_time(one["modified"]):
                self._newest[one["id"]] = one

    def settle(self) -> None:
        """Join what was noted."""
        for one in self._collections:
            tlp = self._strictest_of(markings(one))
            for reference in _texts(one["object_refs"]) if tlp is not None else ():
                if reference.startswith("indicator--"):
                    self._inherited[reference] = _strictest((tlp, self._inherited.get(reference))) or Tlp.RED
        for one in self._newest.values():
            if one.get("revoked") is True:
                continue
            if one["type"] == "sighting":
                self._note_sighting(one)
            elif one["type"] == "relationship" and one["relationship_type"] == "indicates":
                source, target = one["source_ref"], one["target_ref"]
                if isinstance(source, str) and isinstance(target, str):
                    self._indicated.setdefault(source, []).append(target)

    def spoken_of(self) -> set[str]:
        """Give the ids of which other objects say more than the definitions of markings do."""
        return self._inherited.keys() | self._seen.keys() | self._indicated.keys()

    def tlp(self, id_: str, marks: tuple[str, ...]) -> Tlp | None:
        """Give an object's marking; without one, the strictest of the reports that it is in; None: there is none."""
        return self._strictest_of(marks) or self._inherited.get(id_)

    def seen(self, id_: str) -> tuple[int | None, int | None]:
        """Give when an indicator was first and last seen, in microseconds, as sightings say."""
        return self._seen.get(id_, (None, None))

    def tags(self, id_: str) -> list[str]:
        """Give what an indicator indicates: techniques by their numbers, all else by name."""
        tags: list[str] = []
        for target in self._indicated.get(id_, ())[:_MOST]:
            named = self._newest.get(target)
            if named is not None and named["type"] in _NAMED and named.get("revoked") is not True:
                name = named.get("name")
                tags += techniques(named.get("external_references")) or (
                    (tag_of(name),) if isinstance(name, str) else ()
                )
        return tags

    def _strictest_of(self, marks: tuple[str, ...]) -> Tlp | None:
        if len(marks) == 1:
            return self._marks.get(marks[0])
        return _strictest(self._marks.get(mark) for mark in marks)

    def _note_sighting(self, one: dict[str, Any]) -> None:
        id_ = one["sighting_of_ref"]
        last = stix_time(one.get("last_seen") or one.get("first_seen") or one["created"])
        first = stix_time(one["first_seen"]) if one.get("first_seen") else None
        if isinstance(id_, str):
            known_first, known_last = self._seen.get(id_, (None, 0))
            earliest = min((moment for moment in (first, known_first) if moment is not None), default=None)
            self._seen[id_] = earliest, max(last, known_last)


def _defined(one: dict[str, Any]) -> Tlp | None:
    """Read what a definition of a marking says of TLP, as 2.0, 2.1 and the extension for TLP 2 write it."""
    definition, extensions, name = one.get("definition"), one.get("extensions"), one.get("name")
    words: list[object] = [name]
    if isinstance(definition, dict):
        words.append(f"tlp:{definition.get('tlp')}")
    if isinstance(extensions, dict) and isinstance(extensions.get(_TLP_2), dict):
        words.append(f"tlp:{extensions[_TLP_2].get('tlp_2_0')}")
    return _strictest(marking(word) for word in words if isinstance(word, str))


def _strictest(tlps: Iterable[Tlp | None]) -> Tlp | None:
    return max((tlp for tlp in tlps if tlp is not None), key=_STRICTNESS.__getitem__, default=None)


def markings(one: dict[str, Any]) -> tuple[str, ...]:
    """Give the ids of an object's markings, and of those of parts of it."""
    found, parts = one.get("object_marking_refs"), one.get("granular_markings")
    if parts is None and (found is None or found == []):
        return ()
    if parts is None and isinstance(found, list) and len(found) == 1 and isinstance(found[0], str):  # most are plain
        return _shared((found[0],))
    references = _texts(found)
    for part in parts[:_MOST] if isinstance(parts, list) else ():
        reference = part.get("marking_ref") if isinstance(part, dict) else None
        references += [reference] if isinstance(reference, str) else []
    return _shared(tuple(references))


@functools.lru_cache(256)
def _shared(marks: tuple[str, ...]) -> tuple[str, ...]:
    """Give the same tuple for the same markings: most objects of a document have the same."""
    return marks


def techniques(references: object) -> tuple[str, ...]:
    """Give the techniques of ATT&CK that an object's references name."""
    tags: list[str] = []
    for reference in references[:_MOST] if isinstance(references, list) else ():
        found = reference.get("external_id") if isinstance(reference, dict) else None
        if isinstance(found, str) and _TECHNIQUE.fullmatch(found):
            tags.append(f"attack.{found.lower()}")
    return tuple(tags)


def _texts(found: object) -> list[str]:
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
