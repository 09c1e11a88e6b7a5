"""`./run scan`: Sigma over log files, without a store."""

from __future__ import annotations

import gc
import resource
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from warroom.commands.options import Options
from warroom.errors import UsageError, WarroomError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from warroom.collect.block import Block
    from warroom.commands.matches import Late, Matches
    from warroom.commands.progress import Progress
    from warroom.detect import Correlation, Detector, LogSource, RuleSet
    from warroom.parse import Recognised

#: Event ids of a scan: the file's number, then the record's.
_RECORD_BITS: Final = 40
#: Their bytes on the disk do not tell how far a reader of their content is.
_PACKED: Final = (".gz", ".zip")
#: Formats whose lines are JSON objects: an event's fields say everything that its line does.
_TOLD_BY_FIELDS: Final = frozenset(("jsonl", "cloudtrail", "k8s_audit", "suricata_eve"))
_KEYS: Final = ("product", "category", "service")

#: getrusage counts in bytes on macOS and in KiB elsewhere.
_RSS_UNIT: Final = 1 << 20 if sys.platform == "darwin" else 1 << 10


def app(args: Sequence[str], prog_name: str) -> None:
    """Read the command line, and scan."""
    options = Options(
        "Write one JSON object a match, correlations too, in the order of the input; exit 1 when something matched. "
        "A terminal is shown how far it is, on standard error."
    )
    options.add_argument(
        "paths", metavar="PATH", nargs="+", type=Path, help="log files, or folders of them; gzip is opened"
    )
    options.add_argument(
        "--rules", metavar="PATH", action="append", type=Path, help="a folder of Sigma rules or a .tar.gz archive"
    )
    options.add_argument(
        "--format",
        dest="log_format",
        metavar="NAME",
        default="auto",
        help="auto, a name of docs/feeds.md, cri+nginx",
    )
    options.add_argument(
        "--logsource", metavar="SOURCE", default="", help="what the events are: product=…,category=…,service=…"
    )
    options.add_argument("--output", metavar="FILE", type=Path, help="write the matches here")
    options.add_argument("--summary", metavar="FILE", type=Path, help="write counts and costs here, as JSON")
    options.add_argument("--timezone", metavar="ZONE", default="UTC", help="zone of times that name none: UTC")
    scan(**options.read(args, prog_name))


def scan(
    *,
    paths: list[Path],
    rules: list[Path] | None = None,
    log_format: str = "auto",
    logsource: str = "",
    output: Path | None = None,
    summary: Path | None = None,
    timezone: str = "UTC",
) -> None:
    """Scan files. Raises SystemExit with 1 when something matched, UsageError for files that cannot be read."""
    from warroom.collect.paths import files_under
    from warroom.commands.matches import Matches
    from warroom.commands.progress import Progress
    from warroom.detect import load_rules
    from warroom.parse import Recognised
    from warroom.settings import Settings

    begun = time.monotonic()
    named = None if log_format == "auto" else Recognised.read(log_format)
    source = _log_source(logsource)
    settings = Settings()
    files = files_under(paths)
    # where the matches go to the terminal, too, they are the progress
    alone = output is not None or not sys.stdout.isatty()
    progress = Progress(sys.stderr, sum(path.stat().st_size for path in files), live=alone)
    progress.say("reading rules …")
    load_begun = time.process_time()
    try:
        ruleset = load_rules(rules or [settings.detectors], settings.cache_dir)
        ruleset.prepare()
    finally:
        progress.clear()
    load_seconds = time.process_time() - load_begun
    for fault in ruleset.refused:
        sys.stderr.write(f"warning: {fault}\n")
    gc.freeze()  # the rules stay: no collection need look at them again
    scan_begun = time.process_time()
    with ExitStack() as stack:
        stack.callback(gc.unfreeze)
        file = stack.enter_context(output.open("wb")) if output else sys.stdout.buffer
        matches = Matches(file, ruleset)
        run = _Scan(ruleset, matches, progress, named, source, timezone, settings.line_limit)
        stack.callback(progress.clear)
        problems = run.read_all(files, paths)
        run.finish()
        file.flush()
    progress.finish(run.counts["events_read"], matches.count, len(ruleset.refused))
    if told := run.left_out():
        sys.stderr.write(f"warning: {told}\n")
    if summary:
        costs = {
            "load_cpu_seconds": round(load_seconds, 3),
            "scan_cpu_seconds": round(time.process_time() - scan_begun, 3),
            "wall_seconds": round(time.monotonic() - begun, 3),
        }
        _write_summary(summary, run, costs)
    if problems:
        raise UsageError("\nerror: ".join(problems))
    if matches.count:
        raise SystemExit(1)


