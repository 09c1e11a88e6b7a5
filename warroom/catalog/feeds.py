"""Feeds: where a kind of log comes from, how it is read and which platform it belongs to."""

from __future__ import annotations

import glob
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from warroom.catalog.documents import read_yaml
from warroom.catalog.platforms import load_platforms
from warroom.catalog.values import Values, meant
from warroom.errors import ContentError, Fault
from warroom.model import CORE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: Formats a feed may name: one parser each, in warroom/parse/.
FORMATS: Final = (
    "nginx", "apache", "syslog", "jsonl", "evtx", "auditd", "cloudtrail", "k8s_audit", "suricata_eve", "zeek",
)  # fmt: skip
TRANSPORTS: Final = ("file",)

_ID: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")

_EXPECTED: Final[dict[tuple[str, ...], tuple[str, ...]]] = {
    (): ("title", "platform", "collect", "parse", "logsource", "drill", "enabled", "silent_after"),
    ("title",): ("th", "en"),
    ("collect",): ("transport", "paths", "every"),
    ("parse",): ("format", "timezone", "fields"),
    ("logsource",): ("product", "category", "service"),
}


@dataclass(frozen=True, slots=True)
class Feed:
    """Where a kind of log comes from, how it is read and which platform it belongs to."""

    id: str
    title_th: str
    title_en: str
    platform_id: str
    transport: str
    paths: tuple[str, ...]
    every_seconds: float
    format: str
    timezone: str
    log_product: str | None
    log_category: str | None
    log_service: str | None
    mapping: Mapping[str, str]
    drill: bool
    enabled: bool
    silent_after_seconds: int
    file: Path


def load_feeds(folder: Path, data_dir: Path) -> tuple[list[Feed], list[Fault]]:
    """Read every feed of a folder; a faulty file never keeps the others from loading.

    ``data_dir`` is the state folder, which ``{data}`` in a path stands for. Gives the sound feeds in the order
    of their ids, and every fault found.
    """
    feeds: list[Feed] = []
    faults: list[Fault] = []
    try:
        known = frozenset(load_platforms())
    except ContentError as problem:
        return [], [problem.fault]
    if not folder.is_dir():
        return [], [Fault(str(folder), 0, "there is no such folder: set WARROOM_FEEDS, or create it")]
    for path in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if path.name.startswith(".") or path.suffix not in (".yml", ".yaml") or path.is_dir():
            continue
        feed, found = load_feed(path, data_dir, known)
        faults += found
        if feed is not None:
            feeds.append(feed)
    return feeds, faults


def load_feed(path: Path, data_dir: Path, platforms: Iterable[str]) -> tuple[Feed | None, list[Fault]]:
    """Read one feed file: the feed, or None and every fault in it."""
    if path.suffix != ".yml":
        return None, [Fault(str(path), 0, f"a feed file ends in .yml: rename it to {path.stem}.yml")]
    if not _ID.fullmatch(path.stem):
        reason = "the file name is the feed's id: small letters, digits, _ and - only, at most 63"
        return None, [Fault(str(path), 0, reason)]
    try:
        documents = read_yaml(path)
    except ContentError as problem:
        return None, [problem.fault]
    if len(documents) != 1:
        return None, [Fault(str(path), 0, f"one feed a file: found {len(documents)} documents")]
    values = Values(documents[0], _EXPECTED)
    feed = _feed(values, data_dir, frozenset(platforms))
    return (None if values.faults else feed), values.faults


def _feed(values: Values, data_dir: Path, platforms: frozenset[str]) -> Feed:
    keys = _EXPECTED[("logsource",)]
    product, category, service = (values.text("logsource", key, default="") or None for key in keys)
    if not (product or category or service):
        values.fault("`logsource` names a product, a category or a service: rules are chosen by it", "logsource")
    return Feed(
        id=values.file.stem,
        title_th=values.text("title", "th"),
        title_en=values.text("title", "en"),
        platform_id=values.choice("platform", known=platforms, what="platform"),
        transport=values.choice("collect", "transport", known=TRANSPORTS, what="transport"),
        paths=_paths(values, data_dir),
        every_seconds=values.seconds("collect", "every", default="1s", least=0.1),
        format=values.choice("parse", "format", known=FORMATS, what="format"),
        timezone=_timezone(values),
        log_product=product,
        log_category=category,
        log_service=service,
        mapping=_mapping(values),
        drill=values.flag("drill", default=False),
        enabled=values.flag("enabled", default=True),
        silent_after_seconds=int(values.seconds("silent_after", default="15m", least=1)),
        file=values.file,
    )


def _paths(values: Values, data_dir: Path) -> tuple[str, ...]:
    found = values.value("collect", "paths")
    if not isinstance(found, list) or not found:
        reason = '`collect.paths` is a list of files or patterns, such as ["/var/log/nginx/*.log*"]'
        values.fault(reason, "collect", "paths")
        return ()
    paths: list[str] = []
    for number, entry in enumerate(found):
        place = ("collect", "paths", number)
        if not isinstance(entry, str) or not entry:
            values.fault("a path is a text", *place)
            continue
        path = entry.replace("{data}", glob.escape(str(data_dir)))
        if "\0" in path or "{" in path or "}" in path:
            values.fault("the only placeholder in a path is {data}, the state folder", *place)
        elif not Path(path).is_absolute() or ".." in Path(path).parts:
            values.fault(f"`{entry}`: give a whole path from / or {{data}}, without `..`", *place)
        else:
            paths.append(path)
    return tuple(paths)


def _timezone(values: Values) -> str:
    name = values.text("parse", "timezone", default="Asia/Bangkok")
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        values.fault(f"there is no time zone `{name}`: use a name such as Asia/Bangkok or UTC", "parse", "timezone")
    return name


def _mapping(values: Values) -> dict[str, str]:
    found = values.value("parse", "fields")
    if found is None:
        return {}
    if not isinstance(found, dict):
        values.fault("`parse.fields` holds lines `core column: field of the source`", "parse", "fields")
        return {}
    columns = ("ts", *CORE)
    for column, native in found.items():
        if column not in columns:
            values.fault(f"there is no core column `{column}`{meant(str(column), columns)}", "parse", "fields", column)
        if not isinstance(native, str) or not native:
            values.fault("a field of the source is a text", "parse", "fields", column)
    return dict(found)
