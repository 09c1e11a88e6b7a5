"""`./run intel …`: threat intelligence: files in by hand, indicators out, how the feeds are doing, one poll now."""

from __future__ import annotations

import csv
import sys
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import orjson
import typer

from warroom.commands.intel_assets import assets
from warroom.commands.intel_match import match
from warroom.commands.output import print_json, print_table, printable
from warroom.errors import NotFoundError, UsageError, WarroomError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    import pyarrow as pa

    from warroom.catalog.intel_feeds import IntelFeed
    from warroom.intel.loading import LoadedFile, Options
    from warroom.settings import Settings
    from warroom.store.intel.feeds import FeedRow

app = typer.Typer(
    add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True, help="Threat intelligence."
)
app.command()(match)
app.command()(assets)

_Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]
_COLUMNS: Final = (
    "feed", "kind", "value", "confidence", "tlp", "first_seen", "last_seen", "valid_from", "valid_until", "added_at",
    "tags", "comment", "reference", "origin", "pattern",
)  # fmt: skip
#: A spreadsheet takes a cell that begins so for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_SHOWN_REFUSED: Final = 5
_SHOWN_ROWS: Final = 200


@app.command()
def load(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Files, or folders of them; gzip, zip opened.")],
    as_json: _Json = False,
    format_: Annotated[str, typer.Option("--format", help="Default: each file is recognised by its looks.")] = "",
    kind: Annotated[str, typer.Option("--kind", help="Of values whose file does not say, such as domain.")] = "",
    confidence: Annotated[
        int | None, typer.Option("--confidence", min=0, max=100, help="Of indicators that have none of their own.")
    ] = None,
    tlp: Annotated[str, typer.Option("--tlp", help="Of indicators without a marking, such as green.")] = "",
) -> None:
    """Load files of indicators, of what must raise no alarm, of techniques and vulnerabilities.

    A file that is loaded again takes the place of what it said before. Exit 1 where every file was refused.
    """
    from warroom.machine.columns import give_back_memory

    give_back_memory()  # before anything imports Polars
    from warroom.access.command_line import command_line_actor, os_user
    from warroom.intel.loading import load as load_files
    from warroom.settings import Settings
    from warroom.store.database import State, now_us

    options = _options(format_, kind, confidence, tlp)
    files = _files(paths)
    settings = Settings()
    with State(settings.db_url) as state, _told(len(files)) as tell:
        state.migrate()
        actor = command_line_actor(state, os_user())
        loaded = load_files(state, settings.data_dir, actor, files, options, now=now_us(), tell=tell)
    total = sum(sum(one.by_kind.values()) for one in loaded.files)
    if as_json:
        print_json(
            {"files": [_file(one) for one in loaded.files], "indicators_total": total, "changed": loaded.changed}
        )
    else:
        _print_loaded(loaded.files, total, loaded.changed)
    if not any(one.taken for one in loaded.files):
        raise SystemExit(1)


@app.command("list")
def list_(
    kind: Annotated[str, typer.Option("--kind", help="Only this kind, such as ipv4.")] = "",
    feed: Annotated[str, typer.Option("--feed", help="Only this feed; by_hand is what was loaded by hand.")] = "",
    as_json: _Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Comma-separated values, no cell a formula.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=0, help="At most so many; 0: all, a table shows 200.")] = 0,
) -> None:
    """List indicators, by feed."""
    from itertools import islice

    from warroom.settings import Settings

    if as_json and as_csv:
        raise UsageError("--json or --csv, not both")
    settings = Settings()
    rows = _rows(settings, _kind(kind), feed)
    if as_json:
        _print_array(islice(rows, limit or None))
    elif as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(_COLUMNS)
        writer.writerows([_cell(row[name]) for name in _COLUMNS] for row in islice(rows, limit or None))
    else:
        names = (*_COLUMNS[:5], "added_at", "tags")
        most = limit or _SHOWN_ROWS
        shown = [["" if row[name] is None else row[name] for name in names] for row in islice(rows, most)]
        print_table(names, shown, empty=_none(settings, kind, feed))
        if next(rows, None) is not None:
            sys.stderr.write(f"only the first {most:,}: --limit shows more, --json and --csv give all\n")


