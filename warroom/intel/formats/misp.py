"""Reads what MISP writes in JSON: events, answers of its REST interface, lists of attributes and objects.

The form is https://www.misp-standard.org/rfc/misp-standard-core.html. Attributes with ``to_ids`` are indicators, all
others are context, and proposals of others (shadow attributes) are neither. Files within attributes stay unread.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final

import polars as pl

from warroom.indicators import Kind
from warroom.intel.formats.joining import join_tags
from warroom.intel.formats.json_document import no_collection
from warroom.intel.formats.misp_plain import TOGETHER, plain
from warroom.intel.formats.misp_tags import NO_TAGS, Tags, read_tags
from warroom.intel.formats.misp_types import PARTS, is_indicator
from warroom.intel.formats.moments import misp_time
from warroom.intel.formats.reading import FormatRefusedError, Reading, Told
from warroom.intel.formats.rows import Rows

#: Lists within lists and answers within answers.
_DEEPEST: Final = 3
_EVENT_WORDS: Final = ("info", "Attribute", "Object", "threat_level_id")
#: Types of sightings.
_SEEN, _FALSE_POSITIVE, _EXPIRED = "0", "1", "2"
#: The tag of what somebody reported as false.
_DOUBTED: Final = "misp:sighting=false-positive"


@dataclass(frozen=True, slots=True)
class _Around:
    """What the event, and the object, say of the attributes in them; times in microseconds."""

    origin: str = ""
    info: str = ""
    comment: str = ""
    tags: Tags = NO_TAGS
    timestamp: int | None = None
    first_seen: int | None = None
    last_seen: int | None = None
    deleted: bool = False


def read_misp(document: object, told: Told) -> Reading:
    """Read a document of MISP, parsed.

    Raises FormatRefusedError where nothing of MISP is in it.
    """
    rows = Rows("misp", told)
    with no_collection():
        if not _take(rows, document, 0):
            raise FormatRefusedError("no event, object or attribute of MISP is in it")
        return rows.finish()


def _take(rows: Rows, part: object, depth: int) -> bool:
    """Take what is in a part of the document; whether that is anything of MISP."""
    if isinstance(part, list) and depth < _DEEPEST:
        for number, one in enumerate(part, 1):
            if not _take(rows, one, depth + 1):
                rows.read += 1
                rows.refuse(f"entry {number}", "no event, object or attribute of MISP")
        return True
    if isinstance(part, dict) and isinstance(part.get("response"), (list, dict)) and depth < _DEEPEST:
        return _take(rows, part["response"], depth + 1)
    return isinstance(part, dict) and _take_one(rows, part)


def _take_one(rows: Rows, part: dict[str, Any]) -> bool:
    """Take an event, an object or an attribute, whether or not its sort is written around it."""
    event, one, attribute = part.get("Event"), part.get("Object"), part.get("Attribute")
    if "type" in part and "value" in part:
        _attribute(rows, part, _Around())  # which may name its event
    elif isinstance(event, dict):
        _event(rows, event)
    elif isinstance(one, dict):
        _object(rows, one, _Around())
    elif isinstance(attribute, dict):
        _attribute(rows, attribute, _Around())
    elif any(word in part for word in _EVENT_WORDS):
        _event(rows, part)
    else:
        return False
    return True


def _event(rows: Rows, event: dict[str, Any]) -> None:
    around = _Around(
        origin=_text(event.get("uuid")),
        info=_text(event.get("info")),
        tags=read_tags(event),
        timestamp=_time(event.get("timestamp")),
        deleted=_flag(event.get("deleted"), default=False),
    )
    if around.origin:
        rows.withdraw(around.origin)  # unless something is found in it
    _count_proposals(rows, event)
    attributes = _dicts(rows, event, "Attribute")
    while some := list(islice(attributes, TOGETHER)):
        found = None if around.deleted else plain(some)
        if found is not None:
            _plain(rows, len(some), *found, around)
            continue
        for attribute in some:
            _attribute(rows, attribute, around)
    for one in _dicts(rows, event, "Object"):
        _object(rows, one, around)


def _plain(rows: Rows, read: int, context: Counter[str], columns: Mapping[str, Any], around: _Around) -> None:
    """Take the attributes of an event that are plain, as ``_attribute`` takes each of them."""
    rows.read += read
    for type_, times in context.items():
        rows.count(type_, times)
    count = len(columns["value"])
    stamp, first, last = (
        pl.when(columns[name] != 0).then(columns[name]).otherwise(pl.lit(above, pl.Int64))
        for name, above in (("timestamp", around.timestamp), ("first_seen", None), ("last_seen", None))
    )
    times_ = pl.select(
        first_seen=first,
        last_seen=pl.coalesce(last, pl.max_horizontal(stamp, first)),
        valid_from=pl.coalesce(first, stamp),
    )
    comments = {
        text: f"{around.info}: {text}" if text and around.info else text or around.info or None
        for text in set(columns["comment"])
    }
    constant = {
        "origin": around.origin,
        "tlp": around.tags.tlp,
        "tags": around.tags.joined or None,
        "reference": around.origin or None,
    }
    rows.add_many(
        {
            "kind": columns["kind"],
            "value": columns["value"],
            "item": columns["item"],
            "comment": [comments[text] for text in columns["comment"]],
            **{name: [said] * count for name, said in constant.items()},
            **{name: times_[name].to_arrow() for name in times_.columns},
        },
        count,
    )


def _object(rows: Rows, one: dict[str, Any], around: _Around) -> None:
    inside = replace(
        around,
        comment=_text(one.get("comment")),
        tags=read_tags(one, around.tags),
        timestamp=_time(one.get("timestamp")) or around.timestamp,
        first_seen=_time(one.get("first_seen")),
        last_seen=_time(one.get("last_seen")),
        deleted=around.deleted or _flag(one.get("deleted"), default=False),
    )
    _count_proposals(rows, one)
    for attribute in _dicts(rows, one, "Attribute"):
        _attribute(rows, attribute, inside)


def _attribute(rows: Rows, attribute: dict[str, Any], around: _Around) -> None:
    """Take an attribute: an indicator, context, or refused."""
    rows.read += 1
    said = attribute.get
    type_, value, item = said("type"), said("value"), _text(said("uuid"))
    if "ShadowAttribute" in attribute:
        _count_proposals(rows, attribute)
    if not isinstance(type_, str) or isinstance(value, bool) or not isinstance(value, (str, int, float)):
        rows.refuse(item or "an attribute", "it has no type and value")
    elif around.deleted or _flag(said("deleted"), default=False):
        rows.count("deleted")
    elif not _flag(said("to_ids"), default=is_indicator(type_)):
        rows.count(type_)
    elif (kinds := PARTS.get(type_)) is None:
        rows.refuse(f"{item}: {type_}", "an indicator of a type that is neither compared with events nor searched for")
    else:
        parts = _parts(type_, str(value), len(kinds))
        if len(parts) < len(kinds) and kinds[-1] is not None:
            rows.refuse(f"{item}: {value}", f"`{type_}` has {len(kinds)} parts with | between them")
            return
        for kind, part in zip(kinds, parts, strict=False):
            if kind is not None:
                _add(rows, kind, part, attribute, around)


def _parts(type_: str, value: str, count: int) -> list[str]:
    """Part the value of a composite type: file names may have the sign in them, and so may values of the registry."""
    if count == 1:
        return [value]
    return value.split("|", count - 1) if type_.startswith("regkey") else value.rsplit("|", count - 1)


def _add(rows: Rows, kind: Kind, value: str, attribute: dict[str, Any], around: _Around) -> None:
    said = attribute.get
    tags = read_tags(attribute, around.tags) if "Tag" in attribute or "Galaxy" in attribute else around.tags
    words = tags.joined
    stamp = _time(said("timestamp")) or around.timestamp
    first = _time(said("first_seen")) or around.first_seen
    last = _time(said("last_seen")) or around.last_seen
    until = None
    if said("Sighting"):
        seen, until, doubted = _sightings(rows, attribute)
        last = max(seen, last or 0) or None
        words = join_tags((_DOUBTED, *tags.words)) if doubted else words
    comment = _text(said("comment")) or around.comment
    if comment and around.info:
        comment = f"{around.info}: {comment}"
    rows.add(
        kind,
        value,
        origin=around.origin,
        tlp=tags.tlp,
        first_seen=first,
        # without a word about when it was seen, its author's last word about it counts, as it does in MISP
        last_seen=last or (stamp if first is None else max(stamp or 0, first)),
        valid_from=first or stamp,
        valid_until=until,
        tags=words,
        comment=comment or around.info,
        reference=around.origin,
        item=_text(said("uuid")),
    )


def _sightings(rows: Rows, attribute: dict[str, Any]) -> tuple[int, int | None, bool]:
    """Give when an attribute was last seen (0: never), until when it holds, and whether somebody calls it false."""
    dates: dict[str, int] = {}
    for sighting in _dicts(rows, attribute, "Sighting"):
        rows.count("sighting")
        sort = str(sighting.get("type", _SEEN))
        dates[sort] = max(dates.get(sort, 0), _time(sighting.get("date_sighting")) or 0)
    seen, expired = dates.get(_SEEN, 0), dates.get(_EXPIRED, 0)
    return seen, expired if expired > seen else None, _FALSE_POSITIVE in dates


def _count_proposals(rows: Rows, holder: dict[str, Any]) -> None:
    for _ in _dicts(rows, holder, "ShadowAttribute"):
        rows.count("proposal")


def _dicts(rows: Rows, holder: dict[str, Any], name: str) -> Iterator[dict[str, Any]]:
    """Give what a list of a holder has in it, of which each is an object."""
    found = holder.get(name)
    if found is None:
        return
    for one in found if isinstance(found, list) else [found]:
        if isinstance(one, dict):
            yield one
        else:
            rows.refuse(_text(holder.get("uuid")) or name, f"what stands in its {name} is no object")


def _flag(value: object, *, default: bool) -> bool:
    """Read MISP's yes and no: ``true``, ``"1"``, 0."""
    if value is True or value is False:
        return value
    return default if value is None else str(value).lower() in {"1", "true"}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _time(value: object) -> int | None:
    if value is None or isinstance(value, bool):
        return None
    return misp_time(value) if isinstance(value, (str, int, float)) else None
