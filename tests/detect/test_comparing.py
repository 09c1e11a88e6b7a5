"""Comparisons of a column say what those of its values one by one say."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import example, given
from hypothesis import strategies as st

from warroom.detect.atoms import Atom, Compare, Network
from warroom.detect.comparing import compared
from warroom.machine.ip_numbers import WORTH

WRITTEN = st.one_of(
    st.integers(-(10**20), 10**20).map(str),
    st.integers(0, 10**16).map(str),
    st.integers(0, 999).map("{:05}".format),
    st.floats(allow_nan=False, allow_infinity=False, width=32).map(str),
    st.sampled_from(["", " 7", "7 ", "٧", "0x10", "seven", "1e3", "+5", "-0", ".5", "5."]),
    st.text(max_size=6),
    st.ip_addresses().map(str),
    st.integers(0, 0xFFFF).map("10.0.{}".format),
    st.sampled_from(
        [
            *("10.1.2.3", "010.1.2.3", "10.1.2", "10.1.2.3%eth0", "10.1.2.3 ", "fe80::1", "fe80::1%eth0", "FE80::1"),
            *("::ffff:10.1.2.3", "::10.1.2.3", "::ffff:a01:203", "::", "::1", "[::1]", "255.255.255.255", "1.2.3.4"),
            "fe80::1%" + "e" * 80,
        ]
    ),
)
COMPARED = st.builds(
    Compare,
    st.sampled_from(["lt", "lte", "gt", "gte"]),
    st.one_of(st.integers(-(10**3), 10**3), st.integers(-(10**25), 10**25), st.floats(-1e6, 1e6)),
)


NETWORKS = st.one_of(
    st.sampled_from(["10.0.0.0/8", "0.0.0.0/0", "::/0", "fe80::/10", "::ffff:0:0/96", "::ffff:a00:0/104", "::1/128"]),
    st.builds("{}/{}".format, st.ip_addresses(v=4), st.integers(0, 32)),
    st.builds("{}/{}".format, st.ip_addresses(v=6), st.integers(0, 128)),
).map(Network)
ASKED = st.lists(st.one_of(COMPARED, NETWORKS), min_size=1, max_size=4)


@given(st.lists(st.one_of(st.none(), WRITTEN), max_size=30), ASKED, st.sampled_from([0, WORTH]))
@example(["999999999999999", "9999999999999999", "9007199254740993"], [Compare("gt", 9007199254740992.0)], 0)
@example(["5"], [Compare("lt", 10**25)], 0)
@example(["10.1.2.3%eth0", "::ffff:10.1.2.3", "fe80::1%eth0"], [Network("10.0.0.0/8"), Network("fe80::/10")], WORTH)
def test_a_column_is_compared_as_its_values_are(texts: list[str | None], atoms: list[Atom], more: int) -> None:
    texts += [None] * more  # as many as the compiled way begins at
    tests = list(enumerate(atoms))
    (places, units), others = compared(pa.array(texts, pa.string()), tests)
    assert list(places) == sorted(places)
    left = [place for place, text in enumerate(texts) if text is not None and place in set(others.tolist())]
    held = {(place, unit) for place in left for unit, atom in tests if atom.holds(texts[place] or "")}
    wanted = {
        (place, unit)
        for place, text in enumerate(texts)
        if text is not None
        for unit, atom in tests
        if atom.holds(text)
    }
    assert set(zip(places.tolist(), units.tolist(), strict=True)) | held == wanted


def test_what_logs_write_is_left_to_nobody() -> None:
    (places, units), others = compared(pa.array(["200", "0", None, "104857600"]), [(7, Compare("gte", 200))])
    assert (places.tolist(), units.tolist(), others.tolist()) == ([0, 3], [7, 7], [])


def test_addresses_are_left_to_nobody() -> None:
    asked = [(3, Network("10.0.0.0/8")), (4, Network("2001:db8::/32")), (5, Network("0.0.0.0/0"))]
    (places, units), others = compared(pa.array(["10.9.8.7", "2001:db8::1", "198.51.100.7", "-", None]), asked)
    assert (places.tolist(), units.tolist(), others.tolist()) == ([0, 0, 1, 2], [3, 5, 4, 5], [])
