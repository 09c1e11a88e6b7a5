"""What is asked about indicators, as the address has it, and what is looked for because of it."""

from __future__ import annotations

from ipaddress import IPv4Network, ip_network
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlencode, urlsplit

import streamlit as st

from warroom.indicators import HASHES, Kind
from warroom.intel import canonical
from warroom.intel.canonical import NotThatError
from warroom.store.intel.search import Wanted
from warroom.store.query import quoted
from warroom.store.search_history import Asked as EventsAsked

if TYPE_CHECKING:
    from ipaddress import IPv6Network

SCREEN: Final = "indicators"
#: Fields of the address: what is typed, of which kind, feed and tag; and the indicator that is open.
_TEXT, _KIND, _FEED, _TAG, _OPEN, _OPEN_KIND = "q", "kind", "feed", "tag", "value", "of"
LONGEST: Final = 2_048
#: What asks for everything: the newest are shown.
ALL: Final = "*"
#: A shorter part of a value is in too many of them.
SHORTEST: Final = 2
_ADDRESSES: Final = frozenset({Kind.IPV4, Kind.IPV6})


class Asked(NamedTuple):
    """What is searched for."""

    text: str = ""
    kind: str = ""
    feed: str = ""
    tag: str = ""


class Opened(NamedTuple):
    """An indicator whose details are asked for."""

    kind: Kind
    value: str


def asked_in_address() -> Asked:
    """Give what the address asks for; the indicator that is open where it asks for nothing else."""
    get = st.query_params.get
    text = get(_TEXT, "")[:LONGEST]
    kind = get(_KIND, "")
    asked = Asked(text, kind if kind in set(Kind) else "", get(_FEED, "")[:64], get(_TAG, "")[:200])
    return asked if any(asked) else asked._replace(text=get(_OPEN, "")[:LONGEST])


def opened_in_address() -> Opened | None:
    """Give the indicator whose details the address asks for, in its canonical form where it has one."""
    value, kind = st.query_params.get(_OPEN, "")[:LONGEST], st.query_params.get(_OPEN_KIND, "")
    if not value:
        return None
    if kind in set(Kind):
        return Opened(Kind(kind), value)
    found = recognised(value)
    return None if found is None else Opened(*found)


def ask(asked: Asked) -> None:
    """Put a search into the address; what was open is closed."""
    for name, value in zip((_TEXT, _KIND, _FEED, _TAG), asked, strict=True):
        if value:
            st.query_params[name] = value
        else:
            st.query_params.pop(name, None)
    close()


def open_one(opened: Opened) -> None:
    """Put an indicator into the address; the list from which it was chosen stays."""
    if not any(st.query_params.get(name) for name in (_TEXT, _KIND, _FEED, _TAG)):
        st.query_params[_TEXT] = ALL
    st.query_params[_OPEN], st.query_params[_OPEN_KIND] = opened.value, opened.kind


def close() -> None:
    """Take the indicator that is open out of the address."""
    st.query_params.pop(_OPEN, None)
    st.query_params.pop(_OPEN_KIND, None)


def link(kind: str, value: str) -> str:
    """Give the address of an indicator's details."""
    return "/?" + urlencode({"screen": SCREEN, _OPEN: value[:LONGEST], _OPEN_KIND: kind}, errors="replace")


def recognised(text: str) -> tuple[Kind, str] | None:
    """Give the kind and canonical form of what somebody typed, defanged or not; None for only a part of a value."""
    try:
        return canonical.one(None, text)
    except NotThatError:
        return None


def wanted(asked: Asked) -> Wanted | None:
    """Give what is looked for; None where what is typed is too short to look for."""
    text = asked.text.strip()
    rest = Wanted(kind=asked.kind, feed=asked.feed, tag=asked.tag)
    if text in {"", ALL}:
        return rest
    found = recognised(text)
    if found is not None:
        return _about(rest, *found)
    part = canonical.refang(text)
    if len(part.rstrip("*")) < SHORTEST:
        return None
    if part.endswith("*"):
        return _made(rest, starts=part.rstrip("*"))
    return _made(rest, values=(part,), text=part)


def covering(kind: Kind, value: str) -> tuple[str, ...]:
    """Give an address with the networks that it is in, or a name with those above it: what covers it, if listed."""
    return _networks(ip_network(value)) if kind in _ADDRESSES else _names(value)


def events_about(kind: Kind, value: str) -> EventsAsked:
    """Give the search of stored events for an indicator."""
    if kind in _ADDRESSES:
        return EventsAsked("events", f"source.ip:{quoted(value)} OR destination.ip:{quoted(value)}", "week")
    # lines seldom hold the scheme, and of a URL often the path alone: the whole finds what names the host
    return EventsAsked("events", quoted(value.partition("://")[2] if kind is Kind.URL else value), "week")


def defanged(kind: Kind, value: str) -> str:
    """Give a value as it can be passed on in prose: nothing makes a link of it, or looks it up."""
    if kind in _ADDRESSES:
        return value.replace(".", "[.]") if kind is Kind.IPV4 else value.replace(":", "[:]")
    if kind is Kind.URL:
        scheme, _, rest = value.partition("://")
        host, slash, path = rest.partition("/")
        return f"{scheme.replace('tt', 'xx')}://{host.replace('.', '[.]')}{slash}{path}"
    if kind in {Kind.DOMAIN, Kind.EMAIL}:
        return value.replace("@", "[@]").replace(".", "[.]")
    return value


def _about(rest: Wanted, kind: Kind, value: str) -> Wanted:
    """Give what is looked for about a whole value: itself, what covers it, and what is on it."""
    if kind in _ADDRESSES:
        network = ip_network(value)
        host = "" if network.num_addresses > 1 else value if kind is Kind.IPV4 else f"[{value}]"
        inside = None
        if isinstance(network, IPv4Network) and network.num_addresses > 1:
            inside = (int(network.network_address), int(network.broadcast_address))
        return _made(rest, values=_networks(network), host=host, inside=inside)
    if kind is Kind.DOMAIN:
        return _made(rest, values=_names(value), host=value, text=value)
    if kind is Kind.URL:
        other = value.replace("http://", "https://", 1) if value.startswith("http://") else f"http{value[5:]}"
        parts = urlsplit(value)
        at = recognised(parts.hostname or "")
        # who names no page asks about the host: what is on it is meant, too
        host = parts.netloc if (parts.path, parts.query) == ("/", "") else ""
        return _made(rest, values=(value, other, *(() if at is None else covering(*at))), host=host)
    if kind is Kind.EMAIL:
        return _made(rest, values=(value, *_names(value.rpartition("@")[2])))
    # tags and comments name vulnerabilities, too
    return _made(rest, values=(value,), text="" if kind in HASHES else value)


def _networks(network: IPv4Network | IPv6Network) -> tuple[str, ...]:
    """Give a network and all that it is in, the smallest first; one of a single address as that address."""
    above = [network, *(network.supernet(new_prefix=bits) for bits in range(network.prefixlen - 1, -1, -1))]
    return tuple(str(one.network_address) if one.num_addresses == 1 else str(one) for one in above)


def _names(name: str) -> tuple[str, ...]:
    """Give a name and those above it that could be listed: with a dot."""
    labels = name.split(".")
    return tuple(".".join(labels[start:]) for start in range(max(1, len(labels) - 1)))


def _made(
    rest: Wanted,
    *,
    values: tuple[str, ...] = (),
    inside: tuple[int, int] | None = None,
    host: str = "",
    text: str = "",
    starts: str = "",
) -> Wanted:
    return Wanted(values, inside, host, text, starts, rest.kind, rest.feed, rest.tag)
