"""Feeds of threat intelligence: where they come from, how they are read, and how far they are believed.

They stand in the folder ``intel`` of the feeds, one YAML file each; the file's name is the feed's id.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from warroom.catalog.documents import Document, read_yaml
from warroom.catalog.intel_ways import WAYS, Folder, Way, read_way
from warroom.catalog.values import Values
from warroom.errors import ContentError, Fault
from warroom.indicators import FORMATS, Kind, Tlp
from warroom.model import Severity

#: The folder of these feeds among the others.
FOLDER: Final = "intel"
#: Where what is loaded by hand belongs to: no file may have this name.
BY_HAND: Final = "by_hand"
#: Alerts are not raised, though what is listed is known.
NO_ALARM: Final = "none"
#: What being listed says about an address besides that it may be hostile.
MARKS: Final = ("tor", "scanner", "cloud", "vpn")
#: What a column of a CSV may be, besides a kind of indicator.
COLUMNS: Final = (
    "value", "kind", "confidence", "tlp", "first_seen", "last_seen", "valid_until", "tags", "comment", "reference",
)  # fmt: skip

_ID: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_MOST: Final = 100
_LONGEST_SIGN: Final = 1


@dataclass(frozen=True, slots=True)
class IntelFeed:
    """A feed of threat intelligence.

    Args:
        id: the name of its file.
        about: where it is described; "" where nowhere.
        licence: under which it may be used.
        format: one of FORMATS; "" where each document is recognised by its looks.
        way: a name of WAYS, ``collect`` what it says.
        stale_after_seconds: without a successful poll for so long, the feed is told to be stale.
        kind, columns, delimiter: see ``Told`` in warroom/intel/formats/reading.py.
        confidence: 0 to 100, of indicators that say none themselves.
        tlp: of indicators that have no marking.
        severity: the most that its alerts may have; None: it raises none.
        lifetime_seconds: after which its indicators count for nothing; None: by their kind.
        keep_seconds: for so long what is no longer in it still counts.
        mark: one of MARKS that its addresses carry; "" for none.
    """

    id: str
    title_th: str
    title_en: str
    about: str
    licence: str
    enabled: bool
    format: str
    way: str
    collect: Way
    every_seconds: float
    stale_after_seconds: int
    kind: Kind | None
    columns: Mapping[str, str]
    delimiter: str
    confidence: int
    tlp: Tlp
    severity: Severity | None
    lifetime_seconds: float | None
    keep_seconds: float
    mark: str
    drill: bool
    file: Path


def load_intel_feeds(folder: Path, data_dir: Path) -> tuple[list[IntelFeed], list[Fault]]:
    """Read every feed of intelligence in a folder of feeds; a faulty file never keeps the others from loading.

    Gives the sound ones in the order of their ids, and every fault. ``data_dir`` is what ``{data}`` stands for.
    """
    feeds: list[IntelFeed] = []
    faults: list[Fault] = []
    place = folder / FOLDER
    paths = sorted(place.iterdir()) if place.is_dir() else []
    for path in paths:
        if path.suffix not in (".yml", ".yaml") or path.name.startswith(".") or path.is_dir():
            continue
        feed, found = load_intel_feed(path, data_dir)
        faults += found
        if feed is not None:
            feeds.append(feed)
    return feeds, faults


def load_intel_feed(path: Path, data_dir: Path) -> tuple[IntelFeed | None, list[Fault]]:
    """Read one file: the feed, or None and every fault in it."""
    if path.suffix != ".yml":
        return None, [Fault(str(path), 0, f"a feed file ends in .yml: rename it to {path.stem}.yml")]
    if not _ID.fullmatch(path.stem) or path.stem == BY_HAND:
        reason = f"the file name is the feed's id: small letters, digits, _ and - only, at most 63, and not {BY_HAND}"
        return None, [Fault(str(path), 0, reason)]
    try:
        documents = read_yaml(path)
    except ContentError as problem:
        return None, [problem.fault]
    if len(documents) != 1:
        return None, [Fault(str(path), 0, f"one feed a file: found {len(documents)} documents")]
    return _read(documents[0], data_dir)


def _read(document: Document, data_dir: Path) -> tuple[IntelFeed | None, list[Fault]]:
    collect = document.data.get("collect")
    told = collect.get("way") if isinstance(collect, dict) else None
    expected: dict[tuple[str, ...], tuple[str, ...]] = {
        (): (
            "title", "about", "licence", "enabled", "drill", "format", "collect", "stale_after", "values", "weight",
        ),
        ("title",): ("th", "en"),
        ("values",): ("kind", "columns", "delimiter"),
        ("weight",): ("confidence", "tlp", "severity", "lifetime", "keep", "mark"),
    }  # fmt: skip
    if isinstance(told, str) and told in WAYS:
        expected["collect",] = ("way", "every", *WAYS[told][0])
    values = Values(document, expected)
    feed = _feed(values, data_dir)
    return (None if values.faults else feed), values.faults


def _feed(values: Values, data_dir: Path) -> IntelFeed:
    way = values.choice("collect", "way", known=WAYS, what="way")
    every = values.seconds("collect", "every", default=WAYS[way][1] if way in WAYS else "1h", least=1)
    lifetime = None
    if values.value("weight", "lifetime") is not None:
        lifetime = values.seconds("weight", "lifetime", default="30d", least=3600)
    format_ = values.text("format", default="")
    if format_ or way != "folder":
        format_ = values.choice("format", known=FORMATS, what="format of intelligence")
    return IntelFeed(
        id=values.file.stem,
        title_th=values.text("title", "th"),
        title_en=values.text("title", "en"),
        about=values.text("about", default=""),
        licence=values.text("licence", default=""),
        enabled=values.flag("enabled", default=False),
        format=format_,
        way=way,
        collect=read_way(way, values, data_dir) or Folder(()),
        every_seconds=every,
        stale_after_seconds=int(values.seconds("stale_after", default="2d", least=60)),
        kind=_kind(values),
        columns=_columns(values),
        delimiter=_delimiter(values),
        confidence=_confidence(values),
        tlp=_tlp(values),
        severity=_severity(values),
        lifetime_seconds=lifetime,
        keep_seconds=values.seconds("weight", "keep", default="0s", least=0),
        mark=values.choice("weight", "mark", known=MARKS, what="mark") if values.value("weight", "mark") else "",
        drill=values.flag("drill", default=False),
        file=values.file,
    )


def _kind(values: Values) -> Kind | None:
    if values.value("values", "kind") is None:
        return None
    found = values.choice("values", "kind", known=[str(one) for one in Kind], what="kind of indicator")
    return Kind(found) if found in list(Kind) else None


def _columns(values: Values) -> Mapping[str, str]:
    found = values.value("values", "columns")
    if found is None:
        return {}
    if not isinstance(found, dict) or len(found) > _MOST:
        values.fault("`values.columns` holds lines `column's name or place: what it is`", "values", "columns")
        return {}
    known = (*COLUMNS, *Kind)
    for name, meaning in found.items():
        if meaning not in known:
            values.fault(f"a column is one of {', '.join(known)}, not `{meaning}`", "values", "columns", str(name))
    return {str(name): str(meaning) for name, meaning in found.items()}


def _delimiter(values: Values) -> str:
    found = values.value("values", "delimiter")
    if found is None:
        return ""
    if not isinstance(found, str) or len(found) != _LONGEST_SIGN or found in "\"'\r\n\\":
        values.fault(
            '`values.delimiter` is one sign, such as ";" or "\\t", and no quotation mark', "values", "delimiter"
        )
        return ""
    return found


def _confidence(values: Values) -> int:
    found = values.value("weight", "confidence")
    if found is None:
        return 50
    if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found <= 100:  # noqa: PLR2004
        values.fault("`weight.confidence` is a whole number, 0 to 100", "weight", "confidence")
        return 50
    return found


def _tlp(values: Values) -> Tlp:
    if values.value("weight", "tlp") is None:
        return Tlp.CLEAR
    found = values.choice("weight", "tlp", known=[str(one) for one in Tlp], what="TLP marking")
    return Tlp(found) if found in list(Tlp) else Tlp.RED


def _severity(values: Values) -> Severity | None:
    if values.value("weight", "severity") is None:
        return Severity.MEDIUM
    known = [*(str(one) for one in Severity), NO_ALARM]
    found = values.choice("weight", "severity", known=known, what="severity")
    return Severity(found) if found in list(Severity) else None
