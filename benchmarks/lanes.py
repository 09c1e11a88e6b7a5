"""The lanes: which log, how many events, which rules, and how `./run scan` is told what the events are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import logs

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "tests" / "samples" / "agreement"


@dataclass(frozen=True)
class Lane:
    """One row of the table."""

    title: str
    log_format: str
    events: int
    lines: Callable[[int], Iterator[str]]
    rules: tuple[Path, ...]
    suffix: str = "log"
    #: What the peers get instead: the same events, already parsed to JSON Lines of the rules' own field names.
    peer: str | None = None


def lanes(archive: Path | None, recordings: Path | None) -> dict[str, Lane]:
    """Give the lanes by name, with all rules of an archive and with recordings where they are given."""
    every = (archive,) if archive else (ROOT / "detectors", SAMPLE / "rules")
    recorded = sorted(recordings.rglob("*.json*")) if recordings else [SAMPLE / "events" / "windows.jsonl"]
    own = (ROOT / "detectors",)
    return {
        "web": Lane("Web access log", "nginx", 1_000_000, logs.web, own, peer="webserver"),
        "windows-attacks": Lane(
            "Windows, attack-heavy",
            "jsonl",
            200_000,
            lambda count: logs.windows_attacks(count, recorded),
            every,
            "jsonl",
            peer="windows",
        ),
        "windows-ordinary": Lane(
            "Windows, ordinary", "jsonl", 200_000, logs.windows_ordinary, every, "jsonl", peer="windows"
        ),
        "auth": Lane("Linux authentication", "syslog", 500_000, logs.auth, own),
        "correlation": Lane(
            "Correlation, 200,000 addresses in 5 min",
            "syslog",
            1_000_000,
            logs.correlation,
            own,
        ),
    }
