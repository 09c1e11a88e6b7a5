"""Keeps what rules were measured to cost, so that the catalogue shows it: a file of the cache, which may be lost.

A measurement holds for the text of the rule's file that it was made of: after a change there is none, until somebody
measures again.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from warroom.bench.cost import Cost

_FILE: Final = "rule_costs.json"
#: The file holds a line of a hundred bytes for each rule.
_MOST_BYTES: Final = 16 << 20
#: From how many microseconds an event on a rule is dear, and from how many it is worth a look: the most that single
#: rules of ours cost alone, and a tenth of it.
DEAR, NOTABLE = 5.0, 0.5


def keep(cache: Path, costs: Iterable[Cost]) -> None:
    """Write down what was measured, beside what was measured before. An unwritable cache loses it."""
    found = _read(cache)
    for one in costs:
        found[one.rule.id] = [digest(Path(one.rule.file)), round(one.microseconds, 3)]
    fresh = cache / f".{_FILE}.{os.getpid()}"
    try:
        cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh.write_text(json.dumps(found), encoding="utf-8")
        fresh.replace(cache / _FILE)
    except OSError:
        fresh.unlink(missing_ok=True)


def kept(cache: Path, files: Mapping[str, str]) -> dict[str, float]:
    """Give what rules cost, microseconds an event, by id, as far as it was measured of the files as they are now.

    Args:
        cache: the folder.
        files: rule id → its file.
    """
    known = _read(cache)
    digests: dict[str, str] = {}
    found: dict[str, float] = {}
    for rule_id, file in files.items():
        match known.get(rule_id):
            case [str(measured), int() | float() as cost]:
                if digests.setdefault(file, digest(Path(file))) == measured:
                    found[rule_id] = float(cost)
    return found


def stamp(cache: Path) -> int:
    """Give what differs once something was measured."""
    try:
        return (cache / _FILE).stat().st_mtime_ns
    except OSError:
        return 0


def digest(file: Path) -> str:
    """Give what tells a file's text apart from any other; empty where it cannot be read."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()[:16]
    except OSError:
        return ""


def _read(cache: Path) -> dict[str, list[object]]:
    try:
        with (cache / _FILE).open("rb") as file:
            found = json.loads(file.read(_MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
