"""What warning lists hold back, and why."""

from __future__ import annotations

import ipaddress
import re

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from intel.warning_rows import entries, shipped_lists

from warroom.catalog.platforms import own_names
from warroom.indicators import Kind
from warroom.intel.canonical import one
from warroom.intel.warning_lists import OWN, WarningLists


@pytest.mark.parametrize(
    ("matching", "entry", "kind", "value"),
    [
        ("string", "example.com", "domain", "example.com"),
        ("string", "D41D8CD98F00B204E9800998ECF8427E", "md5", "d41d8cd98f00b204e9800998ecf8427e"),
        ("string", "8.8.8.8", "ipv4", "8.8.8.8"),
        ("string", ".example.com", "domain", "www.example.com"),  # as lists of strings write names with all below
        ("hostname", "example.com", "domain", "example.com"),
        ("hostname", "example.com", "domain", "a.b.c.d.e.f.example.com"),
        ("hostname", ".example.com", "domain", "www.example.com"),
        ("hostname", "Example.COM.", "domain", "www.example.com"),
        ("hostname", "example.com", "url", "https://www.example.com:8443/a/b?c=d"),
        ("hostname", "example.com", "email", "someone@mail.example.com"),
        ("substring", "sandbox", "domain", "www.sandbox.example"),
        ("substring", "SandBox", "url", "https://a.example/SANDBOX/b"),
        ("cidr", "10.0.0.0/8", "ipv4", "10.1.2.3"),
        ("cidr", "10.0.0.0/8", "ipv4", "10.1.0.0/16"),
        ("cidr", "10.0.0.0/8", "url", "http://10.1.2.3/x"),
        ("cidr", "2001:DB8::/32", "ipv6", "2001:db8:0:1::1"),
        ("cidr", "2001:db8::/32", "url", "http://[2001:db8::1]:8080/"),
        ("cidr", "::ffff:9270:3d68", "ipv4", "146.112.61.104"),
        ("cidr", "198.51.100.7", "ipv4", "198.51.100.7"),
        ("regex", "/^(security|abuse)\\@.*$/i", "email", "abuse@example.com"),
        ("regex", "^00", "sha256", "00" * 32),
    ],
)
def test_an_entry_covers(matching: str, entry: str, kind: str, value: str) -> None:
    lists = WarningLists(entries(matching, [entry]))
    assert lists.why(kind, value) == "A list"
    assert lists.hold(pa.array([kind]), pa.array([value])).to_pylist() == ["A list"]


@pytest.mark.parametrize(
    ("matching", "entry", "kind", "value"),
    [
        ("string", "example.com", "domain", "www.example.com"),
        ("string", "com", "domain", "example.com"),  # a list of top-level domains silences no name in them
        ("string", "example.com", "url", "https://example.com/"),
        ("hostname", "example.com", "domain", "notexample.com"),
        ("hostname", "www.example.com", "domain", "example.com"),
        ("hostname", "example.com", "url", "https://evil.example/example.com"),
        ("hostname", "example.com", "email", "example.com@evil.example"),
        ("substring", "sandbox", "domain", "sand.box.example"),
        ("cidr", "10.0.0.0/8", "ipv4", "11.0.0.1"),
        ("cidr", "10.0.0.0/8", "ipv4", "10.0.0.0/7"),
        ("cidr", "8.8.8.8", "ipv4", "8.8.8.0/24"),  # a network is not held back for an address in it
        ("cidr", "10.0.0.0/8", "domain", "10.1.2.3.example"),
        ("cidr", "2001:db8::/32", "ipv6", "2001:db9::1"),
        ("regex", "/^abuse@/", "email", "not-abuse@example.com"),
    ],
)
def test_an_entry_does_not_cover(matching: str, entry: str, kind: str, value: str) -> None:
    lists = WarningLists(entries(matching, [entry]))
    assert lists.why(kind, value) is None
    assert lists.hold(pa.array([kind]), pa.array([value])).to_pylist() == [None]


def test_networks_that_adjoin_cover_what_lies_in_both() -> None:
    lists = WarningLists(entries("cidr", ["192.0.2.0/25", "192.0.2.128/25"]))
    assert lists.why("ipv4", "192.0.2.0/24") == "A list"
    assert WarningLists(entries("cidr", ["192.0.2.0/25", "192.0.2.192/26"])).why("ipv4", "192.0.2.0/24") is None


def test_a_list_is_asked_only_about_what_it_applies_to() -> None:
    lists = WarningLists(entries("hostname", ["example.com"], applies_to="hostname domain"))
    assert lists.why("domain", "www.example.com") == "A list"
    assert lists.why("email", "a@example.com") is None
    assert lists.why("url", "https://example.com/") is None
    addresses = WarningLists(entries("cidr", ["10.0.0.0/8", "fd00::/8"], applies_to="ip-dst domain|ip"))
    assert addresses.why("ipv4", "10.0.0.1") == addresses.why("ipv6", "fd00::1") == "A list"
    hashes = WarningLists(entries("string", ["d41d8cd98f00b204e9800998ecf8427e"], applies_to="filename|md5"))
    assert hashes.why("md5", "d41d8cd98f00b204e9800998ecf8427e") == "A list"
    unknown = WarningLists(entries("string", ["example.com"], applies_to="azure-application-id"))
    assert unknown.why("domain", "example.com") is None


