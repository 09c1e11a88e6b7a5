"""Zeek's intelligence files."""

from __future__ import annotations

from pathlib import Path

import pytest
from intel.formats.reading_rows import by_kind, pairs, rows

from warroom.intel.formats.reading import FormatRefusedError, Told
from warroom.intel.formats.zeek import read_zeek

SAMPLES = Path(__file__).parents[2] / "samples" / "intel" / "blocklists"
TOLD = Told("zeek")
HEADING = "#fields\tindicator\tindicator_type\tmeta.source\tmeta.desc\tmeta.url\n"


def test_what_others_publish_is_taken_whole() -> None:
    hashes = read_zeek((SAMPLES / "abuse-ch-malware.intel").read_bytes(), TOLD)
    assert (hashes.format, hashes.read, hashes.refused_count, by_kind(hashes)) == ("zeek", 39, 0, {"sha1": 39})
    addresses = read_zeek((SAMPLES / "abuse-ch-threatfox-ip.intel").read_bytes(), TOLD)
    assert (addresses.read, addresses.refused_count, by_kind(addresses)) == (25, 0, {"ipv4": 20})
    assert rows(addresses)[0] == {
        "kind": "ipv4",
        "value": "106.54.41.209",
        "origin": "zeek",
        "tags": "ABUSE-CH",
        "comment": "THREATFOX",
    }


def test_each_type_is_a_kind() -> None:
    values = {
        "198.51.100.7\tIntel::ADDR\tour source\twhat it does\thttp://about.example/": ("ipv4", "198.51.100.7"),
        "198.51.100.7/24\tIntel::SUBNET\t-\t-\t-": ("ipv4", "198.51.100.0/24"),
        "Evil.example/A?b\tIntel::URL": ("url", "http://evil.example/A?b"),
        "https://evil.example/\tIntel::URL": ("url", "https://evil.example/"),
        "Evil/1.0 (x)\tIntel::SOFTWARE": ("user_agent", "Evil/1.0 (x)"),
        "A@evil.example\tIntel::EMAIL": ("email", "a@evil.example"),
        "Evil.example\tIntel::DOMAIN": ("domain", "evil.example"),
        "A" * 32 + "\tIntel::FILE_HASH": ("md5", "a" * 32),
        "b" * 64 + "\tIntel::FILE_HASH": ("sha256", "b" * 64),
        "evil.exe\tIntel::FILE_NAME": ("file_name", "evil.exe"),
        "c" * 40 + "\tIntel::CERT_HASH": ("certificate", "c" * 40),
        "d" * 40 + "\tIntel::PUBKEY_HASH": ("certificate", "d" * 40),
    }
    found = read_zeek((HEADING + "\n".join(values)).encode(), TOLD)
    assert pairs(found) == list(values.values())
    assert found.refused_count == 0
    assert rows(found)[0] == {
        "kind": "ipv4",
        "value": "198.51.100.7",
        "origin": "zeek",
        "tags": "our_source",
        "comment": "what it does",
        "reference": "http://about.example/",
    }
    assert set(rows(found)[1]) == {"kind", "value", "origin"}


def test_columns_are_where_the_heading_says() -> None:
    text = "#fields\tmeta.source\tindicator_type\tindicator\n\tIntel::DOMAIN\tevil.example\n"
    assert pairs(read_zeek(text.encode(), TOLD)) == [("domain", "evil.example")]


def test_a_faulty_line_is_refused_alone() -> None:
    text = HEADING + "bob\tIntel::USER_NAME\nabc\tIntel::FILE_HASH\n\tIntel::ADDR\nbroken\n198.51.100.7\tIntel::ADDR\n"
    found = read_zeek(text.encode(), TOLD)
    assert pairs(found) == [("ipv4", "198.51.100.7")]
    assert (found.read, found.refused_count) == (5, 4)
    assert [one.item for one in found.refused] == ["line 2: bob", "line 3: abc", "line 4", "line 5: broken"]
    assert "no type that is known" in found.refused[0].reason


def test_what_has_no_heading_is_refused() -> None:
    with pytest.raises(FormatRefusedError, match=r"names a, b, not indicator"):
        read_zeek(b"#fields\ta\tb\n1\t2\n", TOLD)
    with pytest.raises(FormatRefusedError, match=r"names nothing, not indicator"):
        read_zeek(b"198.51.100.7\n", TOLD)
    assert pairs(read_zeek(HEADING.encode(), TOLD)) == []
