"""Drafts of feeds, as the wizard of the console saves them: beside the feeds that are read, never among them.

A draft lies in ``feeds-drafts/`` of the state folder, its sample in ``feeds-drafts/samples/``. A person looks it over,
and puts it into the folder of feeds: from the console nobody changes what the worker reads.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from warroom.access.actor import Actor
from warroom.access.guard import needs
from warroom.access.roles import Permission
from warroom.collect.trying import try_feed
from warroom.errors import NotFoundError, StoreError, UsageError
from warroom.privacy import mask
from warroom.store import draft_files
from warroom.store.audit import AuditAction, Entry, append

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from warroom.store.canonical import Json
    from warroom.store.database import State

FOLDER: Final = draft_files.FEEDS
SAMPLES: Final = "samples"
#: Bytes of a draft, and of the lines beside it.
MOST_TEXT: Final = 64 << 10
MOST_LINES: Final = 200 << 10
MOST_DRAFTS: Final = 500
_ID: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


@dataclass(frozen=True, slots=True)
class Draft:
    """A saved draft: where its two files are."""

    feed_id: str
    file: Path
    sample: Path


def draft_id(feed_id: str) -> str:
    """Give a feed's id as it may be a file's name. Raises UsageError."""
    if not _ID.fullmatch(feed_id):
        raise UsageError(
            "a feed's id has small letters, digits, _ and - only, at most 63, and begins with none of the signs"
        )
    return feed_id


@needs(Permission.MANAGE_FEEDS)
def save_draft(state: State, data_dir: Path, actor: Actor, feed_id: str, text: str, lines: str, now: datetime) -> Draft:
    """Save a feed's YAML and its sample as a draft, which replaces one of the same name.

    Personal data in the sample are masked: a sample goes where feeds are kept, and from there to others.

    Raises:
        UsageError: the id or the YAML is at fault, or one of the two is too long.
        StoreError: it cannot be written.
    """
    found = _draft(data_dir, draft_id(feed_id))
    written, sample = text.encode(), mask(lines).encode()
    if len(written) > MOST_TEXT or len(sample) > MOST_LINES:
        raise UsageError(f"a draft has at most {MOST_TEXT >> 10} KiB, its sample at most {MOST_LINES >> 10} KiB")
    if faults := try_feed(text, b"", now, found.file).faults:
        raise UsageError(f"line {faults[0].line}: {faults[0].reason}")
    body: dict[str, Json] = {"draft": True, "sha256": hashlib.sha256(written).hexdigest(), "bytes": len(written)}
    try:
        _room(found)
        _write(found.sample, sample)
        _write(found.file, written)
    except OSError as problem:
        raise StoreError(f"{found.file}: the draft cannot be written: {problem.strerror}") from problem
    with state.write() as connection:
        append(connection, Entry(actor.name, actor.via, AuditAction.FEED_CHANGED, "feed_draft", feed_id, body))
    return found


@needs(Permission.MANAGE_FEEDS)
def take_draft(state: State, data_dir: Path, actor: Actor, feed_id: str, *, sample: bool = False) -> bytes:
    """Give a draft, or the sample beside it, to be taken away: the audit says so.

    Raises:
        UsageError: the id is none.
        NotFoundError: there is no such draft.
    """
    found = _draft(data_dir, draft_id(feed_id))
    path = found.sample if sample else found.file
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            data = file.read(MOST_LINES)
    except OSError as problem:
        raise NotFoundError(f"there is no draft {feed_id}: save it again") from problem
    body: dict[str, Json] = {"file": path.name, "sha256": hashlib.sha256(data).hexdigest()}
    with state.write() as connection:
        append(connection, Entry(actor.name, actor.via, AuditAction.EXPORT, "feed_draft", feed_id, body))
    return data


@needs(Permission.MANAGE_FEEDS)
def list_drafts(data_dir: Path, actor: Actor) -> list[Draft]:  # noqa: ARG001 - the guard reads who asks
    """Give the drafts that are saved, by id; at most ``MOST_DRAFTS``."""
    names = sorted(path.stem for path in (data_dir / FOLDER).glob("*.yml") if _ID.fullmatch(path.stem))
    return [_draft(data_dir, name) for name in names[:MOST_DRAFTS]]


def _draft(data_dir: Path, feed_id: str) -> Draft:
    folder = data_dir / FOLDER
    return Draft(feed_id, folder / f"{feed_id}.yml", folder / SAMPLES / f"{feed_id}.log")


def _room(found: Draft) -> None:
    """Make the folders, for ourselves alone, and refuse a draft too many."""
    for folder in (found.file.parent, found.sample.parent):
        folder.mkdir(mode=0o700, exist_ok=True)
    if not found.file.exists() and len(list(found.file.parent.glob("*.yml"))) >= MOST_DRAFTS:
        raise UsageError(f"there are {MOST_DRAFTS} drafts already: delete what is in use from {found.file.parent}")


def _write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    draft = path.with_name(f".{path.name}.draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