@dataclass
class _Scan:
    """One run over files: reads a block, parses it, matches it, writes what matched."""

    ruleset: RuleSet
    matches: Matches
    progress: Progress
    named: Recognised | None
    source: LogSource | None
    timezone: str
    line_limit: int
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(
            (
                "events_read",
                "events_parsed",
                "events_rejected",
                "events_evaluated",
                "correlation_late",
                "correlation_dropped",
            ),
            0,
        )
    )
    _files: list[str] = field(default_factory=list)
    _raised: set[str] = field(default_factory=set)
    _fields: frozenset[str] | None = None
    _detector: Detector | None = None
    _correlations: dict[str, Correlation] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._correlations = {rule.id: rule for rule in self.ruleset.correlations}
        if self.ruleset.correlations:
            from warroom.detect import Detector

            self._detector = Detector(self.ruleset)
        # keywords are looked for in every field
        self._fields = None if self.ruleset.searches_text else self.ruleset.native_fields()

    def read_all(self, files: Sequence[Path], named: Sequence[Path]) -> list[str]:
        """Scan files to their ends; give what is wrong with those that cannot be read (on).

        A file that is no log is wrong only where it was ``named``: in a folder of logs lie other files, too.
        """
        from warroom.parse import UnrecognisedError

        problems: list[str] = []
        for path in files:
            try:
                self.read(path)
            except UnrecognisedError as problem:
                if path in named:
                    problems.append(f"{path}: {problem}")
                else:
                    self.progress.clear()
                    sys.stderr.write(f"warning: {path}: left out: {problem}\n")
            except WarroomError as problem:
                problems.append(str(problem) if str(path) in str(problem) else f"{path}: {problem}")
        return problems

    def read(self, path: Path) -> None:
        """Scan a file to its end."""
        from warroom.collect.heading import Heading
        from warroom.collect.paths import blocks, sample_of
        from warroom.log_formats import FORMATS
        from warroom.machine.arguments import forget
        from warroom.parse import look_within

        told = self.named or look_within(sample_of(path))
        kind = FORMATS[told.format]
        self._files.append(str(path))
        self.progress.file(path.name, path.stat().st_size, packed=told.format == "evtx" or path.suffix in _PACKED)
        product, category, service = kind.logsource
        if self.source is not None:
            product, category, service = self.source.product, self.source.category, self.source.service
        for block in blocks(path, self.line_limit, told.begins, Heading(kind.tells)):
            self._block(block, told, (product, category, service))
            # each line had an end
            read = block.lines.nbytes + len(block.lines)
            self.progress.block(read, self.counts["events_read"], self.matches.count)
            del block  # before the next one is made
            forget()

    def finish(self) -> None:
        """Write what only the end of the input decides."""
        if self._detector is None:
            return
        for alert in self._detector.finish():
            if self._new(alert.alert_id):
                self.matches.write_late(self._late(alert.rule_id, alert.event_ids[-1], alert.last_at))
        self.counts["correlation_late"] = self._detector.late
        self.counts["correlation_dropped"] = sum(self._detector.dropped.values())

    def left_out(self) -> str:
        """Say what correlations did not count; nothing where they counted everything."""
        late, dropped = self.counts["correlation_late"], self.counts["correlation_dropped"]
        reasons = [f"{late:,} events came too late"] * (late > 0)
        reasons += [f"{dropped:,} found no room in memory"] * (dropped > 0)
        return f"not counted by correlations: {' and '.join(reasons)}" if reasons else ""

    def _block(self, block: Block, told: Recognised, source: tuple[str | None, ...]) -> None:
        import numpy as np
        import pyarrow as pa

        from warroom.detect import match
        from warroom.parse import ParseContext
        from warroom.parse.guard import parse_guarded

        wanted = self._fields if told.format == "jsonl" and not told.envelope else None
        now = datetime.now(UTC)
        context = ParseContext(
            told.format,
            self.timezone,
            now,
            header=block.header,
            wanted=wanted,
            coded=True,
            clean=block.clean,
            options=told.options,
        )
        parsed = parse_guarded(block.lines, context)
        records = block.numbers[parsed.rows.to_numpy()]
        ids = records + ((len(self._files) - 1) << _RECORD_BITS)
        batch = _with_envelope(parsed.events, ids, block.path, source)
        matched = match(batch, self.ruleset)
        found = self._detector.correlate(batch, matched, drill=False) if self._detector else ()
        onsets = [onset for onset in found if self._new(onset.alert_id)]
        rejected = len(parsed.rejects) + len(block.rejects)
        self.counts["events_read"] += batch.num_rows + rejected
        self.counts["events_parsed"] += batch.num_rows
        self.counts["events_rejected"] += rejected
        self.counts["events_evaluated"] += batch.num_rows
        rows, rules = (matched.column(place).to_numpy() for place in range(2))
        if self.ruleset.silent:
            loud = ~np.isin(rules, list(self.ruleset.silent))
            rows, rules = rows[loud], rules[loud]
        late = [self._late(onset.rule_id, onset.event_id, onset.last_at, ids) for onset in onsets]
        if not len(rows) and not late:
            return
        events = parsed.events
        if wanted is not None:
            # the whole event, of the lines that matched alone
            shown = np.union1d(rows, np.array([one.row for one in late if one.row is not None], rows.dtype))
            lines = block.lines.take(parsed.rows.take(pa.array(shown)))
            events = parse_guarded(lines, replace(context, wanted=None)).events
            rows, records = np.searchsorted(shown, rows), records[shown]
            late = [one if one.row is None else replace(one, row=int(np.searchsorted(shown, one.row))) for one in late]
        original = told.format not in _TOLD_BY_FIELDS or told.envelope != ""
        self.matches.write(events, block.path, records, (rows, rules), late, original=original)

    def _new(self, alert_id: str) -> bool:
        """Say whether an alert was not written before: one window grows over many blocks."""
        if alert_id in self._raised:
            return False
        self._raised.add(alert_id)
        return True

    def _late(self, rule_id: str, last: int, at: datetime, ids: npt.NDArray[np.int64] | None = None) -> Late:
        """Give what is written of a correlation's alert; ``ids`` are those of the batch, ascending."""
        from warroom.commands.matches import Late

        place, record = divmod(last, 1 << _RECORD_BITS)
        time_text = at.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
        row = None
        if ids is not None and len(ids) and ids[0] <= last <= ids[-1]:
            row = int(ids.searchsorted(last))
        return Late(row, self._correlations[rule_id], self._files[place], record, time_text)


