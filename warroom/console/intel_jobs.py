"""What is looked up in stored events for new indicators, and what warning lists and rulings held back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warroom.console import panels
from warroom.console.markup import Markup, tag
from warroom.console.masking import masked
from warroom.console.times import age, date_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from warroom.console.room import Room
    from warroom.store.intel.look_backs import LookBack
    from warroom.store.views.intel_health import HeldBack

_FEEDS: Final = 3
_SECOND: Final = 1_000_000
#: What people's rulings are counted as.
RULING: Final = "ruling"


def jobs(room: Room, now_us: int, found: Sequence[LookBack], titles: Mapping[str, str]) -> Markup:
    """Give the searches of stored events, those that run first."""
    words = room.words
    if not found:
        return panels.nothing(words("intel.no_jobs"), words("intel.no_jobs_do"))
    names = [tag("th", words(f"intel.job_{name}"), cls=name) for name in ("at", "of", "new", "progress", "alerts")]
    rows = []
    for job in found:
        of = ", ".join(titles.get(feed, feed) for feed in job.feeds[:_FEEDS])
        if len(job.feeds) > _FEEDS:
            of = f"{of} {words('banner.more', count=len(job.feeds) - _FEEDS)}"
        rows.append(
            tag(
                "tr",
                tag("td", date_time(job.made_at, words.language), cls="at"),
                tag("td", of, title=of),
                tag("td", f"{job.indicators:,}", cls="n"),
                tag("td", _progress(room, now_us, job), title=_since(room, job)),
                tag("td", f"{job.alerts:,}" if job.alerts else "—", cls="n"),
            )
        )
    table = tag("table", tag("thead", tag("tr", *names)), tag("tbody", *rows), cls="wr-table jobs")
    return tag("div", table, cls="wr-scroll")


def held(room: Room, found: Sequence[HeldBack], *, examples: bool) -> Markup:
    """Give what held back most; with examples to who sees all platforms, for they are of any of them."""
    words = room.words
    if not found:
        return panels.nothing(words("intel.none_held"), words("intel.none_held_do"))
    most = max(one.count for one in found)
    rows = []
    for one in found:
        name = words("intel.by_ruling") if one.by == RULING else one.by
        example = [tag("code", masked(one.example))] if examples and one.example else []
        rows.append(
            tag(
                "li",
                tag("span", name, title=name),
                *example,
                tag("b", f"{one.count:,}"),
                style=f"--share:{100 * one.count / most:.1f}%",
            )
        )
    return tag("div", tag("ul", *rows, cls="wr-held"), cls="wr-scroll")


def _progress(room: Room, now_us: int, job: LookBack) -> Markup | str:
    words, language = room.words, room.words.language
    if job.failure:
        return tag("span", words("intel.job_failed"), " · ", job.failure, cls="bad")
    if job.finished_at is not None:
        took = age((job.finished_at - job.made_at) / _SECOND, language)
        return words("intel.job_done", events=f"{job.events:,}", took=took)
    share = 100 * job.files_done / job.files if job.files else 0
    told = words("intel.job_runs", share=f"{share:.0f}", events=f"{job.events:,}",
                 took=age((now_us - job.made_at) / _SECOND, language))  # fmt: skip
    return tag("span", tag("i", "", style=f"width:{share:.0f}%"), tag("span", told), cls="wr-progress")


def _since(room: Room, job: LookBack) -> str:
    return room.words("intel.job_since", at=date_time(job.since, room.words.language))
