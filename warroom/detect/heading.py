"""What every Sigma document says of itself: id, title, level, tags, and where it stands."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any, Final

from warroom.detect.rules import LogSource
from warroom.model import Severity

if TYPE_CHECKING:
    from sigma.rule import SigmaLogSource, SigmaRuleBase

#: Rules without a level, in Sigma's order of severities.
_DEFAULT_LEVEL: Final = Severity.MEDIUM
#: A rule without an id gets one from its content, the same at every start.
_NAMESPACE: Final = uuid.UUID("6f0d3c53-0b52-4f0e-9f3e-6a6b6c9c6f11")


class RefusedError(Exception):
    """The document cannot become a rule; the text says why."""


def common(data: dict[str, Any], rule: SigmaRuleBase, file: str, line: int) -> dict[str, Any]:
    """Give the heading as arguments of ``Rule`` and ``Correlation``."""
    custom = data.get("custom")
    title_th = custom.get("title_th") if isinstance(custom, dict) else None
    return {
        "title_th": title_th if isinstance(title_th, str) else "",
        "author": rule.author or "",
        "id": str(rule.id or uuid.uuid5(_NAMESPACE, json.dumps(data, sort_keys=True, default=str))),
        "name": rule.name,
        "title": rule.title,
        "severity": Severity(rule.level.name.lower()) if rule.level else _DEFAULT_LEVEL,
        "tags": tuple(str(tag) for tag in rule.tags),
        "file": file,
        "line": line,
    }


def log_source(source: SigmaLogSource) -> LogSource:
    """Give a log source in small letters, as the engine compares it."""
    return LogSource(*(name.lower() if name else None for name in (source.product, source.category, source.service)))
