"""Indicators are found in prose, Thai or English, and what only looks like one, or is the author's own, is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intel.formats.reading_rows import by_kind, pairs, rows

from warroom.indicators import Tlp
from warroom.intel.formats.prose import find
from warroom.intel.formats.reading import FormatRefusedError, Told
from warroom.intel.formats.text import MOST_BYTES, read_text

SAMPLES = Path(__file__).parents[2] / "samples" / "intel" / "unit42"
TOLD = Told("advisory")
MD5 = "d41d8cd98f00b204e9800998ecf8427e"

FOUND = {
    "The actor used hxxps[:]//evil[.]example[.]com/gate.php?id=1, and so on": [
        ("url", "https://evil.example.com/gate.php?id=1")
    ],
    "(hxxp://evil[.]com/a_(b)).": [("url", "http://evil.com/a_(b)")],
    "hXXp://a[.]com,hxxp://b[.]com;hxxp://c[.]com/x,y": [
        ("url", "http://a.com/"),
        ("url", "http://b.com/"),
        ("url", "http://c.com/x,y"),
    ],
    "http[://]evil(.)com[/]x and hxxp://198.51.100.7:8080/i": [
        ("url", "http://evil.com/x"),
        ("url", "http://198.51.100.7:8080/i"),
    ],
    "hxxp://[2001:db8::2]/x": [("url", "http://[2001:db8::2]/x")],
    "ผู้โจมตีใช้ที่อยู่198.51.100[.]7และโดเมนevil[.]comในการโจมตี": [("ipv4", "198.51.100.7"), ("domain", "evil.com")],
    "C2: 198.51.100.7:8080, 198.51.100[.]8/24; 198.51.100.9/evil.sh and 10.0.0.1.": [
        ("ipv4", "198.51.100.7"),
        ("ipv4", "198.51.100.0/24"),
        ("url", "http://198.51.100.9/evil.sh"),
        ("ipv4", "10.0.0.1"),
    ],
    "198.51.100.1-198.51.100.9": [("ipv4", "198.51.100.1"), ("ipv4", "198.51.100.9")],
    "198.51[.100.7 evil[.com worse.]com {bad[.]net} [bad2[.]net]": [
        ("ipv4", "198.51.100.7"),
        ("domain", "evil.com"),
        ("domain", "worse.com"),
        ("domain", "bad.net"),
        ("domain", "bad2.net"),
    ],
    "  • evil dot com": [("domain", "evil.com")],
    "evil[dot]com evil[.]com[:]8443 x[.]xn--o3cw4h[.]": [("domain", "evil.com"), ("domain", "x.xn--o3cw4h")],
    "run[.]sh hidden[.]onion evil.example.org": [("domain", "run.sh"), ("domain", "hidden.onion")],
    "bad(at)actor[.]ru; other[@]actor.ru.": [("email", "bad@actor.ru"), ("email", "other@actor.ru")],
    f"{MD5}, SHA256:{'AB' * 32}.": [("md5", MD5), ("sha256", "ab" * 32)],
    "CVE-2021-44228, cve-2024-3400 และ CVE‑2023‑1234": [
        ("cve", "CVE-2021-44228"),
        ("cve", "CVE-2024-3400"),
        ("cve", "CVE-2023-1234"),
    ],
    "2001:db8::1 and fe80[:]:1": [("ipv6", "2001:db8::1"), ("ipv6", "fe80::1")],
    "e\u200bvil[.]c\u00adom": [("domain", "evil.com")],
    "it was evil.com, and http://worse.com/a.": [("domain", "evil.com"), ("url", "http://worse.com/a")],
}

NOTHING = [
    "run.sh report.zip setup.py README.md ASP.NET System.Net evil.exe index.php kernel32.dll Node.js Foo.App",
    "e.g. i.e. U.S.A. 3.14 1.2.3.4.5 1.2.3 12:34:56 aa:bb:cc:dd:ee:ff std::string fe80::1 :: 300.1.1.1",
    "Chrome 96.0.4664.110, version 1.2.3.4, v1.2.3.4, รุ่น 4.3.2.1",
    "the dot com bubble, the dot is on the i",
    "localhost http://localhost/ http://intranet/x name@localhost evil.notatld /usr/lib/evil.com C:\\evil.com",
    "a" * 33 + " " + "g" * 32 + " x" + "a" * 32 + " CVE-21-1 XCVE-2021-44228",
    "compromised.It was over.The end",
]


@pytest.mark.parametrize("text", FOUND)
def test_indicators_are_found(text: str) -> None:
    assert pairs(read_text(text.encode(), TOLD)) == FOUND[text]


@pytest.mark.parametrize("text", NOTHING)
def test_what_only_looks_like_one_is_left(text: str) -> None:
    found = read_text(text.encode(), TOLD)
    assert (pairs(found), found.read) == ([], 0)


def test_real_reports() -> None:
    conti = read_text((SAMPLES / "Conti_IOCs.txt").read_bytes(), TOLD)
    assert (conti.format, conti.read, by_kind(conti)) == ("text", 55, {"ipv4": 7, "domain": 3, "sha256": 44})
    assert by_kind(read_text((SAMPLES / "clop-iocs.text").read_bytes(), TOLD)) == {"sha256": 30}


def test_where_others_are_defanged_what_is_not_is_its_authors() -> None:
    text = """\
