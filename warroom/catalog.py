"""Reads and validates the content folders, and reports every fault with file, line and what to do."""

from __future__ import annotations

import difflib
import functools
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from warroom.errors import ContentError, Fault
from warroom.model import CORE
from warroom.settings import REFERENCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from yaml.nodes import Node

#: Longest content file in bytes: the largest of the reference files is a twentieth of it.
MAX_BYTES: Final = 2 << 20
#: Anchors multiply: a file of a few lines can stand for billions of values.
MAX_ALIASES: Final = 64
MAX_NODES: Final = 200_000
MAX_DEPTH: Final = 40

#: Formats a feed may name: one parser each, in warroom/parse/.
FORMATS: Final = ("nginx", "apache", "syslog", "jsonl")
TRANSPORTS: Final = ("file",)

_ID: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_DURATION: Final = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)")
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document: its data, its file and the line it begins at; ``lines`` finds the line of a key.

    ``lines`` maps a path of keys and list positions, such as ``("parse", "format")``, to a line from 1.
    """

    data: dict[str, Any]
    file: Path
    line: int
    lines: Mapping[tuple[str | int, ...], int] = field(default_factory=dict, repr=False)

    def line_of(self, *path: str | int) -> int:
        """Give the line of the nearest known part of a path."""
        for end in range(len(path), 0, -1):
            if (line := self.lines.get(path[:end])) is not None:
                return line
        return self.line


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


@dataclass(frozen=True, slots=True)
class Platform:
    """A government platform that the war room watches."""

    id: str
    name_th: str
    name_en: str
    criticality: str
    log_sources: tuple[str, ...]
    personal_data: bool


def read_yaml(path: Path) -> list[Document]:
    """Read every document of a YAML file with the safe loader, refusing what could exhaust memory.

    Raises ContentError with file, line and reason: unreadable or huge file, broken YAML, duplicate keys,
    too many aliases or values, a document that is no mapping.
    """
    text = _read(path)
    loader = yaml.CSafeLoader(text)
    documents: list[Document] = []
    try:
        _check_size(path, text)
        while loader.check_node():
            node = loader.get_node()
            if node is None:
                break
            lines: dict[tuple[str | int, ...], int] = {}
            _walk(path, node, (), lines)
            data = loader.construct_document(node)
            if data is None:
                continue
            if not isinstance(data, dict):
                raise _error(path, node.start_mark.line + 1, "expected `key: value` lines at the top level")
            documents.append(Document(data, path, node.start_mark.line + 1, lines))
    except yaml.YAMLError as problem:
        raise _broken(path, problem) from problem
    except (ValueError, OverflowError, RecursionError) as problem:
        raise _error(path, 0, f"a value cannot be read: {problem}") from problem
    return documents


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
    reader = _Reader(documents[0])
    feed = _feed(reader, data_dir, frozenset(platforms))
    return (None if reader.faults else feed), reader.faults


@functools.cache
def load_platforms(path: Path = REFERENCE / "platforms.yaml") -> dict[str, Platform]:
    """Read the platforms by id, in the order of the file. Raises ContentError."""
    (document,) = read_yaml(path)
    platforms: dict[str, Platform] = {}
    entries = document.data.get("platforms")
    if not isinstance(entries, list):
        raise ContentError(Fault(str(path), document.line, "expected a list under `platforms`"))
    for number, entry in enumerate(entries):
        try:
            key, th, en, critical = (str(entry[name]) for name in ("id", "name_th", "name_en", "criticality"))
            sources = tuple(map(str, entry["log_sources"]))
            platforms[key] = Platform(key, th, en, critical, sources, bool(entry["personal_data"]))
        except (KeyError, TypeError) as problem:
            line = document.line_of("platforms", number)
            raise ContentError(Fault(str(path), line, f"a platform lacks {problem}")) from problem
    return platforms


_EXPECTED: Final[dict[tuple[str, ...], tuple[str, ...]]] = {
    (): ("title", "platform", "collect", "parse", "logsource", "drill", "enabled", "silent_after"),
    ("title",): ("th", "en"),
    ("collect",): ("transport", "paths", "every"),
    ("parse",): ("format", "timezone", "fields"),
    ("logsource",): ("product", "category", "service"),
}


class _Reader:
    """Takes values out of a document, collecting every fault instead of stopping at the first."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self.file = document.file
        self.faults: list[Fault] = []
        for path, keys in _EXPECTED.items():
            self._check_keys(path, keys)

    def fault(self, reason: str, *path: str | int) -> None:
        self.faults.append(Fault(str(self.file), self._document.line_of(*path), reason))

    def value(self, *path: str) -> object:
        found: object = self._document.data
        for key in path:
            if not isinstance(found, dict):
                return None
            found = found.get(key)
        return found

    def text(self, *path: str, default: str | None = None) -> str:
        found = self.value(*path)
        if found is None and default is not None:
            return default
        if not isinstance(found, str) or not found.strip():
            self.fault(f"`{'.'.join(path)}` is missing or no text", *path)
            return ""
        return found

    def choice(self, *path: str, known: Iterable[str], what: str) -> str:
        found = self.text(*path)
        names = sorted(known)
        if found and found not in names:
            self.fault(f"there is no {what} `{found}`{_meant(found, names)}; known: {', '.join(names)}", *path)
        return found

    def flag(self, *path: str, default: bool) -> bool:
        found = self.value(*path)
        if isinstance(found, bool):
            return found
        if found is not None:
            self.fault(f"`{'.'.join(path)}` is true or false", *path)
        return default

    def seconds(self, *path: str, default: str, least: float) -> float:
        found = self.value(*path)
        match = _DURATION.fullmatch(str(default if found is None else found))
        if match is None:
            self.fault(f"`{'.'.join(path)}` is a duration such as 500ms, 1s, 15m, 6h or 1d, not `{found}`", *path)
            return least
        seconds = float(match[1]) * _SECONDS[match[2]]
        if seconds < least:
            self.fault(f"`{'.'.join(path)}` is at least {least:g} seconds", *path)
        return seconds

    def _check_keys(self, path: tuple[str, ...], keys: tuple[str, ...]) -> None:
        found = self.value(*path)
        if not isinstance(found, (dict, type(None))):
            self.fault(f"`{'.'.join(path)}` holds `key: value` lines: {', '.join(keys)}", *path)
            return
        for key in (key for key in found or () if key not in keys):
            self.fault(f"unknown key `{key}`{_meant(str(key), keys)}; known: {', '.join(keys)}", *path, key)


