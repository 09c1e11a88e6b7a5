"""Finds regular expressions that take seconds to compile: repeats with a high bound."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warroom.detect.atoms import Regex
from warroom.detect.ruleset import leaves_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from warroom.detect import Rule, RuleSet

#: A repeat of up to so many becomes as many states for everything that may stand before it.
_LONG: Final = 100
_REPEAT: Final = re.compile(r"(?<!\\)\{\d*,?(\d+)\}")


def long_repeats(ruleset: RuleSet, files: AbstractSet[str]) -> Iterator[tuple[Rule, str]]:
    """Give the rules of some files and each of their expressions that repeats something very often, but not freely."""
    for rule in ruleset.rules:
        if rule.file in files:
            for leaf in leaves_of(rule.condition):
                if isinstance(leaf.atom, Regex) and any(
                    int(found[1]) >= _LONG for found in _REPEAT.finditer(leaf.atom.pattern)
                ):
                    yield rule, leaf.atom.pattern
