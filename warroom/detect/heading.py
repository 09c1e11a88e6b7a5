"""What every Sigma document says of itself: id, title, level, tags, log source, and where it stands.

Types, choices and patterns are those of the specification's JSON schemas
(https://github.com/SigmaHQ/sigma-specification/tree/main/json-schema, 2.1.0). Double entries of a list and short
texts harm nobody and are let pass.
"""

from __future__ import annotations

import re
import uuid
from datetime import date, datetime
from typing import Any, Final

from warroom.catalog.values import meant
from warroom.detect.rules import LogSource
from warroom.model import Severity

#: Rules without a level, in Sigma's order of severities.
_DEFAULT_LEVEL: Final = Severity.MEDIUM
#: A rule without an id gets one from its content, the same at every start.
_NAMESPACE: Final = uuid.UUID("6f0d3c53-0b52-4f0e-9f3e-6a6b6c9c6f11")
#: Texts and their greatest lengths.
_TEXTS: Final = {"title": 256, "name": 256, "taxonomy": 256, "description": 65_535, "author": 65_535, "license": 65_535}
_CHOICES: Final = {
    "status": ("stable", "test", "experimental", "deprecated", "unsupported"),
    "level": ("informational", "low", "medium", "high", "critical"),
}
_LISTS: Final = ("tags", "references", "fields", "falsepositives", "scope")
_DATES: Final = ("date", "modified")
_RELATIONS: Final = ("derived", "obsolete", "merged", "renamed", "similar")
_SOURCE: Final = ("product", "category", "service")
_DATE: Final = re.compile(r"[0-9]{4}-(?:0[1-9]|1[012])-(?:0[1-9]|[12][0-9]|3[01])")
_TAG: Final = re.compile(r"[a-z0-9_-]+\.[a-z0-9._-]+")
_SHOWN: Final = 80


class RefusedError(Exception):
    """The document cannot become a rule; the text says why and what to do, ``path`` where: keys and positions."""

    def __init__(self, reason: str, *path: str | int) -> None:
        super().__init__(reason)
        self.path = path


def common(data: dict[str, Any], file: str, line: int) -> dict[str, Any]:
    """Check the heading, and give it as arguments of ``Rule``, ``Correlation`` and ``Filter``. Raises RefusedError."""
    if data.get("title") is None:
        raise RefusedError("`title` is missing: say in a few words what is found")
    _check_texts(data)
    _check_lists(data)
    custom = data.get("custom")
    own = custom if isinstance(custom, dict) else {}
    title_th, category = own.get("title_th"), own.get("ncsa_category")
    return {
        "title_th": title_th if isinstance(title_th, str) else "",
        "ncsa_category": category if type(category) is int else None,
        "author": data.get("author") or "",
        "status": data.get("status") or "",
        "id": _id(data.get("id"), "id") or str(uuid.uuid5(_NAMESPACE, repr(data))),
        "name": data.get("name"),
        "title": data["title"],
        "severity": Severity(data["level"]) if data.get("level") else _DEFAULT_LEVEL,
        "tags": tuple(data.get("tags") or ()),
        "file": file,
        "line": line,
    }


def log_source(data: dict[str, Any], *, empty: bool = False) -> LogSource:
    """Read the log source, in small letters, as the engine compares it.

    Raises:
        RefusedError: it is missing, of other types, or says nothing and is not allowed to be ``empty``.
    """
    given = data.get("logsource")
    if not isinstance(given, dict):
        raise RefusedError("`logsource` is missing: say what is read, such as `category: webserver`", "logsource")
    for key in (*_SOURCE, "definition"):
        if given.get(key) is not None and (not isinstance(given[key], str) or not given[key]):
            raise RefusedError(f"`{key}` of the log source is a text", "logsource", key)
    names = [given.get(key) for key in _SOURCE]
    if not empty and not any(names):
        raise RefusedError("`logsource` says nothing: give product, category or service", "logsource")
    return LogSource(*(name.lower() if name else None for name in names))


def shown(value: object) -> str:
    """Write a value for a message, shortened."""
    text = str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _check_texts(data: dict[str, Any]) -> None:
    for key, longest in _TEXTS.items():
        value = data.get(key)
        if value is None:
            continue
        if not isinstance(value, str) or not value:
            raise RefusedError(f"`{key}` is a text: put it in quotes", key)
        if len(value) > longest:
            raise RefusedError(f"`{key}` is longer than {longest:,} characters: shorten it", key)
    for key, known in _CHOICES.items():
        value = data.get(key)
        if value is not None and value not in known:
            raise RefusedError(
                f"there is no {key} `{shown(value)}`{meant(str(value), known)}; known: {', '.join(known)}", key
            )
    for key in _DATES:
        value = data.get(key)
        written = value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else value
        if value is not None and not (isinstance(written, str) and _DATE.fullmatch(written)):
            raise RefusedError(f"`{key}: {shown(value)}` is no date: write it as 2026-11-22", key)


def _check_lists(data: dict[str, Any]) -> None:
    for key in _LISTS:
        value = data.get(key)
        if value is None:
            continue
        if not isinstance(value, list):
            raise RefusedError(f"`{key}` is a list: begin each entry with `- `", key)
        for place, entry in enumerate(value):
            if not isinstance(entry, str):
                raise RefusedError(f"`{key}` lists texts: put `{shown(entry)}` in quotes", key, place)
            if key == "tags" and not _TAG.fullmatch(entry):
                raise RefusedError(
                    f"the tag `{shown(entry)}` is not of the form namespace.name in small letters", key, place
                )
    _check_related(data.get("related"))


def _check_related(related: object) -> None:
    if related is None:
        return
    if not isinstance(related, list):
        raise RefusedError("`related` is a list of `id` and `type`", "related")
    for place, entry in enumerate(related):
        if not isinstance(entry, dict) or _id(entry.get("id"), "related", place, "id") is None:
            raise RefusedError("an entry of `related` needs `id` and `type`", "related", place)
        if entry.get("type") not in _RELATIONS:
            reason = f"there is no relation `{shown(entry.get('type'))}`; known: {', '.join(_RELATIONS)}"
            raise RefusedError(reason, "related", place, "type")


def _id(value: object, *path: str | int) -> str | None:
    if value is None:
        return None
    try:
        return str(uuid.UUID(value)) if isinstance(value, str) else _no_id(value, path)
    except ValueError:
        return _no_id(value, path)


def _no_id(value: object, path: tuple[str | int, ...]) -> str:
    remedy = "make one with: python3 -c 'import uuid; print(uuid.uuid4())'"
    raise RefusedError(f"the id `{shown(value)}` is no UUID: {remedy}", *path)
