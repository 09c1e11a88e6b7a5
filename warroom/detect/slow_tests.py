"""What bytes alone do not decide: expressions, networks, comparisons, odd numbers; each text is tested once."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final, cast

from warroom.detect.atoms import number_of
from warroom.detect.decoding import readings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from warroom.detect.banks import Banks
    from warroom.detect.regexes import Regexes
    from warroom.detect.value_groups import Group

#: Characters of remembered texts: hostile logs make new ones without end, so a full memory starts anew.
_MEMORY: Final = 16 << 20
#: What a remembered text costs besides its characters, in characters.
_COST: Final = 100
#: Longer texts are not remembered.
_LONG: Final = 4096


class SlowTests:
    """The tests of each group, and what was found by them."""

    def __init__(self, groups: Sequence[Group], banks: Banks) -> None:
        self._groups = groups
        self._banks = banks
        self._known: dict[tuple[int, bool], dict[str, tuple[int, ...]]] = {}
        self._size = 0
        self._expressions: dict[int, tuple[list[int], Regexes]] = {}

    def units(self, texts: Sequence[str], group: int, *, encoded: bool) -> list[tuple[int, ...]]:
        """Give the units that each text, or with ``encoded`` a reading of it, makes true."""
        known = self._known.setdefault((group, encoded), {})
        found = list(map(known.get, texts))
        if None in found:
            new = list(dict.fromkeys(itertools.compress(texts, [units is None for units in found])))
            tested = dict(zip(new, self._tested(new, self._groups[group], encoded=encoded), strict=True))
            found = [tested[text] if units is None else units for text, units in zip(texts, found, strict=True)]
            self._remember(known, tested)
        return cast("list[tuple[int, ...]]", found)

    def compile(self) -> None:
        """Compile every expression, or take what is kept of it, before texts wait for that."""
        for group in self._groups:
            if group.expressions:
                self._bank(group)

    def numbers(self, texts: Iterable[str], group: int) -> list[int]:
        """Give the units of the numbers that some texts are."""
        asked = self._groups[group].numbers
        return [asked[number] for text in texts if (number := number_of(text)) is not None and number in asked]

    def _remember(self, known: dict[str, tuple[int, ...]], tested: Mapping[str, tuple[int, ...]]) -> None:
        """Keep what was found, as far as the memory goes."""
        kept = tested
        if max(map(len, tested)) > _LONG:
            kept = {text: units for text, units in tested.items() if len(text) <= _LONG}
        size = sum(map(len, kept)) + _COST * len(kept)
        if self._size + size > _MEMORY:
            self._size = 0
            for one in self._known.values():
                one.clear()
        if size <= _MEMORY:
            self._size += size
            known |= kept

    def _tested(self, texts: Sequence[str], group: Group, *, encoded: bool) -> Iterator[tuple[int, ...]]:
        if encoded:
            several = list(map(readings, texts))
            tested = self._tested([one for some in several for one in some], group, encoded=False)
            for some in several:
                met = [unit for units in itertools.islice(tested, len(some)) for unit in units]
                yield tuple(dict.fromkeys(met)) if met else ()
            return
        units, bank = self._bank(group) if group.expressions else ([], None)
        none: Iterator[Sequence[int]] = itertools.repeat(())
        for text, places in zip(texts, bank.found(texts) if bank else none, strict=False):
            if not places and not group.tests:
                yield ()
                continue
            found = [units[place] for place in places]
            if group.tests:
                found += [unit for unit, atom in group.tests if atom.holds(text)]
            yield tuple(found)

    def _bank(self, group: Group) -> tuple[list[int], Regexes]:
        """Give the compiled expressions of a group, and their units."""
        found = self._expressions.get(group.number)
        if found is None:
            # In one order at every start, for what is compiled is kept by its expressions.
            order = sorted(group.expressions, key=lambda pair: (pair[1].pattern, pair[1].flags))
            bank = self._banks.bank(tuple(expression for _, expression in order))
            found = self._expressions[group.number] = ([unit for unit, _ in order], bank)
        return found
