"""Somebody searches events or incidents, keeps a search, or takes what it found out of the war room.

A search that names somebody's identifier is an entry of the audit and is not remembered; so is every export.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from warroom.access.actor import Actor
from warroom.access.guard import needs
from warroom.access.roles import Permission
from warroom.errors import UsageError
from warroom.model import CORE, FIELDS, ecs_name
from warroom.privacy import mask
from warroom.store import search_history
from warroom.store.audit import AuditAction, Entry, append
from warroom.store.canonical import Json
from warroom.store.database import State, now_us
from warroom.store.event_search import EventSearch, Found, Span, rows_of
from warroom.store.query import events, incidents, parse
from warroom.store.search_history import Asked, Kept
from warroom.store.views.found import FoundIncidents, find_incidents

#: Rows of a file that is taken out.
MOST_EXPORTED: Final = 10_000
_MOST_NAME: Final = 80
_BINS: Final = 60
#: What a spreadsheet takes for the beginning of a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_EXPORTED: Final = ("event_id", "ts", "platform_id", "feed_id", *CORE)


@needs(Permission.SEARCH_EVENTS)
def begin_event_search(
    state: State, data_dir: Path, actor: Actor, asked: Asked, span: Span, *, again: bool = False
) -> EventSearch:
    """Give a search over the events of the actor's platforms, ready to run.

    Args:
        state: where the manifest is.
        data_dir: the state folder.
        actor: who searches.
        asked: what for.
        span: the time, as it is now.
        again: the same search as a moment ago, on a page that is drawn anew: neither audited nor remembered once more.

    Raises:
        ForbiddenError: the actor may not.
        QueryError: the text cannot be understood.
    """
    node = parse(asked.text, events.kind_of)
    if not again:
        _note(state, actor, asked)
    return EventSearch(state, data_dir, node, span, actor.platforms)


@needs(Permission.READ_INCIDENTS)
def search_incidents(state: State, actor: Actor, asked: Asked, span: Span, *, again: bool = False) -> FoundIncidents:
    """Find incidents of the actor's platforms by what they are, whom they are about and what was noted.

    Raises:
        ForbiddenError: the actor may not.
        QueryError: the text cannot be understood.
    """
    node = parse(asked.text, incidents.kind_of)
    if not again:
        _note(state, actor, asked)
    scope = None if actor.platforms is None else tuple(sorted(actor.platforms))
    return find_incidents(state, node, span.since, span.until, span.bin_us, scope=scope)


@needs(Permission.READ_INCIDENTS)
def keep_search(state: State, actor: Actor, name: str, asked: Asked, *, shared: bool) -> None:
    """Keep a search under a name, for oneself or for everybody.

    Raises:
        UsageError: there is no name, it is too long, or the search names somebody's identifier.
        QueryError: the text cannot be understood.
        ConflictError: as many are kept as one may.
    """
    name = " ".join(name.split())
    if not name or len(name) > _MOST_NAME or not name.isprintable():
        raise UsageError(f"a kept search has a name of 1 to {_MOST_NAME} characters")
    parse(asked.text, events.kind_of if asked.kind == "events" else incidents.kind_of)
    if is_about_somebody(asked.text) or is_about_somebody(name):
        raise UsageError("this search names somebody's identifier: such searches are not kept")
    with state.write() as connection:
        search_history.keep(connection, actor.name, name, asked, now_us(), shared=shared)


@needs(Permission.READ_INCIDENTS)
def drop_search(state: State, actor: Actor, number: int) -> None:
    """Remove a search that one keeps.

    Raises:
        NotFoundError: there is none of this number that is one's own.
    """
    with state.write() as connection:
        search_history.drop(connection, actor.name, number)


@needs(Permission.READ_INCIDENTS)
def searches_of(state: State, actor: Actor, limit: int) -> tuple[list[Asked], list[Kept]]:
    """Give what the actor searched for last, and the searches that are kept."""
    with state.read() as connection:
        return search_history.history(connection, actor.name, limit), search_history.kept(connection, actor.name)


@needs(Permission.EXPORT)
def export_events(state: State, data_dir: Path, actor: Actor, asked: Asked, span: Span) -> bytes:
    """Give what a search finds as CSV, newest first, masked; the audit keeps who took how much of what.

    Raises:
        ForbiddenError: the actor may not export, or may not search.
        QueryError: the text cannot be understood.
        StoreError: the events cannot be read.
    """
    search = begin_event_search(state, data_dir, actor, asked, span, again=True)
    # Its own bound of rows: a file holds more than a screen.
    search.rows = MOST_EXPORTED
    found = search.run()
    written = _csv(state, data_dir, found)
    body: dict[str, Json] = {
        "of": "events",
        "search": mask(asked.text),
        "rows": len(found.newest),
        "matched": found.matched,
        "complete": found.ended == "done" and found.matched == len(found.newest),
        "since": span.since,
        "until": span.until,
    }
    with state.write() as connection:
        append(connection, Entry(actor.name, actor.via, AuditAction.EXPORT, "events", body=body))
    return written


def is_about_somebody(text: str) -> bool:
    """Whether a text holds an identifier of a person."""
    return mask(text) != text


def _note(state: State, actor: Actor, asked: Asked) -> None:
    """Enter a search for a person into the audit; remember any other."""
    if not asked.text.strip():
        return
    with state.write() as connection:
        if is_about_somebody(asked.text):
            body: dict[str, Json] = {"in": asked.kind, "text": [mask(asked.text)]}
            append(connection, Entry(actor.name, actor.via, AuditAction.SEARCH_IDENTIFIER, asked.kind, body=body))
        else:
            search_history.remember(connection, actor.name, asked, now_us())


def _csv(state: State, data_dir: Path, found: Found) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([ecs_name(name) for name in _EXPORTED] + ["fields", "event.original"])
    for start in range(0, len(found.event_ids), _AT_ONCE):
        table = rows_of(state, data_dir, found.event_ids[start : start + _AT_ONCE])
        for event in table.to_pylist():
            writer.writerow(_cells(event))
    # The mark tells spreadsheets that this is UTF-8: without it Thai is garbled.
    return b"\xef\xbb\xbf" + file.getvalue().encode("utf-8", "backslashreplace")


_AT_ONCE: Final = 1_000


def _cells(event: dict[str, object]) -> Iterator[str]:
    for name in _EXPORTED:
        value = event.get(name)
        text = "" if value is None else str(value.isoformat() if hasattr(value, "isoformat") else value)
        yield safe_cell(_masked(ecs_name(name), text))
    native = event.get(FIELDS)
    pairs = [_masked(name, ",".join(values or ())) for name, values in native] if isinstance(native, list) else []
    names = [name for name, _ in native] if isinstance(native, list) else []
    yield safe_cell("; ".join(f"{name}={value}" for name, value in zip(names, pairs, strict=True)))
    raw = event.get("raw")
    yield safe_cell(mask((raw if isinstance(raw, bytes) else b"").decode("utf-8", "backslashreplace")))


def _masked(name: str, value: str) -> str:
    """Mask a value; its name helps to tell what is somebody's."""
    told = f"{name}="
    found = mask(told + value)
    return found.removeprefix(told) if found.startswith(told) else mask(value)


def safe_cell(text: str) -> str:
    """Give a cell that no spreadsheet takes for a formula, and in which nothing breaks the row's form."""
    text = text.replace("\0", "\\0")
    return f"'{text}" if text.startswith(_FORMULA) else text
