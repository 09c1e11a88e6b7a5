"""Reads rows of ``MATCHES`` into the columns that windows are counted from."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warroom.detect.hashing import SEEDS, mixed, of_lists
from warroom.detect.questions import BILLIONTHS, GREATEST
from warroom.model import ENTITY_COLUMNS

if TYPE_CHECKING:
    import numpy.typing as npt

    from warroom.detect.questions import Question
    from warroom.detect.runs import Rows

#: What is kept of each row to tell of it in an alert.
ORIGIN: Final = ("key", "drill", "feed_id", "platform_id", *ENTITY_COLUMNS.values())
_NUMBER: Final = r"^-?\d+(\.\d+)?([eE][+-]?\d{1,3})?$"


@dataclass(frozen=True, slots=True)
class Members:
    """Events that count for one correlation: columns of ``MATCHES``.

    ``like`` is given for matches of another correlation: equal where they belong to one alert of it. ``stored`` rows
    may be of an earlier version of the correlation.
    """

    batch: pa.RecordBatch
    stored: bool = False
    like: npt.NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """Rows without their groups, the two halves of each key's hash, and what is told of each row."""

    rows: Rows
    first: npt.NDArray[np.uint64]
    second: npt.NDArray[np.uint64]
    origins: pa.RecordBatch


def read_members(members: Members, asked: Question, feeds: dict[str | None, int]) -> Read:
    """Read rows of one correlation; those that do not fit it (any more) or have nothing to count are left out.

    Args:
        members: the rows.
        asked: what the correlation asks: which columns it needs.
        feeds: the number of each feed; new ones are added.
    """
    correlation = asked.correlation
    batch, like = members.batch, members.like
    fits = _fitting(batch, asked, stored=members.stored)
    if fits is not None and not pc.all(fits).as_py():
        batch = batch.filter(fits)
        like = None if like is None else like[fits.to_numpy(zero_copy_only=False)]
    count, width = batch.num_rows, len(correlation.group_by)
    ids = batch.column("event_id").to_numpy()
    rows: Rows = {
        "time": batch.column("ts").cast(pa.int64()).to_numpy(),
        "id": ids if like is None else ~ids,
        "rule": _numbers(batch, asked.rule_ids),
        "feed": _feeds(batch, feeds),
    }
    if asked.of_values:
        flat = batch.column("value").flatten()
        rows["like"] = of_lists(flat, len(correlation.fields), count, SEEDS[0]).view(np.int64)
    elif asked.identified:
        alone = ids if like is None else like
        of_rule = np.where(like is None, np.uint64(0), rows["rule"].astype(np.uint64) + np.uint64(1))
        rows["like"] = mixed(alone.view(np.uint64), of_rule).view(np.int64)
    if asked.numeric:
        numbers = batch.column("value").flatten().cast(pa.float64()).to_numpy().clip(-GREATEST, GREATEST)
        whole = np.floor(numbers)
        rows["whole"] = whole.astype(np.int64)
        rows["part"] = np.rint((numbers - whole) * BILLIONTHS).astype(np.int64)
    keys = batch.column("key").flatten()
    drill = batch.column("drill").cast(pa.uint8()).to_numpy().astype(np.uint64)
    first, second = (mixed(of_lists(keys, width, count, seed), drill) for seed in SEEDS)
    return Read(rows, first, second, batch.select(ORIGIN))


def _fitting(batch: pa.RecordBatch, asked: Question, *, stored: bool) -> pa.Array | None:
    """Say which rows are of the correlation as it is now, and have what it counts; None where all do."""
    correlation = asked.correlation
    tests: list[pa.Array] = []
    if stored:
        tests.append(pc.is_in(batch.column("rule_id"), value_set=pa.array(asked.rule_ids)))
        tests.append(pc.equal(pc.list_value_length(batch.column("key")), len(correlation.group_by)))
    values = batch.column("value")
    if correlation.fields and stored:
        tests.append(pc.equal(pc.list_value_length(values), len(correlation.fields)))
    elif correlation.fields and values.null_count:
        tests.append(values.is_valid())
    fits = functools.reduce(pc.and_, (pc.fill_null(test, False) for test in tests)) if tests else None
    if asked.numeric:
        known = values if fits is None else values.filter(fits)
        number = pc.fill_null(pc.match_substring_regex(known.flatten(), _NUMBER), False)
        fits = number if fits is None else pc.replace_with_mask(fits, fits, number)
    return fits


def _numbers(batch: pa.RecordBatch, rule_ids: tuple[str, ...]) -> npt.NDArray[np.int16]:
    """Give each row's rule by its place in the correlation."""
    if len(rule_ids) == 1:
        return np.zeros(batch.num_rows, np.int16)
    found: npt.NDArray[np.int16] = (
        pc.index_in(batch.column("rule_id"), value_set=pa.array(rule_ids)).to_numpy().astype(np.int16)
    )
    return found


def _feeds(batch: pa.RecordBatch, feeds: dict[str | None, int]) -> npt.NDArray[np.int32]:
    """Give each row's feed by its number."""
    encoded = batch.column("feed_id").dictionary_encode(null_encoding="encode")
    numbers = [feeds.setdefault(feed, len(feeds)) for feed in encoded.dictionary.to_pylist()]
    found: npt.NDArray[np.int32] = np.array(numbers, np.int32)[encoded.indices.to_numpy()]
    return found
