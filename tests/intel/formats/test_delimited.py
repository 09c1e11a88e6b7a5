"""Tables of indicators as abuse.ch, researchers and spreadsheets write them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intel.formats.reading_rows import by_kind, pairs, rows

from warroom.indicators import Kind, Tlp
from warroom.intel.formats.delimited import read_csv
from warroom.intel.formats.reading import FormatRefusedError, Told

SAMPLES = Path(__file__).parents[2] / "samples" / "intel"
TOLD = Told("table")
SHA256, MD5, SHA1 = "a" * 64, "b" * 32, "c" * 40


def test_both_columns_of_a_report_are_indicators() -> None:
    found = read_csv((SAMPLES / "unit42" / "venomrat_iocs.csv").read_bytes(), TOLD)
    assert (found.format, found.read) == ("csv", 438)
    # sort -u of each column: 308 hashes; 175 + 3 addresses, one of them with the port "None"; 7 + 7 names; 12 URLs
    assert by_kind(found) == {"sha256": 308, "domain": 14, "ipv4": 177, "url": 12}
    assert [one.item for one in found.refused] == ["line 163: 95.214.26.97:None"]


def test_urlhaus() -> None:
    text = """\
################################################################
# abuse.ch URLhaus Database Dump (CSV - recent URLs only)      #
# Terms Of Use: https://urlhaus.abuse.ch/api/                  #
################################################################
#
# id,dateadded,url,url_status,last_online,threat,tags,urlhaus_link,reporter
"31","2024-11-23 10:00:05","http://198.51.100.7:45678/i","online","2024-11-24 10:00:05","malware_download",\
"32-bit,elf","https://urlhaus.abuse.ch/url/31/","one"
"32","2024-11-23 10:01:05","http://evil.example/a,b.exe","offline","","malware_download","None",\
"https://urlhaus.abuse.ch/url/32/","two"
"""
    found = read_csv(text.encode(), TOLD)
    assert found.read == 2
    assert rows(found) == [
        {
            "kind": "url",
            "value": "http://198.51.100.7:45678/i",
            "origin": "table",
            "first_seen": datetime(2024, 11, 23, 10, 0, 5, tzinfo=UTC),
            "last_seen": datetime(2024, 11, 24, 10, 0, 5, tzinfo=UTC),
            "tags": "malware_download 32-bit elf",
            "reference": "https://urlhaus.abuse.ch/url/31/",
        },
        {
            "kind": "url",
            "value": "http://evil.example/a,b.exe",
            "origin": "table",
            "first_seen": datetime(2024, 11, 23, 10, 1, 5, tzinfo=UTC),
            "tags": "malware_download",
            "reference": "https://urlhaus.abuse.ch/url/32/",
        },
    ]


def test_threatfox_parts_quoted_cells_by_a_comma_and_a_blank() -> None:
    text = f"""\
# "first_seen_utc","ioc_id","ioc_value","ioc_type","threat_type","malware_printable","last_seen_utc",\
"confidence_level","reference","tags"
"2024-05-01 00:00:00", "1", "198.51.100.7:443", "ip:port", "botnet_cc", "Cobalt Strike", "", "100",\
 "https://about.example/", "CobaltStrike,cs-watermark-1"
"2024-05-01 00:00:00", "2", "evil.example", "domain", "botnet_cc, again", "X", "2024-05-02 00:00:00", "50", "None", "-"
"2024-05-01 00:00:00", "3", "{MD5}", "md5_hash", "payload", "X", "2024-05-02 00:00:00", "101", "None", "None"
"2024-05-01 00:00:00", "4", "evil.example", "md5_hash", "payload", "X", "", "50", "None", "None"
"""
    found = read_csv(text.encode(), TOLD)
    assert (found.read, found.refused_count) == (4, 1)
    assert "not md5" in found.refused[0].reason
    first, second, third = rows(found)
    assert (first["kind"], first["value"], first["confidence"]) == ("ipv4", "198.51.100.7", 100)
    assert first["tags"] == "Cobalt_Strike CobaltStrike cs-watermark-1"
    assert (first["comment"], first["reference"]) == ("botnet_cc", "https://about.example/")
    assert (second["kind"], second["comment"], second["tags"]) == ("domain", "botnet_cc, again", "X")
    assert second["last_seen"] == datetime(2024, 5, 2, tzinfo=UTC)
    assert (third["kind"], third["value"], "confidence" in third) == ("md5", MD5, False)


def test_feodo() -> None:
    text = """\
