"""A periodic report as a document: the page for who decides first, then the figures, then the list; pure."""

from __future__ import annotations

from typing import Final

from warroom.catalog.platforms import load_platforms
from warroom.catalog.reports import load_reports
from warroom.catalog.thai import long_moment
from warroom.report import periodic_parts, periodic_summary
from warroom.report.figures import FORM, Figures
from warroom.report.layout import Block, Heading, Page, PageBreak, Run, Sheet
from warroom.report.layout import Paragraph as Words
from warroom.report.marking import Tlp
from warroom.report.periodic_told import Told
from warroom.report.periods import Kind, Period, dates, week_number
from warroom.store.views.periodic import Lines

#: The list is set smaller than the rest.
_SIZE: Final = 11.0


def report_sheet(figures: Figures, lines: Lines, language: str, *, version: str) -> Sheet:
    """Give the document of a periodic report.

    Args:
        figures: of its period.
        lines: the incidents that are listed; none of them leaves the list out.
        language: ``th`` or ``en``.
        version: the program's, told on every page.
    """
    words = load_reports()
    kind = words.kinds[figures.kind]
    names = {key: one.name_th if language == "th" else one.name_en for key, one in load_platforms().items()}
    told = Told(figures, lines, language, words, kind, names)
    title = kind.title(language)
    when = period_title(figures.period, language)
    blocks: list[Block] = [Heading(1, title), Words((Run(when, bold=True),), align="center", size=13)]
    marks = []
    if figures.exercise:
        marks.append(told("exercise"))
    if figures.scope is not None:
        marks.append(told("confined", platforms=", ".join(map(told.platform, figures.scope))))
    if figures.until > figures.at:
        marks.append(told("running"))
    blocks += [Words((Run(one, bold=True),), align="center") for one in marks]
    for section in kind.sections:
        if section == "executive":
            blocks += periodic_summary.executive(told)
            blocks.append(PageBreak())
        elif section != "list" or lines.rows:
            blocks += [Heading(2, told(f"section_{section}")), *periodic_parts.SECTIONS[section](told)]
    left = (
        told("data_at", at=long_moment(figures.at, language)),
        f"{told('system')} · {told('version', version=version, form=str(FORM))}",
        *([told("exercise")] if figures.exercise else []),
    )
    page = Page(
        language,
        Tlp.of(kind.tlp),
        "",
        left,
        name=f"{title} · {when}",
        size=_SIZE,
        start=2.5,
    )
    return Sheet(f"{title} {when}", page, tuple(blocks), made_at=figures.at, author=told("system"))


def period_title(period: Period, language: str) -> str:
    """Write a period: a week with its number, too."""
    words = load_reports()
    if period.kind is not Kind.WEEKLY:
        return dates(period, language)
    return words.text("of_week", language, week=str(week_number(period)), dates=dates(period, language))
