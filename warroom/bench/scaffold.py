"""A new detector from pasted log lines: rule and samples that hold; texts that only a person can write are left."""

from __future__ import annotations

import os
import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TextIO

import orjson

from warroom.bench.outstanding import finds, proposed
from warroom.bench.pasted import Line, lines_of, sample_lines
from warroom.catalog.log_sources import load_log_sources
from warroom.detect.content import NAME, REPLACE
from warroom.detect.sample_files import SUFFIX, Source
from warroom.errors import UsageError
from warroom.log_formats import FORMATS
from warroom.parse import UnrecognisedError, recognise
from warroom.settings import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from pathlib import Path

#: Ordinary lines of each kind of log, which a new detector must not find.
_SAMPLES: Final = ROOT / "feeds" / "samples"
_WEB: Final = "webserver"
_MOST_MISSES: Final = 5
_MOST_ORDINARY: Final = 30
_MOST_BYTES: Final = 64 << 10


@dataclass(frozen=True, slots=True)
class Scaffold:
    """The two files of a new detector, and what a person should know of them."""

    folder: str
    name: str
    rule: str
    samples: str
    notes: tuple[str, ...]


def scaffold(name: str, pasted: str, kind: str, today: date, author: str = "") -> Scaffold:
    """Make a detector of pasted lines.

    Args:
        name: ``<log source>_<behaviour>``, as its files are to be called.
        pasted: lines that it is to find; where empty, the first ordinary line of its kind of log, to be changed.
        kind: the kind of log, one of ``platforms.yaml``; empty: what the name begins with, else the lines' format.
        today: its date.
        author: who writes it; empty: left to be written.

    Raises:
        UsageError: name, kind or lines are no good; says what to do.
    """
    if not NAME.fullmatch(name):
        raise UsageError(f"{name!r}: name it <log source>_<behaviour>, in small letters, digits and _")
    folder = kind or _folder_of(name)
    if kind and kind not in load_log_sources():
        raise UsageError(f"there is no kind of log {kind!r}: use one of {', '.join(load_log_sources())}")
    if not name.startswith(f"{folder}_"):
        raise UsageError(f"{name!r}: a detector of {folder} is named {folder}_<behaviour>")
    ordinary = _ordinary(folder)
    lines = lines_of(pasted) if pasted.strip() else ordinary[:1]
    if not lines:
        raise UsageError(f"there are no lines, and no ordinary ones of {folder}: paste those that it is to find")
    source = _source(folder, lines)
    if source.logsource.get("category") == _WEB and folder not in (_WEB, *load_log_sources()):
        raise UsageError(f"{name!r}: these are lines of a web server: name it {_WEB}_<behaviour>")
    found = sample_lines(_bare(lines, source), source)
    quiet = _readable(ordinary, source)
    selection = proposed([line.event for line in found], [line.event for line in quiet])
    misses = [line for line in quiet if not finds(selection, line.event)][:_MOST_MISSES]
    return Scaffold(
        folder,
        name,
        _rule(name, source, selection, today, author),
        _samples(source, found, misses),
        tuple(_notes(found, selection, misses, pasted)),
    )


def write(made: Scaffold, folder: Path, *, private: bool = False) -> tuple[Path, Path]:
    """Write the two files; nothing is ever overwritten.

    Args:
        made: what is written.
        folder: where to; it is made where it is missing.
        private: for ourselves alone, as all of the state folder; else as the caller's umask has it.

    Raises:
        UsageError: there is such a detector.
        OSError: a file cannot be written; then neither is there.
    """
    folder.mkdir(mode=0o700 if private else 0o777, parents=True, exist_ok=True)
    rule, samples = folder / f"{made.name}.yml", folder / f"{made.name}{SUFFIX}"
    for path in (rule, samples):
        if path.exists():
            raise UsageError(f"{path}: is there already: choose another name, or edit it")
    mode = 0o600 if private else 0o666
    with _new(rule, mode) as file:
        file.write(made.rule)
    try:
        with _new(samples, mode) as file:
            file.write(made.samples)
    except OSError:
        rule.unlink()  # a rule without its samples is no detector
        raise
    return rule, samples


def _new(file: Path, mode: int) -> TextIO:
    """Open a file that is not there yet. Raises OSError."""
    return open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8")  # noqa: PTH123 - by its mode


def _folder_of(name: str) -> str:
    """Give the kind of log that a name begins with, the longest, else its first word."""
    kinds = [kind for kind in load_log_sources() if name.startswith(f"{kind}_")]
    return max(kinds, key=len, default=name.partition("_")[0])


def _source(folder: str, lines: Sequence[str]) -> Source:
    """Say how the lines are read and whose they are: by the kind of log, else by what they look like."""
    kind = load_log_sources().get(folder)
    given = kind.given if kind is not None and "logsource" in kind.given else None
    if given is not None:
        logsource = {key: str(value) for key, value in given["logsource"].items()}
        usual = Source(str(given["parse"]["format"]), "UTC", logsource)
        # a shipper may send as JSON what its kind usually writes otherwise
        if FORMATS[usual.format].json or not lines[0].startswith("{"):
            return usual
        return Source("jsonl", "UTC", logsource)
    try:
        log_format = recognise("\n".join(lines).encode() + b"\n")
    except UnrecognisedError as problem:
        raise UsageError(
            f"the lines are of no format that is known: say whose with --logsource ({problem})"
        ) from problem
    product, category, service = FORMATS[log_format].logsource
    told = {"product": product, "category": category, "service": service}
    logsource = {key: value for key, value in told.items() if value}
    if not logsource:
        raise UsageError(f"the lines are {log_format}, which many systems write: say which with --logsource")
    return Source(log_format, "UTC", logsource)


