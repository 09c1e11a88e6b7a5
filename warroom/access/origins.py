"""From where a session was opened: enough for its person to know it again, and nothing that a stranger wrote."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final

#: What a browser says of itself → its family; the first that fits counts, because each says to be the next ones too.
_FAMILIES: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    (" Line/", "LINE"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
#: Letters of a browser's own words that are looked at.
_MOST: Final = 512
_SHOWN_OF_IPV6: Final = 48


@dataclass(frozen=True, slots=True)
class Origin:
    """An address, and a browser in words of ours: ``Firefox, Windows``; each empty where it is not known."""

    address: str = ""
    browser: str = ""


def origin_of(address: str, user_agent: str) -> Origin:
    """Give the origin of a request.

    Nothing of either text is kept as it came: an address is written anew, a browser becomes one of the families and
    systems that are known here.
    """
    try:
        where = str(ipaddress.ip_address(address.partition("%")[0]))
    except ValueError:
        where = ""
    told = user_agent[:_MOST]
    found = (next((name for mark, name in known if mark in told), "") for known in (_FAMILIES, _SYSTEMS))
    return Origin(where, ", ".join(filter(None, found)))


def network_of(address: str) -> str:
    """Give an address as others than its person see it: ``192.0.2.…`` (IPv6: the first 48 bits); empty for none."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv4Address):
        return f"{str(parsed).rpartition('.')[0]}.…"
    network = ipaddress.ip_network((int(parsed), _SHOWN_OF_IPV6), strict=False)
    return f"{str(network.network_address).removesuffix('::')}:…"
