"""Checks the evidence files and what was printed: the bytes of each are those that were added."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select

from warroom.store import durable
from warroom.store.case_tables import evidence_files
from warroom.store.database import State
from warroom.store.evidence_files import FOLDER, place_of
from warroom.store.response_tables import printed_files
from warroom.store.verify.report import Broken, Report, clean

#: Told bytes read so far.
Tell = Callable[[int], None]
_SHA256_LENGTH = 64


def check_evidence(state: State, data_dir: Path, report: Report, tell: Tell) -> None:
    """Hash every file that a row of evidence or of what was printed names; files that no row names are told of.

    Args:
        state: names the files; their rows are checked as sealed rows.
        data_dir: the state folder.
        report: gets the findings.
        tell: told the bytes read so far.
    """
    with state.read() as connection:
        named = set(connection.scalars(select(evidence_files.c.sha256).union(select(printed_files.c.sha256))))
    read = 0

    def count(more: int) -> None:
        nonlocal read
        read += more
        tell(read)

    for sha256 in sorted(named):
        report.add("evidence files")
        if len(sha256) != _SHA256_LENGTH or not set(sha256) <= set("0123456789abcdef"):
            report.find(Broken.EVIDENCE_MISSING, f"evidence {clean(sha256)}", "no place of an evidence file")
            continue
        place = place_of(sha256)
        try:
            own, _ = durable.hashed(data_dir / place, count)
        except FileNotFoundError:
            report.find(Broken.EVIDENCE_MISSING, place, "gone")
        except (OSError, durable.NotAFileError) as problem:
            report.find(Broken.EVIDENCE_MISSING, place, str(problem))
        else:
            if own != sha256:
                report.find(Broken.EVIDENCE_CHANGED, place, "its bytes are not those that were added (SHA-256)")
    others = sum(name not in named for _, _, names in os.walk(data_dir / FOLDER) for name in names)
    if others:
        report.note(f"{others} files in {FOLDER}/ that no row names: of uploads that were interrupted")
