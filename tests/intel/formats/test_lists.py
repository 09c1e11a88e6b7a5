"""Lists of indicators, one a line, and what else stands in them."""

from __future__ import annotations

from pathlib import Path

import pytest
from intel.formats.reading_rows import by_kind, pairs, rows

from warroom.indicators import Kind, Tlp
from warroom.intel.formats.lists import read_list
from warroom.intel.formats.reading import MOST_REFUSED, FormatRefusedError, Told

SAMPLES = Path(__file__).parents[2] / "samples" / "intel"
TOLD = Told("the list")


def test_a_list_of_addresses_is_taken_whole() -> None:
    found = read_list((SAMPLES / "blocklists" / "tor-exit-nodes.lst").read_bytes(), TOLD)
    assert (found.format, found.read, found.refused_count) == ("list", 45, 0)
    assert by_kind(found) == {"ipv4": 30, "ipv6": 15}
    assert {row["origin"] for row in rows(found)} == {"the list"}


def test_values_are_told_from_comments_counts_and_hosts() -> None:
    text = """\
# a list
; of the second kind
// and of the third

198.51.100.0/24 ; SBL123
198.51.100.7\t7
198.51.100.8#4#2#malicious
"198.51.100.9","seen today"
0.0.0.0 bad.example worse.example # both
0.0.0.0 0.0.0.0
127.0.0.1 localhost
127.0.0.1\t1st.example
::1 localhost
127.0.0.1
evil dot example
hxxp://evil[.]example/x;y#z
https://evil.example/a?b,c
evil.example # of "ours"
d41d8cd98f00b204e9800998ecf8427e  evil.exe
"""
    found = read_list(text.encode(), TOLD)
    assert [(row["kind"], row["value"], row.get("comment")) for row in rows(found)] == [
        ("ipv4", "198.51.100.0/24", "SBL123"),
        ("ipv4", "198.51.100.7", "7"),
        ("ipv4", "198.51.100.8", "4#2#malicious"),
        ("ipv4", "198.51.100.9", "seen today"),
        ("domain", "bad.example", None),
        ("domain", "worse.example", None),
        ("domain", "1st.example", None),
        ("ipv4", "127.0.0.1", None),
        ("domain", "evil.example", None),
        ("url", "http://evil.example/x;y", None),
        ("url", "https://evil.example/a?b,c", None),
        ("md5", "d41d8cd98f00b204e9800998ecf8427e", "evil.exe"),
    ]
    assert (found.read, found.refused_count) == (15, 0)


def test_a_faulty_line_is_refused_alone_with_its_place_and_reason() -> None:
    found = read_list(b"198.51.100.7\n\nnothing here\n198.51.100.300\n198.51.100.8\n", TOLD)
    assert [value for _, value in pairs(found)] == ["198.51.100.7", "198.51.100.8"]
    assert (found.read, found.refused_count) == (4, 2)
    assert [one.item for one in found.refused] == ["line 3: nothing", "line 4: 198.51.100.300"]
    assert "out of range" in found.refused[1].reason


def test_the_same_value_comes_once() -> None:
    found = read_list(b"Evil.example first\nevil[.]example second\n198.51.100.7\n198.51.100.7/32\n", TOLD)
    assert pairs(found) == [("domain", "evil.example"), ("ipv4", "198.51.100.7")]
    assert rows(found)[0]["comment"] == "first"
    assert found.read == 4


def test_what_the_feed_says_of_its_values_counts() -> None:
    told = Told("agents", kind=Kind.USER_AGENT, tlp=Tlp.AMBER)
    found = read_list(b"# bad\nMozilla/5.0 (evil; rv:1) # not a comment\n", told)
    assert pairs(found) == [("user_agent", "Mozilla/5.0 (evil; rv:1) # not a comment")]
    assert rows(found)[0]["tlp"] == "amber"
    assert pairs(read_list(b"evil.example\n", Told("", kind=Kind.URL))) == [("url", "http://evil.example/")]


@pytest.mark.parametrize(
    "content", [b"\xef\xbb\xbf198.51.100.7\r\n", "198.51.100.7\r\n".encode("utf-16"), b"198.51.100.7\r198.51.100.7"]
)
def test_line_ends_and_marks_are_no_part_of_a_value(content: bytes) -> None:
    assert pairs(read_list(content, TOLD)) == [("ipv4", "198.51.100.7")]


def test_a_list_that_holds_none_is_refused_and_an_empty_one_is_empty() -> None:
    with pytest.raises(FormatRefusedError, match="none of its 2 lines is an indicator; the first is: Service"):
        read_list(b"Service unavailable\nplease come back\n", TOLD)
    empty = read_list(b"# nothing is blocked today\n", TOLD)
    assert (empty.read, pairs(empty)) == (0, [])


def test_reasons_are_bounded_and_all_are_counted() -> None:
    bad = b"".join(b"%d.bad.%d \x07\n" % (number, number) for number in range(MOST_REFUSED + 10))
    found = read_list(b"198.51.100.7\n" + b"x" * 5000 + b"\n" + bad, TOLD)
    assert (len(found.refused), found.refused_count) == (MOST_REFUSED, MOST_REFUSED + 11)
    assert all(len(one.item) < 200 and one.item.isprintable() for one in found.refused)
