"""Says which sources are over: their files are long gone, and nothing that stands now could be taken for them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from warroom.collect.content import Content, UnreadableError
from warroom.collect.find import Found, family, find, find_again
from warroom.collect.fingerprint import Position

if TYPE_CHECKING:
    from warroom.catalog.transports.files import Files

#: Longer than an ordinary rotation keeps a log, so that a copy put back by hand is still known.
KEPT: Final = timedelta(days=90)


def finished(collect: Files, positions: Mapping[str, str], now: datetime, *, kept: timedelta = KEPT) -> set[str]:
    """Give the sources whose positions may be forgotten: no line of them can be read again, or counted again.

    A source is over when the file was last written longer than ``kept`` ago, and no file of its family begins as it
    did: neither itself nor a compressed or cut copy, which would be read anew from its start. In doubt it is not:
    when a file or folder cannot be looked at, or a folder is empty as an unmounted disk is.

    Args:
        collect: whose patterns name the files.
        positions: source → committed position, as ``Chunk.position`` writes it.
        now: the time to reckon from.
        kept: how long a position outlives the last change of its file.
    """
    before = (now - kept).timestamp()
    known = {source: Position.read(text) for source, text in positions.items()}
    old = {source: position for source, position in known.items() if position.changed < before}
    files, problems = find(collect.paths)
    if not old or problems:
        return set()
    folders = {str(Path(file.path).parent) for file in files.values()}
    files |= find_again(folders, {position.identity for position in old.values()} - set(files))
    over = {source for source, position in old.items() if str(Path(position.path).parent) in folders}
    for file in files.values():
        over -= _alike(file, {source: old[source] for source in over})
    return over


def _alike(file: Found, positions: Mapping[str, Position]) -> set[str]:
    """Give the sources that a file may be."""
    name = family(file.path)
    kin = {
        source: position
        for source, position in positions.items()
        if position.identity == file.identity or family(position.path) == name
    }
    try:
        with Content(file) as content:
            return {source for source, position in kin.items() if content.begins_like(position)}
    except (UnreadableError, FileNotFoundError):
        return set(kin)
