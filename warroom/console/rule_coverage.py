"""What the detectors cover of ATT&CK as a person sees it, and a layer of it for MITRE's Navigator."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from warroom.access import Permission
from warroom.access.guard import check
from warroom.bench import coverage
from warroom.console import rule_shelf, rule_sights, sights
from warroom.console.shared import Shared

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warroom.access import Actor
    from warroom.bench.coverage import Covered
    from warroom.console.room import Room, Tick

FILE_NAME: Final = "attack_navigator_layer.json"
_FOUND: Final = Shared["Mapping[str, Covered]"](32)


def covered(room: Room, tick: Tick, days: int, *, whole: bool = True) -> Mapping[str, Covered]:
    """Give every technique that a rule covers, or an alert of the last days names, by id.

    Args:
        room: whose screen it is.
        tick: the moment.
        days: how far back alerts are counted.
        whole: count sub-techniques as the technique that they are part of.
    """
    key = (room.settings.detectors, *room.sight(tick, "content", "rules"), tick.minute, days, whole)

    def look() -> Mapping[str, Covered]:
        stages = {one: figures.stage for one, figures in rule_sights.figures(room, tick).items()}
        seen = {one.tag: one.alerts for one in sights.tags(room.state, room.seen, tick.minute, days)}
        return coverage.covered(rule_shelf.shelf(room, tick).entries.values(), stages, seen, whole=whole)

    return _FOUND.get(key, look)


def navigator_layer(actor: Actor, found: Mapping[str, Covered], name: str) -> bytes:
    """Give the coverage as a layer for MITRE's ATT&CK Navigator. Raises ForbiddenError to who may not look."""
    check(actor, Permission.READ_INCIDENTS)
    return json.dumps(coverage.layer(found, name), ensure_ascii=False, indent=1).encode()
