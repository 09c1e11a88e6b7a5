"""Recognises, for whole columns at once, indicators that are written plainly: all but their capitals is canonical.

What is not recognised here is not refused: it is for ``warroom.intel.canonical`` to look at, value by value. Every
pattern is matched in linear time (Polars uses Rust's regex).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import polars as pl

from warroom.indicators import Kind

#: The kinds in the order of their codes.
KINDS: Final = tuple(str(kind) for kind in Kind)
CODES: Final[Mapping[Kind, int]] = {kind: code for code, kind in enumerate(Kind)}
#: How many digits a hash has.
HEX_DIGITS: Final[Mapping[Kind, int]] = {
    Kind.MD5: 32,
    Kind.SHA1: 40,
    Kind.SHA224: 56,
    Kind.SHA256: 64,
    Kind.SHA384: 96,
    Kind.SHA512: 128,
}

#: No part of a name so short can be too long, nor a name as a whole (RFC 1035 §2.3.4).
_SHORT: Final = 63
_LONGEST: Final = 2_048
_OCTET: Final = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4: Final = rf"(?:{_OCTET}\.){{3}}{_OCTET}"
_NETWORK: Final = rf"^{_IPV4}(?:/(?:[12]?[0-9]|3[01]))?$"
_PARTS: Final = r"^([0-9]+)\.([0-9]+)\.([0-9]+)\.([0-9]+)/([0-9]+)$"
_LABEL: Final = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?"
_DOMAIN: Final = rf"(?:{_LABEL}\.)+[A-Za-z]{{2,63}}"
_SMALL_DOMAIN: Final = _DOMAIN.replace("A-Z", "")
#: Groups as RFC 5952 writes them. Beside ``::`` none is 0, so that no other run of zeros could be the longer one, and
#: it stands behind one at least, so that no IPv4 address is mapped.
_GROUP: Final = "(?:[1-9a-f][0-9a-f]{0,3})"
_FULL_IPV6: Final = rf"^(?:(?:{_GROUP}|0):){{7}}(?:{_GROUP}|0)$"
_ZEROS: Final = "(?:^|:)0:0(?::|$)"
_SHORT_IPV6: Final = rf"^{_GROUP}(?::{_GROUP}){{0,4}}::(?:{_GROUP}(?::{_GROUP}){{0,4}})?$"
_MOST_COLONS: Final = 6
_PORT: Final = "(?::(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}))?"
#: Percent-encoded bytes that have to be, in capitals (RFC 3986 §2.3).
_ENCODED: Final = "%(?:[0189A-F][0-9A-F]|2[0-9A-CF]|3[A-F]|40|5[B-E]|60|7[B-DF])"
#: Without round brackets and colons: these could be defanged ones.
_PATH: Final = f"(?:[A-Za-z0-9._~!$&'*+,;=@/-]|{_ENCODED})*"
_QUERY: Final = rf"(?:\?(?:[A-Za-z0-9._~!$&'*+,;=@/?-]|{_ENCODED})*)?"
_URL: Final = rf"^https?://(?:{_SMALL_DOMAIN}|{_IPV4}){_PORT}/{_PATH}{_QUERY}$"
#: A default port, a part of a name that may be too long, dots that may lead upwards.
_ODD_URL: Final = "^http://[^/]*:80/|^https://[^/]*:443/|^https?://[^/:]{64}|/[.]"
_EMAIL: Final = rf"^[A-Za-z0-9._%+-]+@{_DOMAIN}$"
_CVE: Final = "^CVE-[0-9]{4}-[0-9]{4,19}$"
#: Kinds whose capitals are made small.
_SMALL: Final = (Kind.DOMAIN, Kind.EMAIL, *HEX_DIGITS)


def plain(said: pl.Series, values: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Give the codes of the kinds, null where a value is not plain, and the canonical spellings of those that are.

    Args:
        said: what each is said to be, strings of Kind, null where nobody says; of length 1: of all.
        values: strings.

    Returns:
        UInt8 and String; the latter is without meaning where the former is null.
    """
    codes = pl.DataFrame({"value": values}).select(_looks()).to_series()
    codes = pl.select(pl.when(_agrees(said, codes)).then(codes)).to_series()
    loose = _loose(values, codes)
    if len(loose):
        codes = codes.scatter(loose, None)
    capitals = (codes.is_in([CODES[kind] for kind in _SMALL]) & values.str.contains("[A-Z]")).arg_true()
    if len(capitals):
        values = values.clone().scatter(capitals, values.gather(capitals).str.to_lowercase())
    return codes, values


def _looks() -> pl.Expr:
    """Give the code of what a value looks like; null where it is not plain."""
    value = pl.col("value")
    size = value.str.len_bytes()
    digits = value.str.contains("^[0-9A-Fa-f]+$")
    signs = {
        Kind.IPV4: value.str.contains(_NETWORK),
        Kind.IPV6: (value.str.contains(_FULL_IPV6) & ~value.str.contains(_ZEROS))
        | (value.str.contains(_SHORT_IPV6) & (value.str.count_matches(":") <= _MOST_COLONS)),
        Kind.DOMAIN: (size <= _SHORT) & value.str.contains(f"^{_DOMAIN}$"),
        Kind.URL: (size <= _LONGEST) & value.str.contains(_URL) & ~value.str.contains(_ODD_URL),
        Kind.EMAIL: (size <= _SHORT) & value.str.contains(_EMAIL),
        Kind.CVE: value.str.contains(_CVE),
        **{kind: digits & (size == count) for kind, count in HEX_DIGITS.items()},
    }
    return pl.coalesce([pl.when(sign).then(pl.lit(CODES[kind], pl.UInt8)) for kind, sign in signs.items()])


def _agrees(said: pl.Series, codes: pl.Series) -> pl.Series:
    """Tell which look like what they are said to be, or like something while nobody says; addresses are of a family."""
    if len(said) == 1 and said.null_count():
        return codes.is_not_null()
    expected = said.replace_strict(KINDS, range(len(KINDS)), return_dtype=pl.UInt8)
    alike = expected.replace(CODES[Kind.IPV6], CODES[Kind.IPV4]) == codes.replace(CODES[Kind.IPV6], CODES[Kind.IPV4])
    return alike.fill_null(codes.is_not_null() & expected.is_null())


def _loose(values: pl.Series, codes: pl.Series) -> pl.Series:
    """Give the places of IPv4 networks that have bits beyond their prefix: these are to be cleared."""
    places = ((codes == CODES[Kind.IPV4]) & values.str.contains("/", literal=True)).arg_true()
    parts = values.gather(places).str.extract_groups(_PARTS).struct.unnest()
    first, second, third, fourth, bits = (part.cast(pl.UInt64).to_numpy() for part in parts.get_columns())
    address = (first << 24) | (second << 16) | (third << 8) | fourth
    beyond = (np.uint64(1) << (np.uint64(32) - bits)) - np.uint64(1)
    return places.filter(pl.Series((address & beyond) != 0))