def _bare(lines: Sequence[str], source: Source) -> list[str]:
    """Take JSON out of what a shipper puts before it."""
    if not FORMATS[source.format].json:
        return list(lines)
    return [line[line.index("{") :] if "{" in line and not line.startswith("{") else line for line in lines]


def _ordinary(folder: str) -> list[str]:
    """Give ordinary lines of a kind of log; none where none are known."""
    path = _SAMPLES / f"{'web_access' if folder == _WEB else folder}.log"
    if not path.is_file():
        return []
    with path.open("rb") as file:
        text = file.read(_MOST_BYTES).decode("utf-8", "replace")
    return [line for line in text.splitlines() if line.strip()][:_MOST_ORDINARY]


def _readable(lines: Sequence[str], source: Source) -> list[Line]:
    """Give the ordinary lines that are of this source."""
    found: list[Line] = []
    for line in _bare(lines, source):
        try:
            found += sample_lines([line], source)
        except UsageError:
            continue  # of another source: it is no ordinary line of this one
    return found


def _notes(found: Sequence[Line], selection: Mapping[str, str | int], misses: Sequence[Line], pasted: str) -> list[str]:
    notes: list[str] = []
    if not pasted.strip():
        notes.append("no line was given: change the one under `must_match` to what the detector is to find")
    if not selection:
        notes.append("the lines have no telling field in common: write the selection by hand")
    if any(not line.timed for line in found):
        notes.append("the time of a line was not found: put $time where it stands")
    if not misses:
        notes.append("no ordinary line is known: put one under `must_not_match` that looks alike and is harmless")
    return notes


def _rule(name: str, source: Source, selection: Mapping[str, str | int], today: date, author: str) -> str:
    # a rule for web servers is for those of every make
    web = source.logsource.get("category") == _WEB
    given = {"category": _WEB} if web else source.logsource
    logsource = ", ".join(f"{key}: {value}" for key, value in given.items())
    asked = [f"        {_key(field)}: {_scalar(value)}" for field, value in selection.items()]
    asked = asked or [f"        {_text(f'{REPLACE} a field')}: {_text(f'{REPLACE} its value')}"]
    behaviour = name.replace("_", " ")
    return "\n".join(
        [
            f"title: {_text(f'{REPLACE} {behaviour}: what happens, in a few words')}",
            f"id: {uuid.uuid4()}",
            "status: experimental",
            f"description: {_text(f'{REPLACE} what happens, how often within what time, and what is left out')}",
            f"author: {_text(author or f'{REPLACE} your name')}",
            f"date: {today.isoformat()}",
            "tags:",
            "    - replace.with-a-tactic-and-a-technique-of-attack",
            f"logsource: {{{logsource}}}",
            "detection:",
            "    selection:",
            *asked,
            "    condition: selection",
            "falsepositives:",
            f"    - {_text(f'{REPLACE} who does this honestly')}",
            "level: medium",
            "custom:",
            f"    title_th: {_text(f'{REPLACE} ชื่อภาษาไทย')}",
            f"    description_th: {_text(f'{REPLACE} เกิดอะไรขึ้น บ่อยเพียงใด ไม่นับอะไร')}",
            f"    advice_th: {_text(f'{REPLACE} สิ่งแรกที่ต้องทำ')}",
            f"    advice_en: {_text(f'{REPLACE} what to do first')}",
            f"    falsepositives_th: [{_text(f'{REPLACE} ใครทำเช่นนี้โดยสุจริต')}]",
            f"    ncsa_category: {_text(f'{REPLACE} the number of a category of data/reference/ncsa_categories.yaml')}",
            f"    playbook: {_text(f'{REPLACE} a file of playbooks/, without .yml')}",
            "",
        ]
    )


def _samples(source: Source, found: Sequence[Line], misses: Sequence[Line]) -> str:
    logsource = ", ".join(f"{key}: {value}" for key, value in source.logsource.items())
    lines = [f"format: {source.format}", f"logsource: {{{logsource}}}", "must_match:"]
    for number, line in enumerate(found, 1):
        lines += [f"    - why: {_text(f'{REPLACE} what line {number} tells')}", f"      line: {_text(line.text)}"]
    lines.append("must_not_match:")
    for number, line in enumerate(misses, 1):
        lines += [f"    - why: another line of this kind of log, {number}", f"      line: {_text(line.text)}"]
    if not misses:
        lines += [f"    - why: {_text(f'{REPLACE} a harmless line that looks alike')}"]
        lines += [f"      line: {_text(f'{REPLACE} the line')}"]
    return "\n".join([*lines, ""])


_PLAIN_KEY: Final = re.compile(r"[A-Za-z_][\w.-]*")


def _key(field: str) -> str:
    return field if _PLAIN_KEY.fullmatch(field) else _text(field)


def _scalar(value: object) -> str:
    return str(value) if isinstance(value, int) else _text(_escaped(str(value)))


def _escaped(value: str) -> str:
    """Write what Sigma would take for wildcards so that it means itself."""
    return re.sub(r"(\\(?=[\\*?])|[*?])", r"\\\1", value)


def _text(value: str) -> str:
    """Write a text as YAML: between single quotes where it has only what can be seen, else as JSON does."""
    if value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    return orjson.dumps(value).decode()
