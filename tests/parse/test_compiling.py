from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from warroom.settings import ROOT

if TYPE_CHECKING:
    from pathlib import Path

READ = """
import sys
if sys.argv[1] == "absent":
    sys.modules["numba"] = None
from datetime import UTC, datetime
import pyarrow as pa
from warroom.parse import ParseContext, parse
lines = pa.array([b'{"a": "%d", "b": [1, null]}' % n for n in range(60_000)] + [b"no JSON"], pa.binary())
parsed = parse(lines, ParseContext("jsonl", "UTC", datetime(2026, 11, 22, tzinfo=UTC)))
assert parsed.events.num_rows == 60_000 and len(parsed.rejects) == 1, parsed.rejects[:1]
last = parsed.events.column("fields")[59_999].as_py()
print(last["a"], last["b"])
"""


@pytest.mark.slow
@pytest.mark.parametrize("numba", ["there", "absent"])
def test_large_batches_read_the_same_with_and_without_a_compiler(numba: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", READ, numba], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.splitlines()[-1] == "59999 ['1']"
    assert ("no compiled functions" in done.stderr) == (numba == "absent")


@pytest.mark.slow
def test_where_compiled_code_cannot_be_kept_the_exact_reader_does_all(tmp_path: Path) -> None:
    told = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "file" / "none"), "HOME": "/nonexistent"}
    (tmp_path / "file").write_bytes(b"")
    subprocess.run([sys.executable, "-c", READ, "there"], cwd=ROOT, env=told, timeout=120, check=True)
