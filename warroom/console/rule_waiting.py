"""Rules that wait for a second person: told to whoever may approve them, and to who proposed them as what waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warroom.access import Permission
from warroom.bench import stages
from warroom.console import panels, rule_asking, rule_shelf
from warroom.console.markup import Markup, show, tag
from warroom.console.shared import Shared
from warroom.console.times import age

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warroom.console.room import Room, Tick
    from warroom.store.rules.stages import Change

#: What the catalogue calls them where it is narrowed to a state.
WAITING: Final = "waiting"
_WAITING: Final = Shared["tuple[Change, ...]"](8)


def waiting(room: Room, tick: Tick) -> Sequence[Change]:
    """Give what waits for a second person, oldest first."""
    key = (room.settings.db_url, tick.version("rules"))
    return _WAITING.get(key, lambda: tuple(stages.waiting(room.state, room.person.actor)))


def to_approve(room: Room, tick: Tick) -> list[Change]:
    """Give what this person may approve: nothing of their own, and nothing where they may not manage rules."""
    if not room.person.actor.can(Permission.MANAGE_RULES):
        return []
    return [one for one in waiting(room, tick) if not _is_own(room, one)]


def ids(room: Room, tick: Tick) -> set[str]:
    """Give the ids of the rules that wait."""
    return {one.rule_id for one in waiting(room, tick)}


def told(room: Room, tick: Tick) -> list[Markup]:
    """Say at the head of the catalogue how many wait for this person, with the way to them; nothing where none do."""
    count = len(to_approve(room, tick))
    if not count:
        return []
    text = room.words.counted("rulewaits.for_you", count)
    return [tag("a", text, href=rule_asking.link(state=WAITING), target="_self", cls="wr-more"), tag("span", " · ")]


def show_waiting(room: Room, tick: Tick) -> None:
    """Show what waits for this person, and what of their own waits for somebody else; nothing where nothing does."""
    approvable = to_approve(room, tick)
    own = [one for one in waiting(room, tick) if _is_own(room, one)]
    if not (approvable or own):
        return
    words = room.words
    hint = ""
    if approvable:
        hint = words.counted("rulewaits.for_you", len(approvable))
    with panels.panel("mine_rules", words("rulewaits.title"), hint):
        lines = [_line(room, tick, one, yours=True) for one in approvable]
        lines += [_line(room, tick, one, yours=False) for one in own]
        show(tag("div", tag("ul", *lines, cls="wr-related"), cls="wr-scroll"))


def _line(room: Room, tick: Tick, one: Change, *, yours: bool) -> Markup:
    words = room.words
    entry = rule_shelf.shelf(room, tick).entries.get(one.rule_id)
    title = one.rule_title if entry is None else entry.named(words.language)
    since = age((tick.now_us - one.at) / 1_000_000, words.language)
    said = words("rulewaits.by", who=one.actor) if yours else words("rulewaits.second")
    return tag(
        "li",
        tag("a", title, href=rule_asking.link(one.rule_id), target="_self", title=title, cls="rule"),
        tag("em", f"{said} · {since}"),
    )


def _is_own(room: Room, one: Change) -> bool:
    return one.actor.casefold() == room.person.actor.name.casefold()
