"""What is looked for because of what somebody typed, and how a value is passed on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warroom.console.indicator_asking import Asked, covering, defanged, events_about, link, recognised, wanted
from warroom.indicators import Kind
from warroom.intel import canonical
from warroom.store.intel.search import Wanted
from warroom.store.query import events, parse


@pytest.mark.parametrize(
    ("typed", "kind", "value"),
    [
        ("198[.]51[.]100[.]7", Kind.IPV4, "198.51.100.7"),
        ("198.51.100.7:8080", Kind.IPV4, "198.51.100.7"),
        ("hxxps://evil[.]example/A", Kind.URL, "https://evil.example/A"),
        ("EVIL(.)example", Kind.DOMAIN, "evil.example"),
        ("a[at]evil.example", Kind.EMAIL, "a@evil.example"),
        ("CVE-2024-3400", Kind.CVE, "CVE-2024-3400"),
    ],
)
def test_what_is_pasted_is_recognised(typed: str, kind: Kind, value: str) -> None:
    assert recognised(typed) == (kind, value)


def test_an_address_is_looked_for_with_its_networks_and_what_is_on_it() -> None:
    found = wanted(Asked("198.51.100.7"))
    assert found is not None
    assert found.values[:2] == ("198.51.100.7", "198.51.100.6/31")
    assert "198.51.100.0/24" in found.values
    assert found.values[-1] == "0.0.0.0/0"
    assert found.host == "198.51.100.7"


def test_a_network_is_looked_for_with_what_is_in_it() -> None:
    found = wanted(Asked("198.51.100.0/24"))
    assert found is not None
    assert found.inside == (0xC6336400, 0xC63364FF)
    assert (found.values[0], found.host) == ("198.51.100.0/24", "")


def test_a_name_is_looked_for_with_those_above_it() -> None:
    found = wanted(Asked("a.b.evil.example", kind="domain", feed="one", tag="x"))
    assert found is not None
    assert found.values == ("a.b.evil.example", "b.evil.example", "evil.example")
    assert (found.host, found.kind, found.feed, found.tag) == ("a.b.evil.example", "domain", "one", "x")


def test_a_url_is_looked_for_under_both_schemes_and_by_its_host() -> None:
    found = wanted(Asked("https://www.evil.example/x"))
    assert found is not None
    assert found.values == (
        "https://www.evil.example/x", "http://www.evil.example/x", "www.evil.example", "evil.example",
    )  # fmt: skip
    assert found.host == ""
    assert "198.51.100.0/24" in (wanted(Asked("http://198.51.100.7/x")) or found).values


@pytest.mark.parametrize("typed", ["hxxp://evil[.]example", "https://evil.example:8443/"])
def test_a_url_without_a_page_asks_for_what_is_on_its_host(typed: str) -> None:
    found = wanted(Asked(typed))
    assert found is not None
    assert found.host == typed.replace("[.]", ".").partition("://")[2].rstrip("/")


def test_a_part_is_looked_for_anywhere_and_with_a_star_at_the_beginning() -> None:
    found = wanted(Asked("Mozilla evil"))
    assert found is not None
    assert (found.text, found.values) == ("Mozilla evil", ("Mozilla evil",))
    found = wanted(Asked("198[.]51.*"))
    assert found is not None
    assert (found.starts, found.text) == ("198.51.", "")
    assert wanted(Asked("a")) is None
    assert wanted(Asked("*")) == wanted(Asked()) == Wanted()
    assert wanted(Asked(kind="url")) is not None


@pytest.mark.parametrize(
    ("kind", "value", "safe"),
    [
        (Kind.IPV4, "198.51.100.7", "198[.]51[.]100[.]7"),
        (Kind.IPV6, "2001:db8::1", "2001[:]db8[:][:]1"),
        (Kind.DOMAIN, "evil.example", "evil[.]example"),
        (Kind.URL, "https://evil.example/a.php", "hxxps://evil[.]example/a.php"),
        (Kind.EMAIL, "a@evil.example", "a[@]evil[.]example"),
        (Kind.MD5, "d41d8cd98f00b204e9800998ecf8427e", "d41d8cd98f00b204e9800998ecf8427e"),
    ],
)
def test_what_is_passed_on_makes_no_link_and_is_read_back(kind: Kind, value: str, safe: str) -> None:
    assert defanged(kind, value) == safe
    assert canonical.one(kind, safe) == (kind, value)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.IPV4, "198.51.100.7"),
        (Kind.IPV6, "2001:db8::/32"),
        (Kind.URL, 'http://e.example/"a" OR b'),
        (Kind.MD5, "ab" * 16),
    ],
)
def test_the_search_of_events_can_be_understood(kind: Kind, value: str) -> None:
    asked = events_about(kind, value)
    parse(asked.text, events.kind_of)


@given(st.text(max_size=80))
def test_whatever_is_typed_is_looked_for_or_too_short(text: str) -> None:
    found = wanted(Asked(text))
    assert found is not None or len(text.strip().rstrip("*")) < 2 or len(canonical.refang(text.strip()).rstrip("*")) < 2
    assert link("domain", text).startswith("/?screen=indicators&value=")


def test_what_covers_an_address() -> None:
    assert len(covering(Kind.IPV4, "198.51.100.7")) == 33
    assert len(covering(Kind.IPV6, "2001:db8::1")) == 129
