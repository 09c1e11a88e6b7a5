"""What messages say, by kind and language: reference data."""

from __future__ import annotations

import functools
import string
from pathlib import Path
from typing import Final

from warroom.catalog.documents import read_yaml
from warroom.errors import ContentError, Fault
from warroom.model import Severity
from warroom.settings import REFERENCE

LANGUAGES: Final = ("th", "en")
#: The texts that there must be, and the places that each may have.
_INCIDENT: Final = frozenset({"drill", "severity", "number", "title", "platform", "opened"})
EXPECTED: Final[dict[str, frozenset[str]]] = {
    "drill": frozenset(),
    "where": frozenset({"link"}),
    **{f"severity.{severity}": frozenset[str]() for severity in Severity},
    **{f"kinds.{kind}.{part}": _INCIDENT for kind in ("opened", "raised") for part in ("subject", "body")},
    **{f"kinds.assigned.{part}": _INCIDENT | {"actor"} for part in ("subject", "body")},
    **{f"kinds.mentioned.{part}": _INCIDENT | {"actor"} for part in ("subject", "body")},
    **{f"kinds.escalated.{part}": _INCIDENT | {"tier", "step", "names"} for part in ("subject", "body")},
    **{
        f"kinds.clock_{light}.{part}": _INCIDENT | {"clock", "agency", "due"}
        for light in ("amber", "red", "passed")
        for part in ("subject", "body")
    },
    **{f"kinds.digest.{part}": frozenset({"drill", "severity", "count", "lines"}) for part in ("subject", "body")},
    **{f"kinds.feeds.{part}": frozenset({"severity", "news", "lines", "platforms"}) for part in ("subject", "body")},
    **{
        f"kinds.feeds.{what}": frozenset({"count"})
        for what in ("unbalanced", "failing", "silent", "falling", "losing", "lagging", "back", "more")
    },
    "kinds.feeds.detectors": frozenset({"count", "names"}),
    **{f"kinds.intel_feeds.{part}": frozenset({"severity", "news", "lines"}) for part in ("subject", "body")},
    **{f"kinds.intel_feeds.{what}": frozenset({"count"}) for what in ("stale", "failing", "back", "more")},
    "kinds.digest.line": frozenset({"number", "severity", "title"}),
    "kinds.digest.more": frozenset({"count"}),
    **{f"kinds.test.{part}": frozenset({"name", "actor"}) for part in ("subject", "body")},
}


@functools.cache
def load_messages(path: Path = REFERENCE / "messages.yaml") -> dict[str, dict[str, str]]:
    """Read the texts by key (``kinds.opened.subject``) and language.

    Raises:
        ContentError: a text or a language is missing, or has a place that nothing fills.
    """
    (document,) = read_yaml(path)
    texts = {}
    for key, places in EXPECTED.items():
        found: object = document.data
        for part in key.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        line = document.line_of(*key.split("."))
        if not isinstance(found, dict) or set(found) != set(LANGUAGES):
            raise ContentError(Fault(str(path), line, f"`{key}` needs exactly th and en"))
        for text in map(str, found.values()):
            _check_places(path, line, text, places)
        texts[key] = {language: str(text) for language, text in found.items()}
    return texts


def _check_places(path: Path, line: int, text: str, places: frozenset[str]) -> None:
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError as problem:
        raise ContentError(Fault(str(path), line, f"a brace is not closed: {problem}")) from problem
    for _, name, form, conversion in parts:
        if name is not None and (name not in places or form or conversion):
            known = ", ".join(sorted(places)) or "none"
            raise ContentError(Fault(str(path), line, f"nothing fills `{{{name}}}`; places: {known}"))