def _feed(reader: _Reader, data_dir: Path, platforms: frozenset[str]) -> Feed:
    keys = _EXPECTED[("logsource",)]
    product, category, service = (reader.text("logsource", key, default="") or None for key in keys)
    if not (product or category or service):
        reader.fault("`logsource` names a product, a category or a service: rules are chosen by it", "logsource")
    return Feed(
        id=reader.file.stem,
        title_th=reader.text("title", "th"),
        title_en=reader.text("title", "en"),
        platform_id=reader.choice("platform", known=platforms, what="platform"),
        transport=reader.choice("collect", "transport", known=TRANSPORTS, what="transport"),
        paths=_paths(reader, data_dir),
        every_seconds=reader.seconds("collect", "every", default="1s", least=0.1),
        format=reader.choice("parse", "format", known=FORMATS, what="format"),
        timezone=_timezone(reader),
        log_product=product,
        log_category=category,
        log_service=service,
        mapping=_mapping(reader),
        drill=reader.flag("drill", default=False),
        enabled=reader.flag("enabled", default=True),
        silent_after_seconds=int(reader.seconds("silent_after", default="15m", least=1)),
        file=reader.file,
    )


def _paths(reader: _Reader, data_dir: Path) -> tuple[str, ...]:
    found = reader.value("collect", "paths")
    if not isinstance(found, list) or not found:
        reason = '`collect.paths` is a list of files or patterns, such as ["/var/log/nginx/*.log*"]'
        reader.fault(reason, "collect", "paths")
        return ()
    paths: list[str] = []
    for number, entry in enumerate(found):
        place = ("collect", "paths", number)
        if not isinstance(entry, str) or not entry:
            reader.fault("a path is a text", *place)
            continue
        path = entry.replace("{data}", str(data_dir))
        if "\0" in path or "{" in path or "}" in path:
            reader.fault("the only placeholder in a path is {data}, the state folder", *place)
        elif not Path(path).is_absolute() or ".." in Path(path).parts:
            reader.fault(f"`{entry}`: give a whole path from / or {{data}}, without `..`", *place)
        else:
            paths.append(path)
    return tuple(paths)


