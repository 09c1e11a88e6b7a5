"""The words of threat intelligence: kinds of indicators, markings, and the columns they are kept in.

An indicator is a value by which an attacker may be known, such as an address or the hash of a file. What feeds bring
besides indicators (lists of what must raise no alarm, techniques, vulnerabilities) has tables of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import pyarrow as pa

from warroom.model import UTC_MICROSECONDS


class Kind(StrEnum):
    """What an indicator's value is; networks are of the kind of their addresses, such as ``198.51.100.0/24``."""

    IPV4 = "ipv4"
    IPV6 = "ipv6"
    DOMAIN = "domain"
    URL = "url"
    EMAIL = "email"
    MD5 = "md5"
    SHA1 = "sha1"
    SHA224 = "sha224"
    SHA256 = "sha256"
    SHA384 = "sha384"
    SHA512 = "sha512"
    USER_AGENT = "user_agent"
    CVE = "cve"
    # kept and found in a search, never matched
    FILE_NAME = "file_name"
    FILE_PATH = "file_path"
    REGISTRY_KEY = "registry_key"
    MUTEX = "mutex"
    IMPHASH = "imphash"
    SSDEEP = "ssdeep"
    TLSH = "tlsh"
    JA3 = "ja3"
    CERTIFICATE = "certificate"  # a fingerprint of any hash
    ASN = "asn"
    MAC = "mac"
    COIN_ADDRESS = "coin_address"
    PHONE = "phone"


HASHES: Final = frozenset((Kind.MD5, Kind.SHA1, Kind.SHA224, Kind.SHA256, Kind.SHA384, Kind.SHA512))
#: Kinds that events are compared with.
MATCHED: Final = frozenset((Kind.IPV4, Kind.IPV6, Kind.DOMAIN, Kind.URL, Kind.EMAIL, Kind.USER_AGENT)) | HASHES


class Tlp(StrEnum):
    """How freely something may be passed on: FIRST's Traffic Light Protocol 2.0, the most open first."""

    CLEAR = "clear"
    GREEN = "green"
    AMBER = "amber"
    AMBER_STRICT = "amber+strict"
    RED = "red"


#: How formats are named in feeds, in answers of `./run intel load`, and on screens.
FORMATS: Final = (
    "misp",  # an event, or a list of events or attributes, as MISP writes them in JSON
    "stix",  # a bundle, or bare objects, of STIX 2.0 or 2.1
    "list",  # one value a line, such as IPsum, Tor exits, Spamhaus DROP
    "csv",  # columns, parted by commas, semicolons or tabs
    "zeek",  # Zeek's intelligence framework
    "kev",  # CISA's catalogue of vulnerabilities that are known to be exploited, JSON or CSV
    "epss",  # FIRST's scores of how likely a vulnerability will be exploited
    "attack",  # MITRE ATT&CK: a STIX bundle of techniques, tactics, groups, software
    "warninglist",  # MISP's lists of what must raise no alarm
    "taxonomy",  # MISP's vocabularies
    "text",  # prose with indicators in it, defanged or not
    "pdf",  # likewise
)

_DICTIONARY: Final = pa.dictionary(pa.int32(), pa.string())

#: Indicators, one a row, as formats give them and as the store keeps them.
INDICATORS: Final = pa.schema(
    [
        pa.field("kind", _DICTIONARY, nullable=False),
        pa.field("value", pa.string(), nullable=False),  # canonical: see warroom/intel/canonical.py
        pa.field(
            "origin", _DICTIONARY, nullable=False
        ),  # which document of its feed says so; what is replaced together
        pa.field("confidence", pa.int8()),  # 0 to 100, as its author gives it; null: the feed's
        pa.field("tlp", _DICTIONARY),  # null: the feed's
        pa.field("first_seen", UTC_MICROSECONDS),  # by its author …
        pa.field("last_seen", UTC_MICROSECONDS),  # … from when on it decays; null: since we have it
        pa.field("valid_from", UTC_MICROSECONDS),
        pa.field("valid_until", UTC_MICROSECONDS),
        pa.field("pattern", _DICTIONARY),  # the STIX pattern of which the value is only a part; null: it stands alone
        pa.field("tags", _DICTIONARY),  # by blanks: attack.t1071, malware names; blanks in them are underscores
        pa.field("comment", _DICTIONARY),  # at most 500 characters
        pa.field("reference", _DICTIONARY),  # where it is described: a URL, or the id of an object
        pa.field("added_at", UTC_MICROSECONDS),  # when we first had it from this feed; set when it is stored
    ]
)

#: Lists of what must raise no alarm, one entry a row.
WARNINGS: Final = pa.schema(
    [
        pa.field("list", _DICTIONARY, nullable=False),  # its name, for people
        pa.field("matching", _DICTIONARY, nullable=False),  # string, substring, hostname, cidr, regex
        pa.field("value", pa.string(), nullable=False),
        pa.field("category", _DICTIONARY),  # false_positive, or known: whose it is says nothing about what it does
        pa.field("applies_to", _DICTIONARY),  # MISP's types of attributes, by blanks; null: all
    ]
)

#: Vulnerabilities known to be exploited (CISA KEV).
EXPLOITED: Final = pa.schema(
    [
        pa.field("cve", pa.string(), nullable=False),
        pa.field("vendor", pa.string()),
        pa.field("product", pa.string()),
        pa.field("name", pa.string()),
        pa.field("added_on", pa.date32()),
        pa.field("due_on", pa.date32()),
        pa.field("ransomware", pa.bool_()),
        pa.field("description", pa.string()),
        pa.field("action", pa.string()),
    ]
)

#: How likely a vulnerability will be exploited in the next 30 days (FIRST EPSS); both 0 to 1.
LIKELY: Final = pa.schema(
    [
        pa.field("cve", pa.string(), nullable=False),
        pa.field("probability", pa.float32()),
        pa.field("percentile", pa.float32()),
    ]
)

#: What ATT&CK names: techniques, tactics, mitigations, groups, software, campaigns, data components.
TECHNIQUES: Final = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),  # T1190, TA0001, G0007; STIX's id where MITRE gives none
        pa.field("type", _DICTIONARY, nullable=False),  # STIX's: attack-pattern, x-mitre-tactic, intrusion-set …
        pa.field("domain", _DICTIONARY),  # enterprise-attack, ics-attack, mobile-attack
        pa.field("name", pa.string()),
        pa.field("tactics", pa.string()),  # short names, by blanks
        pa.field("url", pa.string()),
        pa.field("withdrawn", pa.bool_()),  # revoked or deprecated
    ]
)

#: Words of MISP's taxonomies, with the number that some of them stand for.
VOCABULARY: Final = pa.schema(
    [
        pa.field("tag", pa.string(), nullable=False),  # admiralty-scale:source-reliability="b"
        pa.field("expanded", pa.string()),
        pa.field("number", pa.float32()),  # 0 to 100
    ]
)

#: What a feed may bring: name of a table → its columns.
TABLES: Final[Mapping[str, pa.Schema]] = {
    "indicators": INDICATORS,
    "warnings": WARNINGS,
    "exploited": EXPLOITED,
    "likely": LIKELY,
    "techniques": TECHNIQUES,
    "vocabulary": VOCABULARY,
}
