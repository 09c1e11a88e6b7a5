"""Which values of patterns are indicators, and which of them only beside others."""

from __future__ import annotations

import pytest

from warroom.indicators import Kind
from warroom.intel.formats.rows import MOST_PATTERN
from warroom.intel.formats.stix_pattern import PatternError
from warroom.intel.formats.stix_values import NothingToMatchError, Value, values

SHA256 = "ef537f25c895bfa782526529a9b63d97aa631564d5d789c2b765448c8635fb6c"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("ipv4-addr:value", Kind.IPV4),
        ("ipv6-addr:value", Kind.IPV6),
        ("domain-name:value", Kind.DOMAIN),
        ("domain-name:resolves_to_refs[*].value", Kind.DOMAIN),
        ("network-traffic:dst_ref.value", Kind.DOMAIN),
        ("network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'", Kind.USER_AGENT),
        ("network-traffic:extensions.'http-request-ext'.request_header.Host", Kind.DOMAIN),
        ("url:value", Kind.URL),
        ("email-addr:value", Kind.EMAIL),
        ("email-message:from_ref.value", Kind.EMAIL),
        ("email-message:to_refs[*].value", Kind.EMAIL),
        ("file:hashes.'SHA-256'", Kind.SHA256),
        ("file:hashes.SHA256", Kind.SHA256),
        ('file:hashes."MD5"', Kind.MD5),
        ("file:hashes.'SHA-1'", Kind.SHA1),
        ("file:hashes.ssdeep", Kind.SSDEEP),
        ("artifact:hashes.'SHA-512'", Kind.SHA512),
        ("process:image_ref.hashes.MD5", Kind.MD5),
        ("file:name", Kind.FILE_NAME),
        ("directory:path", Kind.FILE_PATH),
        ("x509-certificate:hashes.'SHA-1'", Kind.CERTIFICATE),
        ("windows-registry-key:key", Kind.REGISTRY_KEY),
        ("mutex:name", Kind.MUTEX),
        ("autonomous-system:number", Kind.ASN),
        ("mac-addr:value", Kind.MAC),
    ],
)  # fmt: skip
def test_a_path_says_the_kind(path: str, kind: Kind) -> None:
    assert values(f"[{path} = 'x']") == [Value(kind, "x")]
    assert values(f"[ {path} IN ('x', 'y') ]") == [Value(kind, "x"), Value(kind, "y")]  # not by the short cut


def test_alternatives_stand_alone() -> None:
    text = (
        f"[file:hashes.'SHA-256' = '{SHA256}' OR file:name = 'a.exe'] OR [ipv4-addr:value ISSUBSET '198.51.100.0/24']"
    )
    assert values(text) == [
        Value(Kind.SHA256, SHA256),
        Value(Kind.FILE_NAME, "a.exe"),
        Value(Kind.IPV4, "198.51.100.0/24"),
    ]


def test_what_is_true_together_carries_what_it_is_true_with() -> None:
    together = "[file:name = 'a.exe' AND file:size > 5]"
    assert values(f"[url:value = 'http://a.test/' OR ({together[1:-1]})]") == [
        Value(Kind.URL, "http://a.test/"),
        Value(Kind.FILE_NAME, "a.exe", together),
    ]


def test_alternatives_within_what_is_true_together() -> None:
    text = "[(domain-name:value = 'a.test' OR domain-name:value = 'b.test') AND network-traffic:dst_port = 443]"
    assert values(text) == [Value(Kind.DOMAIN, "a.test", text), Value(Kind.DOMAIN, "b.test", text)]


@pytest.mark.parametrize("operator", ["AND", "FOLLOWEDBY"])
def test_several_observations_belong_together(operator: str) -> None:
    text = f"[url:value = 'http://a.test/'] {operator} ([file:name = 'a'] OR [file:name = 'b' AND file:size = 1])"
    assert values(text) == [
        Value(Kind.URL, "http://a.test/", text),
        Value(Kind.FILE_NAME, "a", text),
        Value(Kind.FILE_NAME, "b", text),
    ]


def test_the_type_of_what_is_referred_to_is_no_condition() -> None:
    text = "[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '198.51.100.7']"
    assert values(text) == [Value(Kind.DOMAIN, "198.51.100.7")]


@pytest.mark.parametrize(
    ("qualifier", "alone"),
    [
        ("WITHIN 5 SECONDS", True),
        ("REPEATS 1 TIMES", True),
        ("REPEATS 2 TIMES", False),
        ("START t'2020-01-01T00:00:00Z' STOP t'2021-01-01T00:00:00Z'", False),
    ],
)
def test_once_is_enough_unless_said_otherwise(qualifier: str, alone: bool) -> None:  # noqa: FBT001
    text = f"[file:name = 'a'] {qualifier}"
    assert values(text) == [Value(Kind.FILE_NAME, "a", None if alone else text)]


@pytest.mark.parametrize(
    "text",
    [
        "[url:value LIKE 'http://a%']",
        "[url:value MATCHES '^a']",
        "[url:value NOT = 'http://a.test/']",
        "[url:value != 'http://a.test/']",
        "[ipv4-addr:value ISSUPERSET '198.51.100.0/24']",
        "[file:size = 5]",
        "[x-mine:value = 'x']",
        "[file:hashes.x = 'y']",
        "[email-message:subject = 'Invoice']",
        "[EXISTS url:value]",
        "[url:value IN ()]",
    ],
)
def test_where_nothing_can_be_looked_for(text: str) -> None:
    with pytest.raises(NothingToMatchError, match="nothing in it"):
        values(text)


def test_what_is_too_much() -> None:
    with pytest.raises(NothingToMatchError, match="longer than"):
        values(f"[url:value = 'x' AND file:name = '{'x' * MOST_PATTERN}']")
    with pytest.raises(NothingToMatchError, match="more than"):
        values("[file:name IN (" + ",".join("'a'" for _ in range(20_001)) + ")]")


@pytest.mark.parametrize("text", ["[file:na'me = 'x']", "[file: = 'x']", "[file:name = 'x'", "[file:name = ''x]"])
def test_the_short_cut_takes_no_broken_pattern(text: str) -> None:
    with pytest.raises(PatternError, match="position"):
        values(text)
