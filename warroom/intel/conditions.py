"""Whether the rest of a STIX pattern holds for an event in which one of its values was found.

A property that the event says nothing about is not held against the match if its object is there; an object that is
not there is: then only a part of the pattern was seen. Where the hash of a file was found, that file's other properties
cannot contradict it: they may change, its content cannot.
"""

from __future__ import annotations

import functools
import ntpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, IntEnum
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from warroom.indicators import HASHES, Kind
from warroom.intel.canonical import NotThatError, one
from warroom.intel.formats.moments import stix_time
from warroom.intel.formats.stix_pattern import PatternError, parse
from warroom.intel.formats.stix_tree import (
    Combined,
    Comparison,
    Expression,
    Observation,
    Pattern,
    Qualified,
)
from warroom.intel.formats.stix_values import key, kind_of, says_type, strings


class Held(Enum):
    """What an event says of a pattern of which it has one value."""

    FULL = "full"  # all that the event can tell holds
    CONTRADICTED = "contradicted"  # something else in the pattern is otherwise in the event
    PART = "part"  # something else would have to be seen, too, and is not in this event


class _Truth(IntEnum):
    """How far something holds; what is joined by AND is as true as the highest of its parts, by OR as the lowest."""

    HOLDS = 0
    UNTOLD = 1
    ABSENT = 2
    FAILS = 3


_Event: TypeAlias = Mapping[str, object]
_Network: TypeAlias = IPv4Network | IPv6Network
_ADDRESSES: Final = frozenset((Kind.IPV4, Kind.IPV6))
#: Characters of a value of an event that are compared, and of what it should be like.
_MOST_VALUE: Final = 4_096
_MOST_LIKE: Final = 256
#: Paths in small letters → where an event has the same; the kind tells how they are compared.
_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "ipv4-addr:value": ("source_ip", "destination_ip"),
    "ipv6-addr:value": ("source_ip", "destination_ip"),
    "network-traffic:src_ref.value": ("source_ip", "source_address"),
    "network-traffic:dst_ref.value": ("destination_ip", "destination_address", "url_domain"),
    "network-traffic:src_port": ("source_port",),
    "network-traffic:dst_port": ("destination_port",),
    "network-traffic:extensions.http-request-ext.request_method": ("http_request_method",),
    "network-traffic:extensions.http-request-ext.request_value": ("url_original", "url_path"),
    "network-traffic:extensions.http-request-ext.request_header.host": ("url_domain",),
    "network-traffic:extensions.http-request-ext.request_header.referer": ("http_request_referrer",),
    "network-traffic:extensions.http-request-ext.request_header.user-agent": ("user_agent_original",),
    "user-agent:value": ("user_agent_original",),
    "domain-name:value": ("dns_question_name", "url_domain", "destination_address"),
    "hostname:value": ("dns_question_name", "url_domain", "destination_address"),
    "url:value": ("url_original",),
    "file:name": ("file_path",),
    "file:parent_directory_ref.path": ("file_path",),
    "directory:path": ("file_path",),
    "file:hashes.sha-256": ("file_hash_sha256",),
    "process:name": ("process_name",),
    "process:pid": ("process_pid",),
    "process:command_line": ("process_command_line",),
    "process:image_ref.name": ("process_executable",),
    "process:binary_ref.name": ("process_executable",),
    "process:parent_ref.command_line": ("process_parent_command_line",),
    "process:parent_ref.image_ref.name": ("process_parent_executable",),
    "user-account:user_id": ("user_id", "user_name"),
    "user-account:account_login": ("user_name",),
    "user-account:display_name": ("user_name",),
}
#: What is done to an event's value before it is compared with what a path means.
_LAST: Final = ("file:name", "process:image_ref.name", "process:binary_ref.name", "process:parent_ref.image_ref.name")
_FOLDER: Final = ("file:parent_directory_ref.path", "directory:path")
#: Type of an object → any of these says that it is there.
_PRESENT: Final[Mapping[str, tuple[str, ...]]] = {
    "ipv4-addr": ("source_ip", "destination_ip"),
    "ipv6-addr": ("source_ip", "destination_ip"),
    "network-traffic": ("source_ip", "destination_ip", "destination_port", "url_original"),
    "domain-name": ("dns_question_name", "url_domain", "destination_address"),
    "hostname": ("dns_question_name", "url_domain", "destination_address"),
    "url": ("url_original",),
    "user-agent": ("user_agent_original",),
    "file": ("file_path", "file_hash_sha256"),
    "directory": ("file_path",),
    "process": ("process_name", "process_executable", "process_command_line", "process_pid"),
    "user-account": ("user_name", "user_id"),
}


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found where: the value of the indicator, in which event, and the types of objects that this shows."""

    kind: Kind
    value: str
    event: _Event
    shown: frozenset[str]

    def is_of(self, comparison: Comparison) -> bool:
        """Tell whether it is what a comparison asks for."""
        return (self.kind, self.value) in _listed(comparison)


def holds(pattern: str, matched: tuple[Kind, str], event: Mapping[str, object]) -> Held:
    """Tell whether what else a pattern says holds for an event.

    Args:
        pattern: as the column ``pattern`` of indicators has it.
        matched: kind and canonical value of the indicator that was found in the event.
        event: columns of warroom/model.py; absent ones are None or missing.
    """
    try:
        tree, shown = _understood(pattern, matched)
    except PatternError:
        return Held.PART
    kind, value = matched
    truth = _of_pattern(tree, _Found(kind, value, event, shown))
    return {_Truth.ABSENT: Held.PART, _Truth.FAILS: Held.CONTRADICTED}.get(truth, Held.FULL)


@functools.lru_cache(4_096)
def looks_at(pattern: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the columns whose values ``holds`` compares, and those of which it asks only whether anything is there.

    Events that are alike in these are alike to it.
    """
    try:
        leaves = list(_leaves(_parsed(pattern)))
    except PatternError:
        return (), ()
    types = {leaf.path.type for leaf in leaves}
    compared = {name for leaf in leaves for name in _COLUMNS.get(key(leaf.path), ())}
    compared |= {"url_domain"} if "url" in types else set()  # of which a log has the path alone
    compared |= {"ts"} if "START" in pattern else set()
    present = {"dns_question_name", *(name for kind in types for name in _PRESENT.get(kind, ()))}
    return tuple(sorted(compared)), tuple(sorted(present - compared))