@app.command()
def feeds(as_json: _Json = False) -> None:
    """Show how the feeds of intelligence are doing."""
    from warroom.catalog.intel_feeds import load_intel_feeds
    from warroom.settings import Settings
    from warroom.store.database import now_us

    settings = Settings()
    found, faults = load_intel_feeds(settings.feeds, settings.data_dir)
    for fault in faults:
        sys.stderr.write(f"warning: {fault}\n")
    known, now = _known(settings), now_us()
    rows = [_health(one, known.pop(one.id, None), now) for one in found]
    rows += [_health(None, row, now) for row in known.values()]
    if as_json:
        print_json(rows)
        return
    headings = ["feed", "state", "indicators", "items", "refused", "last success", "what is wrong"]
    table = [
        [row["id"], row["state"], row["indicators"], row["items"], row["refused"], row["succeeded_at"] or "-",
         row["failure"] or ""]
        for row in rows
    ]  # fmt: skip
    print_table(headings, table, empty=f"There are no feeds of intelligence in {settings.feeds / 'intel'}.")


@app.command()
def poll(
    feed: Annotated[str, typer.Argument(metavar="FEED", help="Its id: the name of its file.")],
    as_json: _Json = False,
) -> None:
    """Poll one feed now, switched on or not; exit 1 where it failed."""
    from warroom.machine.columns import give_back_memory

    give_back_memory()  # before anything imports Polars
    from warroom.access import Permission, check
    from warroom.access.command_line import command_line_actor, os_user
    from warroom.catalog.intel_feeds import FOLDER, load_intel_feed
    from warroom.intel.polling import poll as poll_feed
    from warroom.intel.sources.opening import open_source
    from warroom.net_addresses import networks
    from warroom.net_proxy import proxy_from
    from warroom.settings import Settings
    from warroom.store.database import State, now_us

    settings = Settings()
    path = settings.feeds / FOLDER / f"{feed}.yml"
    if "/" in feed or not path.is_file():
        raise NotFoundError(f"there is no feed {printable(feed)}: `./run intel feeds` lists them")
    found, faults = load_intel_feed(path, settings.data_dir)
    if found is None:
        raise WarroomError("\nerror: ".join(map(str, faults)))
    with State(settings.db_url) as state:
        state.migrate()
        check(command_line_actor(state, os_user()), Permission.MANAGE_FEEDS)
        source = open_source(found, networks(settings.outbound), proxy_from(settings))
        result = poll_feed(found, source, state, settings.data_dir, now_us())
    if as_json:
        print_json(asdict(result))
    elif result.failed:
        sys.stderr.write(f"error: {feed}: {result.reason}\n")
    else:
        sys.stdout.write(
            f"{feed}: {result.outcome}: {result.read:,} items read, {result.added:,} came, {result.removed:,} went, "
            f"{result.changed:,} changed, {result.refused:,} refused\n"
        )
    if result.failed:
        raise SystemExit(1)


def _options(format_: str, kind: str, confidence: int | None, tlp: str) -> Options:
    """Check what is said of the files. Raises UsageError."""
    from warroom.indicators import FORMATS, Kind, Tlp
    from warroom.intel.loading import Options

    if format_ and format_ not in FORMATS:
        raise UsageError(f"--format {format_}: there is {', '.join(FORMATS)}")
    if tlp and tlp not in list(Tlp):
        raise UsageError(f"--tlp {tlp}: there is {', '.join(Tlp)}")
    return Options(format_, Kind(_kind(kind)) if kind else None, confidence, Tlp(tlp) if tlp else None)


def _kind(kind: str) -> str:
    from warroom.indicators import Kind

    if kind and kind not in list(Kind):
        raise UsageError(f"--kind {kind}: there is {', '.join(Kind)}")
    return kind


def _files(paths: Sequence[Path]) -> list[Path]:
    """Give the files named, and those in the folders named less what is no data. Raises NotFoundError, UsageError."""
    from warroom.collect.paths import files_under
    from warroom.intel.loading import is_bywork

    found: dict[Path, Path] = {}
    for path in paths:
        for file in files_under([path]):
            if path.is_dir() and is_bywork(file):
                sys.stderr.write(f"note: {printable(str(file))}: left out: by its name a licence or a description\n")
            else:
                found.setdefault(file.absolute(), file)
    if not found:
        raise UsageError("there is no file to load")
    return list(found.values())


@contextmanager
def _told(files: int) -> Iterator[Callable[[Path, int, int], None]]:
    """Show on a terminal how far it is."""
    from warroom.commands.progress import Progress, amount

    line = Progress(sys.stderr, 0)
    begun = 0

    def tell(path: Path, done: int, total: int) -> None:
        nonlocal begun
        begun += 1
        part = 100 * done // total if total else 0
        line.say(f"file {min(begun, files)} of {files}  {amount(done)} of {amount(total)}, {part} %  {_short(path)}")

    try:
        yield tell
    finally:
        line.clear()


def _short(path: Path) -> str:
    return printable(path.name)


def _file(one: LoadedFile) -> dict[str, Any]:
    return {
        "path": one.path,
        "kind": one.format,
        "read": one.read,
        "indicators": sum(one.by_kind.values()),
        "by_type": one.by_kind,
        "counts": one.counts,
        "refused": [asdict(refused) for refused in one.refused],
        "refused_count": one.refused_count,
    }


