"""A collector with its committed positions, for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from warroom.catalog import Feed
from warroom.collect.files import FileCollector


def a_feed(*paths: str) -> Feed:
    return Feed(
        "web", "เว็บ", "web", "tang_rat", "file", paths, 1.0, "nginx", "UTC", "nginx", "webserver", None, {},
        drill=False, enabled=True, silent_after_seconds=900, file=Path("web.yml"),
    )  # fmt: skip


class Watch:
    """Polls, commits everything, and can restart from what was committed."""

    def __init__(
        self, path: str, line_limit: int = 1 << 20, chunk_bytes: int = 4 << 20, piece_bytes: int = 64 << 20
    ) -> None:
        self.feed = a_feed(path)
        self.positions: dict[str, str] = {}
        self.rejects: list[tuple[int, bytes, str]] = []
        self._sizes = {"line_limit": line_limit, "chunk_bytes": chunk_bytes, "piece_bytes": piece_bytes}
        self.restart()

    def restart(self) -> None:
        self.collector = FileCollector(self.feed, self.positions, **self._sizes)

    def poll(self, ahead: timedelta = timedelta(0)) -> list[bytes]:
        lines: list[bytes] = []
        for chunk in self.collector.poll(datetime.now(UTC) + ahead):
            lines += chunk.lines.to_pylist()
            self.rejects += chunk.rejects
            self.positions[chunk.source] = chunk.position
            self.collector.accept(chunk)
        return lines
