"""Each indicator has one spelling, whoever wrote it, one by one as by the million."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from warroom.indicators import Kind
from warroom.intel.canonical import LONGEST, NotThatError, many, one, refang

LOOKS = {
    "1.2.3.4": (Kind.IPV4, "1.2.3.4"),
    " 1.2.3.4\t": (Kind.IPV4, "1.2.3.4"),
    "1[.]2(.)3{.}4": (Kind.IPV4, "1.2.3.4"),
    "1.2.3.4:8080": (Kind.IPV4, "1.2.3.4"),
    "1.2.3.4/32": (Kind.IPV4, "1.2.3.4"),
    "198.51.100.7/24": (Kind.IPV4, "198.51.100.0/24"),
    "0.0.0.0/0": (Kind.IPV4, "0.0.0.0/0"),
    "2001:DB8:0:0:0:0:0:1": (Kind.IPV6, "2001:db8::1"),
    "2001:db8:0:1:1:1:1:1": (Kind.IPV6, "2001:db8:0:1:1:1:1:1"),
    "2001:db8::1:1:1:1:1": (Kind.IPV6, "2001:db8:0:1:1:1:1:1"),
    "2001:0:0:1:0:0:0:1": (Kind.IPV6, "2001:0:0:1::1"),
    "[2001:db8::1]:443": (Kind.IPV6, "2001:db8::1"),
    "2001:db8::1/128": (Kind.IPV6, "2001:db8::1"),
    "2001:db8::1/32": (Kind.IPV6, "2001:db8::/32"),
    "::1.2.3.4": (Kind.IPV6, "::102:304"),
    "::ffff:1.2.3.4": (Kind.IPV4, "1.2.3.4"),
    "::FFFF:102:304": (Kind.IPV4, "1.2.3.4"),
    "::ffff:1.2.3.4/120": (Kind.IPV4, "1.2.3.0/24"),
    "Evil.Example.": (Kind.DOMAIN, "evil.example"),
    "*.evil.example": (Kind.DOMAIN, "evil.example"),
    ".evil.example": (Kind.DOMAIN, "evil.example"),
    "evil.example:8443": (Kind.DOMAIN, "evil.example"),
    "evil dot example": (Kind.DOMAIN, "evil.example"),
    "evil[dot]example": (Kind.DOMAIN, "evil.example"),
    "_dmarc.evil.example": (Kind.DOMAIN, "_dmarc.evil.example"),
    "Bücher.example": (Kind.DOMAIN, "xn--bcher-kva.example"),
    "หลอก.ไทย": (Kind.DOMAIN, "xn--12c5eraj.xn--o3cw4h"),
    "ｅｖｉｌ。example": (Kind.DOMAIN, "evil.example"),
    "hxxps[:]//Evil[.]example": (Kind.URL, "https://evil.example/"),
    "hXXp[://]evil.example/A": (Kind.URL, "http://evil.example/A"),
    "h**p://evil.example/": (Kind.URL, "http://evil.example/"),
    "HTTP://User:Word@EVIL.example:80#here": (Kind.URL, "http://evil.example/"),
    "https://evil.example:443/?a": (Kind.URL, "https://evil.example/?a"),
    "https://evil.example:80/": (Kind.URL, "https://evil.example:80/"),
    "http://evil.example:/x": (Kind.URL, "http://evil.example/x"),
    "http://evil.example/a/./b/../c/%7euser/%2e%2e/%2f%3d": (Kind.URL, "http://evil.example/a/c/%2F%3D"),
    "http://evil.example/../..": (Kind.URL, "http://evil.example/"),
    "http://evil.example/รหัส?q=a b": (
        Kind.URL,
        "http://evil.example/%E0%B8%A3%E0%B8%AB%E0%B8%B1%E0%B8%AA?q=a%20b",
    ),
    "http://evil.example/%zz%": (Kind.URL, "http://evil.example/%25zz%25"),
    "http://good.example\\@evil.example": (Kind.URL, "http://good.example/@evil.example"),
    "http://good.example@evil.example/": (Kind.URL, "http://evil.example/"),
    "http://[2001:DB8:0::1]:8080/x": (Kind.URL, "http://[2001:db8::1]:8080/x"),
    "http://[::ffff:1.2.3.4]/": (Kind.URL, "http://1.2.3.4/"),
    "evil.example/x": (Kind.URL, "http://evil.example/x"),
    "1.2.3.4:8080/x.sh": (Kind.URL, "http://1.2.3.4:8080/x.sh"),
    "1.2.3.4/": (Kind.URL, "http://1.2.3.4/"),
    "Some.One[at]Evil[.]example": (Kind.EMAIL, "some.one@evil.example"),
    "mailto:a[@]evil.example": (Kind.EMAIL, "a@evil.example"),
    "D41D8CD98F00B204E9800998ECF8427E": (Kind.MD5, "d41d8cd98f00b204e9800998ecf8427e"),
    "a" * 40: (Kind.SHA1, "a" * 40),
    "b" * 56: (Kind.SHA224, "b" * 56),
    "C" * 64: (Kind.SHA256, "c" * 64),
    "d" * 96: (Kind.SHA384, "d" * 96),
    "e" * 128: (Kind.SHA512, "e" * 128),
    "cve-2021-44228": (Kind.CVE, "CVE-2021-44228"),
}

SAID = [
    (Kind.IPV4, "2001:db8::1", (Kind.IPV6, "2001:db8::1")),
    (Kind.DOMAIN, "1.2.3.4", (Kind.IPV4, "1.2.3.4")),
    (Kind.URL, "evil.example", (Kind.URL, "http://evil.example/")),
    (Kind.URL, "evil.example:8080", (Kind.URL, "http://evil.example:8080/")),
    (Kind.URL, "http://intranet/x", (Kind.URL, "http://intranet/x")),
    (Kind.USER_AGENT, " Mozilla/5.0 (evil[.]example) ", (Kind.USER_AGENT, "Mozilla/5.0 (evil[.]example)")),
    (Kind.FILE_NAME, "Run.EXE", (Kind.FILE_NAME, "Run.EXE")),
    (Kind.FILE_PATH, "C:\\เอกสาร\\a.exe", (Kind.FILE_PATH, "C:\\เอกสาร\\a.exe")),
    (Kind.IMPHASH, "A" * 32, (Kind.IMPHASH, "a" * 32)),
    (Kind.JA3, "b" * 32, (Kind.JA3, "b" * 32)),
    (Kind.SSDEEP, "3:Ab/+:c", (Kind.SSDEEP, "3:Ab/+:c")),
    (Kind.TLSH, "t1" + "a" * 70, (Kind.TLSH, "T1" + "A" * 70)),
    (Kind.CERTIFICATE, ":".join(["AA"] * 20), (Kind.CERTIFICATE, "aa" * 20)),
    (Kind.ASN, "as 64496", (Kind.ASN, "AS64496")),
    (Kind.ASN, "64496", (Kind.ASN, "AS64496")),
    (Kind.MAC, "AABB.CCDD.EEFF", (Kind.MAC, "aa:bb:cc:dd:ee:ff")),
    (Kind.MAC, "aa-bb-cc-dd-ee-ff", (Kind.MAC, "aa:bb:cc:dd:ee:ff")),
    (
        Kind.COIN_ADDRESS,
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
        (Kind.COIN_ADDRESS, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
    ),
    (Kind.PHONE, "+66 (2) 123-4567", (Kind.PHONE, "+6621234567")),
]

NONE = [
    (None, "", "there is nothing"),
    (None, "hello", "neither"),
    (None, "300.1.1.1", "out of range"),
    (None, "01.2.3.4", "out of range"),
    (None, "1.2.3", "no top-level domain"),
    (None, "1.2.3.4.5", "no top-level domain"),
    (None, "1.2.3.4/33", "32 bits"),
    (None, "::/129", "128 bits"),
    (None, "1.2.3.4:65536", "65535"),
    (None, "fe80::1%eth0", "neither"),
    (None, "1::2::3", "out of range or too many"),
    (None, "a..example", "a part of it"),
    (None, "-a.example", "a part of it"),
    (None, "a b.example", "a part of it"),
    (None, f"{'a' * 64}.example", "a part of it"),
    (None, ".".join(["a" * 60] * 5), "longer than 253"),
    (None, "ftp://evil.example/", "http or https"),
    (None, "javascript://evil.example/", "http or https"),
    (None, "http://", "no host"),
    (None, "http://*.evil.example/", "a part of it"),
    (None, "http://evil.example:70000/", "65535"),
    (None, "http://evil.example:8a/", "no number"),
    (None, "http://[::1", "no address"),
    (None, "http://[::1/64]/", "no address"),
    (None, "http://1.2.3.400/", "out of range"),
    (None, "@evil.example", "nobody"),
    (None, "a b@evil.example", "nobody"),
    (None, "a@evil", "single word"),
    (None, "evil.exam\x00ple", "cannot be shown"),
    (None, "evil\u202e.example", "cannot be shown"),
    (None, "http://evil.example/" + "a" * LONGEST, "longer than"),
    (None, "http://evil.example/" + "ก" * 600, "longer than 2048 bytes when spelled out"),
    (Kind.DOMAIN, "localhost", "single word"),
    (Kind.DOMAIN, "http://evil.example/", "a part of it"),
    (Kind.IPV4, "evil.example", "not an IP address"),
    (Kind.URL, "mailto:a@evil.example", "http or https"),
    (Kind.MD5, "a" * 40, "32 digits"),
    (Kind.SHA256, "g" * 64, "64 digits"),
    (Kind.CVE, "2021-44228", "CVE-2024-12345"),
    (Kind.IMPHASH, "a" * 31, "32 digits"),
    (Kind.SSDEEP, "abc", "ssdeep"),
    (Kind.TLSH, "abc", "tlsh"),
    (Kind.CERTIFICATE, "abc", "hash"),
    (Kind.ASN, "AS4294967296", "AS64496"),
    (Kind.MAC, "aa:bb-cc:dd:ee:ff", "12 digits"),
    (Kind.COIN_ADDRESS, "abc", "14 to 128"),
    (Kind.PHONE, "call me", "3 to 20"),
]


@pytest.mark.parametrize("value", LOOKS)
def test_a_value_is_known_by_its_looks(value: str) -> None:
    kind, written = LOOKS[value]
    assert one(None, value) == (kind, written)
    assert one(kind, value) == (kind, written)
    assert one(None, written) == (kind, written)


@pytest.mark.parametrize(("kind", "value", "expected"), SAID)
def test_a_value_is_read_as_what_it_is_said_to_be(kind: Kind, value: str, expected: tuple[Kind, str]) -> None:
    assert one(kind, value) == expected
    assert one(*expected) == expected


@pytest.mark.parametrize(("kind", "value", "reason"), NONE)
def test_what_is_no_indicator_is_refused_with_a_reason(kind: Kind | None, value: str, reason: str) -> None:
    with pytest.raises(NotThatError, match=reason):
        one(kind, value)
    told = many(kind, pa.array([value], pa.string()))
    assert told.kinds.to_pylist() == told.values.to_pylist() == [None]
    assert reason in told.reasons.to_pylist()[0]


def test_defanged_spellings_are_undone_and_others_left() -> None:
    assert refang("hxxps[:]//evil[.]test") == "https://evil.test"
    assert refang("see hxxp[://]a(dot)test and b [at] c{.}test") == "see http://a.test and b @ c.test"
    plain = "http://a.test/x?y=[1]&z=(2) {3} hxx pp"
    assert refang(plain) == plain


PIECES = st.sampled_from(
    [
        *("1", "255", "256", "0", "00", "1.2.3.4", "10.0.0.0", "2001:db8", "ffff", "0:0", "::", "/24", "/32", "/128"),
        *(":", ":80", ":443", ":8080", ":65536", ".", "..", "[.]", "(.)", "{.}", " dot ", "[at]", "[@]", "@", "[:]"),
        *("http", "https", "hxxp", "HTTPS", "://", "[://]", "//", "/", "?", "#", "%", "%41", "%2f", "%2F", "%7E", "\\"),
        *("evil", "Example", "com", "a" * 63, "-", "_", "xn--", "ก", "é", "İ", "K", "ſ", "*", "*.", " ", "\t", "\x00"),
        *("&", "=", "+", "~", "'", "(", ")", "[", "]", "{", "CVE-2021-", "cve-2021-44228", "44228", "g"),
        *("a" * 32, "A" * 40, "b" * 56, "c" * 64, "d" * 96, "e" * 128, "/.", "/..", "/./", "mailto:", "AS1"),
    ],
)
ADDRESSES = st.one_of(st.ip_addresses().map(str), st.integers(0, 32).map("10.1.2.3/{}".format))
VALUES = st.one_of(
    st.lists(PIECES, min_size=1, max_size=8).map("".join),
    st.sampled_from(sorted(LOOKS)),
    ADDRESSES,
    st.lists(ADDRESSES | PIECES, min_size=1, max_size=3).map("".join),
    st.text(max_size=12),
    st.builds("http://{}/{}".format, st.just("evil.example") | ADDRESSES, st.lists(PIECES, max_size=6).map("".join)),
)
KINDS = st.one_of(st.none(), st.sampled_from(Kind))


def _alone(kind: Kind | None, value: str) -> tuple[str | None, str | None, str | None]:
    try:
        found, written = one(kind, value)
    except NotThatError as problem:
        return None, None, str(problem)
    return str(found), written, None


def _together(kinds: pa.Array | Kind | None, values: list[str]) -> list[tuple[str | None, str | None, str | None]]:
    told = many(kinds, pa.array(values, pa.string()))
    return list(zip(told.kinds.to_pylist(), told.values.to_pylist(), told.reasons.to_pylist(), strict=True))


@given(st.lists(st.tuples(KINDS, VALUES), max_size=20))
@example([(kind, value) for kind, value, _ in SAID])
@example([(None, value) for value in LOOKS])
def test_many_are_read_as_each_alone(given_values: list[tuple[Kind | None, str]]) -> None:
    values = [value for _, value in given_values]
    assert _together(None, values) == [_alone(None, value) for value in values]
    said = pa.array([kind for kind, _ in given_values], pa.string())
    expected = [_alone(kind, value) for kind, value in given_values]
    assert _together(said, values) == _together(said.dictionary_encode(), values) == expected


@given(st.sampled_from(Kind), st.lists(VALUES, min_size=1, max_size=10))
def test_many_of_one_kind_are_read_as_each_alone(kind: Kind, values: list[str]) -> None:
    assert _together(kind, values) == [_alone(kind, value) for value in values]


@given(KINDS, VALUES)
def test_a_canonical_value_is_its_own(kind: Kind | None, value: str) -> None:
    found, written, _ = _alone(kind, value)
    if found is not None and written is not None:
        assert one(Kind(found), written) == (found, written)


def test_nothing_and_null_are_refused_and_no_rows_give_no_rows() -> None:
    told = many(None, pa.array([None, "1.2.3.4"], pa.string()))
    assert told.values.to_pylist() == [None, "1.2.3.4"]
    assert told.reasons.to_pylist() == ["there is nothing", None]
    assert len(many(None, pa.array([], pa.string())).values) == 0


def test_what_is_given_stays_as_it_is() -> None:
    values = pa.array(["EVIL.example", "evil[.]example", "10.1.2.3/8"], pa.string())
    many(None, values)
    assert values.to_pylist() == ["EVIL.example", "evil[.]example", "10.1.2.3/8"]


@pytest.mark.parametrize(
    "hostile",
    [
        *(
            "." * 2048,
            "a." * 1024,
            ":" * 2048,
            "[" * 2048,
            "1:" * 1024,
            "%" * 2048,
            "http://" + ":" * 2000,
            "a@" * 1024,
        ),
        *("hxxp" * 512, "a/" * 1024, "http://a/" + "/.." * 650, "(" * 2048, "é." * 600, "-" * 2048, "[://]" * 400),
    ],
)
def test_hostile_values_are_answered(hostile: str) -> None:
    for kind in (None, *Kind):
        assert any(_alone(kind, hostile))
