"""Reads attributes of MISP that are plain, a column at a time: those of a large event mostly are.

Plain ones have no tags, galaxies, sightings or proposals of their own, and one part. What is not plain is for the
reader to look at, attribute by attribute, and both ways give the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import compress
from operator import not_
from typing import Any, Final

import polars as pl

from warroom.indicators import Kind
from warroom.intel.formats.misp_types import PARTS
from warroom.intel.formats.moments import misp_times

#: Attributes that are looked at together; fewer are quicker one by one.
TOGETHER: Final = 8_192
_FEW: Final = 64
_TIMES: Final = ("timestamp", "first_seen", "last_seen")
#: What is not plain where there is anything in it.
_MORE: Final = ("Tag", "Galaxy", "Sighting", "ShadowAttribute")
_LOOKED_AT: Final = ("type", "value", "to_ids", "deleted", "comment", "uuid", *_TIMES, *_MORE)
_KINDS: Final[Mapping[str, Kind]] = {
    type_: parts[0] for type_, parts in PARTS.items() if len(parts) == 1 and parts[0] is not None
}


def plain(attributes: Sequence[dict[str, Any]]) -> tuple[Counter[str], dict[str, list[Any] | pl.Series]] | None:
    """Give what attributes say: how many of each type are context, and the columns of the indicators.

    Returns:
        None where one of them is not plain. The columns are kind, value, comment, item, and, in microseconds, 0 where
        none is said, timestamp, first_seen and last_seen.
    """
    if len(attributes) < _FEW:
        return None
    said = dict(zip(_LOOKED_AT, zip(*(map(one.get, _LOOKED_AT) for one in attributes), strict=True), strict=True))
    types, values, marked = said["type"], said["value"], said["to_ids"]
    sorts = [set(map(type, column)) for column in (types, values, marked)]
    if any(any(said[name]) for name in (*_MORE, "deleted")) or sorts != [{str}, {str}, {bool}]:
        return None
    context = Counter(compress(types, map(not_, marked)))
    if context:
        said = {name: list(compress(column, marked)) for name, column in said.items()}
    kinds = list(map(_KINDS.get, said["type"]))
    try:
        comment, item = (pl.Series(said[name], dtype=pl.String).fill_null("") for name in ("comment", "uuid"))
        times = {name: _times(said[name]) for name in _TIMES}
    except TypeError:  # one of them is no text
        return None
    if None in kinds or any(column.null_count() for column in times.values()):
        return None
    texts = {"comment": comment.to_list(), "item": item.to_list()}
    return context, {"kind": kinds, "value": list(said["value"]), **texts, **times}


def _times(said: Sequence[Any]) -> pl.Series:
    """Read times; null where one is not plainly written, 0 where there is none. Raises TypeError."""
    return misp_times(pl.Series(said, dtype=pl.String).fill_null("0"))
