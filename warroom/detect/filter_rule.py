"""Turns a Sigma filter document into a filter of the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from warroom.detect.heading import RefusedError, common, log_source
from warroom.detect.rules import Filter
from warroom.detect.searches import read_detection

if TYPE_CHECKING:
    from warroom.detect.placeholders import Placeholders


def read_filter(data: dict[str, Any], file: str, line: int, placeholders: Placeholders) -> Filter:
    """Read a document with ``filter``. Raises RefusedError."""
    heading = common(data, file, line)
    condition = read_detection(data["filter"], ("filter",), placeholders)
    return Filter(
        rules=_rules(data["filter"].get("rules")),
        condition=condition,
        logsource=log_source(data, empty=True),
        **{key: heading[key] for key in ("id", "title", "file", "line")},
    )


def _rules(given: object) -> tuple[str, ...] | None:
    """Read what the filter names; None for every rule of its log source."""
    if isinstance(given, str) and given:
        return None if given.lower() == "any" else (given,)
    if not isinstance(given, list) or not given:
        raise RefusedError("`rules` lists ids or names of rules, or is `any`: name at least one", "filter", "rules")
    for place, one in enumerate(given):
        if not isinstance(one, str) or not one:
            raise RefusedError("`rules` lists ids or names: put this one in quotes", "filter", "rules", place)
        if one in given[:place]:
            raise RefusedError(f"`rules` names `{one}` twice: remove one", "filter", "rules", place)
    return tuple(given)
