"""What every way for intelligence to come has in common."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a feed: ``origin`` is its name there, ``path`` where its bytes are now.

    ``format`` is one of FORMATS, "" where the feed's or the looks say it. Where it is ``refused``, this says why its
    bytes are not to be had, though the others' are: there is nothing at ``path``, and what is known of it stays.
    """

    origin: str
    path: Path
    format: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a feed has now.

    Args:
        documents: each is read before the next is asked for; its path may be gone afterwards. What goes wrong on the
            way is raised from here, too: then nothing is changed and the next poll begins at the old cursor.
        cursor: asked for after all documents were taken: where the next poll begins.
        whole: the documents are all there is, and what is not in them is gone; else they are added to what is known,
            each in the place of what its origins held. A way that tells only what is new is whole at its first poll:
            what another server told before is gone then.
        gone: origins that the feed says are no more.
    """

    documents: Iterable[Document]
    cursor: Cursor
    whole: bool
    gone: tuple[str, ...] = ()


class Cursor(Protocol):
    """Where the next poll begins, as text; known when the documents are through."""

    def __call__(self) -> str:
        """Give it."""
        ...


class Source(Protocol):
    """One way for a feed's documents to come; made anew for every poll."""

    def fetch(self, cursor: str, work: Path) -> Fetched | None:
        """Ask for what the feed has now.

        Args:
            cursor: what the last successful poll gave; "" at the first.
            work: an empty folder for what is fetched; the caller removes it.

        Returns:
            None where nothing changed.

        Raises:
            WarroomError: it cannot be had; the message says why and what to do.
        """
        ...
