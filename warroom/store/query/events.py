"""A search over stored events as a condition of DuckDB: columns from a fixed list, everything else a parameter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pyarrow as pa

from warroom.model import CORE, ENVELOPE, ecs_name
from warroom.store.query.tree import And, Compare, Exists, Match, Network, Node, Not, Or, Pattern, Text, Wild

#: What people may call a column: its own name, its name in ECS, and some short ones.
COLUMNS: Final[dict[str, str]] = {
    **{name: name for name in (*ENVELOPE, *CORE)},
    **{ecs_name(name): name for name in (*ENVELOPE, *CORE)},
    "platform": "platform_id",
    "feed": "feed_id",
    "ip": "source_ip",
    "user": "user_name",
    "host": "host_hostname",
    "status": "http_response_status_code",
    "url": "url_original",
    "country": "source_geo_country_iso_code",
}
_TYPES: Final = ENVELOPE | CORE
#: The line as text. One with bytes that are no UTF-8 must not hide by them: then each run of bytes beyond ASCII counts
#: as one character that is like no other. DuckDB writes those bytes, quotes and backslashes of a BLOB as escapes.
_BROKEN: Final = (
    r"replace(replace(replace(regexp_replace(CAST(raw AS VARCHAR), '(\\x[0189A-F][0-9A-F])+', chr(65533), 'g'), "
    r"'\x27', chr(39)), '\x22', chr(34)), '\x5C', chr(92))"
)
_LINE: Final = f"coalesce(TRY(decode(raw)), {_BROKEN})"
_OPERATORS: Final = frozenset({">", ">=", "<", "<="})


def kind_of(field: str) -> str | None:
    """Say what a field of events holds; a name that is no column is looked for among the source's own."""
    column = COLUMNS.get(field)
    if column is None or pa.types.is_string(_TYPES[column]):
        return "text"
    return "time" if pa.types.is_timestamp(_TYPES[column]) else "number"


def event_condition(node: Node) -> tuple[str, list[object]]:
    """Give a search as SQL that is true or false, never null, and its parameters in order."""
    if isinstance(node, And | Or):
        if not node.nodes:
            return "TRUE", []
        parts = [event_condition(one) for one in node.nodes]
        joint = " AND " if isinstance(node, And) else " OR "
        return f"({joint.join(sql for sql, _ in parts)})", [value for _, values in parts for value in values]
    if isinstance(node, Not):
        sql, values = event_condition(node.node)
        return f"NOT {sql}", values
    if isinstance(node, Text):
        return f"lower({_LINE}) LIKE ? ESCAPE '!'", [f"%{like(node.pattern)}%"]
    return _leaf(node)


def _leaf(node: Match | Exists | Compare | Network) -> tuple[str, list[object]]:
    column = COLUMNS.get(node.field)
    if column is not None:
        if isinstance(node, Exists):
            return f"({column} IS NOT NULL)", []
        value = column if kind_of(node.field) != "time" else f"epoch_us({column})"
        sql, values = _test(node, value)
        return f"coalesce({sql}, FALSE)", values
    if isinstance(node, Exists):
        return "coalesce(len(fields[?]) > 0, FALSE)", [node.field]
    sql, values = _test(node, "one")
    return f"coalesce(len(list_filter(fields[?], lambda one: coalesce({sql}, FALSE))) > 0, FALSE)", [
        node.field,
        *values,
    ]


def _test(node: Match | Compare | Network, value: str) -> tuple[str, list[object]]:
    """Give the condition on one value; may be null."""
    if isinstance(node, Match):
        return f"lower(CAST({value} AS VARCHAR)) LIKE ? ESCAPE '!'", [like(node.pattern)]
    if isinstance(node, Network):
        number = " + ".join(
            f"TRY_CAST(split_part({value}, '.', {place}) AS UBIGINT) * {256 ** (4 - place)}" for place in range(1, 5)
        )
        four = f"regexp_full_match({value}, '[0-9]{{1,3}}([.][0-9]{{1,3}}){{3}}')"
        return f"CASE WHEN {four} THEN {number} BETWEEN ? AND ? END", [node.low, node.high]
    if node.operator not in _OPERATORS:
        raise ValueError(node.operator)
    return f"TRY_CAST({value} AS DOUBLE) {node.operator} ?", [node.value]


def like(pattern: Pattern, written: Callable[[str], str] = str) -> str:
    """Give a pattern for LIKE, in small letters, with ``!`` before what means something there."""
    signs = {Wild.ANY: "%", Wild.ONE: "_"}
    return "".join(
        signs[piece]
        if isinstance(piece, Wild)
        else "".join(f"!{one}" if one in "!%_" else one for one in written(piece).lower())
        for piece in pattern
    )
