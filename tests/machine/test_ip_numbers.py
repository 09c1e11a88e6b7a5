"""Addresses are read as the standard library reads them, compiled or not."""

from __future__ import annotations

import ipaddress

import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from warroom.machine.ip_numbers import ip_number, ip_numbers, numbers_of
from warroom.machine.texts import spans

ADDRESSES = st.ip_addresses().map(str)
TEXTS = st.one_of(
    ADDRESSES,
    st.ip_addresses(v=6).map(lambda one: one.exploded),
    ADDRESSES.map("::ffff:{}".format),
    st.tuples(ADDRESSES, st.integers(0, 140)).map(lambda one: f"{one[0]}/{one[1]}"),
    ADDRESSES.map("{}%eth0".format),
    st.text("0123456789abcdefF:./%", max_size=24),
)


@settings(max_examples=300)
@given(st.lists(TEXTS | st.none(), min_size=1, max_size=20), st.booleans())
@example(["1::", "::", ":::", "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:8::", "::1.2.3.4", "01.2.3.4", "1.2.3.4%x", ""], False)
def test_both_ways_read_the_same(texts: list[str | None], networks: bool) -> None:  # noqa: FBT001  drawn
    column = pa.array(texts, pa.string())
    plain, compiled = ip_numbers(column, networks=networks), numbers_of(spans(column), networks=networks)
    for row, text in enumerate(texts):
        told = ip_number(text, networks=networks)
        assert int(plain.family[row]) == told[0]
        if text is None:
            continue
        assert int(compiled.family[row]) == told[0]
        if told[0]:
            assert (int(compiled.high[row]), int(compiled.low[row])) == told[1:3]
            assert (int(plain.high[row]), int(plain.low[row])) == told[1:3]
        if told[0] and networks:
            assert int(compiled.bits[row]) == int(plain.bits[row]) == told[3]


@given(st.ip_addresses())
def test_addresses_are_numbers(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    bare = getattr(address, "ipv4_mapped", None) or address
    family, high, low, bits = ip_number(str(address))
    assert (family, high << 64 | low, bits) == (bare.version, int(bare), bare.max_prefixlen)


@given(st.text("0123456789abcdef:.", max_size=20))
def test_what_is_no_address_for_the_standard_library_is_none(text: str) -> None:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        assert ip_number(text)[0] == 0
    else:
        assert ip_number(text)[0] != 0


def test_networks_are_read_where_they_are_asked_for() -> None:
    assert ip_number("192.0.2.0/24") == (0, 0, 0, 0)
    assert ip_number("192.0.2.0/24", networks=True) == (4, 0, 0xC000_0200, 24)
    assert ip_number("::ffff:192.0.2.0/120", networks=True) == (4, 0, 0xC000_0200, 24)
    assert ip_number("2001:db8::/32", networks=True) == (6, 0x2001_0DB8 << 32, 0, 32)
    assert ip_number("192.0.2.0/33", networks=True)[0] == 0


def test_a_large_column_with_nulls() -> None:
    texts = [None if number % 3 == 0 else f"10.0.{number // 256}.{number % 256}" for number in range(2_000)]
    found = ip_numbers(pa.array(texts).slice(1))
    assert found.family.tolist() == [0 if text is None else 4 for text in texts[1:]]
