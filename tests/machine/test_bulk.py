"""The process of a scan imports no more than a small log needs, and keeps the memory it had."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from warroom.__main__ import BULK

RULE = """title: Traversal
logsource: {category: webserver}
detection: {s: {cs-uri-query|contains: '../'}, condition: s}
"""
LINE = '203.0.113.9 - - [21/Nov/2026:09:00:00 +0000] "GET /a?f=../etc HTTP/1.1" 200 1 "-" "-"\n'
#: What Arrow asks for (and is told that it is not there), logs of our own faults, EVTX files, colours of tracebacks,
#: what other commands read their arguments with.
UNNEEDED = {"pandas.core", "structlog", "evtx", "rich", "typer", "pydantic"}

KEEPS = """
import sys
from warroom.machine.memory import keep_memory
if sys.argv[1] == "kept":
    assert keep_memory()
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 >> 20
before = resident()
block = bytearray(b"x") * (200 << 20)
del block
print(resident() - before)
"""


STAYS = """
import sys
from warroom.machine import bulk
bulk.make_ready_to_stay()
import pyarrow
import warroom.worker
pyarrow.array([1, "2"][:1])
assert "pandas" not in sys.modules
assert pyarrow.default_memory_pool().backend_name == "system"
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 >> 20
before = resident()
small = bytearray(b"x") * (20 << 20)
del small
kept = resident() - before
large = bytearray(b"x") * (300 << 20)
del large
print(kept, resident() - before)
"""


def test_a_worker_keeps_some_of_its_memory_and_gives_much_back() -> None:
    done = subprocess.run([sys.executable, "-c", STAYS], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    kept, after = map(int, done.stdout.split())
    assert kept >= 10 or platform.libc_ver()[0] != "glibc"
    assert after < 200


@pytest.mark.parametrize("command", sorted(BULK))
def test_a_small_log_needs_few_libraries(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARROOM_CACHE", str(tmp_path / "cache"))
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/rule.yml").write_text(RULE)
    (tmp_path / "access.log").write_text(LINE)
    rules = ["--rules", str(tmp_path / "rules")] if command == "scan" else []
    asked = [sys.executable, "-X", "importtime", "-m", "warroom", command, str(tmp_path / "access.log"), *rules]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert '"record":1' in done.stdout
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "pyarrow" in imported
    assert imported & UNNEEDED == set()


FRAMES = """
import resource
from warroom.machine.bulk import with_room
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
def called():
    a = b = c = d = e = f = g = h = 0
def deeper(depth):
    if depth:
        return deeper(depth - 1)
    before = faults()
    for _ in range(500):
        called()
    return faults() - before
print(with_room(lambda depths: max([deeper(depth) for depth in depths]), list(range(300))))
"""


@pytest.mark.skipif(platform.python_implementation() != "CPython", reason="how CPython keeps frames")
def test_frames_find_room_wherever_a_loop_stands() -> None:
    done = subprocess.run([sys.executable, "-c", FRAMES], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 100


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries go on as they do")
@pytest.mark.parametrize(("asked", "stays"), [("kept", True), ("as it was", False)])
def test_freed_memory_is_kept(asked: str, *, stays: bool) -> None:
    done = subprocess.run([sys.executable, "-c", KEEPS, asked], capture_output=True, text=True, check=True)
    assert (int(done.stdout) > 150) is stays
