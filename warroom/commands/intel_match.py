"""`./run intel match`: log files against the indicators that are stored."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import orjson
import typer

from warroom.commands.output import print_table, printable
from warroom.errors import UsageError, WarroomError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa

    from warroom.collect.block import Block
    from warroom.commands.progress import Progress
    from warroom.intel.index import Index
    from warroom.parse import Recognised

#: Their bytes on the disk do not tell how far a reader of their content is.
_PACKED: Final = (".gz", ".zip")
#: Rows of the table for people.
_SHOWN: Final = 200
_LONGEST: Final = 100


def match(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Log files, or folders; gzip, zip opened.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line: all that is listed.")] = False,
    held_back: Annotated[
        bool, typer.Option("--held-back", help="What raises no alarm though listed, and why.")
    ] = False,
    log_format: Annotated[str, typer.Option("--format", help="auto, a name of docs/feeds.md, cri+nginx")] = "auto",
    timezone: Annotated[str, typer.Option("--timezone", help="Zone of times that name none.")] = "UTC",
) -> None:
    """Compare log files with the stored indicators; exit 1 where anything is listed."""
    from warroom.machine.columns import give_back_memory

    give_back_memory()  # before anything imports Polars
    from warroom.collect.paths import files_under
    from warroom.commands.parse import check_zone
    from warroom.commands.progress import Progress
    from warroom.parse import Recognised
    from warroom.settings import Settings

    named = None if log_format == "auto" else Recognised.read(log_format)
    check_zone(timezone)
    settings = Settings()
    files = files_under(paths)
    progress = Progress(sys.stderr, sum(path.stat().st_size for path in files), live=not sys.stdout.isatty())
    progress.say("reading indicators …")
    try:
        index, drill = _stored(settings)
    finally:
        progress.clear()
    run = _Run(index, progress, timezone, settings.line_limit, drill=drill, held_back=held_back)
    rows: list[dict[str, Any]] = []

    def take(one: dict[str, Any]) -> None:
        if as_json:
            sys.stdout.buffer.write(orjson.dumps(one, option=orjson.OPT_APPEND_NEWLINE))
        elif len(rows) < _SHOWN:
            rows.append(one)

    problems = run.read_all(files, paths, named, take)
    sys.stdout.flush()
    if not as_json:
        progress.clear()
        _show(rows, run.count, held_back=held_back)
    progress.finish(run.events, run.count, 0)
    if problems:
        raise UsageError("\nerror: ".join(problems))
    if run.count:
        raise SystemExit(1)


def _stored(settings: Any) -> tuple[Index, bool]:  # noqa: ANN401  settings are imported late
    """Give what is stored, and whether it is a drill's. Raises UsageError where there are no indicators."""
    from warroom.intel.assembling import assemble
    from warroom.store import views
    from warroom.store.database import State, now_us

    with State(settings.db_url) as state:
        state.migrate()
        index = assemble(state, settings.data_dir, now_us())
        drill = settings.drill or views.is_drill(state)
    if not len(index):
        raise UsageError("no indicator is stored that counts: switch on a feed, or `./run intel load PATH`")
    return index, drill


