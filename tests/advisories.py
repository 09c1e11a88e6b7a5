"""Looks the locked packages through for known holes: `.venv/bin/python tests/advisories.py [--record]`.

Asks OSV (the service that `pip-audit -s osv` asks) about every pinned version in one request. A service, or whatever
stands in its place, is believed only if it also knows a hole that everybody knows. Where none is reachable, the list of
the last time (``packaging/advisories.json``) answers: holes that it holds still count; that it is old, or lacks
packages of today's lock, is a warning.

Exit codes: 0 nothing known that is not answered, 1 something is, 2 wrong usage.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import httpx
from dependencies import ROOT, locked

RECORD: Final = ROOT / "packaging" / "advisories.json"
SERVICE: Final = "https://api.osv.dev"
#: A version that has holes for certain: who does not know them knows nothing (CVE-2014-1402 and others).
CANARY: Final = ("jinja2", "2.4.1")
OLD_DAYS: Final = 30
_PATIENCE_SECONDS: Final = 20

Holes = dict[tuple[str, str], list[str]]


class UnansweredError(Exception):
    """No service told anything that can be believed."""


@dataclass(frozen=True)
class Record:
    """The list of the last time: the day (None: never), what was asked about, what was found, and our answers to it.

    ``answers`` give the reason why an advisory, by its id, does not concern us.
    """

    day: date | None
    packages: dict[str, list[str]]
    holes: Holes
    answers: dict[str, str]


def ask(service: str, packages: dict[str, list[str]]) -> Holes:
    """Ask the service about every version of every package.

    Raises:
        UnansweredError: it is not reached, answers something else, or does not know what everybody knows.
    """
    asked = [CANARY, *((name, version) for name, versions in sorted(packages.items()) for version in versions)]
    queries = [{"package": {"name": name, "ecosystem": "PyPI"}, "version": version} for name, version in asked]
    try:
        answer = httpx.post(f"{service}/v1/querybatch", json={"queries": queries}, timeout=_PATIENCE_SECONDS)
        answer.raise_for_status()
        results = answer.json()["results"]
        told = [[str(one["id"]) for one in result.get("vulns", ())] for result in results]
    except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise UnansweredError(f"{service}: {type(problem).__name__}: {problem}") from problem
    if len(told) != len(asked):
        raise UnansweredError(f"{service}: {len(told)} answers to {len(asked)} questions")
    if not told[0]:
        raise UnansweredError(f"{service} does not know the holes of {CANARY[0]} {CANARY[1]}: it knows none")
    return {package: ids for package, ids in zip(asked[1:], told[1:], strict=True) if ids}


def recorded(path: Path) -> Record:
    """Read the list of the last time."""
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    day = date.fromisoformat(told["looked_through"]) if told["looked_through"] else None
    holes = {(one["package"], one["version"]): list(one["ids"]) for one in told["advisories"]}
    return Record(day, told["packages"], holes, told["answers"])


def write(path: Path, record: Record) -> None:
    """Write the list."""
    told = {
        "looked_through": record.day.isoformat() if record.day else None,
        "answers": dict(sorted(record.answers.items())),
        "advisories": [
            {"package": name, "version": version, "ids": ids} for (name, version), ids in record.holes.items()
        ],
        "packages": dict(sorted(record.packages.items())),
    }
    path.write_text(f"{json.dumps(told, indent=1)}\n", encoding="utf-8")


def doubts(record: Record, packages: dict[str, list[str]], today: date) -> list[str]:
    """Say why the list of the last time is not enough."""
    if record.day is None:
        return ["nobody has looked the packages through yet"]
    found = []
    if (age := (today - record.day).days) > OLD_DAYS:
        found.append(f"the list is {age} days old")
    if new := [name for name, versions in packages.items() if not set(versions) <= set(record.packages.get(name, ()))]:
        found.append(f"{len(new)} packages have changed since the list was made: {', '.join(sorted(new))}")
    return found


def unanswered(holes: Holes, packages: dict[str, list[str]], answers: dict[str, str]) -> list[str]:
    """Give the holes of packages in the lock to which nobody has given an answer."""
    return [
        f"{name} {version}: {one}"
        for (name, version), ids in sorted(holes.items())
        for one in ids
        if version in packages.get(name, ()) and not answers.get(one)
    ]


def look_through(service: str, path: Path, packages: dict[str, list[str]], today: date, *, keep: bool) -> int:
    """Ask the service or else the list, tell what was found, and give the exit code."""
    record = recorded(path)
    try:
        holes = ask(service, packages)
    except UnansweredError as problem:
        last = f"the list of {record.day} answers" if record.day else "and there is no list"
        sys.stdout.write(f"no service of advisories was reached ({problem}): {last}\n")
        for doubt in doubts(record, packages, today):
            sys.stdout.write(f"warning: {doubt}\n")
        holes = record.holes
    else:
        sys.stdout.write(f"{service} was asked about {sum(map(len, packages.values()))} versions\n")
        if keep:
            write(path, Record(today, packages, holes, record.answers))
    found = unanswered(holes, packages, record.answers)
    for one in found:
        sys.stdout.write(f"{one}: take a newer version (./run lock), or answer it in {path.name}\n")
    if not found and (record.day or holes is not record.holes):
        sys.stdout.write("no hole is known that is not answered\n")
    return 1 if found else 0


def main(arguments: list[str]) -> int:
    """Look through the lock of this checkout."""
    if not set(arguments) <= {"--record"}:
        sys.stderr.write("error: tests/advisories.py takes --record, and nothing else\n")
        return 2
    packages = {package.name: package.versions for package in locked()}
    return look_through(SERVICE, RECORD, packages, datetime.now(UTC).date(), keep=bool(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