def _print_loaded(files: Sequence[LoadedFile], total: int, changed: int) -> None:
    rows = []
    for one in files:
        told = ", ".join(f"{count:,} {kind}" for kind, count in one.by_kind.items())
        other = ", ".join(f"{count:,} {kind}" for kind, count in one.counts.items())
        rows.append((one.path, one.format or "refused", f"{one.read:,}", told or "-", other or "-", one.refused_count))
    print_table(["file", "format", "read", "indicators", "besides", "refused"], rows, empty="")
    for one in files:
        for refused in one.refused[:_SHOWN_REFUSED]:
            line = f"{one.path}: {refused.item}: {refused.reason}" if one.taken else f"{one.path}: {refused.reason}"
            sys.stderr.write(f"refused: {printable(line)}\n")
        if one.refused_count > _SHOWN_REFUSED:
            sys.stderr.write(f"refused: {printable(one.path)}: {one.refused_count:,} in all\n")
    sys.stdout.write(f"{total:,} indicators in {len(files):,} files, {changed:,} changes\n")


def _rows(settings: Settings, kind: str, feed: str) -> Iterator[dict[str, Any]]:
    """Give indicators one by one, times in ISO 8601."""
    from warroom.store.database import State
    from warroom.store.intel.snapshots import indicators

    with State(settings.db_url) as state:
        for feed_id, batch in indicators(state, settings.data_dir, feed, kind):
            for row in _times_written(batch).to_pylist():
                yield {"feed": feed_id, **row}


def _none(settings: Settings, kind: str, feed: str) -> str:
    """Say why no indicator is listed."""
    if not kind and not feed:
        return "No indicators: switch on a feed in feeds/intel, or `./run intel load PATH`."
    if feed and feed not in _known(settings):
        return f"There is no feed {printable(feed)}: `./run intel feeds` lists them."
    return "No such indicators: `./run intel feeds` tells which feeds have any."


def _times_written(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Write times in ISO 8601, a column at a time."""
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = [
        pc.strftime(column.cast(pa.timestamp("us")), "%Y-%m-%dT%H:%M:%SZ")
        if pa.types.is_timestamp(column.type)
        else column
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _iso(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _print_array(rows: Iterable[dict[str, Any]]) -> None:
    """One JSON document on standard output, however many rows it has."""
    out = sys.stdout.buffer
    out.write(b"[")
    for number, row in enumerate(rows):
        out.write((b",\n" if number else b"\n") + orjson.dumps({name: row[name] for name in _COLUMNS}))
    out.write(b"\n]\n")
    out.flush()


def _cell(value: object) -> object:
    """Give a cell that no spreadsheet takes for the beginning of a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _known(settings: Settings) -> dict[str, FeedRow]:
    """Give what the store knows of feeds; nothing where there is no store yet."""
    from warroom.store.database import State
    from warroom.store.intel.feeds import rows

    if settings.db is None and not (settings.data_dir / "state.db").exists():
        return {}
    with State(settings.db_url) as state, state.read() as connection:
        return {row.feed_id: row for row in rows(connection)}


def _health(feed: IntelFeed | None, row: FeedRow | None, now: int) -> dict[str, Any]:
    """Tell of a feed what its file says, and how it is doing."""
    from warroom.store.database import from_us

    def at(micros: int | None) -> str | None:
        return None if micros is None else _iso(from_us(micros))

    told = feed or row
    return {
        "id": feed.id if feed else row.feed_id if row else "",
        "title": told.title_en if told else "",
        "way": told.way if told else "",
        "enabled": told.enabled if told else False,
        "state": _state(feed, row, now),
        "indicators": row.indicators if row else 0,
        "by_type": row.by_kind if row else {},
        "items": row.items if row else 0,
        "counts": row.counts if row else {},
        "refused": row.refused if row else 0,
        "refusals": [{"item": item, "reason": reason} for item, reason in row.refusals] if row else [],
        "tried_at": at(row.tried_at if row else None),
        "succeeded_at": at(row.succeeded_at if row else None),
        "changed_at": at(row.changed_at if row else None),
        "failing_since": at(row.failing_since if row else None),
        "failure": row.failure if row else None,
        "failures": row.failures if row else 0,
    }


def _state(feed: IntelFeed | None, row: FeedRow | None, now: int) -> str:
    """Say in a word how a feed is doing."""
    enabled = feed.enabled if feed else bool(row and row.enabled)
    if not enabled:
        return "off"
    if row is None or row.tried_at is None:
        return "never"
    if row.failing_since is not None:
        return "failing"
    return "stale" if row.stale(now) else "good"
