"""A loaded set of rules, and its compiled plans: one for the rules that a log source can satisfy."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

from warroom.detect.banks import Banks
from warroom.detect.compiled import CompiledRules
from warroom.detect.rule_form import form_of
from warroom.detect.rules import Leaf, Negation
from warroom.detect.staging import divide
from warroom.detect.taxonomy import load_taxonomy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from warroom.catalog.stages import Stage
    from warroom.detect.kept import Kept
    from warroom.detect.rule_form import RuleForm
    from warroom.detect.rules import Condition, Correlation, Rule
    from warroom.detect.shelf import Shelf
    from warroom.errors import Fault

#: What the rules in numbers are kept as.
_FORM: Final = "form"


class RuleSet:
    """Rules and correlations that were loaded, and what was refused.

    Attributes:
        rules: rules over single events; ``match`` answers with positions in this list.
        correlations: rules over their matches.
        refused: files and documents that could not be used, and why.
        silent: positions of rules that only serve correlations and raise no alert of their own.
        shadow: ids of rules and correlations whose alerts are counted and never raised.
        whole: the set that it was taken from, with the rules whose stage lets them not run; itself where all run.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        correlations: Sequence[Correlation] = (),
        refused: Sequence[Fault] = (),
        silent: frozenset[int] = frozenset(),
        shelf: Shelf | None = None,
        kept: Kept | None = None,
        shadow: frozenset[str] = frozenset(),
        whole: RuleSet | None = None,
    ) -> None:
        self.rules = tuple(rules)
        self.correlations = tuple(correlations)
        self.refused = list(refused)
        self.silent = silent
        self.shadow = shadow
        self.whole = whole or self
        self._shelf = shelf  # where compiled expressions are kept between starts
        self._kept = kept  # where what is compiled from exactly these files is

    @functools.cached_property
    def compiled(self) -> CompiledRules:
        """The rules made ready for ``match``; takes a moment at first use."""
        return CompiledRules(self._form(), Banks(self._shelf))

    def _form(self) -> RuleForm:
        """Put the rules into numbers, or take the numbers that are kept of them."""
        form: RuleForm | None = self._kept.read(_FORM) if self._kept else None
        if form is None:
            form = form_of(self.rules)
            if self._kept:
                self._kept.write(_FORM, form)
        return form

    def staged(self, stages: Mapping[str, Stage]) -> RuleSet:
        """Give the rules that run with these stages, not compiled yet.

        Retired rules and drafts are left out. What only serves correlations goes with the last of them; and a rule
        that is left out stays, silent, where a correlation that runs counts it: the correlation means the same still.

        Args:
            stages: by id of the rule or correlation that raises alerts; one that is not named is in production.
        """
        part, kept = divide(self.rules, self.correlations, self.silent, stages), self._kept
        if kept and part.left_out:
            kept = kept.of_part("\0".join(part.left_out))
        return RuleSet(
            part.rules, part.correlations, self.refused, part.silent, self._shelf, kept, part.shadow, self.whole
        )

    def prepare(self, previous: RuleSet | None = None) -> None:
        """Make the rules ready before events wait for them.

        What has not changed since an earlier rule set is taken over: everything where the rules are the same, at the
        same positions, and else the compiled expressions, which cost the most. May run while another thread matches
        with ``previous``.
        """
        made = previous.__dict__.get("compiled") if previous else None
        if made is None:
            self.compiled  # noqa: B018  makes it
        elif previous is not None and previous.rules == self.rules:
            self.__dict__["compiled"] = made
        else:
            self.__dict__["compiled"] = CompiledRules(self._form(), made.banks.copy())
        self.compiled.classes.compile()

    def native_fields(self) -> frozenset[str]:
        """Give every name that a native field may have by which an event is routed, matched, grouped or counted.

        A field also answers to its name without blanks: a source's field is asked for when its name, or its name
        without blanks, is among these names or these names without blanks. Where ``searches_text`` is true, rules
        ask for the text of every other field, too.
        """
        form = self.compiled.form
        asked = {*load_taxonomy().looked_at, *form.fields}
        for _, field, reference in form.references:
            asked |= {field, reference.field}
        for correlation in self.correlations:
            asked.update(correlation.group_by, correlation.fields)
            asked.update(name for names in correlation.aliases.values() for name in names.values())
        return frozenset(name for field in asked for name in load_taxonomy().natives_of(field))

    @property
    def searches_text(self) -> bool:
        """Some rule has keywords, which are looked for in every text of an event."""
        return bool(self.compiled.form.keywords)

    def fallbacks(self) -> list[tuple[Rule, str]]:
        """List (rule, expression) for each regular expression that Hyperscan refuses and Python's engine decides."""
        from warroom.detect.atoms import Regex  # noqa: PLC0415  with the next: only for the listing
        from warroom.detect.regexes import Regexes  # noqa: PLC0415  compiles every expression

        asked = [
            (rule, leaf.atom)
            for rule in self.rules
            for leaf in leaves_of(rule.condition)
            if isinstance(leaf.atom, Regex)
        ]
        refused = set(Regexes([atom for _, atom in asked], self._shelf).fallbacks)
        return [(rule, atom.pattern) for rule, atom in asked if atom in refused]


def leaves_of(condition: Condition) -> Iterator[Leaf]:
    """Give every single question of a condition."""
    if isinstance(condition, Leaf):
        yield condition
    elif isinstance(condition, Negation):
        yield from leaves_of(condition.part)
    else:
        for part in condition.parts:
            yield from leaves_of(part)
