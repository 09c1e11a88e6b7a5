"""`./run feeds`: the feed catalogue: list, check, test."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from warroom.commands.output import print_json, print_table, printable
from warroom.errors import NotFoundError

if TYPE_CHECKING:
    from warroom.catalog import Feed
    from warroom.errors import Fault

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)
_Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@app.command("list")
def list_feeds(as_json: _Json = False) -> None:
    """Show every feed: platform, format, paths, switched on or not."""
    feeds, faults = _load()
    _tell(faults)
    if as_json:
        print_json([_row(feed) for feed in feeds])
        return
    rows = [
        [feed.id, "on" if feed.enabled else "off", feed.platform_id, feed.format, feed.title_en, " ".join(feed.paths)]
        for feed in feeds
    ]
    print_table(
        ["feed", "state", "platform", "format", "title", "paths"], rows, empty="No feed yet: docs/feeds.md shows how."
    )


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
    as_json: _Json = False,
) -> None:
    """Parse the sample beside each feed file; exit 1 where a line is no event or the sample is missing."""
    feeds, faults = _load()
    _tell(faults)
    known = {feed.id: feed for feed in feeds}
    wanted = feed_ids or list(known)
    if missing := [feed_id for feed_id in wanted if feed_id not in known]:
        raise NotFoundError(f"there is no sound feed {', '.join(missing)}: `./run feeds check` tells why")
    results = [_try(known[feed_id]) for feed_id in wanted]
    failed = any(result["problems"] for result in results)
    if as_json:
        print_json(results)
    else:
        for result in results:
            sys.stdout.write(f"{result['feed']}: {result['events']} events, {result['rejects']} rejects\n")
            for problem in result["problems"]:
                sys.stdout.write(f"  {printable(problem)}\n")
    raise typer.Exit(1 if failed else 0)


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
        "paths": list(feed.paths),
        "logsource": {"product": feed.log_product, "category": feed.log_category, "service": feed.log_service},
        "drill": feed.drill,
    }


def _try(feed: Feed) -> dict[str, Any]:
    from warroom.collect.paths import blocks
    from warroom.parse import ParseContext
    from warroom.parse.guard import parse_guarded
    from warroom.settings import Settings

    sample = sample_path(feed)
    events = refused = 0
    problems: list[str] = []
    if not sample.is_file():
        problems.append(f"{sample}: no sample: put a few real lines there")
    else:
        for block in blocks(sample, Settings().line_limit):
            context = ParseContext(feed.format, feed.timezone, datetime.now(UTC), feed.mapping)
            parsed = parse_guarded(block.lines, context)
            events += len(parsed.events)
            refused += len(parsed.rejects) + len(block.rejects)
            problems += [f"{sample}:{block.numbers[one.row]}: {one.reason}" for one in parsed.rejects]
            problems += [f"{sample}:{number}: {reason}" for number, _, reason in block.rejects]
        if not events:
            problems.append(f"{sample}: not one event")
    return {"feed": feed.id, "events": events, "rejects": refused, "problems": problems}


def sample_path(feed: Feed) -> Path:
    """Where a feed's sample lies: ``samples/<id>.log`` beside its file."""
    return feed.file.parent / "samples" / f"{feed.id}.log"
