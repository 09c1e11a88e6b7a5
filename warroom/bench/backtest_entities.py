"""By what a back-test counts alerts of correlations: what the correlation groups by, where that is an entity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warroom.detect.taxonomy import load_taxonomy
from warroom.model import ENTITY_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Collection

    from warroom.detect import Correlation
    from warroom.model import Alert

_KINDS: Final = {column: kind for kind, column in ENTITY_COLUMNS.items()}


def grouped_kinds(correlation: Correlation) -> frozenset[str]:
    """Give the kinds of entity that a correlation groups by; none where it groups by sources' own names alone."""
    aliases = correlation.aliases
    fields = {name for one in correlation.group_by for name in (aliases[one].values() if one in aliases else [one])}
    columns = {load_taxonomy().column_of(name) for name in fields}
    return frozenset(kind for column, kind in _KINDS.items() if column in columns)


def main_entity(alert: Alert, kinds: Collection[str]) -> tuple[str, str] | None:
    """Give the kind and value of the entity that an alert is counted under: the first of the kinds, else of all."""
    found = [(one.kind, one.value) for one in alert.entities]
    return next((one for one in found if one[0] in kinds), found[0] if found else None)