################
# Feodo Tracker Botnet C2 IP Blocklist, recommended
################
"first_seen_utc","dst_ip","dst_port","c2_status","last_online","malware"
"2022-06-04 21:22:46","198.51.100.7","8080","offline","2024-05-01","Emotet"
# END (1) entries
"""
    found = read_csv(text.encode(), TOLD)
    assert (found.read, pairs(found), rows(found)[0]["tags"]) == (1, [("ipv4", "198.51.100.7")], "Emotet")
    assert rows(found)[0]["last_seen"] == datetime(2024, 5, 1, tzinfo=UTC)


def test_malware_bazaar_gives_hashes() -> None:
    text = f"""\
# "first_seen_utc","sha256_hash","md5_hash","sha1_hash","reporter","file_name","signature","imphash","tlsh"
"2024-05-01 00:00:00", "{SHA256}", "{MD5}", "{SHA1}", "who", "a, b.exe", "AgentTesla", "{"f" * 32}", "n/a"
"2024-05-01 00:00:00", "{SHA256[:-1]}0", "n/a", "", "who", "c.exe", "n/a", "n/a", "n/a"
"""
    found = read_csv(text.encode(), TOLD)
    assert sorted(pairs(found)) == sorted(
        [("sha256", SHA256), ("md5", MD5), ("sha1", SHA1), ("sha256", SHA256[:-1] + "0")]
    )
    assert found.refused_count == 0


def test_a_feed_says_what_columns_are_by_name_or_place() -> None:
    text = "ลำดับ;ที่อยู่;ชนิด;หมายเหตุ\n1;198.51.100.7;IP;เครื่องสั่งการ\n2;evil[.]example;domain;\n"
    told = Told("thai", columns={"ที่อยู่": "value", "ชนิด": "kind", "หมายเหตุ": "comment"})
    for encoding in ("utf-8", "utf-8-sig", "cp874", "utf-16"):
        found = read_csv(text.encode(encoding), told)
        assert rows(found)[0]["comment"] == "เครื่องสั่งการ", encoding
        assert pairs(found) == [("ipv4", "198.51.100.7"), ("domain", "evil.example")]
    places = Told("places", columns={"2": "ipv4", "3": "tags"}, delimiter="/", tlp=Tlp.GREEN)
    found = read_csv(b"1/198.51.100.7/x\n2/evil.example/y\n", places)
    assert [(row["value"], row["tags"], row["tlp"]) for row in rows(found)] == [("198.51.100.7", "x", "green")]
    assert found.refused_count == 1
    # what the feed does not name is nothing, whatever its heading
    assert pairs(read_csv(b"ip,url\n198.51.100.7,http://a.example/\n", Told("", columns={"ip": "ipv4"}))) == [
        ("ipv4", "198.51.100.7")
    ]


def test_without_a_heading_columns_are_what_they_look_like() -> None:
    text = b"1|198.51.100.7|bad|2024-05-01\n2|evil.example|worse|2024-05-02\n3|198.51.100.8|x|2024-05-03\n"
    assert pairs(read_csv(text, TOLD)) == [
        ("ipv4", "198.51.100.7"),
        ("domain", "evil.example"),
        ("ipv4", "198.51.100.8"),
    ]
    assert pairs(read_csv(b"mark\taddress\nx\t198.51.100.7\n", Told("", kind=Kind.IPV4))) == [("ipv4", "198.51.100.7")]


def test_markings_and_confidence_are_read() -> None:
    text = "ip,tlp,confidence,valid_until\n198.51.100.7,TLP:AMBER+STRICT,75 %,2030-01-01T00:00:00+07:00\n"
    text += "198.51.100.8,white,high,1893430800\n198.51.100.9,purple,900,soon\n"
    first, second, third = rows(read_csv(text.encode(), Told("t", tlp=Tlp.GREEN)))
    assert (first["tlp"], first["confidence"]) == ("amber+strict", 75)
    assert first["valid_until"] == second["valid_until"] == datetime(2029, 12, 31, 17, tzinfo=UTC)
    assert (second["tlp"], "confidence" in second) == ("clear", False)
    assert set(third) == {"kind", "value", "origin", "tlp"}
    assert third["tlp"] == "green"


def test_the_same_indicator_comes_once_with_all_that_is_said() -> None:
    text = b"ip,first_seen,last_seen,tags\n198.51.100.7,2024-01-02,2024-01-02,a\n198.51.100.7,2023-01-01,2024-05-01,b\n"
    assert rows(read_csv(text, TOLD)) == [
        {
            "kind": "ipv4",
            "value": "198.51.100.7",
            "origin": "table",
            "tags": "a b",
            "first_seen": datetime(2023, 1, 1, tzinfo=UTC),
            "last_seen": datetime(2024, 5, 1, tzinfo=UTC),
        }
    ]


def test_stray_quotation_marks_cost_no_neighbour() -> None:
    text = """\
