"""`./run ledger`: received = stored + rejected and stored = evaluated, by feed."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from warroom.commands.output import print_json, print_table, printable
from warroom.commands.progress import amount

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from warroom.store.forecast import Forecast
    from warroom.store.ledger import Line
    from warroom.store.left_out import LeftOut

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def ledger(
    deep: Annotated[bool, typer.Option("--deep", help="Recount source files, segments and rejects anew.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Show every feed's account; exit 1 where one does not balance."""
    from warroom.catalog import load_feeds
    from warroom.catalog.transports.files import Files
    from warroom.collect.reading import begins_of
    from warroom.collect.recount import recount
    from warroom.settings import Settings
    from warroom.store import ledger as accounts
    from warroom.store import left_out
    from warroom.store.database import State, now_us
    from warroom.store.forecast import forecast
    from warroom.store.views import feeds as feed_rows
    from warroom.store.views.inflow import lost as lost_by_sources

    settings = Settings()
    with State(settings.db_url) as state:
        books = accounts.books(state)
        missing = left_out.total(state)
        now = now_us()
        lost = lost_by_sources(state, now // 60_000_000)
        problems = {row.feed_id: row.error for row in feed_rows(state, now) if row.error}
        disk = forecast(state, settings.data_dir, datetime.now(UTC), settings.retention_days)
    lines = books.lines
    if deep:
        feeds = {feed.id: feed for feed in load_feeds(settings.feeds, settings.data_dir)[0]}
        lines = []
        for line in books.lines:
            paths = books.paths[line.feed_id]
            found = accounts.recounted(line, settings.data_dir, paths)
            feed = feeds.get(line.feed_id)
            if feed is not None and isinstance(feed.collect, Files):
                sources = recount(feed.collect, books.positions[line.feed_id], begins=begins_of(feed))
                stored = accounts.rows_of_sources(settings.data_dir, paths)
                found = replace(
                    found,
                    found_lines=sum(sources.sources.values()),
                    stored_lines=sum(stored.get(source, 0) for source in sources.sources),
                    gone_sources=len(sources.missing),
                )
            lines.append(found)
    broken = [line for line in lines if line.faults]
    if as_json:
        feeds_told = [asdict(line) | {"faults": list(line.faults)} for line in lines]
        print_json(
            {
                "balanced": not broken,
                "feeds": feeds_told,
                "left_out_of_correlations": asdict(missing),
                "lost_by_sources": lost,
                "problems": problems,
                "disk": asdict(disk),
            }
        )
    else:
        _show(lines, deep=deep)
        for text in (*_outside(lost, problems), *_left_out(missing)):
            typer.echo(printable(text), err=True)
        typer.echo(_disk(disk), err=True)
    raise typer.Exit(1 if broken else 0)


def _outside(lost: Mapping[str, Mapping[str, int]], problems: Mapping[str, str]) -> Iterator[str]:
    """Tell of records that never came to us, in the last 24 hours, and of what the worker last said of feeds."""
    for feed_id, counts in lost.items():
        told = ", ".join(f"{count:,} {kind}" for kind, count in counts.items())
        yield f"feed {feed_id}: lost before they were received, in 24 hours: {told}"
    for feed_id, problem in problems.items():
        yield f"feed {feed_id}: {problem}"


def _left_out(missing: LeftOut) -> Iterator[str]:
    """Tell of events that are stored and evaluated, but that no correlation counted."""
    if missing.late:
        yield f"correlations: {missing.late:,} events came too late to be counted"
    for rule_id, count in missing.dropped.items():
        yield f"correlation {rule_id}: {count:,} events were not counted, its memory was full"


def _disk(disk: Forecast) -> str:
    told = f"disk: {amount(disk.stored)} of logs, {amount(disk.per_day)} a day, {amount(disk.free)} free"
    return f"{told}: full in {disk.full_in_days} days" if disk.full_in_days is not None else told


def _show(lines: list[Line], *, deep: bool) -> None:
    headings = ["feed", "received", "stored", "rejected", "evaluated"]
    if deep:
        headings += ["lines in sources", "event rows", "reject rows", "doubled", "sources gone"]
    rows = []
    for line in lines:
        row = [line.feed_id, line.received, line.stored, line.rejected, line.evaluated]
        if deep:
            lines_found = "?" if line.found_lines is None else line.found_lines
            row += [lines_found, line.found_events, line.found_rejects, line.doubled, line.gone_sources]
        rows.append([*row, "; ".join(line.faults) or "balanced"])
    print_table([*headings, "account"], rows, empty="No feed has been read yet: `./run ingest --once` or `./run up`.")
