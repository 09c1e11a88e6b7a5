"""YAML files become documents whose every key knows its line; what could exhaust memory is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from warroom.errors import ContentError, Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yaml.nodes import Node

#: Longest content file in bytes: the largest of the reference files is a twentieth of it.
MAX_BYTES: Final = 2 << 20
#: Anchors multiply: a file of a few lines can stand for billions of values.
MAX_ALIASES: Final = 64
MAX_NODES: Final = 200_000
MAX_DEPTH: Final = 40
#: A number in base 60 (`1:2:3:…`) takes the square of its length to read; hexadecimal ones have no length of their own.
_MAX_NUMBER: Final = 64
_NUMBERS: Final = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:timestamp")


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


def read_yaml(path: Path) -> list[Document]:
    """Read every document of a YAML file with the safe loader, refusing what could exhaust memory.

    Raises ContentError with file, line and reason: unreadable or huge file, broken YAML, duplicate keys,
    too many aliases or values, a document that is no mapping.
    """
    return parse_yaml(_read(path), path)


def parse_yaml(data: bytes, path: Path) -> list[Document]:
    """Read every document of some bytes like ``read_yaml``; ``path`` names them in faults. Raises ContentError."""
    text = _decoded(data, path)
    loader = yaml.CSafeLoader(text)
    documents: list[Document] = []
    try:
        _check_size(path, text)
        while loader.check_node():
            node = loader.get_node()
            if node is None:
                break
            lines: dict[tuple[str | int, ...], int] = {}
            _walk(path, loader, node, (), lines)
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


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as problem:
        raise _error(path, 0, f"cannot be read: {problem.strerror}") from problem


def _decoded(data: bytes, path: Path) -> str:
    if len(data) > MAX_BYTES:
        raise _error(path, 0, f"longer than {MAX_BYTES >> 20} MiB: split it")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        raise _error(path, line, "not UTF-8: save the file as UTF-8") from problem


def _check_size(path: Path, text: str) -> None:
    """Count aliases, values and depth before anything is built; most documents are too small to have too many."""
    if 4 * len(text) < MAX_NODES and text.count("*") <= MAX_ALIASES and _deepest(text) < MAX_DEPTH:
        return
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


def _deepest(text: str) -> int:
    """Give a depth that the document does not exceed: each level takes a bracket, a column, or a sign in its line."""
    lines = [len(line) - len(line.lstrip()) + sum(map(line.count, "-?:")) for line in text.splitlines()]
    return text.count("[") + text.count("{") + max(lines, default=0) + 2


def _walk(
    path: Path,
    loader: yaml.CSafeLoader,
    node: Node,
    place: tuple[str | int, ...],
    lines: dict[tuple[str | int, ...], int],
) -> None:
    """Note the line of every key and list element; refuse a key that stands twice and a number that is none."""
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
            _walk(path, loader, value, (*place, name), lines)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            lines[*place, number] = value.start_mark.line + 1
            _walk(path, loader, value, (*place, number), lines)
    elif node.tag in _NUMBERS:
        _check_number(path, loader, node)


def _check_number(path: Path, loader: yaml.CSafeLoader, node: Node) -> None:
    line = node.start_mark.line + 1
    if len(node.value) > _MAX_NUMBER:
        raise _error(path, line, f"a number longer than {_MAX_NUMBER} characters: put it in quotes")
    try:
        loader.construct_object(node)
    except (ValueError, OverflowError) as problem:
        reason = f"`{node.value}` looks like a number or a date and is none ({problem}): put it in quotes"
        raise _error(path, line, reason) from problem


def _error(path: Path, line: int, reason: str) -> ContentError:
    return ContentError(Fault(str(path), line, reason))


def _broken(path: Path, problem: yaml.YAMLError) -> ContentError:
    mark = getattr(problem, "problem_mark", None) or getattr(problem, "context_mark", None)
    what = getattr(problem, "problem", None) or getattr(problem, "reason", None) or str(problem)
    context = getattr(problem, "context", None)
    reason = f"not valid YAML: {what} ({context})" if context else f"not valid YAML: {what}"
    return _error(path, mark.line + 1 if mark else 0, reason)
