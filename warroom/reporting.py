"""Periodic reports: figures are gathered, pages printed, files kept, given out; the worker makes those that are due.

Legal clocks, service targets and shifts are worked out by parts of the program that do not know each other: here they
meet on one paper. Nothing is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import structlog

from warroom.access.actor import WORKER, Actor
from warroom.access.guard import check, needs
from warroom.access.roles import Permission
from warroom.catalog.reports import LANGUAGES, load_reports
from warroom.errors import UsageError
from warroom.gathering import gather, shift_period
from warroom.report.figures import Figures, as_json, from_json
from warroom.report.layout import Sheet
from warroom.report.periodic import report_sheet
from warroom.report.periods import Kind, Period, before, of_shift, period_at, read_moment, read_period
from warroom.report.printing import print_pdf, print_pictures
from warroom.report.word import print_docx
from warroom.settings import Settings
from warroom.store import periodic_reports, printed
from warroom.store.audit import AuditAction, Entry, append
from warroom.store.canonical import Json
from warroom.store.database import State, now_us
from warroom.store.lease import Lease
from warroom.store.periodic_reports import PeriodicReport, ReportRow
from warroom.store.views.periodic import Lines, Span, list_incidents
from warroom.store.views.rows import Scope
from warroom.version import version

#: The forms in which a report is given out.
MEDIA: Final = {"pdf": printed.PDF, "docx": printed.DOCX}
_MINUTE_US: Final = 60_000_000
#: Of a preview, to the inch.
_DOTS: Final = 110

#: Told after each step: how many of how many.
Tell = Callable[[int, int], object]

log = structlog.get_logger()


def scope_of(actor: Actor) -> Scope:
    """Give the platforms that an actor's reports are confined to."""
    return None if actor.platforms is None else tuple(sorted(actor.platforms))


def asked_period(kind: Kind, text: str, settings: Settings, now: int) -> Period:
    """Read a period as people ask for it; without a text the one that ended last. Raises UsageError."""
    if not text.strip():
        return ended(kind, settings, now)
    if kind is Kind.SHIFT:
        return shift_period(settings, read_moment(text))
    return read_period(kind, text)


def ended(kind: Kind, settings: Settings, now: int) -> Period:
    """Give the period of a kind that ended last."""
    return _before(_running(kind, settings, now), settings)


def offered(kind: Kind, settings: Settings, now: int, count: int) -> list[Period]:
    """Give the period that runs and those before it, so many in all. Raises UsageError: the shifts are faulty."""
    found = [_running(kind, settings, now)]
    while len(found) < count:
        found.append(_before(found[-1], settings))
    return found


@needs(Permission.EXPORT)
def make(
    state: State, settings: Settings, actor: Actor, period: Period, language: str, *, tell: Tell | None = None
) -> int:
    """Make a report of a period, over the platforms that the actor may see; its number.

    Args:
        state: the store.
        settings: the data folder, the shifts.
        actor: for whom.
        period: of which time; one that has not ended is made as far as it went.
        language: ``th`` or ``en``.
        tell: told after each step.

    Raises:
        UsageError: an unknown language, or a period that has not begun.
        DiskFullError: no room for the files.
    """
    now = now_us()
    if language not in LANGUAGES:
        raise UsageError(f"a report is in one of {', '.join(LANGUAGES)}")
    if period.since > now:
        raise UsageError("this period has not begun yet")
    scope = scope_of(actor)
    figures = gather(state, settings, period, now, scope=scope)
    (number,) = _made(state, settings, actor, figures, (language,), tell=tell)
    return number


def make_due(state: State, settings: Settings, lease: Lease, *, now: int | None = None) -> list[int]:
    """Make every scheduled report that is due and was not made, as the worker; the numbers of those made.

    One that the worker made is never made again, whoever made another of the same period by hand. After a time in
    which no worker ran, the latest few of each kind are made (``catch_up``), the oldest first.

    Raises:
        LeaseError: another worker writes this data folder: it makes them.
    """
    made: list[int] = []
    now = now_us() if now is None else now
    check(WORKER, Permission.READ_INCIDENTS)
    for kind in load_reports().kinds.values():
        if kind.manual:
            continue
        for period in _due(state, settings, Kind(kind.id), now):
            with state.read() as connection:
                there = periodic_reports.made(connection, kind.id, period.since, WORKER.name)
            wanted = tuple(one for one in kind.languages if one not in there)
            if wanted:
                made += _made(state, settings, WORKER, gather(state, settings, period, now), wanted, lease=lease)
                log.info("report made", kind=kind.id, period=period.name, languages=wanted)
    return made


