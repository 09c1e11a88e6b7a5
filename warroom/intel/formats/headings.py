"""What the columns of a table of indicators are, by the words of its heading."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from warroom.indicators import Kind

#: Role of a column besides those of Kind → names that well-known feeds give it, in small letters, blanks as ``_``.
_ROLES: Final[Mapping[str, tuple[str, ...]]] = {
    "value": (
        "value", "ioc", "iocs", "ioc_value", "indicator", "indicator_value", "observable", "c2", "c&c", "cnc", "hash",
        "file_hash", "filehash", "host",
    ),
    "kind": ("kind", "type", "ioc_type", "indicator_type", "value_type", "observable_type"),
    "confidence": ("confidence", "confidence_level", "confidence_score"),
    "tlp": ("tlp", "marking"),
    "first_seen": ("first_seen", "first_seen_utc", "firstseen", "first_seen_at", "dateadded", "date_added", "added"),
    "last_seen": ("last_seen", "last_seen_utc", "lastseen", "last_seen_at", "last_online"),
    "valid_until": ("valid_until", "expires", "expires_at", "expiration", "expiration_date"),
    "tags": ("tags", "tag", "malware", "malware_printable", "malware_family", "family", "signature", "threat"),
    "comment": ("comment", "comments", "description", "note", "notes", "threat_type"),
    "reference": ("reference", "references", "urlhaus_link", "link", "source_url"),
}  # fmt: skip
_KINDS: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.IPV4: (
        "ip", "ips", "ipv4", "ip_address", "ipaddress", "ip_addr", "dst_ip", "src_ip", "cidr", "ip:port", "ipv4:port",
        "ip-dst", "ip-src", "ip-dst|port", "ip-src|port", "ip_port", "network", "subnet",
    ),
    Kind.IPV6: ("ipv6", "ipv6:port", "ipv6_address"),
    Kind.DOMAIN: ("domain", "domains", "domain_name", "hostname", "fqdn"),
    Kind.URL: ("url", "urls", "uri"),
    Kind.EMAIL: ("email", "e-mail", "email_address", "email-src", "email-dst", "envelope_from", "body_from"),
    Kind.MD5: ("md5", "md5_hash", "filehash-md5", "hash_md5"),
    Kind.SHA1: ("sha1", "sha-1", "sha1_hash", "filehash-sha1", "hash_sha1"),
    Kind.SHA256: ("sha256", "sha-256", "sha256_hash", "filehash-sha256", "hash_sha256"),
    Kind.SHA512: ("sha512", "sha-512", "sha512_hash", "filehash-sha512", "hash_sha512"),
    Kind.USER_AGENT: ("user_agent", "user-agent", "useragent"),
    Kind.CVE: ("cve", "cve_id", "vulnerability"),
}  # fmt: skip
_ROLE_OF: Final = {word: role for role, words in _ROLES.items() for word in words} | {
    word: str(kind) for kind, words in _KINDS.items() for word in words
}
#: What a column of kinds may say → the kind; what is not here is left to the looks of the value.
KIND_OF: Final[Mapping[str, str]] = {word: str(kind) for kind, words in _KINDS.items() for word in words} | {
    str(kind): str(kind) for kind in Kind
}


def word(name: str) -> str:
    """Give the name of a column as words are compared."""
    return re.sub(r"\s+", "_", name.strip(" \t\"'#").casefold())


def roles(names: list[str], told: Mapping[str, str]) -> dict[int, str]:
    """Give what columns are, by their places from 0: a kind, or ``value``, ``kind``, ``confidence`` and so on.

    Args:
        names: as the heading has them; "" where there is none.
        told: by name, or by place from 1 as text; where it says anything, nothing else counts.
    """
    if told:
        said = {word(name): role for name, role in told.items()}
        return {
            place: said.get(word(name), said.get(str(place + 1), ""))
            for place, name in enumerate(names)
            if word(name) in said or str(place + 1) in said
        }
    return {place: _ROLE_OF[word(name)] for place, name in enumerate(names) if word(name) in _ROLE_OF}