Seen at evil[.]com and 198.51.100.7.
Report by https://cert.example.org/1, write to soc@cert.org or visit cert.org.
hxxp://worse[.]com/x loads http://198.51.100.8/y
"""
    found = read_text(text.encode(), TOLD)
    assert pairs(found) == [
        ("domain", "evil.com"),
        ("ipv4", "198.51.100.7"),
        ("url", "http://worse.com/x"),
        ("url", "http://198.51.100.8/y"),
    ]
    own = ["https://cert.example.org/1", "soc@cert.org", "cert.org"]
    assert [one.item for one in found.refused] == [f"line 2: {value}" for value in own]
    assert all("not defanged as others are" in one.reason for one in found.refused)
    assert found.read == 7


@pytest.mark.parametrize("heading", ["References", "4. References:", "อ้างอิง", "แหล่งที่มา", "# เอกสารอ้างอิง"])
def test_references_and_contacts_are_no_indicators_though_nothing_is_defanged(heading: str) -> None:
    text = f"""\
Seen at evil.com.
Contact: soc@cert.org
ติดต่อ www.cert.net
{heading}
https://cert.org/1
198.51.100.7
Indicators of compromise
worse.com
"""
    found = read_text(text.encode(), TOLD)
    assert pairs(found) == [("domain", "evil.com"), ("ipv4", "198.51.100.7"), ("domain", "worse.com")]
    assert [one.item for one in found.refused] == [
        "line 2: soc@cert.org",
        "line 3: www.cert.net",
        "line 5: https://cert.org/1",
    ]


def test_each_says_where_it_stands() -> None:
    text = f"first\n\n{'ก' * 500} ที่ evil[.]com คือตัวร้าย {'ข' * 500}\n"
    (row,) = rows(read_text(text.encode(), TOLD))
    assert row["comment"].startswith("line 3: ")
    assert "ที่ evil[.]com คือตัวร้าย" in row["comment"]
    assert len(row["comment"]) < 400


def test_old_thai_files_are_read() -> None:
    text = "ผู้โจมตีใช้ที่อยู่ 198.51.100[.]7 ในการโจมตี"
    (row,) = rows(read_text(text.encode("cp874"), TOLD))
    assert (row["value"], row["comment"]) == ("198.51.100.7", f"line 1: {text}")


def test_too_much_is_refused() -> None:
    with pytest.raises(FormatRefusedError, match="more than 8 MiB"):
        read_text(b"a" * (MOST_BYTES + 1), TOLD)


PIECES = st.sampled_from(
    [
        *"aA1.:/@[](){}-_ \n\tก,;?=%#&'\"<\\",
        *(
            "[.]",
            "(dot)",
            " dot ",
            "http://",
            "hxxps[:]//",
            "evil.com",
            "198.51.100.7",
            "::",
            "2001:db8::",
            "CVE-2021-",
        ),
        *("44228", MD5, "xn--", "\ue000", "\ue001", "\u200b", "References\n", "@", "v "),
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join))
def test_whatever_comes_each_find_stands_on_its_line(text: str) -> None:
    lines = text.split("\n")
    for found in find(text):
        assert 1 <= found.line <= len(lines)
        assert found.excerpt.isprintable() or not lines[found.line - 1].isprintable()
    read_text(text.encode(), TOLD)


@pytest.mark.parametrize(
    "piece", ["a.", "[.]", "1.2.3.4/", "hxxp://a,", "a@", "f:", "com.com/", "[", "(dot", "-", "1."]
)
def test_hostile_lines_are_gone_through(piece: str) -> None:
    text = piece * (100_000 // len(piece))  # a quadratic search would outlast the test
    assert all(found.line == 1 for found in find(text))


@pytest.mark.parametrize(
    ("prose", "marked"),
    [
        ("TLP:AMBER\nC2: 198.51.100.7", "amber"),
        ("tlp: white, later TLP:GREEN\nC2: 198.51.100.7", "green"),
        ("เอกสารนี้ TLP:AMBER+STRICT ห้ามเผยแพร่\nC2: 198.51.100.7", "amber+strict"),
        ("TLP:RED and TLP:CLEAR are explained below\nC2: 198.51.100.7", "red"),
        ("TLP:REDUCED, no marking\nC2: 198.51.100.7", "green"),
    ],
)
def test_the_strictest_marking_of_a_document_counts(prose: str, marked: str) -> None:
    reading = read_text(prose.encode(), Told("advisory", tlp=Tlp.GREEN))
    assert reading.tables["indicators"]["tlp"].to_pylist() == [marked]
