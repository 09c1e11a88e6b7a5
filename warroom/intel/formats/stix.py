"""Reads STIX 2.0 and 2.1: bundles, envelopes of TAXII, and bare objects.

Patterns of indicators are indicators; what was merely observed is context. Of several versions of an object the newest
counts (STIX 2.1 §3.6).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, TypeAlias

from warroom.intel.formats.joining import join_tags
from warroom.intel.formats.json_document import no_collection
from warroom.intel.formats.reading import FormatRefusedError, Reading, Told
from warroom.intel.formats.rows import Rows
from warroom.intel.formats.stix_context import Context
from warroom.intel.formats.stix_indicator import Version, read_version
from warroom.intel.formats.stix_objects import FaultyObjectError, check
from warroom.intel.formats.stix_plain import TOGETHER, Plain
from warroom.intel.formats.wording import printable

#: Indicators by their ids: the number of an object in the document, and what it says.
_Newest: TypeAlias = dict[str, tuple[int, Version]]


def read_stix(document: object, told: Told) -> Reading:
    """Read a document of STIX, parsed.

    Raises FormatRefusedError where it is nothing of STIX, or one single object that is faulty.
    """
    rows, context, plain = Rows("stix", told), Context(), Plain()
    with no_collection():
        newest = _sorted_out(rows, context, plain, document)
        context.settle()
        for number, id_, version in plain.settle(rows, context, set(newest)):
            _note(rows, newest, id_, number, version)
        for id_ in list(newest):
            _add(rows, id_, newest.pop(id_)[1], context)
        return rows.finish()


def _sorted_out(rows: Rows, context: Context, plain: Plain, document: object) -> _Newest:
    """Give the newest version of each indicator that is not plain; others are noted, and faulty objects refused."""
    newest: _Newest = {}
    alone = isinstance(document, dict) and "objects" not in document
    for number, one in _not_plain(rows, plain, _objects(document)):
        try:
            if not isinstance(one, dict):
                raise FaultyObjectError("not an object")  # noqa: TRY301 - told like the other faults
            check(one)
        except FaultyObjectError as problem:
            id_ = one.get("id") if isinstance(one, dict) else None
            item = id_ if isinstance(id_, str) else f"object {number}"
            if alone:
                raise FormatRefusedError(f"{printable(item, 100)}: {problem}") from None
            rows.refuse(item, str(problem))
            continue
        if one["type"] == "indicator":
            _note(rows, newest, one["id"], number, read_version(one))
        else:
            rows.count(one["type"])
            context.note(one)
    return newest


def _not_plain(rows: Rows, plain: Plain, objects: Iterator[object]) -> Iterator[tuple[int, object]]:
    """Count the objects, from 1, and take those that are plain; the others are given back with their numbers."""
    while some := list(islice(objects, TOGETHER)):
        yield from plain.take(some, rows.read + 1)
        rows.read += len(some)


def _note(rows: Rows, newest: _Newest, id_: str, number: int, version: Version) -> None:
    """Note a version of an indicator; of those of one time the last in the document counts."""
    known = newest.get(id_)
    if known is not None:
        rows.count("indicator, other version")
    if known is None or (known[1].modified, known[0]) <= (version.modified, number):
        newest[id_] = number, version


def _objects(document: object) -> Iterator[object]:
    """Give the objects of a document, and those of bundles in a list."""
    if isinstance(document, list):
        for one in document:
            if isinstance(one, dict) and one.get("type") == "bundle":
                yield from _held(one)
            else:
                yield one
    elif not isinstance(document, dict):
        raise FormatRefusedError("no bundle, envelope or object of STIX")
    elif document.get("type") == "bundle" or ("type" not in document and "objects" in document):
        yield from _held(document)
    elif "type" in document:
        yield document
    else:
        raise FormatRefusedError("no bundle, envelope or object of STIX: it has neither `type` nor `objects`")


def _held(holder: dict[str, Any]) -> list[object]:
    objects = holder.get("objects", [])
    if not isinstance(objects, list):
        raise FormatRefusedError("the `objects` of its bundle or envelope are no list")
    return objects


def _add(rows: Rows, id_: str, one: Version, context: Context) -> None:
    """Take the newest version of an indicator."""
    if one.sort:
        rows.count(f"indicator, {one.sort}")
    if one.problem:
        rows.refuse(id_, one.problem)
    if not one.values:
        rows.withdraw(id_)  # what an older version of it said is no more
        return
    first, last = context.seen(id_)
    if one.first is not None:
        first = one.first if first is None else min(one.first, first)
    last = max(one.last or 0, last or 0)
    others = context.tags(id_)
    tags = join_tags(dict.fromkeys((*one.tags.split(), *others))) if others else one.tags
    for value in one.values:
        rows.add(
            value.kind,
            value.text,
            origin=id_,
            confidence=one.confidence,
            tlp=context.tlp(id_, one.markings),
            first_seen=first,
            # without a sighting its author's last word about it counts
            last_seen=last or max(one.start, one.modified),
            valid_from=one.start,
            valid_until=one.until,
            pattern=value.pattern,
            tags=tags,
            comment=one.comment,
            reference=one.reference or id_,
        )
