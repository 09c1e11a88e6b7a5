"""A handover as people read, sign and print it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from warroom.console import panels
from warroom.console.log_words import actor_name, deed
from warroom.console.markup import Markup, tag
from warroom.console.masking import masked
from warroom.console.times import date, date_time, moment
from warroom.model import Severity
from warroom.store.incidents import LogEntry

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from warroom.console.room import Room
    from warroom.incidents.shifts import Shift
    from warroom.store.handovers import Addendum, Handover

_HASH: Final = 16


def paper(room: Room, shift: Shift, told: dict[str, Any], at: int, texts: Sequence[tuple[str, str]]) -> Markup:
    """Give a brief as a document; ``texts``: what people wrote, with its titles."""
    words, language = room.words, room.words.language
    head = tag(
        "header",
        tag("h1", words("handover.paper")),
        tag("p", f"{date(shift.since, language)} · {words('handover.shift', shift=shift.label)}"),
        tag("span", words("handover.as_of", at=date_time(at, language))),
    )
    written = [
        tag("section", tag("h2", title), tag("p", masked(text), cls="written"), cls="wide") for title, text in texts
    ]
    parts = [
        _counts(room, told),
        *written,
        _section(room, "open", _incidents(room, told["open"], due=True), wide=True),
        _section(room, "running", _running(room, told)),
        # a handover that was signed before briefs told of it says nothing about it
        *([_section(room, "overdue", _overdue(room, told["overdue"]))] if "overdue" in told else []),
        _section(room, "decisions", _decisions(room, told["decisions"])),
        _section(room, "closed", _incidents(room, told["closed"], due=False)),
        _section(room, "blind", [_blind(room, one) for one in told["blind"]]),
        _section(room, "hidden", [_hidden(room, one) for one in told["hidden"]]),
        _section(room, "planned", [_planned(room, one) for one in told["planned"]]),
    ]
    return tag("article", head, *parts, cls="wr-paper")


def signatures(room: Room, found: Handover, added: Sequence[Addendum]) -> Markup:
    """Give who signed what, and what was added since."""
    words, language = room.words, room.words.language
    lines = [
        tag(
            "div",
            tag("dt", words("handover.outgoing")),
            tag("dd", found.outgoing),
            tag("dd", date_time(found.outgoing_at, language)),
        )
    ]
    incoming = tag("em", words("handover.not_yet"))
    when = ""
    if found.incoming is not None and found.incoming_at is not None:
        incoming, when = tag("span", found.incoming), date_time(found.incoming_at, language)
    lines.append(tag("div", tag("dt", words("handover.incoming")), tag("dd", incoming), tag("dd", when)))
    intact = found.own_hash == found.sha256
    hashed = tag("p", words("handover.hash"), " ", tag("code", found.sha256), cls="hash" if intact else "hash bad")
    pieces = [tag("dl", *lines), hashed]
    if not intact:
        pieces.append(tag("p", words("handover.broken"), cls="bad"))
    for one in added:
        who = f"{one.actor} · {date_time(one.at, language)}"
        pieces.append(
            tag(
                "section",
                tag("h2", words("handover.addendum")),
                tag("p", masked(one.text), cls="written"),
                tag("small", who),
            )
        )
    return tag("article", *pieces, cls="wr-paper signed")


def _section(room: Room, name: str, lines: list[Markup], *, wide: bool = False) -> Markup:
    words = room.words
    shown = tag("ul", *lines) if lines else tag("p", words(f"handover.no_{name}"), cls="none")
    return tag("section", tag("h2", words(f"handover.{name}")), shown, cls="wide" if wide else "")


def _counts(room: Room, told: dict[str, Any]) -> Markup:
    words = room.words
    pieces = [
        tag("span", panels.severity_chip(severity, words), tag("b", f"{told['by_severity'][severity]:,}"))
        for severity in reversed(Severity)
        if told["by_severity"].get(severity)
    ]
    figures = (
        ("count_open", told["open"]["total"]),
        ("count_opened", told["opened"]["total"]),
        ("count_closed", told["closed"]["total"]),
        ("count_running", len(told["running_out"])),
        *([("count_overdue", told["overdue"]["total"])] if "overdue" in told else []),
        ("count_blind", len(told["blind"])),
    )
    pieces += [tag("span", words(f"handover.{name}"), tag("b", f"{count:,}")) for name, count in figures]
    return tag("div", *pieces, cls="counts")


def _incidents(room: Room, listed: dict[str, Any], *, due: bool) -> list[Markup]:
    words, language = room.words, room.words.language
    lines = []
    for one in listed["rows"]:
        state = words.either(f"status.{one['status']}", str(one["status"]))
        if one["disposition"]:
            state = words.either(f"disposition.{one['disposition']}", str(one["disposition"]))
        following = ""
        if due and one["clock"]:
            following = f"{words('clock.' + one['clock'])} {date_time(one['due_at'], language)}"
        lines.append(
            tag(
                "li",
                *_named(room, one),
                tag("span", room.platform(one["platform"]), cls="where"),
                tag("span", state, cls="state"),
                tag("span", one["assignee"] or "—", cls="who"),
                *([tag("span", following, cls="due")] if due else []),
            )
        )
    return [*lines, *_rest(room, listed["total"] - len(lines))]


def _named(room: Room, one: dict[str, Any]) -> list[Markup]:
    title = (one["title_th"] if room.words.language == "th" else "") or one["title"]
    pieces = [
        panels.severity_chip(Severity(one["severity"]), room.words),
        tag("a", f"#{one['number']}", href=f"/?incident={int(one['number'])}", target="_self"),
    ]
    if one["drill"] and not room.drill:
        pieces.append(panels.drill_mark(room.words))
    return [*pieces, tag("b", masked(str(title)), title=masked(str(title)))]


def _running(room: Room, told: dict[str, Any]) -> list[Markup]:
    words, language = room.words, room.words.language
    lines = [
        tag(
            "li",
            tag("a", f"#{one['number']}", href=f"/?incident={int(one['number'])}", target="_self"),
            tag("b", words(f"clock.{one['clock']}")),
            tag("span", date_time(one["due_at"], language), cls="due"),
        )
        for one in told["running_out"]
    ]
    if not told["legal"]:
        lines.append(tag("li", tag("span", words("handover.no_legal"), cls="none")))
    return lines


def _overdue(room: Room, listed: dict[str, Any]) -> list[Markup]:
    words, language = room.words, room.words.language
    lines = [
        tag(
            "li",
            tag("a", f"#{one['number']}", href=f"/?incident={int(one['number'])}", target="_self"),
            tag("b", words.either(f"measure.{one['measure']}", str(one["measure"]))),
            tag("code", masked(str(one["target"]))),
            tag("span", masked(str(one["of"])), cls="where"),
            tag(
                "span",
                words(
                    "handover.not_done" if one["state"] == "asked" else "handover.not_undone",
                    at=date_time(one["due_at"], language),
                ),
                cls="due",
            ),
        )
        for one in listed["rows"]
    ]
    return [*lines, *_rest(room, listed["total"] - len(lines))]


def _decisions(room: Room, listed: dict[str, Any]) -> list[Markup]:
    lines = [
        tag(
            "li",
            tag("time", f"{moment(one['at']):%H:%M}"),
            tag("a", f"#{one['number']}", href=f"/?incident={int(one['number'])}", target="_self"),
            tag("b", actor_name(one["actor"], room.words)),
            tag("span", deed(LogEntry(one["at"], one["actor"], one["action"], one["body"]), room.words)),
        )
        for one in listed["rows"]
    ]
    return [*lines, *_rest(room, listed["total"] - len(lines))]


def _blind(room: Room, one: dict[str, Any]) -> Markup:
    words = room.words
    title = one["title_th" if words.language == "th" else "title"]
    since = date_time(one["since"], words.language) if one["since"] else "—"
    return tag(
        "li",
        tag("b", title),
        tag("span", words(f"feeds.{one['why']}"), cls="bad"),
        tag("span", words("handover.last_line", at=since)),
        tag("span", room.platform(one["platform"]), cls="where"),
    )


def _hidden(room: Room, one: dict[str, Any]) -> Markup:
    until = room.words("rota.until", at=date_time(one["until"], room.words.language))
    what = masked(str(one["what"])) or "—"
    return tag(
        "li",
        tag("b", what),
        tag("span", masked(str(one["reason"]))),
        tag("span", f"{one['owner']} · {until}", cls="due"),
    )


def _planned(room: Room, one: dict[str, Any]) -> Markup:
    language = room.words.language
    when = f"{date_time(one['from'], language)} – {date_time(one['until'], language)}"
    where = room.platform(one["platform"]) if one["platform"] else ""
    return tag("li", tag("b", masked(str(one["what"]))), tag("span", where, cls="where"), tag("span", when, cls="due"))


def _rest(room: Room, count: int) -> Iterable[Markup]:
    return [tag("li", tag("span", room.words("handover.more", count=count), cls="none"))] if count > 0 else []
