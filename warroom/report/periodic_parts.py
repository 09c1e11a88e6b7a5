"""The sections of a periodic report behind its first page: each from the figures, in tables and charts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from warroom.catalog.forms import load_forms
from warroom.catalog.ncsa import load_ncsa
from warroom.catalog.thai import long_moment
from warroom.catalog.world import load_technique_names
from warroom.model import Severity
from warroom.report import charts
from warroom.report.layout import Block, Gap, Heading, Paragraph, Run
from warroom.report.periodic_list import list_of
from warroom.report.periodic_summary import course, written
from warroom.report.periodic_told import Told, masked, table

_WIDTH: Final = 16.5
_SMALL: Final = 10.0
_CLOCKS: Final = ("acknowledge", "contain", "resolve")
#: Bars of a chart; the table has the rest.
_BARS: Final = 12
_FORM: Final = "ncsa_k3"


def _note(told: Told, key: str, **values: str | int) -> Paragraph:
    return Paragraph((Run(told(key, **values), faint=True),), size=_SMALL, after=5)


def _nothing(told: Told) -> list[Block]:
    return [_note(told, "nothing")]


def incidents(told: Told) -> list[Block]:
    """Incidents by severity, platform, outcome, category and level."""
    own = told.figures.incidents
    if not (own.opened or own.closed or own.open_after or own.drills):
        return _nothing(told)
    head = (told("opened"), told("closed"), told("open"))
    rows = [
        (told.either(f"severity.{one}", one), *map(_figure, own.severities[one]))
        for one in reversed(Severity)
        if one in own.severities
    ]
    rows.append((told("all"), *map(_figure, (own.opened, own.closed, own.open_after))))
    blocks: list[Block] = [
        Heading(3, told("by_severity")),
        table((told("severity"), *head), rows, (3, 1, 1, 1), numbers=3, total=True),
    ]
    places = sorted(own.platforms.items(), key=lambda one: (-one[1][0], -one[1][2], one[0]))
    if places:
        rows = [(told.platform(name), *map(_figure, three)) for name, three in places]
        blocks += [Heading(3, told("by_platform")), table((told("platform"), *head), rows, (5, 1, 1, 1), numbers=3)]
    if own.dispositions:
        names = {name: told.either(f"disposition.{name}", name or told("no_disposition")) for name in own.dispositions}
        blocks += _counted(told, "by_disposition", "disposition", own.dispositions, names)
    known = load_ncsa()
    thai = told.language == "th"
    counts = own.categories | ({"0": own.drills} if own.drills else {})
    if counts or own.unclassified:
        names = {str(key): f"{key}  {one.th if thai else one.en}" for key, one in known.categories.items()}
        every = {name: counts.get(name, 0) for name in names}
        entries = [(names[name], charts.PLAIN, count) for name, count in every.items()]
        blocks += [
            Heading(3, told("by_category")),
            charts.picture(charts.bars(entries, label_share=0.64), told("by_category"), _WIDTH),
            _note(told, "several", count=own.unclassified),
        ]
    if own.levels:
        names = {key: one.th if thai else one.en for key, one in known.levels.items()}
        blocks += _counted(told, "by_level", "level", own.levels, names)
    return blocks


def targets(told: Told) -> list[Block]:
    """How long it took to acknowledge, contain and resolve."""
    own = told.figures.targets
    if not own.rows:
        return _nothing(told)
    rows = [
        (
            told("all") if one.severity == "all" else told.either(f"severity.{one.severity}", one.severity),
            told.either(f"clock.{one.clock}", one.clock),
            _figure(one.count),
            told.duration(one.median),
            told.duration(one.ninetieth),
            f"{one.kept * 100 // one.count} %",
        )
        for one in own.rows
    ]
    head = tuple(map(told, ("severity", "clock", "measured", "median", "ninetieth", "kept")))
    blocks: list[Block] = [table(head, rows, (1.5, 1.6, 1.1, 1.2, 1.4, 1.2), numbers=4)]
    blocks.append(_note(told, "targets_note", drills=own.drills, doubles=own.doubles))
    if own.measured < own.total:
        blocks.append(_note(told, "targets_cut", count=own.measured, total=own.total))
    return blocks


def alerts(told: Told) -> list[Block]:
    """Alerts over time, by detector and by technique."""
    own = told.figures.alerts
    if not own.total:
        return _nothing(told)
    thai = told.language == "th"
    blocks: list[Block] = [Paragraph((Run(told("alerts_total", alerts=own.total, events=own.events)),))]
    blocks += course(told, "chart_alerts", own.course)
    named = [(masked((one.title_th if thai else "") or one.title), one) for one in own.rules]
    shades = [(name, charts.SHADES[Severity(one.severity)], one.alerts) for name, one in named[:_BARS]]
    blocks += [Paragraph((Run(told("chart_rules"), bold=True),), together=True)]
    blocks += [charts.picture(charts.bars(shades), told("chart_rules"), _WIDTH)]
    rows = [
        (name, told.either(f"severity.{one.severity}", one.severity), _figure(one.alerts), _figure(one.events))
        for name, one in named
    ]
    head = tuple(map(told, ("rule", "severity", "alerts", "events")))
    blocks += [Heading(3, told("rules")), table(head, rows, (5, 1.3, 1.2, 1.4), numbers=2)]
    blocks += _more(told, len(rows), own.rules_known)
    if own.techniques:
        known = load_technique_names()
        used = [(key, known.get(key, ""), _figure(count)) for key, count in own.techniques]
        head = (told("technique"), "", told("alerts"))
        blocks += [Heading(3, told("techniques")), table(head, used, (1.2, 5, 1.2), numbers=1)]
        blocks += _more(told, len(used), own.techniques_known)
    return blocks


def legal(told: Told) -> list[Block]:
    """Legal deadlines that run, and those that were answered."""
    own, thai = told.figures.legal, told.language == "th"
    counts = {"legal_running": own.running, "legal_passed": own.passed, "legal_kept": own.kept, "legal_late": own.late}
    rows = [tuple(_figure(count) for count in counts.values())]
    blocks: list[Block] = [table(tuple(map(told, counts)), rows, (1, 1, 1, 1), numbers=4)]
    if any(own.buckets.values()):
        names = {"under_24": "< 24", "24_to_48": "24–48", "48_to_72": "48–72", "over_72": "> 72"}
        kept = [tuple(_figure(own.buckets.get(name, 0)) for name in names)]
        blocks += [Heading(3, told("legal_buckets")), table(tuple(names.values()), kept, (1, 1, 1, 1), numbers=4)]
    if own.first:
        rows = [
            (
                f"#{one.incident}",
                one.th if thai else one.en,
                masked(one.agency),
                long_moment(one.due_at, told.language) if one.due_at is not None else "—",
            )
            for one in own.first
        ]
        head = tuple(map(told, ("incident", "deadline", "controller", "due")))
        blocks += [Heading(3, told("legal_soonest")), table(head, rows, (0.8, 3.4, 2.6, 2.2))]
        blocks += _more(told, len(rows), own.running)
    return [*blocks, _note(told, "legal_note")]


def feeds(told: Told) -> list[Block]:
    """What every feed brought, refused and left unsaid."""
    own, thai = told.figures.feeds, told.language == "th"
    if not own:
        return _nothing(told)
    sums = {name: sum(getattr(one, name) for one in own) for name in ("received", "rejected", "unbalanced")}
    blind = {one.feed_id: one.why for one in told.figures.blind}
    rows = [
        (
            masked(one.title_th if thai else one.title_en),
            told.platform(one.platform_id),
            told(f"now_{blind.get(one.feed_id, 'good')}"),
            _figure(one.received),
            _figure(one.rejected),
            _figure(one.unbalanced),
            told("quiet_of", quiet=one.quiet, hours=one.hours),
        )
        for one in own
    ]
    head = tuple(map(told, ("feed", "platform", "now", "received", "rejected", "unbalanced", "quiet")))
    return [
        Paragraph((Run(told("feeds_total", **sums, feeds=len(own))),)),
        table(head, rows, (2.4, 2.4, 1.3, 1.5, 1.2, 1.3, 1.4), numbers=4, size=_SMALL),
    ]


def handover(told: Told) -> list[Block]:
    """Who handed the shift over to whom, and what they wrote."""
    one = told.figures.handed
    if one is None:
        return [_note(told, "shift_none")]
    outgoing = {"outgoing": masked(one.outgoing), "outgoing_at": long_moment(one.outgoing_at, told.language)}
    if one.incoming is None or one.incoming_at is None:
        said = told("shift_half", **outgoing)
    else:
        incoming_at = long_moment(one.incoming_at, told.language)
        said = told("shift_signed", **outgoing, incoming=masked(one.incoming), incoming_at=incoming_at)
    return [
        Paragraph((Run(said),)),
        Paragraph((Run(told("shift_decided", count=one.decided)),)),
        *written(told, "shift_notes", one.notes),
        *written(told, "shift_tasks", one.tasks),
        Gap(0.2),
    ]


def kor3(told: Told) -> list[Block]:
    """The counts of form Kor-3, in the form's own words."""
    own = told.figures.kor3
    if own is None:
        return _nothing(told)
    blocks: list[Block] = [Paragraph((Run(told("kor3_note", total=own.total)),))]
    undecided = {"category": own.without_category, "asset": own.without_asset, "level": own.without_level}
    if any(undecided.values()):
        blocks.append(_note(told, "kor3_undecided", **undecided))
    form, thai = load_forms()[_FORM], told.language == "th"
    for key, counts in (("by_category", own.by_category), ("by_asset", own.by_asset), ("by_level", own.by_level)):
        field = form.field(key)
        numbered = key == "by_category"
        names = {
            one.code: (f"{one.code}  " if numbered else "") + (one.th if thai else one.en) for one in field.options
        }
        rows = [(name, _figure(counts.get(code, 0))) for code, name in names.items()]
        title = field.th if thai else field.en
        blocks += [Heading(3, title), table((told(key.removeprefix("by_")), told("count")), rows, (6, 1), numbers=1)]
    return blocks


def _counted(told: Told, title: str, head: str, counts: Mapping[str, int], names: Mapping[str, str]) -> list[Block]:
    rows = [(names.get(key, key), _figure(count)) for key, count in sorted(counts.items(), key=_most)]
    return [Heading(3, told(title)), table((told(head), told("count")), rows, (6, 1), numbers=1)]


def _most(entry: tuple[str, int]) -> tuple[int, str]:
    return -entry[1], entry[0]


def _more(told: Told, shown: int, total: int) -> list[Block]:
    return [_note(told, "more", shown=shown, total=total)] if shown < total else []


def _figure(count: int) -> str:
    return f"{count:,}"


#: Section → what writes it.
SECTIONS: Final[dict[str, Callable[[Told], list[Block]]]] = {
    "handover": handover,
    "incidents": incidents,
    "targets": targets,
    "alerts": alerts,
    "legal": legal,
    "feeds": feeds,
    "kor3": kor3,
    "list": list_of,
}
