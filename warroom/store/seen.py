"""What the worker saw of content and settings when it last looked: what is different now goes into the audit.

Who changed a file is not known to the war room: the operating system's user is nobody's account. The entries say what
the worker saw, and when. The lists of the last time are rows of ``meta``; the entry carries the hash of the list that
it leaves behind, so a list that somebody rewrote does not pass for the old one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, select

from warroom.store.audit import AuditAction, Entry, Via, append
from warroom.store.audit_tables import audit
from warroom.store.canonical import Json, canonical, digest
from warroom.store.database import upsert
from warroom.store.tables import meta

#: Files told of by one entry: their names and hashes fit into its body …
_AT_ONCE: Final = 50
#: … and by all entries of one change; the others are counted.
_MOST_TOLD: Final = 500
_LONGEST_NAME: Final = 80
_LONGEST_VALUE: Final = 200
_LIST: Final = "list_sha256"
_SETTINGS: Final = "settings"


class File(NamedTuple):
    """A content file: the SHA-256 of its bytes, and how many rules or feeds it holds."""

    sha256: str
    items: int


def tell_content(connection: Connection, folder: str, files: Mapping[str, File]) -> int:
    """Write entries of what changed in a content folder since the last time; how many files.

    Args:
        connection: of ``State.write()``.
        folder: which one, such as ``detectors``.
        files: every file of the folder by its path there, without identifiers of people.
    """
    now: dict[str, list[Any]] = {name: list(file) for name, file in sorted(files.items())}
    known, first, before = _last(connection, folder, AuditAction.CONTENT_SEEN)
    if before == now and known:
        return 0
    changed = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
    told = [_line(name, before.get(name), now.get(name)) for name in changed[:_MOST_TOLD]]
    if first:  # the first look: what is there, not what changed
        told = told[:_AT_ONCE]
    body: dict[str, Json] = {
        "seen": "first look" if first else "file change seen by worker",
        "changed_files": len(changed),
        "not_listed": len(changed) - len(told),
        "items_before": sum(before[name][1] for name in changed if name in before),
        "items_now": sum(now[name][1] for name in changed if name in now),
        _LIST: _hash(now),
    }
    if not known:
        body["last_list"] = "changed past the war room"
    for start in range(0, max(1, len(told)), _AT_ONCE):
        part: list[Json] = list(told[start : start + _AT_ONCE])
        entry = Entry("worker", Via.WORKER, AuditAction.CONTENT_SEEN, "content", folder, {**body, "files": part})
        append(connection, entry)
    _keep(connection, folder, now)
    return len(changed)


def tell_settings(connection: Connection, values: Mapping[str, str]) -> list[str]:
    """Write an entry of the settings that are not what they were at the last start; their names.

    Args:
        connection: of ``State.write()``.
        values: every setting as text; of a secret one only whether it is set.
    """
    now: dict[str, Any] = dict(sorted(values.items()))
    known, first, before = _last(connection, _SETTINGS, AuditAction.SETTINGS_SEEN)
    if before == now and known:
        return []
    names = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
    lines: list[Json] = [
        f"{name}: {_cut(before.get(name))} → {_cut(now.get(name))}" if before else f"{name}: {_cut(now[name])}"
        for name in names
    ]
    body: dict[str, Json] = {
        "seen": "first start of the worker" if first else "start of the worker",
        "settings": lines,
        _LIST: _hash(now),
    }
    if not known:
        body["last_list"] = "changed past the war room"
    append(connection, Entry("worker", Via.WORKER, AuditAction.SETTINGS_SEEN, "content", _SETTINGS, body))
    _keep(connection, _SETTINGS, now)
    return names


def _last(connection: Connection, what: str, action: AuditAction) -> tuple[bool, bool, dict[str, Any]]:
    """Give whether the last list is the one that the audit knows, whether there was none yet, and the list."""
    query = select(audit.c.body).where(
        audit.c.action == action, audit.c.subject_kind == "content", audit.c.subject_id == what
    )
    told = connection.scalar(query.order_by(audit.c.seq.desc()).limit(1))
    text = connection.scalar(select(meta.c.value).where(meta.c.key == _row(what)))
    if told is None or text is None:
        return told is None and text is None, told is None, {}
    try:
        before = json.loads(text)
        known = bool(_hash(before) == json.loads(told).get(_LIST))
    except (ValueError, TypeError, AttributeError):  # somebody wrote something else
        known = False
    return known, False, before if known else {}


def _keep(connection: Connection, what: str, now: Mapping[str, Any]) -> None:
    text = canonical(dict(now))
    row = upsert(meta).values(key=_row(what), value=text)
    connection.execute(row.on_conflict_do_update(index_elements=["key"], set_={"value": text}))


def _row(what: str) -> str:
    return f"seen.{what}"


def _hash(now: Mapping[str, Any]) -> str:
    return digest("warroom seen 1", [[name, now[name]] for name in sorted(now)])


def _line(name: str, before: Sequence[Any] | None, now: Sequence[Any] | None) -> str:
    """Say of a file what it was and is, by its hashes: ``web/union.yml 1a2b… → none``."""
    return f"{_cut(name, _LONGEST_NAME)} {before[0] if before else 'none'} → {now[0] if now else 'none'}"


def _cut(text: str | None, longest: int = _LONGEST_VALUE) -> str:
    if text is None:
        return "none"
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