@functools.lru_cache(512)
def _understood(pattern: str, matched: tuple[Kind, str]) -> tuple[Pattern, frozenset[str]]:
    """Read a pattern, and give the types of objects that a value found shows. Raises PatternError."""
    tree = _parsed(pattern)
    there = (leaf for leaf in _leaves(tree) if matched in _listed(leaf) and not _through_reference(leaf))
    return tree, frozenset(leaf.path.type for leaf in there)


@functools.lru_cache(512)
def _parsed(pattern: str) -> Pattern:
    return parse(pattern)


def _leaves(node: Pattern | Expression) -> Iterator[Comparison]:
    """Give all comparisons in a tree."""
    if isinstance(node, Comparison):
        yield node
    elif isinstance(node, Observation):
        yield from _leaves(node.expression)
    elif isinstance(node, Qualified):
        yield from _leaves(node.part)
    else:
        for part in node.parts:
            yield from _leaves(part)


@functools.lru_cache(4_096)
def _listed(comparison: Comparison) -> frozenset[tuple[Kind, str]]:
    """Give the indicators that a comparison stands for, canonical."""
    kind = kind_of(comparison.path)
    found: set[tuple[Kind, str]] = set()
    for text in strings(comparison) if kind is not None else ():
        try:
            found.add(one(kind, text))
        except NotThatError:
            continue
    return frozenset(found)


def _through_reference(comparison: Comparison) -> bool:
    """Tell whether a value belongs to another object than the one that the path begins with."""
    carries = comparison.path.type in {"network-traffic", "email-message", "process", "file"}
    return not carries and any(str(step).endswith(("_ref", "_refs")) for step in comparison.path.steps)


def _of_pattern(node: Pattern, found: _Found) -> _Truth:
    if isinstance(node, Observation):
        return _of_expression(node.expression, found)
    if isinstance(node, Combined):
        seen = [part for part in node.parts if any(found.is_of(leaf) for leaf in _leaves(part))]
        truth = min((_of_pattern(part, found) for part in seen), default=_Truth.ABSENT)
        return truth if node.operator == "OR" or truth is _Truth.FAILS else _Truth.ABSENT
    truth = _of_pattern(node.part, found)
    if node.qualifier == "START":
        return max(truth, _within(found.event.get("ts"), node.values[0].text, node.values[1].text))
    return max(truth, _Truth.ABSENT) if node.qualifier == "REPEATS" else truth


