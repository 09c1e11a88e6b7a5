"""A folder of playbooks that is read again only when a file in it changed."""

from __future__ import annotations

from pathlib import Path

from warroom.catalog.playbook_parts import Playbook
from warroom.catalog.playbooks import load_playbooks
from warroom.errors import Fault


class PlaybookFolder:
    """The playbooks of a folder as of now: ``load`` is cheap while nothing changes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: object = None
        self._found: dict[str, Playbook] = {}

    def load(self) -> tuple[dict[str, Playbook], list[Fault]]:
        """Give the sound playbooks by id, and the faults that were not told yet."""
        seen = self._look()
        if seen == self._seen:
            return self._found, []
        self._found, faults = load_playbooks(self._folder)
        self._seen = seen
        return self._found, faults

    def _look(self) -> object:
        """Give what differs once a file was added, changed or removed."""
        try:
            files = [(path.name, path.stat()) for path in sorted(self._folder.iterdir())]
        except OSError as problem:
            return problem.errno  # gone, or a file went away between two looks: the next look tells
        return [(name, told.st_mtime_ns, told.st_size, told.st_ino) for name, told in files]
