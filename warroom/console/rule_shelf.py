"""The catalogue of detectors as the screens read it: made once for each state of the content and the drafts."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from warroom.bench.catalogue import DRAFT, FILTER, Entry, Told, entries_of, filter_draft, filters_of, text_of, told_of
from warroom.bench.drafts import Draft, drafts_folder, read_drafts
from warroom.console import detector_counts, feed_folder, overview
from warroom.console.shared import Shared
from warroom.detect import load_rules
from warroom.detect.taxonomy import Origin, load_taxonomy
from warroom.store.rules import stages
from warroom.store.views.condition import BLIND

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from warroom.console.room import Room, Tick
    from warroom.detect import LogSource
    from warroom.errors import Fault
    from warroom.store.rules.stages import Staged

_SHELVES: Final = Shared["Shelf"](2)
_TOLD: Final = Shared["tuple[Told, str]"](64)
_SIGHTS: Final = Shared["Mapping[LogSource, str]"](32)
_PUT: Final = Shared["Mapping[str, Staged]"](8)
_SECONDS: Final = 10
#: What a rule's log sources bring it now, worst first.
UNFED, BLINDED, SEEING = "unfed", "blind", "sees"


@dataclass(frozen=True, slots=True)
class Shelf:
    """The rules that raise alerts by id, our own first, drafts last; all drafts by rule id; what does not load.

    A draft of a rule that is in the folder of detectors, too, is among the drafts alone.
    """

    entries: Mapping[str, Entry]
    drafts: Mapping[str, Draft]
    faults: tuple[Fault, ...]
    state: object
    """Equal for equal content: a key of what is made from it."""


def shelf(room: Room, tick: Tick) -> Shelf:
    """Give the rules as they are now."""
    version = tick.version("content")
    folder = drafts_folder(room.settings.data_dir)
    files = _stamps(folder)
    put = _put(room, tick) if files else {}
    key = (room.settings.detectors, version, folder, files, tuple((one, put[one].draft_sha256) for one in put))

    def make() -> Shelf:
        loaded = detector_counts.loaded(room.settings, version)
        detectors = room.settings.detectors
        found = {one.id: one for one in (*entries_of(loaded, detectors), *filters_of(loaded, detectors))}
        drafts, faults = read_drafts(folder, put)
        if drafts:
            own = load_rules([one.path for one in drafts.values()])
            faults = [*faults, *own.refused]
            made = {one.id: one for one in entries_of(own, folder, drafts=True)}
            made |= {
                one.rule_id: filter_draft(one.rule_id, one.title, one.path) for one in drafts.values() if one.is_filter
            }
            found = made | found
        ordered = sorted(found.values(), key=lambda one: (one.origin == DRAFT, one.kind == FILTER))
        return Shelf({one.id: one for one in ordered}, drafts, (*loaded.refused, *faults), key)

    return _SHELVES.get(key, make)


def told(room: Room, tick: Tick, entry: Entry) -> tuple[Told, str]:
    """Give what a rule's document says to people, and its file as it was written."""
    key = (shelf(room, tick).state, entry.id)
    return _TOLD.get(key, lambda: (told_of(entry), text_of(entry)))


def sights(room: Room, tick: Tick) -> Mapping[LogSource, str]:
    """Say of every log source that rules look at whether a feed brings it: ``sees``, ``blind`` or ``unfed``.

    Blind: no feed that brings it is well. Unfed: there is no such feed.
    """
    now = shelf(room, tick)
    key = (now.state, *room.sight(tick, "feeds", seconds=_SECONDS))
    sources = (source for entry in now.entries.values() for source in entry.sources)
    return _SIGHTS.get(key, lambda: _looked(room, tick, sources))


def sight_of(entry: Entry, known: Mapping[LogSource, str]) -> str:
    """Say what the worst-off of a rule's log sources brings: a correlation needs all of them."""
    if entry.kind == FILTER:
        return SEEING
    found = {known.get(source, UNFED) for source in entry.sources}
    return next((one for one in (UNFED, BLINDED) if one in found), SEEING)


def _stamps(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Give what differs once a draft was added, changed or removed."""
    found = []
    for path in folder.glob("*.yml"):
        with suppress(OSError):  # an editor replaces it: the next look sees the new one
            told = path.stat()
            found.append((path.name, told.st_mtime_ns, told.st_size))
    return tuple(sorted(found))


def _put(room: Room, tick: Tick) -> Mapping[str, Staged]:
    """Give where somebody put drafts: of two with one id, the one that was put into a stage is the draft."""

    def make() -> Mapping[str, Staged]:
        with room.state.read() as connection:
            put = stages.staged(connection)
        return {rule_id: put[rule_id] for rule_id in sorted(put) if put[rule_id].draft_sha256 is not None}

    return _PUT.get(room.sight(tick, stages.TOPIC), make)


def _looked(room: Room, tick: Tick, sources: Iterable[LogSource]) -> Mapping[LogSource, str]:
    taxonomy = load_taxonomy()
    defined, _ = feed_folder.feeds_of(room.settings.feeds, room.settings.data_dir)
    conditions = {found.feed.feed_id: found.condition for found in overview.feed_healths(room, tick)}
    brought: dict[Origin, list[bool]] = {}
    for feed in defined:
        source = detector_counts.source_of(feed, None)
        if feed.id in conditions and source is not None:
            brought.setdefault(Origin(source), []).append(conditions[feed.id] in BLIND)
    found = {}
    for source in set(sources):
        blind = [one for origin, ones in brought.items() if taxonomy.meets(source, origin) for one in ones]
        found[source] = UNFED if not blind else BLINDED if all(blind) else SEEING
    return found
