"""Picks out of a batch what correlations need of each matching event: the rows of ``MATCHES``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warroom.detect.columns import Schema, read_chain
from warroom.detect.taxonomy import load_taxonomy
from warroom.model import ENTITY_COLUMNS, UTC_MICROSECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from warroom.detect.reports import Matches
    from warroom.detect.rules import Correlation
    from warroom.detect.ruleset import RuleSet

    Rows = npt.NDArray[Any]

#: One row for each event that counts for a correlation: stored like events, enough to rebuild every window.
#: ``key`` are the values grouped by, ``value`` what is counted, added up or compared (null: nothing of that).
#: ``clock`` is the newest event time of the row's feed when it was accepted: how late was too late.
MATCHES: Final = pa.schema(
    [
        pa.field("event_id", pa.int64()),
        pa.field("ts", UTC_MICROSECONDS),
        pa.field("feed_id", pa.string()),
        pa.field("platform_id", pa.string()),
        pa.field("drill", pa.bool_()),
        pa.field("correlation_id", pa.string()),
        pa.field("rule_id", pa.string()),
        pa.field("key", pa.list_(pa.string())),
        pa.field("value", pa.list_(pa.string())),
        *(pa.field(column, pa.string()) for column in ENTITY_COLUMNS.values()),
        pa.field("clock", UTC_MICROSECONDS),
    ]
)
_ADDRESS, _USER, _DEVICE, _HOST = ENTITY_COLUMNS.values()


def entities(batch: pa.RecordBatch, rows: Rows, *, user_counts: bool) -> list[pa.Array]:
    """Give the entities of events as columns in the order of ``model.ENTITY_COLUMNS``, null where there is none.

    A name that somebody failed to sign in with is no entity unless ``user_counts``; a host is one only where
    there is no address, user or device.
    """
    address, user, device, host = (_column(batch, name, rows) for name in (_ADDRESS, _USER, _DEVICE, _HOST))
    if not user_counts and user.null_count < len(user):
        failed = pc.equal(_column(batch, "event_outcome", rows), "failure")
        user = pc.if_else(pc.fill_null(failed, False), None, user)
    if host.null_count < len(host):
        named = [pc.greater(pc.binary_length(column), 0) for column in (address, user, device)]
        other = pc.or_(pc.or_(*(pc.fill_null(one, False) for one in named[:2])), pc.fill_null(named[2], False))
        host = pc.if_else(other, None, host)
    return [address, user, device, host]


def member_rows(
    batch: pa.RecordBatch,
    matched: Mapping[int, Rows],
    correlation: Correlation,
    ruleset: RuleSet,
    clocks: pa.Array,
    *,
    drill: bool,
) -> list[pa.RecordBatch]:
    """Give the rows of ``MATCHES`` for one correlation, one batch for each of its rules that matched.

    Args:
        batch: the events, with ``event_id`` and ``ts``.
        matched: rule position → rows of the batch.
        correlation: whose rules are looked up.
        ruleset: where it comes from.
        clocks: for each event of the batch, how far its feed had come after all of it.
        drill: the batch's feed is marked as a drill.
    """
    schema = Schema(batch.schema)
    found: list[pa.RecordBatch] = []
    for reference, member in zip(correlation.rules, correlation.members, strict=True):
        rows = matched.get(member) if member >= 0 else None
        if rows is None or not len(rows):
            continue
        rule = ruleset.rules[member]
        grouping = [named(correlation, reference, rule.id, name) for name in correlation.group_by]
        keys = [_texts(batch, schema, field, rows) for field in grouping]
        values = [
            _texts(batch, schema, named(correlation, reference, rule.id, name), rows) for name in correlation.fields
        ]
        by_user = any(load_taxonomy().column_of(name) == "user_name" for name in grouping)
        columns = {
            "event_id": _column(batch, "event_id", rows),
            "ts": _column(batch, "ts", rows),
            "feed_id": _column(batch, "feed_id", rows),
            "platform_id": _column(batch, "platform_id", rows),
            "clock": _taken(clocks, rows),
            **dict(zip(ENTITY_COLUMNS.values(), entities(batch, rows, user_counts=by_user), strict=True)),
        }
        found.append(_batch(columns, correlation, rule.id, keys, values, drill=pa.repeat(drill, len(rows))))
    return found


def chained_rows(matches: Matches, inner: Correlation, outer: Correlation, reference: str) -> pa.RecordBatch:
    """Give the rows of ``MATCHES`` (but ``clock``, null) for matches of a correlation that another one refers to.

    Of such a match only the fields that it is grouped by are known.
    """
    origins = matches.origins.take()
    count, width = len(matches.times), len(inner.group_by)
    flat = origins.column("key").flatten()

    def known(name: str) -> pa.Array:
        field = named(outer, reference, inner.id, name)
        if field not in inner.group_by:
            return pa.nulls(count, pa.string())
        return flat.take(pa.array(np.arange(count) * width + inner.group_by.index(field)))

    columns = {name: origins.column(name) for name in ("feed_id", "platform_id", *ENTITY_COLUMNS.values())} | {
        "event_id": pa.array(matches.ids),
        "ts": pa.array(matches.times, pa.int64()).cast(UTC_MICROSECONDS),
        "clock": pa.nulls(count, UTC_MICROSECONDS),
    }
    keys, values = [known(name) for name in outer.group_by], [known(name) for name in outer.fields]
    return _batch(columns, outer, inner.id, keys, values, drill=origins.column("drill"))


def named(correlation: Correlation, reference: str, rule_id: str, name: str) -> str:
    """Resolve an alias; a name that is none is a field itself."""
    alias = correlation.aliases.get(name)
    if alias is None:
        return name
    return alias.get(reference) or alias.get(rule_id) or name


def _batch(
    columns: dict[str, pa.Array],
    correlation: Correlation,
    rule_id: str,
    keys: Sequence[pa.Array],
    values: Sequence[pa.Array],
    *,
    drill: pa.Array,
) -> pa.RecordBatch:
    count = len(drill)
    columns |= {
        "drill": drill,
        "correlation_id": pa.repeat(correlation.id, count),
        "rule_id": pa.repeat(rule_id, count),
        "key": _lists(keys, count, keep_null=True),
        "value": _lists(values, count, keep_null=False) if values else pa.nulls(count, pa.list_(pa.string())),
    }
    return pa.RecordBatch.from_arrays([columns[name] for name in MATCHES.names], schema=MATCHES)


def _lists(columns: Sequence[pa.Array], count: int, *, keep_null: bool) -> pa.ListArray:
    """Put columns side by side into lists; without ``keep_null`` a row that lacks one is null."""
    width = len(columns)
    offsets = pa.array(np.arange(count + 1, dtype=np.int32) * width)
    if width == 1:
        flat = columns[0]
    else:
        flat = pa.concat_arrays(columns) if columns else pa.nulls(0, pa.string())
        flat = flat.take(
            pa.array(np.arange(count * width).reshape(width, count).T.ravel() if width else [], pa.int64())
        )
    lacking = None
    if not keep_null and flat.null_count:
        lacking = np.logical_or.reduce([column.is_null().to_numpy(zero_copy_only=False) for column in columns])
        lacking = pa.array(lacking)
    return pa.ListArray.from_arrays(offsets, flat, mask=lacking)


def _texts(batch: pa.RecordBatch, schema: Schema, field: str, rows: Rows) -> pa.Array:
    """Give a field's value in some rows as one text; of a list of values one that is the same for the same list."""
    column = _taken(read_chain(batch, schema.chain(field)), rows)
    if pa.types.is_list(column.type):
        items = pc.fill_null(column.values, "")
        column = pa.ListArray.from_arrays(column.offsets, items, mask=column.is_null() if column.null_count else None)
        column = pc.binary_join(column, ", ")
    return _plain(column)


def _column(batch: pa.RecordBatch, name: str, rows: Rows) -> pa.Array:
    if name not in batch.schema.names:
        return pa.nulls(len(rows), MATCHES.field(name).type if name in MATCHES.names else pa.string())
    return _plain(_taken(batch.column(name), rows))


def _taken(column: pa.Array, rows: Rows) -> pa.Array:
    """Take rows, ascending; a column of which all are wanted is as good as its copy."""
    return column if len(rows) == len(column) else column.take(pa.array(rows))


def _plain(column: pa.Array) -> pa.Array:
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
