"""Reads what crowdsec's hub asserts of its sample logs (``parser.assert``), for the tests of parsers.

A case is a folder with ``<name>.log`` and ``parser.assert``. Use::

    for line, expected in expectations(CASES / "nginx_http-logs", "s01-parse").items():
        expected["Parsed.status"] == "404"; expected["Meta.source_ip"]; expected["Unmarshaled.caddy.status"]

The numbers of lines count the log's lines that are not blank, from 0. What is asserted about a part of a value only
(``Meta["timestamp"][4:]``: crowdsec has no year there) is given as ``Meta.timestamp[4:]``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

_ABOUT = re.compile(
    r'(?P<call>FloatApproxEqual\(|basename\()?results\["(?P<stage>[^"]*)"\]\["(?P<parser>[^"]*)"\]\[(?P<index>\d+)\]'
    r'\.(?:Success|Evt\.(?P<kind>[A-Za-z]+)(?P<keys>(?:\["(?:[^"\\]|\\.)*"\])*)(?P<rest>\[\d+:\])?)\)?'
    r"(?: == |, )(?P<value>.*?)(?(call)\)?)$"
)
_KEY = re.compile(r'\["((?:[^"\\]|\\.)*)"\]')

Value = str | float | bool


@dataclass(frozen=True, slots=True)
class Asserted:
    """One assertion about one line: ``kind`` is Success, Parsed, Meta, Unmarshaled, Enriched, Whitelisted or StrTime.

    ``key`` is what stands in the brackets behind it, joined by dots: ``caddy.request.remote_ip``.
    """

    line: int
    stage: str
    parser: str
    kind: str
    key: str
    value: Value


def asserted(folder: Path) -> list[Asserted]:
    """Give every assertion of a case about its lines; AssertionError where one is in no form known.

    A result without a message, of a parser that saw fewer lines than there are, is of no line known and left out: such
    ones only say that the parser did not understand it.
    """
    found: list[tuple[int, str, str, str, str, Value]] = []
    for text in _assertions(folder).split("\n"):
        if not text or text.startswith("len("):
            continue
        match = _ABOUT.fullmatch(text)
        assert match, f"{folder.name}: not understood: {text}"
        if match["call"] != "basename(":
            key = ".".join(map(_text, _KEY.findall(match["keys"] or ""))) + (match["rest"] or "")
            kind = match["kind"] or "Success"
            found.append((int(match["index"]), match["stage"], match["parser"], kind, key, _value(match["value"])))
    lines = _lines_of(folder, found)
    return [
        Asserted(line, stage, parser, kind, key, value)
        for index, stage, parser, kind, key, value in found
        if (line := lines.get((stage, parser, index))) is not None
    ]


def expectations(folder: Path, stage: str, parser: str | None = None) -> dict[int, dict[str, Value]]:
    """Give what one stage (or one of its parsers) asserts, by line and by ``Kind.key``; only of lines it understood."""
    lines: defaultdict[int, dict[str, Value]] = defaultdict(dict)
    some = [one for one in asserted(folder) if one.stage == stage and parser in (None, one.parser)]
    failed = {(one.parser, one.line) for one in some if one.kind == "Success" and one.value is False}
    for one in some:
        if (one.parser, one.line) not in failed:
            lines[one.line][f"{one.kind}.{one.key}"] = one.value
    return dict(lines)


def log_lines(folder: Path) -> list[bytes]:
    """Give the lines of a case that are not blank."""
    (log,) = folder.glob("*.log")
    return [line for line in log.read_bytes().split(b"\n") if line.strip()]


def _lines_of(folder: Path, found: list[tuple[int, str, str, str, str, Value]]) -> dict[tuple[str, str, int], int]:
    """Say which line each result is of: a parser that saw fewer lines than there are is told by its messages."""
    lines = [line.decode("utf-8", "replace") for line in log_lines(folder)]
    told = re.findall(r'^len\(results\["(.*?)"\]\["(.*?)"\]\) == (\d+)$', _assertions(folder), re.MULTILINE)
    seen: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    counts = {(stage, parser): int(count) for stage, parser, count in told}
    messages: dict[tuple[str, str, int], str] = {}
    for index, stage, parser, kind, key, value in found:
        seen[stage, parser].add(index)
        if (kind, key) == ("Parsed", "message"):
            messages[stage, parser, index] = str(value)
    places: dict[tuple[str, str, int], int] = {}
    for (stage, parser), indices in seen.items():
        whole = len(lines) in (len(indices), counts.get((stage, parser)))
        line = -1
        for index in sorted(indices):
            message = messages.get((stage, parser, index))
            later = range(line + 1, len(lines))
            same = (number for number in later if message is not None and message.strip() in lines[number])
            line = index if whole else next(same, line)
            if whole or message is not None:
                places[stage, parser, index] = line
    return places


def _assertions(folder: Path) -> str:
    return (folder / "parser.assert").read_text(encoding="utf-8")


def _value(text: str) -> Value:
    if text.startswith('"'):
        return _text(text[1:-1])
    return text == "true" if text in ("true", "false") else float(text)


def _text(quoted: str) -> str:
    """Undo crowdsec's quoting: a backslash before quotes and backslashes, and before n for a line's end."""
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] == "n" else match[1], quoted, flags=re.DOTALL)
