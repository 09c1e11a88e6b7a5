"""Which values of a STIX pattern are indicators, and which of them only beside others."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from warroom.indicators import Kind
from warroom.intel.formats.rows import MOST_PATTERN
from warroom.intel.formats.stix_pattern import parse
from warroom.intel.formats.stix_tree import (
    Combined,
    Comparison,
    Expression,
    Joined,
    ObjectPath,
    Observation,
    Pattern,
    Qualified,
    write,
)

#: Values of one pattern.
_MOST: Final = 20_000

#: Names of hashes, small and without what is no letter or digit, and what they are of a file.
_HASHES: Final[Mapping[str, Kind]] = {
    "md5": Kind.MD5,
    "sha1": Kind.SHA1,
    "sha224": Kind.SHA224,
    "sha256": Kind.SHA256,
    "sha384": Kind.SHA384,
    "sha512": Kind.SHA512,
    "ssdeep": Kind.SSDEEP,
    "tlsh": Kind.TLSH,
    "imphash": Kind.IMPHASH,
}
#: Paths in small letters without the places of lists → what their values are. A domain may prove to be an address.
_KINDS: Final[Mapping[str, Kind]] = {
    "ipv4-addr:value": Kind.IPV4,
    "ipv6-addr:value": Kind.IPV6,
    "domain-name:value": Kind.DOMAIN,
    "domain-name:resolves_to_refs.value": Kind.DOMAIN,
    "hostname:value": Kind.DOMAIN,  # OpenCTI's
    "network-traffic:src_ref.value": Kind.DOMAIN,
    "network-traffic:dst_ref.value": Kind.DOMAIN,
    "network-traffic:extensions.http-request-ext.request_header.host": Kind.DOMAIN,
    "network-traffic:extensions.http-request-ext.request_header.user-agent": Kind.USER_AGENT,
    "user-agent:value": Kind.USER_AGENT,  # OpenCTI's
    "url:value": Kind.URL,
    "artifact:url": Kind.URL,
    "email-addr:value": Kind.EMAIL,
    "email-message:from_ref.value": Kind.EMAIL,
    "email-message:sender_ref.value": Kind.EMAIL,
    "email-message:to_refs.value": Kind.EMAIL,
    "email-message:cc_refs.value": Kind.EMAIL,
    "email-message:bcc_refs.value": Kind.EMAIL,
    "email-message:additional_header_fields.reply-to": Kind.EMAIL,
    "email-message:body_multipart.body_raw_ref.name": Kind.FILE_NAME,
    "file:name": Kind.FILE_NAME,
    "process:image_ref.name": Kind.FILE_NAME,
    "process:binary_ref.name": Kind.FILE_NAME,  # 2.0
    "directory:path": Kind.FILE_PATH,
    "file:parent_directory_ref.path": Kind.FILE_PATH,
    "file:extensions.windows-pebinary-ext.imphash": Kind.IMPHASH,
    "windows-registry-key:key": Kind.REGISTRY_KEY,
    "mutex:name": Kind.MUTEX,
    "autonomous-system:number": Kind.ASN,
    "mac-addr:value": Kind.MAC,
    "vulnerability:name": Kind.CVE,
    "cryptocurrency-wallet:value": Kind.COIN_ADDRESS,  # OpenCTI's, as the next
    "phone-number:value": Kind.PHONE,
}
#: Whose hashes are those of a file.
_FILES: Final = ("file:", "file:content_ref.", "artifact:", "process:image_ref.", "process:binary_ref.")
#: The plainest patterns, which are most: one object, one property, one string without anything escaped. Written so
#: that Python and Polars read the same.
_BLANKS: Final = r"[ \t\n\r\f\v]*"
PLAIN: Final = (
    rf"^\[{_BLANKS}(?P<path>[a-z0-9-]+:[A-Za-z0-9_]+(?:\.(?:[A-Za-z0-9_]+|'[A-Za-z0-9_ -]+'))*){_BLANKS}={_BLANKS}"
    rf"'(?P<value>[^'\\]+)'{_BLANKS}\]$"
)
_PLAIN: Final = re.compile(PLAIN)
_NO_LETTER: Final = re.compile(r"[^a-z0-9]")


class NothingToMatchError(ValueError):
    """A pattern has no value that could be looked for by itself; the message says why."""


class Value(NamedTuple):
    """A value of a pattern as it is written there.

    Args:
        kind: what its path says.
        text: not yet canonical.
        pattern: what else has to be true, as a pattern; None: it stands alone.
    """

    kind: Kind
    text: str
    pattern: str | None = None


def values(text: str) -> list[Value]:
    """Give the values of a pattern that are indicators.

    Raises:
        PatternError: it is no pattern.
        NothingToMatchError: there are none.
    """
    plain = _PLAIN.fullmatch(text)
    if plain is not None and (kind := plain_kind(plain[1])) is not None:
        return [Value(kind, plain[2])]
    found: list[Value] = []
    for value in _of_pattern(parse(text), None):
        found.append(value)
        if len(found) > _MOST:
            raise NothingToMatchError(f"more than {_MOST:,} values in one pattern")
    if not found:
        raise NothingToMatchError("nothing in it is a value that is compared with events or searched for")
    if any(len(value.pattern or "") > MOST_PATTERN for value in found):
        raise NothingToMatchError(f"what has to be true together is longer than {MOST_PATTERN:,} characters")
    return found


def key(path: ObjectPath) -> str:
    """Write a path for comparison: in small letters, without quotation marks and the places of lists."""
    steps = [step for step in path.steps if isinstance(step, str)]
    return f"{path.type}:{'.'.join(steps)}".lower()


def kind_of(path: ObjectPath) -> Kind | None:
    """Give what the values at a path are; None where they are no indicators."""
    return _kind(key(path))


def says_type(comparison: Comparison) -> bool:
    """Tell whether a comparison only says what kind of object a reference leads to."""
    return comparison.path.steps[-1] == "type" and not comparison.negated


def strings(comparison: Comparison) -> tuple[str, ...]:
    """Give the texts of which one has to be the value, for a comparison that names them; () for any other."""
    if comparison.negated or comparison.operator not in {"=", "IN", "ISSUBSET"}:
        return ()
    return tuple(value.text for value in comparison.values if value.sort in {"string", "integer"})


@functools.lru_cache(256)
def plain_kind(path: str) -> Kind | None:
    """Give what the values at a path are, as it is written in the plainest patterns; None: no indicators."""
    return _kind(path.replace("'", "").lower())


def _kind(path: str) -> Kind | None:
    found = _KINDS.get(path)
    if found is not None:
        return found
    holder, sign, name = path.rpartition("hashes.")
    if not sign:
        return None
    hash_ = _HASHES.get(_NO_LETTER.sub("", name))
    if holder in _FILES:
        return hash_
    return Kind.CERTIFICATE if holder == "x509-certificate:" and hash_ is not None else None


def _of_pattern(node: Pattern, together: str | None) -> Iterator[Value]:
    """Give the values of observations; ``together`` is what has to be true with them."""
    if isinstance(node, Observation):
        yield from _of_expression(node.expression, together)
    elif isinstance(node, Qualified):
        # once within some time is no more than once
        once = node.qualifier == "WITHIN" or (node.qualifier == "REPEATS" and node.values[0].text.lstrip("+0") == "1")
        yield from _of_pattern(node.part, together if together or once else write(node))
    elif isinstance(node, Combined):
        together = together if together or node.operator == "OR" else write(node)
        for part in node.parts:
            yield from _of_pattern(part, together)


def _of_expression(node: Expression, together: str | None) -> Iterator[Value]:
    if isinstance(node, Comparison):
        kind = kind_of(node.path)
        if kind is not None:
            yield from (Value(kind, text, together) for text in strings(node))
        return
    parts = node.parts
    if node.operator == "AND":
        parts = tuple(part for part in parts if not (isinstance(part, Comparison) and says_type(part)))
        if together is None and len(parts) > 1:
            together = write(Observation(Joined("AND", parts)))
    for part in parts:
        yield from _of_expression(part, together)
