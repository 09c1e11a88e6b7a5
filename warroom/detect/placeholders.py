"""What placeholders such as ``%Administrators%`` stand for here: lists of values from a file of the site.

``placeholders.yml``, or any ``.yml`` in a folder ``placeholders``, beside the rules::

    Administrators: [adm_*, root]     # wildcards are allowed
    known_cdcs: []                    # there are none: no value ever equals them

A rule that asks for a placeholder without an entry is refused, as the specification demands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from warroom.catalog import read_yaml
from warroom.detect.heading import RefusedError
from warroom.detect.rule_files import PLACEHOLDERS
from warroom.errors import ContentError, Fault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FILE: Final = f"{PLACEHOLDERS}.yml"
#: A value with several placeholders stands for every combination of theirs.
_MAX_FORMS: Final = 10_000
_PLACEHOLDER: Final = re.compile(r"(?<!\\)%([^%]+)%")


@dataclass(slots=True)
class Placeholders:
    """Values by the placeholder's name; ``asked`` notes which were asked for, and what they stood for."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    asked: dict[str, tuple[str, ...] | None] = field(default_factory=dict)

    def expanded(self, text: str, *path: str | int) -> list[str]:
        r"""Give each text that a text with placeholders stands for; ``\%`` is a plain percent sign.

        Raises:
            RefusedError: a placeholder has no entry, or there are too many combinations.
        """
        forms = [""]
        done = 0
        for found in _PLACEHOLDER.finditer(text):
            before = text[done : found.start()].replace("\\%", "%")
            values = self._of(found[1], *path)
            if len(forms) * len(values) > _MAX_FORMS:
                raise RefusedError(f"the placeholders of one value stand for more than {_MAX_FORMS:,} texts", *path)
            forms = [form + before + value for form in forms for value in values]
            done = found.end()
        rest = text[done:].replace("\\%", "%")
        return [form + rest for form in forms]

    def _of(self, name: str, *path: str | int) -> tuple[str, ...]:
        values = self.asked[name] = self.values.get(name)
        if values is None:
            raise RefusedError(
                f"the placeholder %{name}% has no values: write a line `{name}: [value, …]` in detectors/{_FILE}", *path
            )
        return values


def read_placeholders(folders: Sequence[Path]) -> tuple[dict[str, tuple[str, ...]], list[Fault]]:
    """Read the values beside the rules of some folders; where a name stands twice, the first counts."""
    values: dict[str, tuple[str, ...]] = {}
    stands: dict[str, str] = {}
    faults: list[Fault] = []
    for path in _files(folders):
        try:
            documents = read_yaml(path)
        except ContentError as problem:
            faults.append(problem.fault)
            continue
        for document in documents:
            for name, given in document.data.items():
                line = document.line_of(str(name))
                entries = given if isinstance(given, list) else [given]
                if not isinstance(name, str) or not all(_is_value(entry) for entry in entries):
                    faults.append(Fault(str(path), line, f"`{name}` needs a list of texts or numbers, such as [a, b*]"))
                elif name in stands:
                    faults.append(Fault(str(path), line, f"`{name}` stands in {stands[name]} already: remove one"))
                else:
                    stands[name] = f"{path}:{line}"
                    values[name] = tuple(str(entry) for entry in entries)
    return values, faults


def _is_value(entry: object) -> bool:
    return isinstance(entry, str | int | float) and not isinstance(entry, bool)


def _files(folders: Sequence[Path]) -> list[Path]:
    found: dict[Path, None] = {}
    for folder in folders:
        if folder.is_dir():
            inside = sorted((folder / PLACEHOLDERS).glob("*.yml"))
            for path in (folder / _FILE, *inside):
                if path.is_file():
                    found.setdefault(path.resolve())
    return list(found)
