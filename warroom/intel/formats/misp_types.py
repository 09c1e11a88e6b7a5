"""MISP's types of attributes: which are indicators unless said otherwise, and what kinds their values are.

After https://www.misp-standard.org/rfc/misp-standard-core.html and the ``to_ids`` that MISP itself sets where nobody
does (describeTypes).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from warroom.indicators import Kind

#: What an attribute's value, or each part of one between ``|``, is; None: nothing by itself, such as a port.
PARTS: Final[Mapping[str, tuple[Kind | None, ...]]] = {
    "ip-src": (Kind.IPV4,),
    "ip-dst": (Kind.IPV4,),
    "ip-src|port": (Kind.IPV4, None),
    "ip-dst|port": (Kind.IPV4, None),
    "domain": (Kind.DOMAIN,),
    "hostname": (Kind.DOMAIN,),
    "onion-address": (Kind.DOMAIN,),
    "hostname|port": (Kind.DOMAIN, None),
    "domain|ip": (Kind.DOMAIN, Kind.IPV4),
    "url": (Kind.URL,),
    "link": (Kind.URL,),
    **dict.fromkeys(
        (
            "email", "email-src", "email-dst", "email-reply-to", "target-email", "whois-registrant-email",
            "dns-soa-email",
        ),
        (Kind.EMAIL,),
    ),
    "user-agent": (Kind.USER_AGENT,),
    "vulnerability": (Kind.CVE,),
    **{
        name: (kind,)
        for name, kind in (
            ("md5", Kind.MD5), ("sha1", Kind.SHA1), ("sha224", Kind.SHA224), ("sha256", Kind.SHA256),
            ("sha384", Kind.SHA384), ("sha512", Kind.SHA512), ("ssdeep", Kind.SSDEEP), ("imphash", Kind.IMPHASH),
            ("tlsh", Kind.TLSH),
        )
    },
    **{
        f"filename|{name}": (Kind.FILE_NAME, kind)
        for name, kind in (
            ("md5", Kind.MD5), ("sha1", Kind.SHA1), ("sha224", Kind.SHA224), ("sha256", Kind.SHA256),
            ("sha384", Kind.SHA384), ("sha512", Kind.SHA512), ("ssdeep", Kind.SSDEEP), ("imphash", Kind.IMPHASH),
            ("tlsh", Kind.TLSH),
        )
    },
    # hashes that neither events nor searches have: the name remains
    **dict.fromkeys(
        (
            "filename|authentihash", "filename|vhash", "filename|impfuzzy", "filename|pehash", "filename|sha512/224",
            "filename|sha512/256", "filename|sha3-224", "filename|sha3-256", "filename|sha3-384", "filename|sha3-512",
        ),
        (Kind.FILE_NAME, None),
    ),
    "filename": (Kind.FILE_NAME,),
    "attachment": (Kind.FILE_NAME,),
    "email-attachment": (Kind.FILE_NAME,),
    "malware-sample": (Kind.FILE_NAME, Kind.MD5),
    "regkey": (Kind.REGISTRY_KEY,),
    "regkey|value": (Kind.REGISTRY_KEY, None),
    "mutex": (Kind.MUTEX,),
    "ja3-fingerprint-md5": (Kind.JA3,),
    "x509-fingerprint-md5": (Kind.CERTIFICATE,),
    "x509-fingerprint-sha1": (Kind.CERTIFICATE,),
    "x509-fingerprint-sha256": (Kind.CERTIFICATE,),
    "AS": (Kind.ASN,),
    "mac-address": (Kind.MAC,),
    "btc": (Kind.COIN_ADDRESS,),
    "dash": (Kind.COIN_ADDRESS,),
    "xmr": (Kind.COIN_ADDRESS,),
    "phone-number": (Kind.PHONE,),
    "whois-registrant-phone": (Kind.PHONE,),
}  # fmt: skip

#: Of PARTS, those that are context unless their ``to_ids`` says otherwise.
CONTEXT: Final = frozenset(
    (
        "link", "target-email", "whois-registrant-email", "whois-registrant-phone", "dns-soa-email", "email-reply-to",
        "user-agent", "vulnerability", "attachment", "AS", "mac-address", "phone-number",
    )
)  # fmt: skip
#: Besides PARTS, those that are indicators unless their ``to_ids`` says otherwise, and name nothing that is kept.
UNKEPT: Final = frozenset(
    (
        "aba-rtn", "authentihash", "azure-application-id", "bank-account-nr", "bic", "bin", "bro", "cc-number",
        "cdhash", "chrome-extension-id", "community-id", "dom-hash", "edge-extension-id", "eppn", "favicon-mmh3",
        "filename-pattern", "hassh-md5", "hasshserver-md5", "iban", "impfuzzy", "jarm-fingerprint",
        "mobile-application-id", "pattern-in-file", "pattern-in-memory", "pattern-in-traffic", "pehash", "prtn",
        "sha3-224", "sha3-256", "sha3-384", "sha3-512", "sha512/224", "sha512/256", "sigma", "snort", "stix2-pattern",
        "suricata", "telfhash", "uri", "vhash", "yara", "zeek",
    )
)  # fmt: skip


def is_indicator(type_: str) -> bool:
    """Tell whether an attribute of a type is an indicator where it does not say so itself: MISP's own default."""
    return type_ in UNKEPT or (type_ in PARTS and type_ not in CONTEXT)