def test_whose_something_is_holds_nothing_back() -> None:
    assert WarningLists(entries("cidr", ["20.0.0.0/8"], category="known")).why("ipv4", "20.1.1.1") is None
    assert WarningLists(entries("cidr", ["20.0.0.0/8"], category="false_positive")).why("ipv4", "20.1.1.1") == "A list"


def test_the_wider_network_and_the_longer_name_are_told() -> None:
    table = pa.concat_tables(
        [
            entries("cidr", ["10.1.0.0/16"], "Inner"),
            entries("cidr", ["10.0.0.0/8"], "Outer"),
            entries("hostname", ["com"], "Short"),
            entries("hostname", ["example.com"], "Long"),
        ]
    ).unify_dictionaries()
    lists = WarningLists(table)
    assert len(lists) == 4
    assert lists.why("ipv4", "10.1.2.3") == "Outer"
    assert lists.why("domain", "www.example.com") == "Long"
    assert lists.why("domain", "www.example2.com") == "Short"


def test_unsound_entries_and_values_cost_the_others_nothing() -> None:
    table = pa.concat_tables(
        [
            entries("regex", ["/(?=look)ahead/", "/a*/", "/^ok$/"]),
            entries("cidr", ["no network", "0.0.0.0/0", "10.0.0.0/8"]),
            entries("hostname", ["", "corona helden", "example.com"]),
        ]
    )
    lists = WarningLists(table)
    assert lists.why("domain", "www.example.com") == lists.why("ipv4", "10.0.0.1") == "A list"
    assert lists.why("ipv4", "203.0.113.5") is None
    kinds = pa.array(["ipv4", "ipv4", "no kind", "url"])
    values = pa.array(["10.9.9.9", "300.1.1.1", "10.9.9.9", "no url"])
    assert lists.hold(kinds, values).to_pylist() == ["A list", None, None, None]


def test_no_lists_and_no_values_hold_nothing_back() -> None:
    lists = WarningLists(entries("string", []))
    assert lists.why("ipv4", "8.8.8.8") is None
    assert lists.hold(pa.array(["ipv4"]), pa.array(["8.8.8.8"])).to_pylist() == [None]
    assert len(shipped_lists().hold(pa.array([], pa.string()), pa.array([], pa.string()))) == 0


def test_expressions_of_attackers_take_no_time() -> None:
    lists = WarningLists(entries("regex", ["/^(a+)+$/", "/(x+x+)+y/"]))
    value = "a" * 2_000 + "!"
    assert lists.why("user_agent", value) is None
    assert lists.hold(pa.array(["user_agent"] * 100), pa.array([value] * 100)).null_count == 100


def test_more_parts_than_one_expression_may_hold() -> None:
    parts = [f"part-{number:05d}-of-many" for number in range(3_000)]
    lists = WarningLists(
        pa.concat_tables([entries("substring", parts[:1_500], "One"), entries("substring", parts[1_500:], "Two")])
    )
    kinds, values = (
        pa.array(["domain"] * 3),
        pa.array([f"{parts[0]}.example", f"x{parts[2_999]}.example", "other.example"]),
    )
    assert lists.hold(kinds, values).to_pylist() == ["One", "Two", None]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("ipv4", "10.20.30.40"),
        ("ipv4", "8.8.8.8"),
        ("ipv4", "1.1.1.1"),
        ("ipv4", "9.9.9.9"),
        ("ipv6", "2001:4860:4860::8888"),
        ("ipv4", "104.16.1.1"),  # Cloudflare's network
        ("ipv6", "fe80::1"),
        ("domain", "www.google.com"),
        ("domain", "microsoft.com"),
        ("md5", "d41d8cd98f00b204e9800998ecf8427e"),
        ("sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("email", "abuse@example.org"),
    ],
)
def test_what_is_shipped_covers(kind: str, value: str) -> None:
    assert shipped_lists().why(kind, value)


def test_what_is_shipped_leaves_thai_government_names_and_strangers_alone() -> None:
    lists = shipped_lists()
    for kind, value in (("domain", "dga.or.th"), ("domain", "evil.go.th.example"), ("ipv4", "185.220.101.1")):
        assert lists.why(kind, value) is None, value


