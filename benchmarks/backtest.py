"""Measures back-tests of rules on stored events: reading, matching, correlating; two threads, nothing else to do.

PYTHONPATH=. python benchmarks/backtest.py [--events 1000000] [--tests one,correlation,own] [--folder FOLDER]

Half of 38 platforms are web servers (one request in a hundred an attack), half write sign-ins as JSON (one in twenty
fails); the events are really stored, through the worker's commit, over 35 days. ``one`` is a rule over single events,
``correlation`` one over sign-ins, ``own`` every rule of the project's own, ``all`` those of SigmaHQ, too.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import logs
import pyarrow as pa
from search_store import DAY_US, DAYS, fill_events
from sqlalchemy import func, select

from warroom.bench.backtest import back_test
from warroom.bench.backtest_choice import alerting, chosen
from warroom.detect import Correlation, Rule, RuleSet, load_rules
from warroom.parse import ParseContext
from warroom.parse.guard import parse_guarded
from warroom.settings import Settings
from warroom.store.database import State, now_us
from warroom.store.tables import segments

_LINES = 12_000
_SOURCES = (("nginx", "webserver", None), ("govplatform", None, "authn"))
_TESTS = {"one": "webserver_sql_injection.yml", "correlation": "authn_credential_stuffing.yml"}
_UPSTREAM = "upstream"


def main(arguments: argparse.Namespace) -> None:
    """Make a store, back-test, print a table."""
    with tempfile.TemporaryDirectory(prefix="warroom-backtest-", dir=arguments.folder) as name:
        folder = Path(name)
        with State(f"sqlite:///{folder / 'state.db'}") as state:
            state.migrate()
            cpu = time.process_time()
            fill_events(state, folder, arguments.events, lines_of, _SOURCES)
            cpu = time.process_time() - cpu
            with state.read() as connection:
                files, size = connection.execute(select(func.count(), func.sum(segments.c.bytes))).one()
            print(f"{arguments.events:,} events stored in {cpu:,.0f} CPU-s: {files:,} files, {size / 1e6:,.0f} MB")
            print("| rules | events | wall s | CPU s | alerts | events in alerts | files read | peak MB |")
            print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
            loaded = load_rules([Settings().detectors], Settings().cache_dir)
            for test in arguments.tests.split(","):
                measure(state, folder, test, picked(loaded, test))


def picked(loaded: RuleSet, test: str) -> RuleSet:
    """Give the rules of a test, ready to match: compiling is no part of what is measured."""
    loud = set(alerting(loaded))
    rules: list[Rule | Correlation] = [*loaded.rules, *loaded.correlations]
    ids = [
        rule.id
        for rule in rules
        if rule.id in loud
        and (test == "all" or (Path(rule.file).name == _TESTS[test] if test in _TESTS else _UPSTREAM not in rule.file))
    ]
    found = chosen(loaded, ids)
    found.prepare()
    return found


def measure(state: State, folder: Path, test: str, rules: RuleSet) -> None:
    """Back-test once."""
    now = now_us()
    cpu = time.process_time()
    found = back_test(state, folder, rules, now - (DAYS + 1) * DAY_US, now + DAY_US)
    cpu = time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    alerts, events = (sum(getattr(one, name) for one in found.rules.values()) for name in ("alerts", "events"))
    told = f"{found.wall_seconds:.1f} | {cpu:.1f} | {alerts:,} | {events:,} | {found.files_read:,} | {peak:,.0f}"
    print(f"| {test} ({len(found.rules)}) | {found.events:,} | {told} |", flush=True)


def lines_of(platform: int) -> pa.RecordBatch:
    """Give distinct lines of a platform as their parser gives them, without their times."""
    kind, written = (("nginx", logs.web), ("jsonl", logs.authn))[platform % 2]
    read = pa.array([line.encode() for line in written(_LINES)], pa.binary())
    return parse_guarded(read, ParseContext(kind, "Asia/Bangkok", datetime.now(UTC))).events.drop_columns(["ts"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--tests", default="one,correlation,own")
    parser.add_argument("--folder", type=Path, help="where the store is made; default: the system's temporary folder")
    main(parser.parse_args())