def _within(moment: object, start: str, stop: str) -> _Truth:
    if not isinstance(moment, datetime):
        return _Truth.UNTOLD
    at = stix_time(moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
    return _Truth.HOLDS if stix_time(start) <= at < stix_time(stop) else _Truth.FAILS


def _of_expression(node: Expression, found: _Found) -> _Truth:
    if isinstance(node, Comparison):
        return _of_comparison(node, found)
    truths = [_of_expression(part, found) for part in node.parts]
    return max(truths) if node.operator == "AND" else min(truths)


def _of_comparison(comparison: Comparison, found: _Found) -> _Truth:
    path, type_ = key(comparison.path), comparison.path.type
    content = found.kind in HASHES and type_ == "file" and type_ in found.shown
    if content or found.is_of(comparison) or says_type(comparison):
        return _Truth.HOLDS
    told = _told(path, found.event)
    if not told:
        present = type_ in found.shown or any(_text(found.event.get(name)) for name in _PRESENT.get(type_, ()))
        return _Truth.UNTOLD if present else _Truth.ABSENT
    holds_for = _test(comparison)
    if holds_for is None:
        return _Truth.ABSENT  # nothing can be said
    if any(holds_for(value) for value in told) is not comparison.negated:
        return _Truth.HOLDS
    # who asks a name server is not where the name leads to: that stands in no column
    answer = type_ in {"ipv4-addr", "ipv6-addr"} and bool(_text(found.event.get("dns_question_name")))
    return _Truth.ABSENT if answer else _Truth.FAILS


def _told(path: str, event: _Event) -> list[str]:
    """Give what an event says at a path."""
    told = [text for name in _COLUMNS.get(path, ()) if (text := _text(event.get(name)))]
    if path in _LAST:
        return [ntpath.basename(text) for text in told]
    if path in _FOLDER:
        return [ntpath.dirname(text) for text in told]
    if path == "url:value" and told and "://" not in told[0]:
        host = _text(event.get("url_domain"))
        return [f"http://{host}{told[0]}"] if host and told[0].startswith("/") else []
    return told


def _text(value: object) -> str:
    return "" if value is None else str(value)[:_MOST_VALUE]


def _test(comparison: Comparison) -> Callable[[str], bool] | None:
    """Give how a value is tested; None: we cannot tell."""
    kind, operator = kind_of(comparison.path), comparison.operator
    wanted = [value.text for value in comparison.values]
    if operator == "MATCHES" or (operator == "LIKE" and len(wanted[0]) > _MOST_LIKE):
        return None  # the regular expression of a stranger, or a comparison that takes long
    tests: dict[str, Callable[[str], bool]] = {
        "EXISTS": bool,
        "=": lambda text: _same(kind, text, wanted[0]),
        "!=": lambda text: not _same(kind, text, wanted[0]),
        "IN": lambda text: any(_same(kind, text, one_of) for one_of in wanted),
        "ISSUBSET": lambda text: _covers(wanted[0], text),
        "ISSUPERSET": lambda text: _covers(text, wanted[0]),
        "LIKE": lambda text: _like(text, wanted[0]),
    }
    return tests.get(operator) or (lambda text: _ordered(text, operator, wanted[0]))


def _same(kind: Kind | None, text: str, wanted: str) -> bool:
    """Tell whether a value of an event is what is wanted, as far as its kind goes."""
    if kind not in {Kind.IPV4, Kind.IPV6, Kind.DOMAIN, Kind.URL}:
        return text.casefold() == wanted.casefold()
    try:
        (have, value), (want, canonical) = one(kind, text), one(kind, wanted)
    except NotThatError:
        return False
    if want in _ADDRESSES:
        return have is want and _covers(canonical, value)
    if want is Kind.URL:
        return have is want and urlsplit(value)._replace(scheme="") == urlsplit(canonical)._replace(scheme="")
    return have is want and (value == canonical or value.endswith(f".{canonical}"))


def _covers(network: str, inner: str) -> bool:
    try:
        outer, part = _network(network), _network(inner)
    except ValueError:
        return False
    return (
        outer.version == part.version
        and outer.network_address <= part.network_address  # type: ignore[operator]
        and part.broadcast_address <= outer.broadcast_address  # type: ignore[operator]
    )


def _network(text: str) -> _Network:
    return ip_network(text, strict=False)


def _ordered(text: str, operator: str, wanted: str) -> bool:
    """Compare as numbers where both are, else as texts."""
    try:
        sign = (float(text) > float(wanted)) - (float(text) < float(wanted))
    except ValueError:
        sign = (text > wanted) - (text < wanted)
    return {"<": sign < 0, "<=": sign <= 0, ">": sign > 0, ">=": sign >= 0}[operator]


def _like(text: str, pattern: str) -> bool:
    """Compare as SQL's LIKE does, ``%`` for any signs and ``_`` for one, in at most length times length steps."""
    text, pattern = text.casefold(), pattern.casefold()
    at = place = 0
    star, resume = -1, 0
    while at < len(text):
        if place < len(pattern) and pattern[place] == "%":
            star, resume = place, at
            place += 1
        elif place < len(pattern) and pattern[place] in {"_", text[at]}:
            at += 1
            place += 1
        elif star >= 0:
            resume += 1
            at, place = resume, star + 1
        else:
            return False
    return not pattern[place:].strip("%")
