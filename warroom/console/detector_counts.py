"""How many rules look at a kind of log: counted once for each state of the content."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Final

from warroom.console.shared import Shared
from warroom.detect import LogSource, RuleFiles
from warroom.detect.meeting import rules_meeting

if TYPE_CHECKING:
    from warroom.catalog import Feed
    from warroom.catalog.log_sources import LogSource as KindOfLog
    from warroom.detect import RuleSet
    from warroom.settings import Settings

#: The rules of the newest state of the content: half a second to load, some ten megabytes.
_RULES: Final = Shared["RuleSet"](1)
_COUNTS: Final = Shared[int](1024)
_LOADING: Final = Lock()


def source_of(feed: Feed | None, kind: KindOfLog | None) -> LogSource | None:
    """Give the log source of a feed, or that which feeds of a kind have; None where nobody says it."""
    if feed is not None:
        return LogSource(feed.log_product, feed.log_category, feed.log_service)
    told = kind.given.get("logsource") if kind is not None else None
    if not isinstance(told, dict):
        return None
    return LogSource(*(str(told[key]) if told.get(key) else None for key in ("product", "category", "service")))


def counts(settings: Settings, version: int, source: LogSource) -> int:
    """Count the rules that look at a log source, as of a version of topic ``content``."""
    key = (settings.detectors, version, source)
    return _COUNTS.get(key, lambda: len(rules_meeting(loaded(settings, version), source)))


def loaded(settings: Settings, version: int) -> RuleSet:
    """Give all rules as of a version of topic ``content``, whatever stage they are in; half a second at first."""
    with _LOADING:  # one load is enough for all who ask at once
        return _RULES.get(
            (settings.detectors, version), lambda: RuleFiles([settings.detectors], settings.cache_dir).load()
        )