@dataclass
class _Run:
    """One run over files."""

    index: Index
    progress: Progress
    timezone: str
    line_limit: int
    drill: bool
    held_back: bool
    events: int = 0
    count: int = 0

    def read_all(
        self,
        files: Sequence[Path],
        asked: Sequence[Path],
        named: Recognised | None,
        take: Callable[[dict[str, Any]], None],
    ) -> list[str]:
        """Compare files to their ends; give what is wrong with those that cannot be read (on).

        A file that is no log is wrong only where it was ``asked`` for: in a folder of logs lie other files, too.
        """
        from warroom.parse import UnrecognisedError

        problems: list[str] = []
        for path in files:
            try:
                for one in self.found(path, named):
                    take(one)
            except UnrecognisedError as problem:
                if path in asked:
                    problems.append(f"{path}: {problem}")
                else:
                    self.progress.clear()
                    sys.stderr.write(f"warning: {printable(str(path))}: left out: {problem}\n")
            except WarroomError as problem:
                problems.append(str(problem) if str(path) in str(problem) else f"{path}: {problem}")
        return problems

    def found(self, path: Path, named: Recognised | None) -> Iterator[dict[str, Any]]:
        """Give what is listed in a file, or what of that is held back, as objects in the order of its lines."""
        from warroom.collect.heading import Heading
        from warroom.collect.paths import blocks, sample_of
        from warroom.log_formats import FORMATS
        from warroom.parse import look_within

        told = named or look_within(sample_of(path))
        kind = FORMATS[told.format]
        packed = told.format == "evtx" or path.suffix in _PACKED
        self.progress.file(path.name, path.stat().st_size, packed=packed)
        for block in blocks(path, self.line_limit, told.begins, Heading(kind.tells)):
            for one in self._in(block, told):
                self.count += 1
                yield one
            # each line had an end
            self.progress.block(block.lines.nbytes + len(block.lines), self.events, self.count)

    def _in(self, block: Block, told: Recognised) -> Iterator[dict[str, Any]]:
        import pyarrow as pa

        from warroom.intel.listing import tell
        from warroom.intel.matching import match as match_events
        from warroom.parse import ParseContext
        from warroom.parse.guard import parse_guarded

        now = datetime.now(UTC)
        context = ParseContext(
            told.format, self.timezone, now, header=block.header, coded=True, clean=block.clean, options=told.options
        )
        parsed = parse_guarded(block.lines, context)
        self.events += parsed.events.num_rows
        events = parsed.events.append_column("platform_id", pa.nulls(parsed.events.num_rows, pa.string()))
        hits = match_events(events, self.index)
        said = tell(events, hits, self.index, now, drill=self.drill)
        lines = block.numbers[parsed.rows.to_numpy()]
        heads = (
            {
                "file": block.path,
                "line": int(lines[row]),
                "time": time,
                "column": hits.names[column],
                "observed": text,
            }
            for row, column, text, time in zip(
                hits.rows.tolist(),
                hits.columns.tolist(),
                hits.observed.to_pylist(),
                _times(events, hits.rows),
                strict=True,
            )
        )
        if self.held_back:
            names = self.index.names(hits.entries)
            for head, (kind, value), by in zip(heads, names, said.held_by, strict=True):
                if by is not None:
                    yield head | {"kind": kind, "indicator": value, "held_back_by": by}
            return
        which = dict(zip(said.places.tolist(), said.of.tolist(), strict=True))
        for place, head in enumerate(heads):
            if place in which:
                one = said.listed[which[place]]
                yield head | {
                    "kind": one.kind,
                    "indicator": one.value,
                    "score": one.score,
                    "severity": one.severity,
                    "title": one.title,
                    "tags": one.tags,
                    "listed": orjson.loads(one.listed),
                }


def _times(events: pa.RecordBatch, rows: Any) -> Iterator[str]:  # noqa: ANN401  numpy is imported late
    import pyarrow as pa

    for moment in events.column("ts").take(pa.array(rows)).to_pylist():
        yield moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _show(rows: list[dict[str, Any]], count: int, *, held_back: bool) -> None:
    """Show what was found as a table."""
    said = "held_back_by" if held_back else "title"
    table = [
        [one["file"], one["line"], one["column"], _cut(one["observed"]), one["indicator"], one[said]] for one in rows
    ]
    headings = ["file", "line", "column", "observed", "indicator", "held back by" if held_back else "listed"]
    print_table(headings, table, empty="Nothing is held back." if held_back else "Nothing of it is listed.")
    if count > len(rows):
        sys.stderr.write(f"only the first {len(rows):,} of {count:,}: --json gives all\n")


def _cut(text: str) -> str:
    shown = printable(text)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"
