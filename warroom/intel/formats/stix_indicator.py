"""What an indicator of STIX says by itself, in little memory: a document may hold a million of them."""

from __future__ import annotations

import functools
from typing import Any, Final, NamedTuple

from warroom.intel.formats.joining import join_tags
from warroom.intel.formats.moments import stix_time
from warroom.intel.formats.rows import tag_of
from warroom.intel.formats.stix_context import markings, techniques
from warroom.intel.formats.stix_pattern import PatternError
from warroom.intel.formats.stix_values import NothingToMatchError, Value, values

#: What MISP's exporter says in labels and kill chains of how it had it: nothing about the indicator.
_MISPS_OWN: Final = ("misp:type=", "misp:category=", "misp:meta-category=", "misp:name=", "misp:to_ids=")
_MISPS_CATEGORY: Final = "misp-category"
_HIGHEST: Final = 100
_MOST_WORDS: Final = 100


class Version(NamedTuple):
    """One version of an indicator; times in microseconds.

    Args:
        values: of its pattern; none where it is revoked, or there is a problem.
        problem: why its pattern is not taken; "" where it is.
        sort: what sets it apart in counts: ``revoked``, or the language of a pattern that is not read; else "".
        first, last: when it was seen, if it says so.
        start, until: when it is valid.
        markings: ids of definitions.
        tags: parted by blanks.
        reference: an address; "" where it has none.
    """

    modified: int
    values: list[Value]
    problem: str
    sort: str
    first: int | None
    last: int | None
    start: int
    until: int | None
    confidence: int | None
    markings: tuple[str, ...]
    tags: str
    comment: str
    reference: str


def read_version(one: dict[str, Any]) -> Version:
    """Read an indicator that has all that it has to have."""
    found, problem, sort = _found(one)
    created, modified, start = stix_time(one["created"]), stix_time(one["modified"]), stix_time(one["valid_from"])
    until, last, labels = one.get("valid_until"), None, words(one["labels"]) if "labels" in one else ()
    if until is not None:
        until = stix_time(until)
        if is_misps(labels):
            # MISP's exporter puts there when it was last seen, and knows no end
            last, until = until, None
    # who knew it before writing of it had seen it
    first = start if start < created else None
    types = words(one["indicator_types"]) if "indicator_types" in one else ()
    phases = phases_of(one["kill_chain_phases"]) if "kill_chain_phases" in one else ()
    references = one.get("external_references")
    tags = all_tags(types, labels, phases, () if references is None else techniques(references))
    return Version(
        modified, found, problem, sort, first, last, start, until, confidence(one.get("confidence")),
        markings(one), tags, _comment(one),
        "" if references is None else address(references),
    )  # fmt: skip


def _found(one: dict[str, Any]) -> tuple[list[Value], str, str]:
    """Give the values of a pattern, or the problem with it, and what sets the indicator apart."""
    if one.get("revoked") is True:
        return [], "", "revoked"
    language, pattern = one.get("pattern_type", "stix"), one["pattern"]
    if language != "stix":
        return [], f"its pattern is one of {language}: only those of STIX are read", str(language)
    if not isinstance(pattern, str):
        return [], "its pattern cannot be read: it is no text", ""
    try:
        return values(pattern), "", ""
    except NothingToMatchError as problem:
        return [], str(problem), ""
    except PatternError as problem:
        return [], f"its pattern cannot be read: {problem}", ""


def confidence(said: object) -> int | None:
    """Give the confidence that is said, 0 to 100; None where it is none."""
    return said if type(said) is int and 0 <= said <= _HIGHEST else None


def is_misps(labels: tuple[str, ...]) -> bool:
    """Tell whether an indicator with these labels was written by MISP's exporter."""
    return any(label.startswith(_MISPS_OWN) for label in labels)


def words(found: object) -> tuple[str, ...]:
    """Give the texts of a list, such as its labels; of what is none there are none."""
    if not isinstance(found, list):
        return ()
    if len(found) == 1 and isinstance(found[0], str):  # most say one word
        return (found[0],)
    return tuple(one for one in found[:_MOST_WORDS] if isinstance(one, str))


def phases_of(found: object) -> tuple[tuple[str, str], ...]:
    """Give the names of kill chains, each with that of the phase."""
    if not isinstance(found, list):
        return ()
    named = [
        (one.get("kill_chain_name"), one.get("phase_name")) for one in found[:_MOST_WORDS] if isinstance(one, dict)
    ]
    return tuple((chain, name) for chain, name in named if isinstance(chain, str) and isinstance(name, str))


@functools.lru_cache(1_024)
def all_tags(
    types: tuple[str, ...], labels: tuple[str, ...], phases: tuple[tuple[str, str], ...], others: tuple[str, ...]
) -> str:
    """Write tags; those of many indicators of a document are the same."""
    tags = [tag_of(word) for word in types]
    tags += [tag_of(label) for label in labels if not label.startswith(_MISPS_OWN)]
    for chain, name in phases:
        if chain not in {"", _MISPS_CATEGORY}:
            tags.append(tag_of(f"attack.{name}" if chain.startswith("mitre-") else f"{chain}:{name}"))
    return join_tags(dict.fromkeys(tag for tag in (*tags, *others) if tag))


def _comment(one: dict[str, Any]) -> str:
    name, description = one.get("name"), one.get("description")
    if not isinstance(description, str) or not description:
        return name if isinstance(name, str) else ""
    return f"{name}: {description}" if isinstance(name, str) and name else description


def address(references: object) -> str:
    """Give the first address that references name; "" where none does."""
    for reference in references[:_MOST_WORDS] if isinstance(references, list) else ():
        url = reference.get("url") if isinstance(reference, dict) else None
        if isinstance(url, str) and url:
            return url
    return ""
