"""`./run feeds`: the feed catalogue: list, check, test, new."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, cast
from zoneinfo import ZoneInfo

import typer

from warroom.commands.output import print_json, print_table, printable
from warroom.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _typeshed import DataclassInstance

    from warroom.catalog import Feed
    from warroom.errors import Fault

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)
#: Columns and rows of the table of events: what a terminal has room for.
_MOST_COLUMNS: Final = 8
_MOST_ROWS: Final = 5
_Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@app.command("list")
def list_feeds(
    on: Annotated[bool, typer.Option("--on", help="Only feeds that are switched on.")] = False,
    off: Annotated[bool, typer.Option("--off", help="Only feeds that are not.")] = False,
    platform: Annotated[str, typer.Option(metavar="PLATFORM", help="Only feeds of this platform.")] = "",
    kind: Annotated[str, typer.Option(metavar="KIND", help="Only feeds of this kind of log, such as waf.")] = "",
    transport: Annotated[str, typer.Option(metavar="WAY", help="Only feeds that come so, such as push.")] = "",
    as_json: _Json = False,
) -> None:
    """Show the feeds: switched on or not, platform, kind of log, format, how they come."""
    feeds, faults = _load()
    _tell(faults)
    wanted = {"platform": platform, "kind": kind, "transport": transport}
    _must_be_known(wanted)
    shown = [
        feed
        for feed in feeds
        if (feed.enabled or not on)
        and not (feed.enabled and off)
        and platform in ("", feed.platform_id)
        and kind in ("", feed.log_source)
        and transport in ("", feed.transport)
    ]
    if as_json:
        print_json([_row(feed) for feed in shown])
        return
    rows = [
        [
            feed.id,
            "on" if feed.enabled else "off",
            feed.platform_id,
            feed.log_source or "-",
            feed.format,
            feed.transport,
        ]
        for feed in shown
    ]
    empty = "No feed is like that." if feeds else "No feed yet: docs/feeds.md shows how."
    print_table(["feed", "state", "platform", "kind", "format", "comes by"], rows, empty=empty)
    sys.stdout.write(f"{len(shown)} of {len(feeds)} feeds, {sum(feed.enabled for feed in shown)} switched on\n")


def _must_be_known(wanted: Mapping[str, str]) -> None:
    """Refuse a filter that no feed can meet."""
    from warroom.catalog import load_platforms
    from warroom.catalog.log_sources import load_log_sources
    from warroom.catalog.transports import TRANSPORTS

    known: dict[str, tuple[str, ...]] = {
        "platform": tuple(load_platforms()),
        "kind": tuple(load_log_sources()),
        "transport": tuple(TRANSPORTS),
    }
    for name, value in wanted.items():
        if value and value not in known[name]:
            raise UsageError(f"--{name} {value}: there is no such one; known: {', '.join(known[name])}")


@app.command("check")
def check(as_json: _Json = False) -> None:
    """Report every fault of every feed file with its line; exit 1 where there is one."""
    feeds, faults = _load()
    if as_json:
        found = [{"file": fault.file, "line": fault.line, "reason": fault.reason} for fault in faults]
        print_json({"feeds": len(feeds), "faults": found})
    else:
        _tell(faults)
        sys.stdout.write(f"{len(feeds)} feeds are sound, {len(faults)} faults\n")
    raise typer.Exit(1 if faults else 0)


@app.command("test")
def try_samples(
    feed_ids: Annotated[list[str] | None, typer.Argument(metavar="[FEED]…", help="Only these feeds.")] = None,
    file: Annotated[Path | None, typer.Option("--file", metavar="LOG", help="This log instead of the sample.")] = None,
    as_json: _Json = False,
) -> None:
    """Parse the sample beside each feed file; exit 1 where a line is no event or the sample is missing."""
    feeds, faults = _load()
    _tell(faults)
    known = {feed.id: feed for feed in feeds}
    wanted = feed_ids or list(known)
    if missing := [feed_id for feed_id in wanted if feed_id not in known]:
        raise NotFoundError(
            f"there is no sound feed {', '.join(missing)}: `./run feeds list` shows those that are, `./run feeds check`"
            " what is wrong with others"
        )
    if file is not None and len(wanted) != 1:
        raise UsageError("--file LOG needs one feed: ./run feeds test --file LOG FEED")
    results = [_try(known[feed_id], file) for feed_id in wanted]
    failed = any(result["problems"] for result in results)
    if as_json:
        print_json(results)
    else:
        for result in results:
            _show(result, events=feed_ids is not None)
    raise typer.Exit(1 if failed else 0)


@app.command("new")
def new(
    lines: Annotated[Path, typer.Option("--from", metavar="LOG", help="A log, or some lines of one.")],
    platform: Annotated[str, typer.Option(metavar="PLATFORM", help="Whose log it is.")] = "",
) -> None:
    """Propose a feed for a log: its YAML on standard output, what would become of the log on standard error."""
    from warroom.collect.paths import sample_of
    from warroom.collect.proposing import propose
    from warroom.collect.trying import MOST_BYTES

    if not lines.is_file():
        raise NotFoundError(f"{lines}: there is no such file")
    if platform:
        _must_be_known({"platform": platform})
    found = propose(sample_of(lines, MOST_BYTES), datetime.now(UTC), platform or None, f"{lines.resolve()}*")
    sys.stdout.write(found.yaml)
    for fault in found.preview.faults:
        sys.stderr.write(f"error: {fault}\n")
    for note in found.preview.notes:
        sys.stderr.write(f"note: {printable(note)}\n")
    sys.stderr.write(f"{found.preview.events} events, {found.preview.rejects} rejects\n")
    sys.stderr.write("look it over: title, platform, paths, logsource; then ./run feeds test --file LOG FEED\n")


def _load() -> tuple[list[Feed], list[Fault]]:
    from warroom.catalog import load_feeds
    from warroom.settings import Settings

    settings = Settings()
    return load_feeds(settings.feeds, settings.data_dir)


def _tell(faults: list[Fault]) -> None:
    for fault in faults:
        sys.stderr.write(f"error: {fault}\n")


def _row(feed: Feed) -> dict[str, object]:
    return {
        "id": feed.id,
        "enabled": feed.enabled,
        "platform": feed.platform_id,
        "title": {"th": feed.title_th, "en": feed.title_en},
        "format": feed.format,
        "collect": {"transport": feed.transport, **asdict(cast("DataclassInstance", feed.collect))},
        "logsource": {"product": feed.log_product, "category": feed.log_category, "service": feed.log_service},
        "drill": feed.drill,
    }


def _try(feed: Feed, file: Path | None) -> dict[str, Any]:
    from warroom.bench.feed_samples import sample_path
    from warroom.collect.paths import blocks
    from warroom.collect.reading import begins_of, heading_of
    from warroom.collect.trying import Preview, opened, try_blocks
    from warroom.settings import Settings

    sample = file or sample_path(feed)
    preview, problems = Preview(), []
    if not sample.is_file():
        problems.append(
            f"{sample}: no sample: put a few real lines there, or give a log: ./run feeds test --file LOG {feed.id}"
        )
    else:
        read = opened(feed, blocks(sample, Settings().line_limit, begins_of(feed), heading_of(feed)))
        preview = try_blocks(feed, read, datetime.now(UTC))
        problems += [f"{sample}:{number}: {reason}" for number, reason in preview.refused]
        if preview.rejects > len(preview.refused):
            problems.append(f"{sample}: and {preview.rejects - len(preview.refused)} more rejects")
        if not preview.events:
            problems.append(f"{sample}: not one event")
    return {
        "feed": feed.id,
        "events": preview.events,
        "rejects": preview.rejects,
        "problems": problems,
        "notes": preview.notes,
        "fields": [asdict(one) for one in preview.fields],
        "earliest": _local(preview.earliest),
        "latest": _local(preview.latest),
        "shown": [event | {"ts": _local(event["ts"])} for event in preview.shown],
    }


def _show(result: dict[str, Any], *, events: bool) -> None:
    """Write what a sample gave; of feeds asked for by name with their first events and their fields."""
    sys.stdout.write(f"{result['feed']}: {result['events']} events, {result['rejects']} rejects\n")
    if events and result["events"]:
        sys.stdout.write(f"  times in Bangkok: {result['earliest']} to {result['latest']}\n\n")
        names = [one["name"] for one in result["fields"] if one["core"]][:_MOST_COLUMNS]
        rows = [[event["ts"], *(event.get(name, "") for name in names)] for event in result["shown"][:_MOST_ROWS]]
        print_table(["ts", *names], rows, empty="")
        sys.stdout.write("\n")
        fields = [
            [one["name"], one["kind"], one["count"], one["example"]] for one in result["fields"] if not one["core"]
        ]
        print_table(["field", "kind", "events", "example"], fields, empty="No fields of its own.")
        sys.stdout.write("\n")
    for note in result["notes"]:
        sys.stdout.write(f"  note: {printable(note)}\n")
    for problem in result["problems"]:
        sys.stdout.write(f"  {printable(problem)}\n")


def _local(time: datetime | None) -> str | None:
    return None if time is None else time.astimezone(ZoneInfo("Asia/Bangkok")).isoformat(timespec="milliseconds")
