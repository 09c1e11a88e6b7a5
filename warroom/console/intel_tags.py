"""The techniques and vulnerabilities that an incident's alerts are tagged with, and what is known of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from warroom.console import intel_sights, panels, sights
from warroom.console.markup import Markup, show, tag
from warroom.console.shared import Shared
from warroom.console.times import day
from warroom.indicators import TABLES
from warroom.intel.vulnerabilities import Vulnerabilities, cves_in
from warroom.store.intel import search, snapshots

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warroom.console.room import Room, Tick
    from warroom.intel.vulnerabilities import Vulnerability
    from warroom.store.views import IncidentView

_TECHNIQUE: Final = re.compile(r"(?:attack\.)?(t\d{4}(?:\.\d{3})?)", re.IGNORECASE)
_MOST: Final = 24
_KNOWN: Final = Shared[Vulnerabilities](1)
_NAMES: Final = Shared["dict[str, str]"](1)


def show_tags(room: Room, tick: Tick, view: IncidentView) -> None:
    """Show the techniques with their names, and the vulnerabilities with whether they are exploited."""
    words = room.words
    rested, _ = intel_sights.rests_on(room.state, room.seen, tick.version("incidents"), view.incident.id)
    listed = [str(each.get("tags") or "") for one in rested for each in one.listed]
    tags = [
        *(name for alert in view.alerts for name in alert.tags),
        *(name for text in listed for name in text.split()),
    ]
    techniques = dict.fromkeys(found[1].upper() for name in tags if (found := _TECHNIQUE.fullmatch(name)))
    cves = cves_in(tags, [str(each.get("comment") or "") for one in rested for each in one.listed])
    with panels.panel("intel_tags", words("intelpart.techniques")):
        if not techniques and not cves:
            panels.empty(words("intelpart.no_techniques"), words("intelpart.no_techniques_do"))
            return
        rows = [_technique(room, name) for name in list(techniques)[:_MOST]]
        rows += [_vulnerability(room, one) for one in _about(room, cves[:_MOST])]
        show(tag("div", tag("ul", *rows, cls="wr-addresses"), cls="wr-scroll"))


def _technique(room: Room, name: str) -> Markup:
    told = sights.attack()[1].get(name)
    title = told.name if told is not None else _names(room).get(name, "")
    return tag("li", tag("div", tag("code", name), tag("b", title)))


def _vulnerability(room: Room, one: Vulnerability) -> Markup:
    words = room.words
    marks, told = [], []
    if one.exploited is not None:
        due = one.exploited.due_on
        said = (
            words("intelpart.kev_no_due")
            if due is None
            else words("intelpart.kev", due=day(due.isoformat(), words.language))
        )
        marks.append(tag("span", said, cls="wr-badge bad"))
        if one.exploited.ransomware:
            marks.append(tag("span", words("intelpart.ransomware"), cls="wr-badge bad"))
        told.append(f"{one.exploited.vendor} {one.exploited.product}: {one.exploited.name}")
    if one.probability is not None:
        told.append(words("intelpart.epss", probability=f"{100 * one.probability:.1f}"))
    if not told:
        told.append(words("intelpart.cve_unknown"))
    text = " · ".join(told)
    return tag("li", tag("div", tag("code", one.cve), *marks), tag("span", text, cls="told", title=text))


def _about(room: Room, cves: Sequence[str]) -> list[Vulnerability]:
    """Tell what the catalogues say of vulnerabilities; they are read once for all who ask."""
    if not cves:
        return []

    def make() -> Vulnerabilities:
        return Vulnerabilities(_table(room, "exploited"), _table(room, "likely"))

    marks = search.mark(room.state, "exploited"), search.mark(room.state, "likely")
    known = _KNOWN.get((room.settings.db_url, *marks), make)
    return [known.about(cve) for cve in cves]


def _names(room: Room) -> dict[str, str]:
    """Give the names of techniques that feeds brought: newer ones than the reference has, and of ICS and mobiles."""

    def make() -> dict[str, str]:
        table = _table(room, "techniques").select(["id", "name"])
        return {row["id"]: row["name"] or "" for row in table.to_pylist()}

    return _NAMES.get((room.settings.db_url, search.mark(room.state, "techniques")), make)


def _table(room: Room, holds: str) -> pa.Table:
    tables = [table for _, table in snapshots.tables(room.state, room.settings.data_dir, holds)]
    return pa.concat_tables([TABLES[holds].empty_table(), *tables]).unify_dictionaries()