ip,comment
198.51.100.1,"one
after the other"
198.51.100.2,say "x
198.51.100.3,"never closed
198.51.100.4,fine
198.51.100.5,"a ""quoted"" word, and more"
"""
    found = read_csv(text.encode(), TOLD)
    assert [(row["value"], row["comment"]) for row in rows(found)] == [
        ("198.51.100.1", "one after the other"),
        ("198.51.100.2", "say x"),
        ("198.51.100.3", "never closed"),
        ("198.51.100.4", "fine"),
        ("198.51.100.5", 'a "quoted" word, and more'),
    ]
    assert (found.read, found.refused_count) == (5, 0)


def test_a_row_without_an_indicator_is_refused_with_its_line() -> None:
    found = read_csv(b"ip,sha256\n\n,\n198.51.100.7,n/a\n,-\nx,\n", TOLD)
    assert pairs(found) == [("ipv4", "198.51.100.7")]
    assert [(one.item, one.reason) for one in found.refused] == [
        ("line 3", "there is nothing"),
        ("line 5", "there is nothing"),
        ("line 6: x", "not an IP address or network"),
    ]


def test_a_table_without_indicators_is_refused() -> None:
    with pytest.raises(FormatRefusedError, match=r"no column holds indicators, of: a, b; say in `values\.columns`"):
        read_csv(b"a,b\n1,2\n", TOLD)
    with pytest.raises(FormatRefusedError, match="none of its 2 rows holds an indicator; line 2: x: not an IP"):
        read_csv(b"ip,b\nx,2\ny,2\n", TOLD)
    for empty in (b"# nothing today\n", b"# ip,tags,first_seen\n", b"ip,tags\n"):
        assert (read_csv(empty, TOLD).read, pairs(read_csv(empty, TOLD))) == (0, [])


@given(
    st.lists(
        st.tuples(
            st.ip_addresses(v=4).map(str),
            st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=20),
        ),
        min_size=1,
        max_size=20,
        unique_by=lambda row: row[0],
    )
)
def test_cells_survive_whatever_stands_beside_them(table: list[tuple[str, str]]) -> None:
    lines = ["ip,comment", *(f'{address},"{text.replace(chr(34), chr(34) * 2)}"' for address, text in table)]
    found = read_csv("\n".join(lines).encode(), TOLD)
    assert [value for _, value in pairs(found)] == [address for address, _ in table]
    assert (found.read, found.refused_count) == (len(table), 0)
