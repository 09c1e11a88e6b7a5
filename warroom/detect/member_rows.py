"""Picks out of a batch what correlations need of each matching event: the rows of ``MATCHES``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from warroom.detect.columns import Schema, read_chain
from warroom.detect.taxonomy import load_taxonomy
from warroom.model import ENTITY_COLUMNS, UTC_MICROSECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from warroom.detect.rules import Correlation
    from warroom.detect.ruleset import RuleSet

#: One row for each event that counts for a correlation: stored like events, enough to rebuild every window.
#: ``key`` are the values grouped by, ``value`` what value_count counts (null: nothing to count).
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


def entity_rows(batch: pa.RecordBatch, rows: npt.NDArray[Any], *, user_counts: bool) -> list[tuple[str | None, ...]]:
    """Give the entities of events in the order of ``model.ENTITY_COLUMNS``, None where there is none.

    A name that somebody failed to sign in with is no entity unless ``user_counts``; a host is one only where
    there is no address, user or device.
    """
    places = pa.array(rows, pa.int64())
    names = batch.schema.names
    columns = [
        batch.column(column).take(places).to_pylist() if column in names else [None] * len(rows)
        for column in ENTITY_COLUMNS.values()
    ]
    outcomes = (
        batch.column("event_outcome").take(places).to_pylist() if "event_outcome" in names else [None] * len(rows)
    )
    found: list[tuple[str | None, ...]] = []
    for address, user, device, host, outcome in zip(*columns, outcomes, strict=True):
        name = user if user_counts or outcome != "failure" else None
        found.append((address, name, device, None if address or name or device else host))
    return found


def member_rows(
    batch: pa.RecordBatch,
    matched: dict[int, npt.NDArray[Any]],
    correlation: Correlation,
    ruleset: RuleSet,
    *,
    drill: bool,
) -> dict[str, list[Any]]:
    """Give the columns of ``MATCHES`` (but ``clock``) for one correlation.

    Args:
        batch: the events, with ``event_id`` and ``ts``.
        matched: rule position → rows of the batch.
        correlation: whose rules are looked up.
        ruleset: where it comes from.
        drill: the batch's feed is marked as a drill.
    """
    schema = Schema(batch.schema)
    columns: dict[str, list[Any]] = {name: [] for name in MATCHES.names}
    for reference, member in zip(correlation.rules, correlation.members, strict=True):
        rows = matched.get(member)
        if rows is None:
            continue
        rule = ruleset.rules[member]
        grouping = [_field(correlation, reference, rule.id, name) for name in correlation.group_by]
        places = pa.array(rows, pa.int64())
        picked = batch.take(places)
        keys = _values(picked, schema, grouping, keep_null=True)
        by_user = any(load_taxonomy().column_of(name) == "user_name" for name in grouping)
        entities = entity_rows(batch, rows, user_counts=by_user)
        columns["event_id"] += picked.column("event_id").to_pylist()
        columns["ts"] += picked.column("ts").cast(pa.int64()).to_pylist()
        for name in ("feed_id", "platform_id"):
            columns[name] += picked.column(name).to_pylist()
        columns["drill"] += [drill] * len(rows)
        columns["correlation_id"] += [correlation.id] * len(rows)
        columns["rule_id"] += [rule.id] * len(rows)
        columns["key"] += keys
        counted = [_field(correlation, reference, rule.id, name) for name in correlation.fields]
        columns["value"] += _values(picked, schema, counted, keep_null=False)
        for place, name in enumerate(ENTITY_COLUMNS.values()):
            columns[name] += [entity[place] for entity in entities]
    return columns


def _field(correlation: Correlation, reference: str, rule_id: str, name: str) -> str:
    """Resolve an alias; a name that is none is a field itself."""
    alias = correlation.aliases.get(name)
    if alias is None:
        return name
    return alias.get(reference) or alias.get(rule_id) or name


def _values(
    batch: pa.RecordBatch, schema: Schema, fields: Sequence[str], *, keep_null: bool
) -> list[list[str | None] | None]:
    """Give each row's values of fields; without ``keep_null`` a row that lacks one has None."""
    if not fields:
        return [[]] * batch.num_rows if keep_null else [None] * batch.num_rows
    columns = [[_one(value) for value in read_chain(batch, schema.chain(field)).to_pylist()] for field in fields]
    rows = [list(values) for values in zip(*columns, strict=True)]
    return [values if keep_null or None not in values else None for values in rows]


def _one(value: str | list[str | None] | None) -> str | None:
    """Make one text of a list of values, the same for the same list."""
    return ", ".join(item or "" for item in value) if isinstance(value, list) else value
