"""`./run parse`: log files to normalised events."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import orjson

from warroom.commands.options import Options
from warroom.errors import UsageError, WarroomError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from warroom.parse import Recognised


def app(args: Sequence[str], prog_name: str) -> None:
    """Read the command line, and parse."""
    options = Options("Write one JSON object an event: ECS names, sorted; every line is an event or a reject.")
    options.add_argument(
        "paths", metavar="PATH", nargs="+", type=Path, help="log files, or folders of them; gzip is opened"
    )
    options.add_argument(
        "--format",
        dest="log_format",
        metavar="NAME",
        default="auto",
        help="auto, a name of docs/feeds.md, cri+nginx",
    )
    options.add_argument("--output", metavar="FILE", type=Path, help="write the events here")
    options.add_argument("--rejects", metavar="FILE", type=Path, help="write the lines that are no events here")
    options.add_argument("--timezone", metavar="ZONE", default="UTC", help="zone of times that name none: UTC")
    parse(**options.read(args, prog_name))


def parse(
    *,
    paths: list[Path],
    log_format: str = "auto",
    output: Path | None = None,
    rejects: Path | None = None,
    timezone: str = "UTC",
) -> None:
    """Parse files. Raises UsageError for those that cannot be read."""
    from warroom.collect.paths import files_under
    from warroom.parse import Recognised, UnrecognisedError

    named = None if log_format == "auto" else Recognised.read(log_format)
    check_zone(timezone)
    problems: list[str] = []
    with ExitStack() as stack:
        events = stack.enter_context(output.open("wb")) if output else sys.stdout.buffer
        refused = stack.enter_context(rejects.open("wb")) if rejects else None
        for path in files_under(paths):
            try:
                _parse_file(path, named, timezone, events, refused)
            except UnrecognisedError as problem:
                if path in paths:
                    problems.append(f"{path}: {problem}")
                else:  # in a folder of logs lie other files, too
                    sys.stderr.write(f"warning: {path}: left out: {problem}\n")
            except WarroomError as problem:
                problems.append(str(problem) if str(path) in str(problem) else f"{path}: {problem}")
        events.flush()
    if problems:
        raise UsageError("\nerror: ".join(problems))


def check_zone(name: str) -> None:
    """Make sure that a time zone is one. Raises UsageError."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as problem:
        raise UsageError(f"there is no time zone `{name}`: use a name such as Asia/Bangkok") from problem


def _parse_file(
    path: Path, named: Recognised | None, timezone: str, events: IO[bytes], refused: IO[bytes] | None
) -> None:
    from warroom.collect.heading import Heading
    from warroom.collect.paths import blocks, sample_of
    from warroom.log_formats import FORMATS
    from warroom.parse import ParseContext, look_within
    from warroom.parse.guard import parse_guarded
    from warroom.settings import Settings

    told = named or look_within(sample_of(path))
    kind = FORMATS[told.format]
    source = dict(zip(("product", "category", "service"), kind.logsource, strict=True))
    for block in blocks(path, Settings().line_limit, told.begins, Heading(kind.tells)):
        now = datetime.now(UTC)
        context = ParseContext(told.format, timezone, now, header=block.header, options=told.options)
        parsed = parse_guarded(block.lines, context)
        numbers = block.numbers[parsed.rows.to_numpy()].tolist()
        for record, event in zip(numbers, objects(parsed.events), strict=True):
            event |= {"log.source": source, "source_file": block.path, "record": record}
            events.write(orjson.dumps(event, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE))
        if refused is not None:
            found = [(int(block.numbers[one.row]), block.lines[one.row].as_py(), one.reason) for one in parsed.rejects]
            _write_rejects(block.path, sorted(found + block.rejects), refused)


def _write_rejects(path: str, found: Sequence[tuple[int, bytes, str]], file: IO[bytes]) -> None:
    for record, raw, reason in found:
        reject = {"source_file": path, "record": record, "reason": reason, "event.original": _text(raw)}
        file.write(orjson.dumps(reject, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE))


def objects(batch: pa.RecordBatch) -> Iterator[dict[str, Any]]:
    """Give each event as a flat dict: ECS names, native names, no nulls; native names never hide ECS ones."""
    from warroom.model import FIELDS, RAW, ecs_name

    columns = {ecs_name(name): batch.column(name) for name in batch.schema.names if name not in (FIELDS, RAW, "ts")}
    columns = {name: column.to_pylist() for name, column in columns.items() if column.null_count < len(batch)}
    struct = batch.column(FIELDS)
    native = {kind.name: struct.field(place).to_pylist() for place, kind in enumerate(struct.type)}
    columns = native | columns
    micros = batch.column("ts").cast("int64").to_pylist()
    raw = batch.column(RAW).to_pylist()
    for row in range(len(batch)):
        event = {name: column[row] for name, column in columns.items() if column[row] is not None}
        time = datetime.fromtimestamp(micros[row] // 1_000_000, UTC).replace(microsecond=micros[row] % 1_000_000)
        event["@timestamp"] = time.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
        event["event.original"] = _text(raw[row])
        yield event


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
