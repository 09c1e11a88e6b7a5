"""Checks what the steps of a scenario name: logs, pools and their attributes, and the fields that a log must have."""

from __future__ import annotations

import functools
from itertools import chain
from typing import TYPE_CHECKING, Final

from warroom.catalog import read_yaml
from warroom.drill.steps.script import HERE
from warroom.errors import ContentError, Fault
from warroom.settings import REFERENCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from warroom.catalog import Document
    from warroom.drill.kinds import Kinds
    from warroom.drill.scenario import Chapter, LogFile, Scenario
    from warroom.drill.steps.script import Pool, Script, Step
    from warroom.drill.steps.values import Expression

_Path = tuple[str | int, ...]

#: What templates may name besides pools and the line's own values; `number` only where pools are made.
WORDS: Final = frozenset({"platform", "agency"})
#: Fields of the formats that are no JSON: those that must be there, and those that may.
_FORMS: Final = {
    "nginx": ({"address", "target"}, {"method", "status", "size", "agent", "referrer", "user"}),
    "syslog": ({"host", "program", "text"}, {"pid"}),
}


def check(kinds: Kinds, logs: Sequence[LogFile], part: Scenario | Chapter, document: Document) -> None:
    """Check the steps of a scenario's file. Raises ContentError at the first fault, with its line."""
    for path, reason in _faults(kinds, {log.id: log for log in logs}, part):
        place = ".".join(map(str, path))
        raise ContentError(Fault(str(document.file), document.line_of(*path), f"`{place}`: {reason}"))


def check_kinds(kinds: Kinds) -> list[str]:
    """Check every kind of log for itself: give what is wrong, nothing where all is right."""
    found = []
    for source, kind in kinds.kinds.items():
        for number, stream in enumerate(kind.streams):
            pools = {**kinds.people, **stream.pools}
            for path, step in _all(stream.steps, ()):
                if step.steps:
                    continue
                if step.log != HERE:
                    found.append(f"{source}: streams.{number}: the log of a kind's stream is `{HERE}`")
                found += [f"{source}: {place}: {why}" for place, why in _names(step, kind.record, pools, path)]
        if missing := minimum_fields().get(source, frozenset()) - set(kind.record):
            found.append(f"{source}: record: lacks {', '.join(sorted(missing))}")
    return found


def _faults(kinds: Kinds, logs: Mapping[str, LogFile], part: Scenario | Chapter) -> Iterator[tuple[_Path, str]]:
    for number, stream in enumerate(part.streams):
        yield from _script(kinds, logs, stream, ("streams", number), None)
    for number, attack in enumerate(part.attacks):
        if attack.kind == "steps":
            yield from _script(kinds, logs, attack, ("attacks", number), attack.platform)


def _script(
    kinds: Kinds, logs: Mapping[str, LogFile], script: Script, path: _Path, platform: str | None
) -> Iterator[tuple[_Path, str]]:
    pools = {**kinds.people, **script.pools}
    for name, pool in script.pools.items():
        yield from _pool(pool, (*path, "pools", name))
    for place, step in _all(script.steps, (*path, "steps")):
        for name in step.each:
            if name not in pools:
                yield (*place, "each"), f"there is no pool `{name}`"
        if step.steps:
            continue
        log = logs.get(step.log or "")
        if log is None:
            yield (*place, "log"), f"there is no log `{step.log}` in this scenario"
            continue
        if platform is not None and log.platform != platform:
            yield (*place, "log"), f"`{log.id}` is of {log.platform}: the attack is on {platform}"
        record = kinds.record(log.source)
        yield from _names(step, record, pools, place)
        yield from _fields(log, set(record) | set(step.fields), place)


def _all(steps: Sequence[Step], path: _Path) -> Iterator[tuple[_Path, Step]]:
    """Give every step and group of steps with its place."""
    for number, step in enumerate(steps):
        yield (*path, number), step
        yield from _all(step.steps, (*path, number, "steps"))


def _pool(pool: Pool, path: _Path) -> Iterator[tuple[_Path, str]]:
    known = set(WORDS) | {"number"}
    for attribute, value in pool.attributes.items():
        for name in value.names():
            if name not in known:
                yield path, f"`{name}` is known to no pool: its earlier attributes, number, {', '.join(sorted(WORDS))}"
        known.add(attribute)


def _names(
    step: Step, record: Mapping[str, Expression], pools: Mapping[str, Pool], path: _Path
) -> Iterator[tuple[_Path, str]]:
    known = set(WORDS)
    rest = {name: value for name, value in record.items() if name not in step.fields}
    for section, values in (("let", step.let), ("fields", step.fields), ("record", rest)):
        for field, value in values.items():
            for name in value.names():
                if why := _unknown(name, known, pools):
                    yield (*path, section, field), why
            known.add(field)


def _unknown(name: str, known: Iterable[str], pools: Mapping[str, Pool]) -> str:
    if name in known:
        return ""
    pool, _, attribute = name.partition(".")
    if pool not in pools:
        return f"there is nothing named `{name}` here: a value written before it, or a pool"
    if attribute not in pools[pool].attributes:
        return f"the pool `{pool}` has no `{attribute}`: {', '.join(pools[pool].attributes) or 'a single value'}"
    return ""


def _fields(log: LogFile, given: set[str], path: _Path) -> Iterator[tuple[_Path, str]]:
    if log.format in _FORMS:
        must, may = _FORMS[log.format]
        if lacking := must - given:
            yield path, f"a line of {log.id} needs {', '.join(sorted(lacking))}"
        if strange := given - must - may:
            yield path, f"a line of {log.id} has no {', '.join(sorted(strange))}"
    elif log.format == "jsonl" and (missing := minimum_fields().get(log.source or "", frozenset()) - given):
        yield path, f"a record of {log.source} has at least: {', '.join(sorted(missing))}"


@functools.cache
def minimum_fields() -> dict[str, frozenset[str]]:
    """Read which fields each kind of log has at least (data/reference/platforms.yaml), without its time."""
    (document,) = read_yaml(REFERENCE / "platforms.yaml")
    vocabulary = document.data["log_source_vocabulary"]
    return {
        source: frozenset(chain(name.strip() for name in told["min_fields"].split(","))) - {"ts"}
        for source, told in vocabulary.items()
        if source not in ("web_access", "k8s_audit", "ids")  # in formats of their own
    }
