"""A collector with its committed positions, for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from warroom.catalog.transports.files import Files
from warroom.collect.file_chunks import Cutter
from warroom.collect.files import FileCollector


class Watch:
    """Polls, commits everything, and can restart from what was committed."""

    def __init__(
        self, path: str, line_limit: int = 1 << 20, chunk_bytes: int = 4 << 20, piece_bytes: int = 64 << 20
    ) -> None:
        self.collect = Files((path,))
        self.positions: dict[str, str] = {}
        self.rejects: list[tuple[int, bytes, str]] = []
        self._cutter = Cutter(line_limit, chunk_bytes, piece_bytes)
        self.restart()

    def restart(self) -> None:
        self.collector = FileCollector(self.collect, self.positions, self._cutter)

    def poll(self, ahead: timedelta = timedelta(0)) -> list[bytes]:
        lines: list[bytes] = []
        for chunk in self.collector.poll(datetime.now(UTC) + ahead):
            lines += chunk.lines.to_pylist()
            self.rejects += chunk.rejects
            self.positions[chunk.source] = chunk.position
            self.collector.accept(chunk)
        return lines
