"""The first page of a periodic report: what happened, three figures that matter, what needs a decision."""

from __future__ import annotations

from typing import Final

from warroom.model import Severity
from warroom.report import charts
from warroom.report.layout import Block, Gap, Heading, Paragraph, Run, Table
from warroom.report.periodic_told import Told, masked
from warroom.report.periods import Kind, part_label

_SERIOUS: Final = (Severity.CRITICAL, Severity.HIGH)
_BIG: Final = 26.0
_SMALL: Final = 10.0
_WHERE: Final = 3
_WIDTH: Final = 16.5


def executive(told: Told) -> list[Block]:
    """Give the page for who decides."""
    return [
        Gap(0.2),
        Heading(2, told("happened")),
        *(Paragraph((Run(one),), after=5) for one in happened(told)),
        Heading(2, told("figures")),
        _three(told),
        *course(told, "chart_opened", told.figures.incidents.course),
        Heading(2, told("decisions")),
        *_decisions(told),
    ]


def happened(told: Told) -> list[str]:
    """Tell the period in a few sentences."""
    own = told.figures.incidents
    severities = {one: own.severities.get(one, [0, 0, 0])[0] for one in _SERIOUS}
    values = {"opened": own.opened, "closed": own.closed, "open": own.open_after}
    if own.opened:
        critical, high = (severities[one] for one in _SERIOUS)
        lines = [told("happened_opened", **values, critical=critical, high=high)]
    else:
        lines = [told("happened_nothing", closed=own.closed, open=own.open_after)]
    before = told.figures.opened_before
    change = own.opened - before
    if own.opened or before:
        key = "happened_same" if change == 0 else "happened_more" if change > 0 else "happened_fewer"
        values = {"before": before} if change == 0 else {"before": before, "more": abs(change)}
        lines[0] += " " + told(key, **values)
    most = sorted(own.platforms.items(), key=lambda one: (-one[1][0], one[0]))
    if where := [f"{told.platform(name)} ({opened:,})" for name, (opened, *_) in most[:_WHERE] if opened]:
        lines.append(told("happened_where", platforms=" · ".join(where)))
    if told.figures.alerts.total:
        lines.append(told("happened_alerts", alerts=told.figures.alerts.total, rules=told.figures.alerts.rules_known))
    if own.drills:
        lines.append(told("happened_drills", drills=own.drills))
    return lines


def decisions(told: Told) -> list[str]:
    """Tell what somebody has to decide, the law first."""
    own = told.figures
    counted = {
        "decide_passed": own.legal.passed,
        "decide_soon": own.legal.soon,
        "decide_targets": own.past_target,
        "decide_blind": len(own.blind),
        "decide_requests": own.late_requests,
        "decide_unclassified": own.incidents.unclassified,
    }
    lines = [told(key, count=count) for key, count in counted.items() if count]
    if own.kind is Kind.SHIFT and own.handed is None and own.scope is None:
        lines.append(told("decide_handover"))
    return lines


def _decisions(told: Told) -> list[Block]:
    lines = decisions(told)
    if not lines:
        return [Paragraph((Run(told("no_decision"), faint=True),))]
    return [Paragraph((Run(line),), ticked=False, after=5) for line in lines]


def _three(told: Told) -> Block:
    own = told.figures
    serious = sum(own.incidents.severities.get(one, [0])[0] for one in _SERIOUS)
    taken = own.targets.all("acknowledge")
    in_time, note = "—", told("figure_targets_none")
    if taken is not None:
        in_time = f"{taken.kept * 100 // taken.count} %"
        note = told("figure_targets_note", kept=taken.kept, count=taken.count, median=told.duration(taken.median))
    figures = (
        (told("figure_opened"), f"{own.incidents.opened:,}", told("figure_opened_note", serious=serious)),
        (told("figure_targets"), in_time, note),
        (told("figure_legal"), f"{own.legal.passed:,}", told("figure_legal_note", running=own.legal.running)),
    )
    return Table((1.0, 1.0, 1.0), (tuple(_figure(*one) for one in figures),), whole=True)


def _figure(title: str, value: str, note: str) -> tuple[Block, ...]:
    return (
        Paragraph((Run(title, bold=True),), align="center", after=1),
        Paragraph((Run(value, bold=True),), align="center", size=_BIG, after=1),
        Paragraph((Run(note),), align="center", size=_SMALL, after=5),
    )


def course(told: Told, title: str, parts: list[dict[str, int]]) -> list[Block]:
    """Give a chart of counts by severity over the parts of the period; nothing where there is nothing to draw."""
    period = told.figures.period
    series = charts.severity_series(parts, told.severities)
    if not series:
        return []
    labels = [part_label(period, since, told.language) for since in period.parts]
    drawn = charts.columns(series, labels)
    return [Paragraph((Run(told(title), bold=True),), together=True), charts.picture(drawn, told(title), _WIDTH)]


def written(told: Told, title: str, text: str) -> list[Block]:
    """Give what people wrote, masked, under its title; nothing where they wrote nothing."""
    if not text.strip():
        return []
    return [Heading(3, told(title)), *(Paragraph((Run(masked(line)),)) for line in text.splitlines() if line.strip())]
