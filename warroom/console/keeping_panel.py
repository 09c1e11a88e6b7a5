"""How far the records are protected and how long they are kept: the chain, the disk, the holds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from warroom.access import Permission
from warroom.console import panels
from warroom.console.markup import Markup, show, tag
from warroom.console.times import date_time, day
from warroom.incidents.legal_holds import list_holds
from warroom.store.forecast import forecast

if TYPE_CHECKING:
    from warroom.console.room import Room
    from warroom.store.holds import Hold
    from warroom.store.standing import Standing

_GIB: Final = 1 << 30
_MIB: Final = 1 << 20
_SOON_DAYS: Final = 30


def show_chain(room: Room, standing: Standing) -> None:
    """Show where the chain stands, and say plainly where its end is not protected."""
    words, settings = room.words, room.settings
    with panels.panel("audit_chain", words("chain.title")):
        away = settings.audit_heads is not None or settings.audit_syslog is not None
        if standing.head_at is None:
            panels.warning(words("chain.no_head"))
        elif not away and standing.sent_at is None:
            panels.warning(words("chain.stays"))
        head = words("chain.never")
        if standing.head_at is not None:
            head = words("chain.head_at", number=standing.head_number, at=date_time(standing.head_at, words.language))
        _facts(
            (words("chain.newest"), f"{standing.newest:,}"),
            (words("chain.head"), head),
            (words("chain.uncovered"), f"{standing.uncovered:,}"),
            (words("chain.away"), _away(room, standing)),
        )
        show(tag("p", words("chain.check"), tag("code", "./run verify"), cls="wr-hint"))


def _away(room: Room, standing: Standing) -> str:
    words = room.words
    if room.settings.audit_heads is not None or standing.sent_at is not None:
        if standing.sent_at is None:
            return words("chain.not_yet")
        return words("chain.sent", at=date_time(standing.sent_at, words.language), waiting=f"{standing.unsent:,}")
    return words("chain.syslog" if room.settings.audit_syslog is not None else "chain.no")


def show_room(room: Room) -> None:
    """Show how long logs are kept, and when the disk will be full."""
    words, settings = room.words, room.settings
    disk = forecast(room.state, settings.data_dir, datetime.now(UTC), settings.retention_days)
    with panels.panel("audit_room", words("keeping.title")):
        full = words("keeping.never_full")
        if disk.full_in_days is not None:
            full = words("keeping.full_in", days=f"{disk.full_in_days:,}")
            if disk.full_in_days < _SOON_DAYS:
                panels.warning(full)
        _facts(
            (words("keeping.retention"), words("keeping.days", days=f"{settings.retention_days:,}")),
            (words("keeping.stored"), _size(disk.stored)),
            (words("keeping.per_day"), _size(disk.per_day)),
            (words("keeping.free"), _size(disk.free)),
            (words("keeping.full"), full),
        )


def show_holds(room: Room) -> None:
    """Show the holds that are in force, to who may place them."""
    words = room.words
    if not room.person.actor.can(Permission.LEGAL_HOLD):
        return
    today = datetime.now(UTC).date().isoformat()
    found = list_holds(room.state, room.person.actor, active_on=today)
    with panels.panel("audit_holds", words("holds.title"), str(len(found)) if found else ""):
        if not found:
            show(tag("p", words("holds.empty"), tag("code", "./run hold set"), cls="wr-hint"))
            return
        show(tag("div", tag("ul", *(_hold(room, one) for one in found), cls="wr-holds"), cls="wr-scroll"))


def _hold(room: Room, hold: Hold) -> Markup:
    words = room.words
    what = {
        "incident": words("holds.incident", id=hold.incident_id or 0),
        "order": words("holds.order", number=hold.order_number or "—"),
    }.get(hold.kind, words("holds.query"))
    until = words("holds.until", day=day(hold.expires_on, words.language)) if hold.expires_on else words("holds.open")
    return tag("li", tag("b", f"#{hold.id} {what}"), tag("span", hold.reason, title=hold.reason), tag("em", until))


def _facts(*rows: tuple[str, str]) -> None:
    show(tag("dl", *(tag("div", tag("dt", name), tag("dd", value)) for name, value in rows), cls="wr-facts"))


def _size(number: int) -> str:
    return f"{number / _GIB:,.1f} GiB" if number >= _GIB else f"{number / _MIB:,.1f} MiB"
