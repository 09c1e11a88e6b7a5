"""What must be told or rejected with a reason, and never stop what need not stop."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from making import web_line

if TYPE_CHECKING:
    from faults.conftest import Place

BAD_LINES = {
    "binary rubbish": bytes(range(1, 10)) + bytes(range(11, 256)),
    "a NUL in a line": b"\x00\x00\x00",
    "half a line": b'203.0.113.9 - - [22/Nov/2026:14:00:00 +0700] "GET /',
    "no such day": b'203.0.113.9 - - [32/Nov/2026:14:00:00 +0700] "GET / HTTP/1.1" 200 1 "-" "-"',
    "ten megabytes": b"A" * 10_000_000,
}


def ingest(place: Place) -> dict[str, int]:
    done = place.run("ingest", "--once", "--json")
    assert done.returncode == 0, done.stderr
    received: dict[str, int] = json.loads(done.stdout)["received"]
    return received


def balanced(place: Place) -> dict[str, int]:
    """The account of the web feed, proven by a recount."""
    told = place.run("ledger", "--deep", "--json")
    assert told.returncode == 0, told.stdout + told.stderr
    feed: dict[str, int] = json.loads(told.stdout)["feeds"][0]
    return feed


@pytest.mark.slow
def test_bad_lines_are_rejected_with_a_reason_and_good_ones_around_them_stored(place: Place) -> None:
    good = [web_line(number) for number in range(len(BAD_LINES) + 1)]
    mixed = [line for pair in zip(good, [bad + b"\n" for bad in BAD_LINES.values()], strict=False) for line in pair]
    place.log.write_bytes(b"".join([*mixed, good[-1]]))
    assert ingest(place) == {"web": len(good) + len(BAD_LINES)}
    assert place.stored("events").total() == len(good)
    assert set(place.stored("rejects")) == set(BAD_LINES.values())
    account = balanced(place)
    assert (account["stored"], account["rejected"]) == (len(good), len(BAD_LINES))


@pytest.mark.slow
def test_invalid_utf8_inside_a_good_line_is_kept_to_the_byte(place: Place) -> None:
    line = web_line(1).replace(b"Mozilla", b"Moz\xff\xfe\xe0\xb8illa")
    place.log.write_bytes(line)
    ingest(place)
    assert place.stored("events") == {line[:-1]: 1}
    assert balanced(place)["rejected"] == 0


@pytest.mark.slow
def test_clocks_in_the_future_and_in_1970_are_stored_under_our_time(place: Place) -> None:
    future = (datetime.now(UTC) + timedelta(days=3650)).strftime("%d/%b/%Y:%H:%M:%S +0000").encode()
    lines = [
        web_line(1).replace(b"22/Nov/2026:14:00:00 +0700", future),
        web_line(2).replace(b"22/Nov/2026:14:00:00 +0700", b"01/Jan/1970:00:00:00 +0000"),
    ]
    place.log.write_bytes(b"".join(lines))
    ingest(place)
    assert place.stored("events").total() == 2
    (low, high) = place.query("SELECT min(min_ts), max(max_ts) FROM segments WHERE kind = 'events'")[0]
    now = datetime.now(UTC).timestamp() * 1e6
    assert now - 120e6 < low <= high <= now
    balanced(place)


@pytest.mark.slow
def test_broken_files_are_told_and_stop_no_other(place: Place) -> None:
    place.log.write_bytes(web_line(1))
    (place.logs / "access.log.2.gz").write_bytes(gzip.compress(web_line(2) + web_line(3))[:-9])
    (place.logs / "access.log.3").mkdir()
    (place.logs / "access.log.4").symlink_to("access.log.4")
    received = ingest(place)
    assert received["web"] >= 1
    assert place.stored("events")[web_line(1)[:-1]] == 1
    (error,) = place.query("SELECT error FROM feed_states")[0]
    assert "access.log.2.gz" in error
    assert place.run("ledger").returncode == 0


@pytest.mark.slow
def test_a_vanished_file_is_told_and_its_lines_stay(place: Place) -> None:
    place.log.write_bytes(web_line(1))
    ingest(place)
    place.log.unlink()
    ingest(place)
    (error,) = place.query("SELECT error FROM feed_states")[0]
    assert "gone" in error
    assert place.stored("events").total() == 1
    assert place.run("ledger", "--deep").returncode == 0


@pytest.mark.slow
def test_a_faulty_feed_and_a_faulty_rule_stop_no_other(place: Place) -> None:
    (place.folder / "feeds" / "broken.yml").write_text("title: {th: ก, en: A}\nplatfrom: tang_rat\n", encoding="utf-8")
    (place.folder / "detectors" / "broken.yml").write_text("title: Broken\ndetection: [\n", encoding="utf-8")
    place.log.write_bytes(web_line(1, "q=union"))
    assert ingest(place) == {"web": 1}
    faults = place.query("SELECT file, line, reason FROM content_faults ORDER BY file")
    assert {Path(file).parent.name for file, _, _ in faults} == {"feeds", "detectors"}
    assert all(line > 0 and reason for _, line, reason in faults)
    assert place.query("SELECT count(*) FROM incidents") == [(1,)]


@pytest.mark.slow
def test_a_full_disk_loses_nothing(place: Place) -> None:
    """A volume of 3 MB that a file of ours fills: the pass fails with a clear error, and works after room was made."""
    if not shutil.which("unshare"):
        pytest.fail("this test mounts a small volume of its own: install util-linux (unshare)")
    lines = b"".join(web_line(number) for number in range(20_000))
    outside = place.folder / "outside"
    outside.mkdir()
    (outside / "access.log").write_bytes(lines)
    feed = place.folder / "feeds" / "web.yml"
    feed.write_text(feed.read_text(encoding="utf-8").replace("{data}/logs", str(outside)), encoding="utf-8")
    script = """
    set -eu
    mount -t tmpfs -o size=3m tmpfs "$WARROOM_DATA"
    "$PYTHON" -m warroom ledger >/dev/null 2>&1 || true
    dd if=/dev/zero of="$WARROOM_DATA/filler" bs=1k count=2500 2>/dev/null
    "$PYTHON" -m warroom ingest --once && exit 3
    rm "$WARROOM_DATA/filler"
    mount -o remount,size=60m "$WARROOM_DATA"
    "$PYTHON" -m warroom ingest --once
    "$PYTHON" -m warroom ledger --deep --json
    """
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script],
        env=place.environment | {"PYTHON": place.command()[0], "WARROOM_DISK_RESERVE_MIB": "0"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "free space" in done.stderr or "volume is full" in done.stderr
    told = json.loads(done.stdout[done.stdout.index("{") :])
    assert told["balanced"]
    assert told["feeds"][0]["received"] == 20_000
