"""Measures lag: 190 sound feeds and ten that are broken in ten ways, in one worker.

python benchmarks/many_feeds.py [--seconds 90] [--interval 5]

The sound feeds get a few lines every second, each with the time at which it was written; a line's lag is from then to
its commit. What is told is the 95th percentile of the lags of each feed, in intervals: the worst feed, and how many are
above two. Every way of being broken is named with what the worker said of it.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from warroom.store.database import State, now_us
from warroom.store.views import feeds as feed_rows

ROOT = Path(__file__).resolve().parent.parent
SOUND = 190
LINES = 5
SHARE = 0.95
ALLOWED = 2  # intervals
FEED = """\
title: {{th: ก, en: {name}}}
platform: tang_rat
collect: {collect}
parse: {{format: jsonl}}
logsource: {{product: govplatform, service: app_audit}}
"""


@contextmanager
def server(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """Listen on loopback, and do with each connection what ``serve`` does; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run() -> None:
            while True:
                try:
                    link, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=(link,), daemon=True).start()

        threading.Thread(target=run, daemon=True).start()
        yield listener.getsockname()[1]


def never(link: socket.socket) -> None:
    """Take the connection and say nothing."""
    time.sleep(3600)
    link.close()


def refusing(link: socket.socket) -> None:
    """Answer every request with an error."""
    with link:
        link.recv(65536)
        link.sendall(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


def drip(link: socket.socket) -> None:
    """Answer a byte at a time."""
    with link, suppress(OSError):
        link.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while True:
            time.sleep(0.2)
            link.sendall(b"[")


def broken(folder: Path, stack: ExitStack) -> dict[str, str]:
    """Make ten feeds that cannot be read: name → ``collect``."""
    silent, faulty, slow = (stack.enter_context(server(serve)) for serve in (never, refusing, drip))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = taken.getsockname()[1]
    (folder / "rubbish.log").write_bytes(os.urandom(64 << 20))
    (folder / "long.log").write_bytes((b"x" * (10 << 20) + b"\n") * 12)
    (folder / "damaged.log.gz").write_bytes(gzip.compress(b'{"a": 1}\n' * 100_000)[:-4000] + b"\0" * 4000)
    os.mkfifo(folder / "pipe.log")
    pull = "transport: pull, every: 1s, url:"
    login = "user: reader, password_env: BENCHMARK_PASSWORD"
    return {
        "rubbish": f'{{transport: file, paths: ["{folder}/rubbish.log"]}}',
        "lines_too_long": f'{{transport: file, paths: ["{folder}/long.log"]}}',
        "damaged_gzip": f'{{transport: file, paths: ["{folder}/damaged.log.gz"]}}',
        "no_file": f'{{transport: file, paths: ["{folder}/pipe.log"]}}',
        "never_answers": f'{{{pull} "http://127.0.0.1:{silent}/"}}',
        "answers_500": f'{{{pull} "http://127.0.0.1:{faulty}/"}}',
        "answers_byte_by_byte": f'{{{pull} "http://127.0.0.1:{slow}/"}}',
        "no_broker": f'{{transport: kafka, every: 1s, brokers: ["127.0.0.1:{nobody}"], topics: [logs]}}',
        "no_database": f"{{transport: table, every: 1s, host: 127.0.0.1, port: {silent}, database: logs, "
        f"table: audit, key: id, tls: false, {login}}}",
        "no_certificate": f'{{transport: syslog, listen: "127.0.0.1:{nobody}", protocol: tls, '
        f"certificate: {folder}/none.pem, key: {folder}/none.key}}",
    }


def write(folder: Path, ended: threading.Event) -> None:
    """Append some lines to every sound log each second."""
    files = [(folder / f"sound{number:03}.log").open("a", buffering=1) for number in range(SOUND)]
    number = 0
    while not ended.wait(1):
        for file in files:
            for _ in range(LINES):
                number += 1
                line = {"ts": datetime.now(UTC).isoformat(timespec="microseconds"), "actor": f"u{number % 977}"}
                file.write(json.dumps(line | {"action": "read", "result": "success", "src_ip": "192.0.2.7"}) + "\n")


def lags(data: Path, since: datetime) -> dict[str, float]:
    """Give each sound feed's lag at the percentile, in seconds, of lines written after the start."""
    found = duckdb.sql(
        f"SELECT feed_id, quantile_cont(epoch(ingested_at) - epoch(ts), {SHARE}) "  # noqa: S608  our own paths
        f"FROM read_parquet('{data}/events/*/*.parquet', union_by_name=true, hive_partitioning=false) "
        f"WHERE feed_id LIKE 'sound%' AND ts > TIMESTAMPTZ '{since.isoformat()}' GROUP BY 1"
    ).fetchall()
    return dict(found)


def main() -> None:
    """Run the worker and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=90)
    parser.add_argument("--interval", type=float, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary, ExitStack() as stack:
        folder = Path(temporary)
        feeds, logs, data = folder / "feeds", folder / "logs", folder / "data"
        feeds.mkdir()
        logs.mkdir()
        names = [f"sound{number:03}" for number in range(SOUND)]
        every = f"every: {options.interval}s"
        told = {name: f'{{transport: file, paths: ["{logs}/{name}.log"], {every}}}' for name in names}
        for feed, collect in (told | broken(logs, stack)).items():
            (feeds / f"{feed}.yml").write_text(FEED.format(name=feed, collect=collect))
        ended = threading.Event()
        writer = threading.Thread(target=write, args=(logs, ended))
        environment = os.environ | {
            "WARROOM_DATA": str(data),
            "WARROOM_FEEDS": str(feeds),
            "WARROOM_CACHE": os.environ.get("WARROOM_CACHE", str(ROOT / "data" / "cache")),
            "WARROOM_OUTBOUND": "127.0.0.0/8",
            "BENCHMARK_PASSWORD": "nobody",
        }
        with (folder / "log").open("w") as log:
            worker = subprocess.Popen(
                [sys.executable, "-m", "warroom", "worker"], cwd=ROOT, env=environment, stderr=log, stdout=log
            )
        writer.start()
        time.sleep(3 * options.interval + 5)  # start-up and the first of what is broken
        began = datetime.now(UTC)
        time.sleep(options.seconds)
        with State(f"sqlite:///{data}/state.db") as state:
            rows = {row.feed_id: row for row in feed_rows(state, now_us())}
        ended.set()
        writer.join()
        worker.send_signal(signal.SIGTERM)
        if worker.wait() or not (data / "events").exists():
            sys.exit(f"the worker failed:\n{(folder / 'log').read_text()[-3000:]}")
        found = lags(data, began)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
    intervals = sorted(lag / options.interval for lag in found.values())
    above = sum(one > ALLOWED for one in intervals)
    for feed in sorted(set(rows) - set(found)):
        print(f"{feed:<22} {rows[feed].received:>9,} received, {rows[feed].rejected:>7,} rejected: {rows[feed].error}")
    print(f"{len(found)} of {SOUND} sound feeds read, every {options.interval:g} s; {above} above two intervals")
    middle, worst = intervals[len(intervals) // 2], intervals[-1]
    print(f"lag of 95 in 100 lines, in intervals: median feed {middle:.2f}, worst {worst:.2f}")
    print(f"{used.ru_utime + used.ru_stime:.1f} CPU-s of the worker")


if __name__ == "__main__":
    main()
