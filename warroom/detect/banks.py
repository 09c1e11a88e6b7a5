"""Banks of regular expressions, each compiled when it is first needed and then kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from warroom.detect.atoms import Regex
    from warroom.detect.regexes import Regexes
    from warroom.detect.shelf import Shelf


class Banks:
    """Compiled expressions by what they are, ``shelf`` keeping them between starts."""

    def __init__(self, shelf: Shelf | None, known: dict[tuple[Regex, ...], Regexes] | None = None) -> None:
        self._shelf = shelf
        self._known = dict(known or {})

    def copy(self) -> Banks:
        """Give another with the same banks, for another rule set."""
        return Banks(self._shelf, self._known)

    def bank(self, expressions: tuple[Regex, ...]) -> Regexes:
        """Give the bank of some expressions."""
        found = self._known.get(expressions)
        if found is None:
            from warroom.detect.regexes import Regexes  # noqa: PLC0415  most rule sets ask for few

            found = self._known[expressions] = Regexes(expressions, self._shelf)
        return found
