"""What MISP's tags and galaxies say: a marking, techniques of ATT&CK, names of malware and whatever else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from warroom.indicators import Tlp
from warroom.intel.formats.joining import join_tags
from warroom.intel.formats.rows import tag_of

#: Tags looked at of one attribute or event.
_MOST: Final = 200
_TECHNIQUE: Final = re.compile(r"\b(T[0-9]{4}(?:\.[0-9]{3})?)\b")
_GALAXY: Final = re.compile(r'misp-galaxy:([^="]{1,100})="([^"]{1,300})"')
_TLPS: Final = {"white": Tlp.CLEAR, **{str(tlp): tlp for tlp in Tlp}}
_STRICTNESS: Final = {tlp: rank for rank, tlp in enumerate(Tlp)}


@dataclass(frozen=True, slots=True)
class Tags:
    """What the tags of something say.

    Args:
        words: the tags but for those of TLP, each once.
        joined: the same, parted by blanks, as many as fit.
        tlp: the strictest of their markings; None: there is none.
    """

    words: tuple[str, ...] = ()
    joined: str = ""
    tlp: Tlp | None = None


NO_TAGS: Final = Tags()


def read_tags(holder: dict[str, Any], above: Tags = NO_TAGS) -> Tags:
    """Read the tags and galaxies of an event, an object or an attribute; ``above`` is what it is in says.

    A marking of its own takes the place of the one above.
    """
    names = list(_names(holder.get("Tag")))
    galaxies = list(_galaxies(holder.get("Galaxy")))
    if not names and not galaxies:
        return above
    words: dict[str, None] = dict.fromkeys(above.words)
    tlps: list[Tlp] = []
    for name in names:
        if (tlp := marking(name)) is not None:
            tlps.append(tlp)
        elif (found := _GALAXY.fullmatch(name)) is not None:
            words.update(dict.fromkeys(_cluster(found[1], found[2])))
        else:
            words[tag_of(name)] = None
    for galaxy, value in galaxies:
        words.update(dict.fromkeys(_cluster(galaxy, value)))
    words.pop("", None)
    own = max(tlps, key=_STRICTNESS.__getitem__, default=above.tlp)
    return Tags(tuple(words), join_tags(words), own)


def marking(tag: str) -> Tlp | None:
    """Give the marking that a tag is, ``tlp:white`` or ``TLP:AMBER+STRICT``; None where it is none."""
    scheme, _, word = tag.strip().lower().partition(":")
    return _TLPS.get(word.strip()) if scheme == "tlp" else None


def _names(tags: object) -> Iterator[str]:
    for tag in tags[:_MOST] if isinstance(tags, list) else ():
        name = tag.get("name") if isinstance(tag, dict) else tag
        if isinstance(name, str):
            yield name


def _galaxies(galaxies: object) -> Iterator[tuple[str, str]]:
    """Give the type and the value of each cluster of galaxies."""
    for galaxy in galaxies[:_MOST] if isinstance(galaxies, list) else ():
        clusters = galaxy.get("GalaxyCluster") if isinstance(galaxy, dict) else None
        for cluster in clusters[:_MOST] if isinstance(clusters, list) else ():
            value = cluster.get("value") if isinstance(cluster, dict) else None
            if isinstance(value, str):
                yield str(galaxy.get("type")), value


def _cluster(galaxy: str, value: str) -> Iterable[str]:
    """Give the tags of a cluster: techniques by their number, all else by name."""
    if "attack-pattern" in galaxy:
        return [f"attack.{found.lower()}" for found in _TECHNIQUE.findall(value)] or [tag_of(value)]
    return [tag_of(value)]
