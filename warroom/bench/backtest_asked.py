"""What rules ask of the events of a file, so that nothing else of it is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from warroom.detect.member_rows import named
from warroom.detect.rules import LogSource
from warroom.detect.taxonomy import Origin, load_taxonomy
from warroom.model import CORE, ENTITY_COLUMNS, RAW

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from warroom.detect.compiled import CompiledRules
    from warroom.detect.ruleset import RuleSet
    from warroom.store.event_files import EventFile

_SOURCE: Final = ("log_product", "log_category", "log_service")
#: By what an event is known, routed to its rules and reported.
ROUTED: Final = ("feed_id", *_SOURCE)
TOLD: Final = ("event_id", "ts", "feed_id", "platform_id", "event_outcome", *ENTITY_COLUMNS.values())


@dataclass(frozen=True, slots=True)
class Asked:
    """Columns to read, the names of sources' own fields (without blanks), and whether every text is asked for."""

    columns: frozenset[str]
    natives: frozenset[str]
    every_text: bool = False

    def native(self, name: str) -> bool:
        """Say whether a source's own field is asked for."""
        return self.every_text or name.replace(" ", "") in self.natives


def asked_of(names: Iterable[str], *, every_text: bool = False) -> Asked:
    """Say where rule fields are answered; with ``every_text`` keywords are looked for in all texts."""
    taxonomy = load_taxonomy()
    fields = list(names)
    columns = {column for name in fields if (column := taxonomy.column_of(name)) is not None}
    if every_text:
        columns |= {*CORE, RAW}
    natives = {native.replace(" ", "") for name in fields for native in taxonomy.natives_of(name)}
    return Asked(frozenset(columns), frozenset(natives), every_text)


class Wanted:
    """What a rule set asks of files; for one thread at a time, as the compiled rules are."""

    def __init__(self, ruleset: RuleSet) -> None:
        self._ruleset = ruleset
        self._compiled: CompiledRules = ruleset.compiled
        self._known: dict[frozenset[int] | None, Asked] = {}
        taxonomy = load_taxonomy()
        self._every = tuple((name, value) for name, values in taxonomy.looked_at.items() for value in values)
        self._looked_at = asked_of(taxonomy.looked_at)

    def of(self, file: EventFile) -> Asked | None:
        """Say what the rules that events of a file may satisfy ask; None where there is no such rule."""
        told = [file.constant(name) for name in _SOURCE]
        if not all(known for known, _ in told):
            return self._asked(None)
        source = LogSource(*(value for _, value in told))
        # Whatever an event's values are, it counts as no more than with all the values that are looked at.
        most = self._compiled.plan(Origin(source, self._every))
        if not most:
            return None
        least = self._compiled.plan(Origin(source))
        if most.rules == least.rules or self._tells(file):
            return self._asked(most.asked)
        return self._asked(least.asked) if least else None

    def _tells(self, file: EventFile) -> bool:
        """Say whether a file has any field that decides what an event also counts as."""
        return any(file.has(name) for name in self._looked_at.columns) or any(
            self._looked_at.native(name) for name in file.names()
        )

    def _asked(self, predicates: frozenset[int] | None) -> Asked:
        known = self._known.get(predicates)
        if known is None:
            known = self._known[predicates] = self._made(predicates)
        return known

    def _made(self, predicates: frozenset[int] | None) -> Asked:
        form = self._compiled.form
        names = {
            name for name, own in form.predicates_of.items() if predicates is None or not own.isdisjoint(predicates)
        }
        for predicate, name, reference in form.references:
            if predicates is None or predicate in predicates:
                names |= {name, reference.field}
        words = any(predicates is None or keyword in predicates for keyword in form.keywords)
        return asked_of([*load_taxonomy().looked_at, *names], every_text=words)


def members_ask(ruleset: RuleSet, matched: Collection[int]) -> Asked:
    """Say what correlations count of events that these rules (by position) matched: their groups and values."""
    names: set[str] = set()
    for one in ruleset.correlations:
        for reference, member in zip(one.rules, one.members, strict=True):
            if member in matched:
                names.update(named(one, reference, ruleset.rules[member].id, name) for name in one.group_by)
                names.update(named(one, reference, ruleset.rules[member].id, name) for name in one.fields)
    return asked_of(names)
