"""Banks of regular expressions, each compiled when it is first needed and then kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from warroom.detect.atoms import Regex
    from warroom.detect.regexes import Regexes
    from warroom.detect.shelf import Shelf


class Banks:
    """Compiled expressions by what they are, ``shelf`` keeping them between starts."""

    def __init__(self, shelf: Shelf | None) -> None:
        self._shelf = shelf
        self._known: dict[tuple[Regex, ...], Regexes] = {}

    def copy(self) -> Banks:
        """Give another with the same banks, for another rule set."""
        other = Banks(self._shelf)
        other._known |= self._known
        return other

    def bank(self, expressions: tuple[Regex, ...]) -> Regexes:
        """Give the bank of some expressions."""
        found = self._known.get(expressions)
        if found is None:
            from warroom.detect.regexes import Regexes  # noqa: PLC0415  most rule sets ask for few

            found = self._known[expressions] = Regexes(expressions, self._shelf)
        return found
