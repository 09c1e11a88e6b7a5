"""Other engines on the same events in the same run: pySigma's SQL backends, each in a virtual environment made here.

They get the events already parsed, under the names that rules use, and rules with the log source written into the
condition (channel and event id), as one would deploy them. Nothing of theirs is part of this project.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml
from rule_documents import documents_of, fields_of

from warroom.parse import ParseContext, parse

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "data" / "reference" / "sigma_fields.yaml"
#: Peer → what is installed; a run prints the versions that were used.
PEERS = {
    "sqlite": ("pySigma-backend-sqlite==2.1.1", "pySigma==2.0.1"),
    "duckdb": ("pySigma-backend-duckdb==0.1.4", "duckdb==1.4.2", "pyarrow==22.0.0"),
}


@dataclass(frozen=True)
class Answer:
    """What a peer did."""

    name: str
    versions: str
    told: dict[str, Any]


def python_of(name: str, folder: Path) -> Path:
    """Make a peer's virtual environment where there is none."""
    place = folder / f"peer-{name}"
    python = place / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)  # noqa: S603  our interpreter
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PEERS[name]], check=True)  # noqa: S603
    return python


def versions(python: Path) -> str:
    """Name what is installed for a peer."""
    listed = subprocess.run([str(python), "-m", "pip", "list", "--format=json"], check=True, capture_output=True)  # noqa: S603
    found = {one["name"].lower(): one["version"] for one in json.loads(listed.stdout)}
    told = [f"{name} {found[name]}" for name in sorted(found) if "sigma" in name or name == "duckdb"]
    if "duckdb" not in found:
        told.append(
            subprocess.run(  # noqa: S603
                [str(python), "-c", "import sqlite3; print('SQLite', sqlite3.sqlite_version)"],
                check=True,
                capture_output=True,
                text=True,
            ).stdout.strip()
        )
    return ", ".join(told)


def ask(name: str, kind: str, log: Path, rules: tuple[Path, ...], count: int, folder: Path) -> Answer:
    """Run a peer over the first events of a log."""
    python = python_of(name, folder)
    given, events = folder / f"rules-{kind}.jsonl", folder / f"events-{kind}.jsonl"
    given.write_text("".join(json.dumps(one) + "\n" for one in routed(rules, kind)), encoding="utf-8")
    events.write_text("".join(json.dumps(one) + "\n" for one in parsed(log, kind, count)), encoding="utf-8")
    script = Path(__file__).parent / "peer_sql.py"
    done = subprocess.run([str(python), str(script), name, str(given), str(events)], check=True, capture_output=True)  # noqa: S603
    return Answer(f"pySigma {name}", versions(python), json.loads(done.stdout))


def parsed(log: Path, kind: str, count: int) -> Iterator[dict[str, Any]]:
    """Give events under the names that rules use."""
    with log.open("rb") as file:
        lines = [line.rstrip(b"\n") for line, _ in zip(file, range(count), strict=False)]
    if kind == "windows":
        yield from (json.loads(line) for line in lines)
        return
    names: dict[str, list[str]] = {}
    for name, column in yaml.safe_load(TABLE.read_text(encoding="utf-8"))["fields"].items():
        names.setdefault(column, []).append(name)
    events = parse(pa.array(lines, pa.binary()), ParseContext("nginx", "UTC", datetime.now(UTC))).events
    for row in events.drop_columns(["fields", "raw", "ts"]).to_pylist():
        yield {name: value for column, value in row.items() if value is not None for name in names.get(column, ())}


def routed(places: tuple[Path, ...], kind: str) -> Iterator[dict[str, Any]]:
    """Give the rules of a kind of log, with what their log source means for an event, and the fields they ask."""
    table = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    for rule in documents_of(places):
        source = rule.get("logsource") or {}
        if (source.get("product") if kind == "windows" else source.get("category")) != kind:
            continue
        detection = rule["detection"]
        if route := _route(source, table) if kind == "windows" else {}:
            conditions = (
                detection["condition"] if isinstance(detection["condition"], list) else [detection["condition"]]
            )
            written = [f"route_of_source and ({condition})" for condition in conditions]
            detection = {"route_of_source": route} | detection | {"condition": written}
        plain = {"title": rule["title"], "logsource": source, "detection": detection}
        yield {"rule": plain, "fields": sorted(fields_of(plain["detection"]))}


def _route(source: dict[str, str], table: dict[str, Any]) -> dict[str, Any]:
    channels = table["channels"]["windows"]
    if (service := source.get("service")) in channels:
        return {"Channel": channels[service]}
    for service, numbers in table["events"].items():
        ids = [number for number, categories in numbers.items() if source.get("category") in categories]
        if ids:
            return {"Channel": channels[service], "EventID": ids}
    return {}