def _timezone(reader: _Reader) -> str:
    name = reader.text("parse", "timezone", default="Asia/Bangkok")
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        reader.fault(f"there is no time zone `{name}`: use a name such as Asia/Bangkok or UTC", "parse", "timezone")
    return name


def _mapping(reader: _Reader) -> dict[str, str]:
    found = reader.value("parse", "fields")
    if found is None:
        return {}
    if not isinstance(found, dict):
        reader.fault("`parse.fields` holds lines `core column: field of the source`", "parse", "fields")
        return {}
    columns = ("ts", *CORE)
    for column, native in found.items():
        if column not in columns:
            reader.fault(f"there is no core column `{column}`{_meant(str(column), columns)}", "parse", "fields", column)
        if not isinstance(native, str) or not native:
            reader.fault("a field of the source is a text", "parse", "fields", column)
    return dict(found)


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as problem:
        raise _error(path, 0, f"cannot be read: {problem.strerror}") from problem
    if len(data) > MAX_BYTES:
        raise _error(path, 0, f"longer than {MAX_BYTES >> 20} MiB: split it")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        raise _error(path, line, "not UTF-8: save the file as UTF-8") from problem


def _check_size(path: Path, text: str) -> None:
    """Count aliases, values and depth before anything is built."""
    aliases = depth = 0
    for nodes, event in enumerate(yaml.parse(text, Loader=yaml.CSafeLoader)):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent):
            aliases += 1
            if aliases > MAX_ALIASES:
                raise _error(path, line, f"more than {MAX_ALIASES} aliases (*name): write the values out")
        if nodes > MAX_NODES:
            raise _error(path, line, f"more than {MAX_NODES} values: split the file")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise _error(path, line, f"nested deeper than {MAX_DEPTH} levels")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _walk(path: Path, node: Node, place: tuple[str | int, ...], lines: dict[tuple[str | int, ...], int]) -> None:
    """Note the line of every key and list element, and refuse a key that stands twice."""
    if len(place) > MAX_DEPTH:
        raise _error(path, node.start_mark.line + 1, "an alias holds itself")
    if len(lines) > MAX_NODES:
        raise _error(path, node.start_mark.line + 1, "aliases stand for too many values: write them out")
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                raise _error(path, key.start_mark.line + 1, f"the key `{name}` stands twice: remove one")
            seen.add(name)
            lines[*place, name] = key.start_mark.line + 1
            _walk(path, value, (*place, name), lines)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            lines[*place, number] = value.start_mark.line + 1
            _walk(path, value, (*place, number), lines)


def _meant(found: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(found, list(known), n=1)
    return f", did you mean `{close[0]}`?" if close else ""


def _error(path: Path, line: int, reason: str) -> ContentError:
    return ContentError(Fault(str(path), line, reason))


def _broken(path: Path, problem: yaml.YAMLError) -> ContentError:
    mark = getattr(problem, "problem_mark", None) or getattr(problem, "context_mark", None)
    what = getattr(problem, "problem", None) or getattr(problem, "reason", None) or str(problem)
    context = getattr(problem, "context", None)
    reason = f"not valid YAML: {what} ({context})" if context else f"not valid YAML: {what}"
    return _error(path, mark.line + 1 if mark else 0, reason)
