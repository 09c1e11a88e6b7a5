"""Whose message it is: the feed that says most exactly that it takes it, of those that listen at one address."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from warroom.catalog.transports.syslog import Mine, Network

#: A header is short: what is longer is none.
_HEAD_BYTES: Final = 600
_HEAD: Final = re.compile(
    rb"(?:<[0-9]{1,3}>)?(?:1 )?"
    rb"(?:[A-Z][a-z]{2} [ 0-9]?[0-9](?: [0-9]{4})? [0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,9})?:?"
    rb"|[0-9]{4}-[0-9]{2}-[0-9]{2}T[^ ]{1,40}|-) "
    rb"(?P<host>[^ ]{1,255}) (?P<program>[^ \[\]:]{1,255})"
)

Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: its address, and the names in its client certificate."""

    address: Address
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Give address and first name, as they are kept with each message."""
        return f"{self.address} ({self.names[0]})" if self.names else str(self.address)


def sender(address: str, names: Collection[str] = ()) -> Sender:
    """Give the sender at an address as the system tells it."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return Sender(found, tuple(names))


class Claims:
    """What the feeds at one address say is theirs."""

    def __init__(self, mine: Mapping[str, Mine]) -> None:
        self._mine = dict(sorted(mine.items()))

    def of(self, sent_by: Sender) -> Candidates:
        """Give the feeds that can be meant by a sender, the most exact ones first."""
        fitting = [
            (feed_id, one)
            for feed_id, one in self._mine.items()
            if (not one.senders or _longest(one.senders, sent_by.address) >= 0)
            and (not one.names or any(_name_fits(pattern, name) for pattern in one.names for name in sent_by.names))
        ]
        fitting.sort(
            key=lambda pair: (
                not pair[1].programs,
                not pair[1].hosts,
                not pair[1].names,
                -_longest(pair[1].senders, sent_by.address),
            )
        )
        return Candidates([(feed_id, _any(one.hosts), _any(one.programs)) for feed_id, one in fitting])

    def conflicts(self, feed_id: str) -> list[str]:
        """Say from which feeds nobody can tell apart what is this one's; the first by its id gets it."""
        found = []
        for other in self._mine.keys() - {feed_id} if feed_id in self._mine else ():
            if (same := _same(self._mine[feed_id], self._mine[other])) is not None:
                first, second = sorted((feed_id, other))
                found.append(f"feeds {first} and {second} both take {same} here: {first} gets it; let them differ")
        return sorted(found)


class Candidates:
    """The feeds that one sender's messages may be for."""

    def __init__(self, feeds: list[tuple[str, re.Pattern[bytes] | None, re.Pattern[bytes] | None]]) -> None:
        self._feeds = feeds
        self._only = next((feed_id for feed_id, *patterns in feeds[:1] if patterns == [None, None]), None)

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self._feeds)

    def choose(self, message: bytes) -> str | None:
        """Give the feed that a message is for; None where it is nobody's."""
        if self._only is not None or not self._feeds:
            return self._only
        head = _HEAD.match(message, 0, _HEAD_BYTES)
        host, program = (head["host"], head["program"]) if head else (b"", b"")
        for feed_id, hosts, programs in self._feeds:
            if (hosts is None or hosts.fullmatch(host)) and (programs is None or programs.fullmatch(program)):
                return feed_id
        return None


def _longest(networks: Collection[Network], address: Address) -> int:
    """Give the longest prefix of the networks that an address is in; -1 where it is in none."""
    return max((one.prefixlen for one in networks if one.version == address.version and address in one), default=-1)


def _any(patterns: tuple[str, ...]) -> re.Pattern[bytes] | None:
    if not patterns:
        return None
    choices = "|".join(".*".join(map(re.escape, re.sub(r"\*+", "*", one).split("*"))) for one in patterns)
    return re.compile(choices.encode("ascii"), re.IGNORECASE | re.DOTALL)


def _name_fits(pattern: str, name: str) -> bool:
    return _name_pattern(pattern).fullmatch(name) is not None


@cache
def _name_pattern(pattern: str) -> re.Pattern[str]:
    pieces = re.split(r"(\*+)", pattern)
    texts = {True: ".*", False: "[^.]*"}
    return re.compile(
        "".join(texts[len(one) > 1] if one[:1] == "*" else re.escape(one) for one in pieces), re.IGNORECASE
    )


def _same(first: Mine, second: Mine) -> str | None:
    """Say what two feeds both take; None where one of them says it more exactly, or something else."""
    if first.rest and second.rest:
        return "all that is nobody's"
    shared = []
    for kind in ("programs", "hosts", "names", "senders"):
        one, other = set(getattr(first, kind)), set(getattr(second, kind))
        if not one and not other:
            continue
        both = one & other
        if not both:
            return None
        shared.append(f"{kind} {', '.join(sorted(map(str, both))[:3])}")
    return " and ".join(shared)
