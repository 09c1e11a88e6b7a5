"""Addresses are written in one way, whichever way they are read."""

from __future__ import annotations

import ipaddress

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from warroom.parse.address import address, ip_column

ODD = st.text(alphabet="0123456789abcdefABCDEF:.%[]/ \0", max_size=45)


def _by_the_standard_library(text: str) -> str | None:
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return str(getattr(found, "ipv4_mapped", None) or found)


@given(st.ip_addresses(v=6))
@example(ipaddress.IPv6Address("::"))
@example(ipaddress.IPv6Address("::1"))
@example(ipaddress.IPv6Address("::102:304"))  # the C library writes ::1.2.3.4
@example(ipaddress.IPv6Address("::ffff:10.1.2.3"))
@example(ipaddress.IPv6Address("2001:db8:0:1:0:0:0:1"))
@example(ipaddress.IPv6Address("1:0:0:2:0:0:3:4"))
@example(ipaddress.IPv6Address("1:0:2:3:4:5:6:7"))
def test_an_ipv6_address_has_one_notation(one: ipaddress.IPv6Address) -> None:
    wanted = str(one.ipv4_mapped or one)
    assert {address(text) for text in (str(one), one.exploded.upper(), f"{one}%eth0", f"[{one}]:443")} == {wanted}


@given(ODD)
@example("1::2::3")
@example("::1.2.3.04")
@example("::ffff:1.2.3.256")
@example("fe80::\0")
def test_what_is_no_address_is_none(text: str) -> None:
    if "[" in text or " " in text or text.count(":") == 1:  # brackets, blanks and ports are taken off before
        return
    assert address(text) == _by_the_standard_library(text)


@pytest.mark.parametrize("text", ["\ud800::1", "::1\ud800", "é::1", "::" + "0" * 70])
def test_hostile_texts_are_none(text: str) -> None:
    assert address(text) is None


def test_a_column_keeps_what_is_an_address() -> None:
    column = pa.array(["192.0.2.1", "2001:DB8::1", "-", None, "[2001:db8::2]:443"])
    assert ip_column(column).to_pylist() == ["192.0.2.1", "2001:db8::1", None, None, "2001:db8::2"]
