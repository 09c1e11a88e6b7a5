"""Reads one file or archive of rules: what can be used, and a fault with its line for each thing that cannot."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from warroom.catalog import parse_yaml, read_yaml
from warroom.detect.heading import RefusedError
from warroom.detect.placeholders import Placeholders
from warroom.detect.rule_files import is_archive, members
from warroom.detect.rules import Correlation, Filter, Rule
from warroom.errors import ContentError, Fault

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from warroom.catalog import Document

#: What every Sigma document has one of. An archive of others holds other YAML too, such as a converter's settings.
_SIGMA: Final = re.compile(rb"\b(?:detection|correlation|filter|logsource)[\"']?\s*:")


@dataclass(slots=True)
class Held:
    """What one file held.

    Attributes:
        rules: its rules, correlations and filters, in order.
        faults: what could not be used, and why.
        lines: by id, the lines of what a correlation or a filter refers to.
        asked: the placeholders that its rules asked for, and what they stood for.
    """

    rules: list[Rule | Correlation | Filter] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    lines: dict[str, tuple[int, ...]] = field(default_factory=dict)
    asked: dict[str, tuple[str, ...] | None] = field(default_factory=dict)

    def is_true_with(self, values: Mapping[str, tuple[str, ...]]) -> bool:
        """Say whether the placeholders that were asked for still stand for the same."""
        return all(values.get(name) == stood_for for name, stood_for in self.asked.items())


def read_rules(path: Path, values: Mapping[str, tuple[str, ...]]) -> Held:
    """Read a file or an archive; ``values`` are what placeholders stand for.

    Raises:
        UsageError: an archive cannot be read.
    """
    held = Held()
    placeholders = Placeholders(values, held.asked)
    if not is_archive(path):
        try:
            documents = read_yaml(path)
        except ContentError as problem:
            held.faults.append(problem.fault)
        else:
            _read_documents(documents, str(path), held, placeholders)
        return held
    for member, content in members(path, held.faults):
        if not _SIGMA.search(content):
            continue
        name = f"{path}:{member}"
        try:
            documents = parse_yaml(content, path)
        except ContentError as problem:
            held.faults.append(Fault(name, problem.fault.line, problem.fault.reason))
        else:
            _read_documents(documents, name, held, placeholders)
    held.rules.sort(key=lambda rule: (rule.file, rule.line))  # an archive's own order says nothing
    return held


def _read_documents(documents: list[Document], name: str, held: Held, placeholders: Placeholders) -> None:
    # Compilers of expressions take time to import: a warm start does without.
    from warroom.detect.sigma_rule import read_document  # noqa: PLC0415

    for document in documents:
        try:
            rule = read_document(document.data, name, document.line, placeholders)
        except RefusedError as problem:
            held.faults.append(Fault(name, document.line_of(*problem.path), str(problem)))
            continue
        held.rules.append(rule)
        if known := _lines_of_references(rule, document):
            held.lines[rule.id] = known


def _lines_of_references(rule: Rule | Correlation | Filter, document: Document) -> tuple[int, ...]:
    """Give the line of each rule that a document names."""
    if isinstance(rule, Rule):
        return ()
    body = "correlation" if isinstance(rule, Correlation) else "filter"
    return tuple(document.line_of(body, "rules", place) for place in range(len(rule.rules or ())))