@needs(Permission.EXPORT)
def give_out(state: State, data_dir: Path, number: int, form: str, actor: Actor) -> tuple[str, bytes]:
    """Give a report's file and what it is called; the audit says to whom.

    Raises:
        NotFoundError: no such report, or it is not for the platforms of the actor alone.
        UsageError: ``form`` is neither ``pdf`` nor ``docx``.
        StoreError: its bytes are gone or changed.
    """
    if form not in MEDIA:
        raise UsageError(f"a report is one of {', '.join(MEDIA)}")
    told = periodic_reports.get(state, number, scope=scope_of(actor))
    sha256 = told.pdf_sha256 if form == "pdf" else told.docx_sha256
    data = printed.load_printed(data_dir, sha256)
    name = file_name(told.kind, told.period_from, told.period_to, told.language, form)
    body: dict[str, Json] = {"report": told.kind, "file": name, "sha256": sha256}
    with state.write() as connection:
        append(connection, Entry(actor.name, actor.via, AuditAction.EXPORT, "report", str(number), body))
    return name, data


def file_name(kind: str, since: int, until: int, language: str, form: str) -> str:
    """Give what a report's file is called: ``monthly-2026-10-th.pdf``."""
    period = of_shift(since, until) if kind == Kind.SHIFT else period_at(Kind(kind), since)
    return f"{kind}-{period.name.replace(':', '')}-{language}.{form}"


@needs(Permission.READ_INCIDENTS)
def pages_of(state: State, number: int, actor: Actor) -> tuple[bytes, ...]:
    """Give a report's pages as pictures, drawn again from its figures; the list at its end is in its files alone.

    Raises:
        NotFoundError: no such report, or it is not for the platforms of the actor alone.
        StoreError: its figures are of another version.
    """
    told = periodic_reports.get(state, number, scope=scope_of(actor))
    figures = from_json(told.figures)
    sheet = report_sheet(figures, Lines((), 0), told.language, version=version())
    return print_pictures(sheet, dots=_DOTS)


@needs(Permission.READ_INCIDENTS)
def list_made(state: State, actor: Actor, kind: Kind | None = None) -> tuple[list[ReportRow], int]:
    """Give the reports that the actor may see, the last made first, and how many there are in all."""
    return periodic_reports.listed(state, kind=kind, scope=scope_of(actor))


def _made(
    state: State,
    settings: Settings,
    actor: Actor,
    figures: Figures,
    languages: tuple[str, ...],
    *,
    tell: Tell | None = None,
    lease: Lease | None = None,
) -> list[int]:
    """Print figures in languages and keep them; the rows are written together, after every file is durable."""
    scope = None if figures.scope is None else tuple(figures.scope)
    span = Span(figures.since, figures.until)
    lines: Lines = list_incidents(state, span, scope=scope, drills=figures.exercise)
    said = as_json(figures)
    steps = 2 * len(languages) + 1
    rows = []
    kept: list[tuple[str, int, str]] = []
    for place, language in enumerate(languages):
        sheet = report_sheet(figures, lines, language, version=version())
        hashes = {}
        for step, (media, data) in enumerate(_printed(sheet), 2 * place + 1):
            hashes[media] = printed.keep(settings.data_dir, data)
            kept.append((hashes[media], len(data), media))
            if tell is not None:
                tell(step, steps)
        rows.append(
            PeriodicReport(
                id=0,
                kind=figures.kind,
                period_from=figures.since,
                period_to=figures.until,
                language=language,
                figures=said,
                pdf_sha256=hashes[printed.PDF],
                docx_sha256=hashes[printed.DOCX],
                made_at=figures.at,
                made_by=actor.name,
            )
        )
    with state.write("reports") as connection:
        if lease is not None:
            lease.hold(connection)
        for sha256, size, media in kept:
            printed.enter(connection, sha256, size, media, figures.at)
        numbers = [periodic_reports.add(connection, row) for row in rows]
        if actor is not WORKER:
            body: dict[str, Json] = {"report": figures.kind, "period": figures.name, "languages": list(languages)}
            told = Entry(actor.name, actor.via, AuditAction.EXPORT, "report", str(numbers[0]), body)
            append(connection, told)
    if tell is not None:
        tell(steps, steps)
    return numbers


def _printed(sheet: Sheet) -> Iterator[tuple[str, bytes]]:
    """Give a sheet's files with what they are."""
    yield printed.PDF, print_pdf(sheet)
    yield printed.DOCX, print_docx(sheet)


def _due(state: State, settings: Settings, kind: Kind, now: int) -> Iterator[Period]:
    """Give the periods of a kind whose report is due, the oldest first."""
    told = load_reports().kinds[kind]
    with state.read() as connection:
        last = periodic_reports.last_made(connection, kind, WORKER.name)
        born = periodic_reports.born_at(connection)
    period = ended(kind, settings, now - told.after * _MINUTE_US)
    found: list[Period] = []
    while born is not None and period.until > born and len(found) < max(1, told.catch_up):
        if last is not None and period.since < last:
            break
        found.append(period)
        if last is None:
            break  # the first report of a war room is of the period that ended last
        period = _before(period, settings)
    return reversed(found)


def _running(kind: Kind, settings: Settings, now: int) -> Period:
    return shift_period(settings, now) if kind is Kind.SHIFT else period_at(kind, now)


def _before(period: Period, settings: Settings) -> Period:
    return shift_period(settings, period.since - 1) if period.kind is Kind.SHIFT else before(period)
