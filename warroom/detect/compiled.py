"""A rule set made ready for matching, and what was met while matching with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from warroom.detect.classes import Classes
from warroom.detect.columns import Schema, Shape
from warroom.detect.keywords import Keywords
from warroom.detect.layout import Layout, Signs, random_bits
from warroom.detect.plan import Plan
from warroom.detect.prefilter import Prefilter
from warroom.detect.taxonomy import load_taxonomy

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from warroom.detect.banks import Banks
    from warroom.detect.rule_form import RuleForm
    from warroom.detect.taxonomy import Origin

#: Origins whose plans are remembered.
_ORIGINS: Final = 4_096
#: Shapes of batches remembered; JSON sources make new ones.
_SHAPES: Final = 64
#: Signatures remembered, and classes with the predicates in them; beyond, memory starts anew.
_SIGNATURES: Final = 200_000
_CLASSES: Final = 500_000
#: Sets of keywords made ready: one for each mix of log sources that an event counts as.
_WORDS: Final = 32


class Words(NamedTuple):
    """Keywords, and the bits of their classes."""

    keywords: Keywords
    signs: Signs


class CompiledRules:
    """Rules in numbers, and the classes, signatures and shapes of batches met.

    Attributes:
        form: the rules.
        banks: compiled expressions; those of another rule set serve where they are the same.
        classes: of the groups' values.
        signatures: the rules of each signature met.
    """

    def __init__(self, form: RuleForm, banks: Banks) -> None:
        self.form = form
        self.banks = banks
        self.classes = Classes(form.groups, form.lookups, banks)
        self.reference_bits = {predicate: random_bits() for predicate, _, _ in form.references}
        self._sources = tuple(form.rules)
        self._words: dict[frozenset[int], Words] = {}
        self._prefilters: dict[frozenset[str], tuple[Prefilter, ...]] = {}
        self._by_origin: dict[Origin, Plan] = {}
        self._plans: dict[tuple[int, ...], Plan] = {}
        self._start()

    def _start(self) -> None:
        """Begin without any class met."""
        self.signatures: dict[tuple[int, ...], tuple[int, ...]] = {}
        self._signs: dict[tuple[int, frozenset[str]], Signs] = {}
        self._layouts: dict[Shape, Layout] = {}
        self._words.clear()

    def make_room(self) -> None:
        """Forget what was met where it is too much: hostile logs make new classes and signatures without end."""
        if len(self.signatures) >= _SIGNATURES:
            self.signatures.clear()
        if self.classes.count + sum(words.keywords.count for words in self._words.values()) >= _CLASSES:
            self.classes.clear()
            self._start()

    def layout(self, schema: pa.Schema) -> Layout:
        """Give what batches of a shape answer."""
        shape = Schema(schema)
        layout = self._layouts.get(shape.key)
        if layout is None:
            if len(self._layouts) >= _SHAPES:
                del self._layouts[next(iter(self._layouts))]
            layout = self._layouts[shape.key] = Layout(shape, self)
        return layout

    def signs(self, group: int, fields: frozenset[str]) -> Signs:
        """Give the bits for the classes of a group, as far as they tell of some fields."""
        key = (group, fields)
        if key not in self._signs:
            predicates = frozenset().union(*(self.form.predicates_of[field] for field in fields))
            self._signs[key] = Signs(self.classes.contents[group], predicates, self.form.groups[group].nulls)
        return self._signs[key]

    def words(self, plans: Sequence[Plan]) -> list[tuple[Words, list[bool]]]:
        """Give what searches the keywords of plans: each set of them, and which of the plans ask it.

        Each set is searched by itself: the short keywords of one product are in every line of another.
        """
        found: list[tuple[Words, list[bool]]] = []
        wanted = [frozenset(plan.asked.intersection(self.form.keywords)) for plan in plans]
        for one in sorted({*wanted} - {frozenset()}, key=sorted):
            words = self._words.get(one)
            if words is None:
                if len(self._words) >= _WORDS:
                    del self._words[next(iter(self._words))]
                keywords = Keywords([(place, self.form.keywords[place]) for place in sorted(one)], self.banks)
                words = self._words[one] = Words(keywords, Signs(keywords.contents, one, frozenset()))
            found.append((words, [theirs == one for theirs in wanted]))
        return found

    def prefilters(self, several: Sequence[Keywords]) -> Sequence[Prefilter]:
        """Give what finds texts, as they are and percent-encoded, that may hold keywords of some sets."""
        literals = frozenset[str]().union(*(keywords.literals or () for keywords in several))
        found = self._prefilters.get(literals)
        if found is None:
            if len(self._prefilters) >= _WORDS:
                del self._prefilters[next(iter(self._prefilters))]
            found = tuple(Prefilter(sorted(literals), encoded=encoded) for encoded in (False, True))
            self._prefilters[literals] = found
        return found

    def plan(self, origin: Origin) -> Plan:
        """Give the rules that events of one origin can satisfy."""
        plan = self._by_origin.get(origin)
        if plan is None:
            meets = load_taxonomy().meets
            met = tuple(place for place, source in enumerate(self._sources) if meets(source, origin))
            plan = self._plans.get(met)
            if plan is None:
                plan = self._plans[met] = self._make(met)
            if len(self._by_origin) >= _ORIGINS:
                self._by_origin.clear()
            self._by_origin[origin] = plan
        return plan

    def _make(self, met: tuple[int, ...]) -> Plan:
        sources = [self._sources[place] for place in met]
        return Plan(
            len(self._plans),
            frozenset(place for source in sources for place in self.form.rules[source]),
            [place for source in sources for place in self.form.always.get(source, ())],
            frozenset().union(*(self.form.asked[source] for source in sources)),
            self.form,
        )