def _write_summary(path: Path, run: _Scan, costs: dict[str, float]) -> None:
    ruleset = run.ruleset
    told = run.counts | {
        "matches": run.matches.count,
        "rules_loaded": len(ruleset.rules) + len(ruleset.correlations),
        "rules_refused": [
            {"file": fault.file, "line": fault.line, "reason": fault.reason} for fault in ruleset.refused
        ],
        **costs,
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _RSS_UNIT, 1),
    }
    path.write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def _with_envelope(events: pa.RecordBatch, ids: Any, path: str, source: tuple[str | None, ...]) -> pa.RecordBatch:  # noqa: ANN401  numpy is imported late
    """Add what the pipeline sets; each file is a feed of its own, so that no order of files makes events late."""
    import pyarrow as pa

    from warroom.model import ENVELOPE

    values = dict(zip(("log_product", "log_category", "log_service"), source, strict=True)) | {"feed_id": path}
    columns = [pa.array(ids, pa.int64())]
    fields = [pa.field("event_id", pa.int64())]
    for name in ("platform_id", *values):
        columns.append(pa.repeat(pa.scalar(values.get(name), ENVELOPE[name]), events.num_rows))
        fields.append(pa.field(name, ENVELOPE[name]))
    return pa.RecordBatch.from_arrays([*columns, *events.columns], schema=pa.schema([*fields, *events.schema]))


def _log_source(text: str) -> LogSource | None:
    """Read ``product=windows,category=process_creation``."""
    from warroom.detect import LogSource

    if not text:
        return None
    found: dict[str, str] = {}
    for part in text.split(","):
        key, sign, value = part.strip().partition("=")
        if not sign or key not in _KEYS or not value or key in found:
            raise UsageError(f"--logsource {text}: expected product=…,category=…,service=…, each at most once")
        found[key] = value
    return LogSource(**found)
