"""Feeds: where a kind of log comes from, how it is read and which platform it belongs to."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from warroom.catalog import feed_reading as reading
from warroom.catalog.documents import read_yaml
from warroom.catalog.intel_feeds import FOLDER as INTEL
from warroom.catalog.log_sources import LogSource, load_log_sources
from warroom.catalog.platforms import Platform, load_platforms
from warroom.catalog.transports import TRANSPORTS, Collect, keys_of, read_collect
from warroom.catalog.values import Values
from warroom.errors import ContentError, Fault
from warroom.reading import PLAIN, Options

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from warroom.catalog.documents import Document

_ID: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
#: The folder with real lines of the feeds.
SAMPLES: Final = "samples"
#: Folders among the feeds that hold none of logs.
_NO_LOGS: Final = (SAMPLES, INTEL)
_LOGSOURCE: Final = ("product", "category", "service")


@dataclass(frozen=True, slots=True)
class Feed:
    """Where a kind of log comes from, how it is read and which platform it belongs to.

    ``collect`` is an object of the module of its transport in warroom/catalog/transports. ``log_source`` is the kind of
    log in the vocabulary of platforms.yaml, where the feed names one.
    """

    id: str
    title_th: str
    title_en: str
    platform_id: str
    transport: str
    collect: Collect
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
    log_source: str | None = None
    options: Options = PLAIN


def load_feeds(folder: Path, data_dir: Path) -> tuple[list[Feed], list[Fault]]:
    """Read every feed of a folder; a faulty file never keeps the others from loading.

    ``data_dir`` is the state folder, which ``{data}`` in a path stands for. Gives the sound feeds in the order
    of their ids, and every fault found.
    """
    feeds: list[Feed] = []
    faults: list[Fault] = []
    try:
        known = load_platforms()
        load_log_sources()
    except ContentError as problem:
        return [], [problem.fault]
    if not folder.is_dir():
        return [], [Fault(str(folder), 0, "there is no such folder: set WARROOM_FEEDS, or create it")]
    first: dict[str, Path] = {}
    for path in sorted(feed_files(folder), key=lambda entry: entry.name):
        if (other := first.setdefault(path.stem, path)) != path:
            faults.append(Fault(str(path), 0, f"{other} has this name, too: a feed's id is the name of its file"))
            continue
        feed, found = load_feed(path, data_dir, known)
        faults += found
        if feed is not None:
            feeds.append(feed)
    return feeds, faults


def feed_files(folder: Path) -> Iterator[Path]:
    """Give the files of feeds of logs in a folder, and in the folders in it but for samples and intelligence."""
    for path in folder.iterdir():
        if path.name.startswith("."):
            continue
        if path.is_dir():
            if path.name not in _NO_LOGS:
                yield from (one for one in path.iterdir() if _is_feed(one))
        elif _is_feed(path):
            yield path


def _is_feed(path: Path) -> bool:
    return path.suffix in (".yml", ".yaml") and not path.name.startswith(".") and not path.is_dir()


def load_feed(path: Path, data_dir: Path, platforms: Mapping[str, Platform]) -> tuple[Feed | None, list[Fault]]:
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
    return read_feed(documents[0], data_dir, platforms)


def read_feed(document: Document, data_dir: Path, platforms: Mapping[str, Platform]) -> tuple[Feed | None, list[Fault]]:
    """Read the feed in a document, whose file's name is its id: the feed, or None and every fault in it."""
    kind = _kind(document)
    document = replace(document, data=_completed(document.data, kind, platforms))
    collect = document.data.get("collect")
    told = collect.get("transport") if isinstance(collect, dict) else None
    expected: dict[tuple[str, ...], tuple[str, ...]] = {
        (): ("title", "platform", "log_source", "collect", "parse", "logsource", "drill", "enabled", "silent_after"),
        ("title",): ("th", "en"),
        ("parse",): reading.KEYS,
        ("logsource",): _LOGSOURCE,
    }
    if isinstance(told, str) and told in TRANSPORTS:  # of another way nobody knows the keys
        expected["collect",] = ("transport", "every", *keys_of(told))
    values = Values(document, expected)
    if kind is None and values.value("log_source") is not None:
        values.choice("log_source", known=load_log_sources(), what="kind of log")
    feed = _feed(values, data_dir, platforms, kind)
    return (None if values.faults else feed), values.faults


def _kind(document: Document) -> LogSource | None:
    named = document.data.get("log_source")
    return load_log_sources().get(named) if isinstance(named, str) else None


def _completed(data: Mapping[str, Any], kind: LogSource | None, platforms: Mapping[str, Platform]) -> dict[str, Any]:
    """Add what a feed of a kind of log need not say."""
    if kind is None:
        return dict(data)
    named = data.get("platform")
    platform = platforms.get(named) if isinstance(named, str) else None
    title = {"th": f"{kind.th} {platform.name_th}", "en": f"{kind.en}, {platform.name_en}"} if platform else {}
    return {"title": title, **kind.given, **data}


def _feed(values: Values, data_dir: Path, platforms: Mapping[str, Platform], kind: LogSource | None) -> Feed:
    product, category, service = (values.text("logsource", key, default="") or None for key in _LOGSOURCE)
    if not (product or category or service):
        values.fault("`logsource` names a product, a category or a service: rules are chosen by it", "logsource")
    transport = values.choice("collect", "transport", known=TRANSPORTS, what="transport")
    every = TRANSPORTS[transport].every if transport in TRANSPORTS else "1s"
    return Feed(
        id=values.file.stem,
        title_th=values.text("title", "th"),
        title_en=values.text("title", "en"),
        platform_id=values.choice("platform", known=platforms, what="platform"),
        transport=transport,
        collect=read_collect(transport, values, data_dir),
        every_seconds=values.seconds("collect", "every", default=every, least=0.1),
        format=reading.read_format(values),
        timezone=reading.read_timezone(values),
        log_product=product,
        log_category=category,
        log_service=service,
        mapping=reading.read_mapping(values),
        drill=values.flag("drill", default=False),
        enabled=values.flag("enabled", default=True),
        silent_after_seconds=int(values.seconds("silent_after", default="15m", least=1)),
        file=values.file,
        log_source=None if kind is None else kind.id,
        options=reading.read_options(values),
    )