_LABEL = st.text("abcx", min_size=1, max_size=3)
_NAME = st.lists(_LABEL, min_size=1, max_size=5).map(".".join)
_IPV4 = st.integers(0, 0xFFF).map(lambda low: str(ipaddress.IPv4Address(0x0A000000 + low * 0x1000)))
_NET = st.tuples(_IPV4, st.integers(12, 32)).map(
    lambda one: str(ipaddress.ip_network("/".join(map(str, one)), strict=False))
)
_IPV6 = st.integers(0, 0xFF).map(lambda low: str(ipaddress.IPv6Address((0x20010DB8 << 96) + (low << 60))))
_VALUES = st.one_of(
    st.tuples(st.just("ipv4"), _IPV4 | _NET),
    st.tuples(st.just("ipv6"), _IPV6),
    st.tuples(st.just("domain"), _NAME),
    st.tuples(st.just("url"), st.tuples(_NAME | _IPV4, _NAME).map(lambda one: f"https://{one[0]}/{one[1]}")),
    st.tuples(st.just("email"), st.tuples(_LABEL, _NAME).map("@".join)),
)
_LISTS = st.lists(
    st.one_of(
        st.tuples(st.just("cidr"), _IPV4 | _NET | _IPV6),
        st.tuples(st.sampled_from(("string", "hostname", "substring")), _NAME | _IPV4),
        st.tuples(st.just("regex"), st.sampled_from(("/^a/", "/x\\.c/i", "b+c"))),
    ),
    max_size=8,
)


def _covers(matching: str, entry: str, kind: str, value: str) -> bool:
    """Compare slowly, one with one, as the docstring of the lists says it."""
    host = value
    if kind == "url":
        host = value.split("/")[2]
    elif kind == "email":
        host = value.rpartition("@")[2]
    if matching == "substring":
        return entry in value
    if matching == "regex":
        body, flags = (entry[1:].rsplit("/", 1)) if entry.startswith("/") else (entry, "")
        return re.search(body, value, re.IGNORECASE if "i" in flags else 0) is not None
    if matching == "hostname":
        return kind in {"domain", "url", "email"} and (host == entry or host.endswith(f".{entry}"))
    address = value if kind in {"ipv4", "ipv6"} else host if kind == "url" else ""
    try:
        asked, listed = ipaddress.ip_network(address), ipaddress.ip_network(entry)
        within = asked.version == listed.version and asked.subnet_of(listed)  # type: ignore[arg-type]
    except ValueError:
        within = False
    return within or (matching == "string" and entry == value)


@given(_LISTS, st.lists(_VALUES, min_size=1, max_size=12))
def test_all_at_once_and_one_by_one_agree_with_a_slow_look(
    lists: list[tuple[str, str]], values: list[tuple[str, str]]
) -> None:
    tables = [entries(matching, [entry], f"List {number}") for number, (matching, entry) in enumerate(lists)]
    made = WarningLists(pa.concat_tables(tables).unify_dictionaries() if tables else entries("string", []))
    kinds, texts = pa.array([kind for kind, _ in values]), pa.array([value for _, value in values])
    held = made.hold(kinds.dictionary_encode(), texts).to_pylist()
    for (kind, value), name in zip(values, held, strict=True):
        assert made.why(Kind(kind), value) == name
        covering = {f"List {number}" for number, one in enumerate(lists) if _covers(*one, kind, value)}
        # networks that adjoin each other may cover together what none covers alone
        assert (
            name in covering or (name is None and not covering) or ("/" in value and name is not None and not covering)
        )


@pytest.mark.parametrize("kind", ["domain", "url", "email"])
def test_our_own_names_are_covered_whatever_is_loaded(kind: str) -> None:
    lists = WarningLists(entries("hostname", []), own_names())
    write = {"domain": "{}", "url": "https://{}/a", "email": "someone@{}"}[kind].format
    for name in ("data.go.th", "www.data.go.th", "law.go.th", "dg.th", "xn--72cst3czdd.com"):
        assert lists.why(kind, write(name)) == OWN
        assert lists.hold(pa.array([kind]), pa.array([write(name)])).to_pylist() == [OWN]
    for name in ("go.th", "notdata.go.th", "data.go.th.evil.example"):
        assert lists.why(kind, write(name)) is None


def test_our_own_names_are_canonical_domains() -> None:
    assert own_names()
    for name in own_names():
        assert one(Kind.DOMAIN, name) == (Kind.DOMAIN, name)


@pytest.mark.parametrize("value", ["go.th", "co.th", "in.th", "ac.th", "co.uk", "xn--12cfi8ixb8l.xn--o3cw4h"])
def test_what_a_registry_gives_names_under_is_covered_and_nothing_below_it(value: str) -> None:
    assert shipped_lists().why("domain", value) == "Endings under which registries give names"
    assert shipped_lists().why("domain", f"ku3gz.{value}") is None


@pytest.mark.parametrize("value", ["0.0.0.0/8", "10.0.0.0/8", "127.0.0.1", "127.0.0.0/8", "::1"])
def test_what_nobody_can_be_reached_at_is_covered(value: str) -> None:
    assert shipped_lists().why("ipv6" if ":" in value else "ipv4", value)
