"""A document is what is in it, however it is packed and named."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intel.formats.reading_rows import by_kind, pairs

from warroom.indicators import FORMATS
from warroom.intel.formats import read as reading_module
from warroom.intel.formats.delimited import read_csv
from warroom.intel.formats.lists import read_list
from warroom.intel.formats.read import read
from warroom.intel.formats.reading import FormatRefusedError, Reading, Told
from warroom.intel.formats.recognise import recognise
from warroom.intel.formats.zeek import read_zeek

SAMPLES = Path(__file__).parents[2] / "samples" / "intel"
TOLD = Told("a document")

SAMPLE_FORMATS = {
    "attack/enterprise-attack-excerpt.json": "attack",
    "attack/ics-attack-excerpt.json": "attack",
    "blocklists/abuse-ch-malware.intel": "zeek",
    "blocklists/tor-exit-nodes.lst": "list",
    "kev/known_exploited_vulnerabilities.csv": "kev",
    "kev/known_exploited_vulnerabilities.json": "kev",
    "unit42/Conti_IOCs.txt": "list",
    "unit42/clop-iocs.text": "list",
    "unit42/venomrat_iocs.csv": "csv",
}
SEEN = {
    '{"Event": {"info": "x"}}': "misp",
    '{"response": []}': "misp",
    '[{"Event": {}}]': "misp",
    '{"type": "ip-dst", "value": "198.51.100.7"}': "misp",
    '{"type": "bundle", "id": "bundle--1", "objects": []}': "stix",
    '{"more": false, "objects": [{"type": "indicator"}]}': "stix",
    '[{"type": "indicator", "id": "indicator--1"}]': "stix",
    '{"type": "bundle", "objects": [{"type": "attack-pattern", "x_mitre_version": "1"}]}': "attack",
    # what others say of techniques is no list of techniques
    '{"type": "bundle", "objects": [{"type": "attack-pattern", "x_mitre_id": "1"}, {"type": "indicator"}]}': "stix",
    '{"namespace": "tlp", "predicates": []}': "taxonomy",
    '{"name": "x", "type": "cidr", "list": []}': "warninglist",
    '\ufeff {"vulnerabilities": []}': "kev",
    '"cveID","vendorProject"\n': "kev",
    "cveID,vendorProject,product\n": "kev",
    "#model_version:v2025.03.14,score_date:2026-03-28T12:55:00Z\ncve,epss,percentile\n": "epss",
    "cve,epss,percentile\nCVE-1999-0001,0.01025,0.77197\n": "epss",
    "#separator \\x09\n#fields\tindicator\tindicator_type\n": "zeek",
    "# id,dateadded,url,url_status\n": "csv",
    '"first_seen_utc","dst_ip","dst_port"\n"2022-06-04 21:22:46","198.51.100.7","8080"\n': "csv",
    "1;198.51.100.7;x\n2;evil.example;y\n": "csv",
    "198.51.100.7\t7\n198.51.100.8\t6\n": "list",
    "# nothing\n": "list",
    "198.51.100.0/24 ; SBL123\n": "list",
    "0.0.0.0 bad.example\n0.0.0.0 worse.example\n": "list",
    "[2001:db8::1]:443\n": "list",
    "The actor used evil[.]example, and then 198.51.100.7.\nMore is not known, so far.\n": "text",
    "มีการโจมตีจาก 198.51.100.7\n": "text",
    "%PDF-1.7\n": "pdf",
}


@pytest.mark.parametrize("name", SAMPLE_FORMATS)
def test_real_documents_are_recognised_and_read(name: str) -> None:
    found = read(SAMPLES / name, TOLD)
    assert found.format == SAMPLE_FORMATS[name]
    assert found.read > 0
    assert read(SAMPLES / name, TOLD, found.format).tables.keys() == found.tables.keys()


@pytest.mark.parametrize("text", SEEN)
def test_forms_are_told_apart(text: str) -> None:
    assert recognise(text.encode())[0] == SEEN[text]


@pytest.mark.parametrize("version", ["v20", "v21"])
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("invalid_comma", r"no JSON: line \d, column 35"),
        ("invalid_braces", "no JSON: line 1, column 1"),
        ("invalid_identity", "."),
        ("invalid_timestamp", "."),
    ],
)
def test_broken_stix_is_refused_with_its_place(version: str, name: str, reason: str) -> None:
    path = SAMPLES / "stix_validator" / version / f"{name}.json"
    for format_ in ("", "stix"):
        with pytest.raises(FormatRefusedError, match=reason):
            read(path, TOLD, format_)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "there is nothing in it"),
        (b" \r\n\t", "there is nothing in it"),
        (b'{"a": 1}', "JSON of no form that is known here: an object with `a`"),
        (b"{}", "an object with nothing in it"),
        (b"[]", "neither an object nor a list of objects"),
        (b'["198.51.100.7"]', "neither an object nor a list of objects"),
        (b'{"Event": }', "no JSON: line 1, column 11"),
        (b'{"Event": {\n"info": "x"', "no JSON: line 2"),
        (b"<!DOCTYPE html><html>198.51.100.7</html>", "a web page"),
        (b"\n<HTML>\n", "a web page"),
        (b'<?xml version="1.0"?><stix:STIX_Package/>', "XML, such as STIX 1"),
        (b"\x7fELF\0\0\0\0", "neither text nor"),
        (b"\x1f\x8b\x08\0broken", "damaged archive"),
        (gzip.compress(b"198.51.100.7\n" * 100, mtime=0)[:-20], "damaged archive"),
        (b"PK\x03\x04broken", "damaged or encrypted zip archive"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_is_no_document_is_refused_with_a_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "named.json"
    path.write_bytes(content)
    with pytest.raises(FormatRefusedError, match=reason):
        read(path, TOLD)


@pytest.mark.parametrize("format_", ["list", "csv", "zeek", "text", "stix", "misp", "kev", "epss"])
def test_a_page_to_sign_in_at_is_no_document(tmp_path: Path, format_: str) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(b"<!-- ours --><html><body>198.51.100.7 evil.example</body></html>")
    with pytest.raises(FormatRefusedError, match="a web page"):
        read(path, TOLD, format_)


def zipped(*names: str, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name in names:
            # the same bytes at any time: they are in the tests' names, which every process must find alike
            archive.writestr(zipfile.ZipInfo(name), b"198.51.100.7\n", method)
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"198.51.100.7\n",
        gzip.compress(b"198.51.100.7\n", mtime=0),
        gzip.compress(b"198.51.", mtime=0) + gzip.compress(b"100.7\n", mtime=0),
        zipped("list.txt"),
        zipped("list.txt", method=zipfile.ZIP_LZMA),
        zipped("__MACOSX/list.txt", "list.txt"),
    ],
    ids=["plain", "gzip", "two gzips", "zip", "zip by LZMA", "zip of a Mac"],
)
def test_what_is_packed_is_unpacked(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "document"
    path.write_bytes(content)
    assert pairs(read(path, TOLD)) == pairs(read(path, TOLD, "list")) == [("ipv4", "198.51.100.7")]


def test_an_archive_of_several_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.zip"
    path.write_bytes(zipped("a.txt", "b.txt"))
    with pytest.raises(FormatRefusedError, match="2 files"):
        read(path, TOLD)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "packed"])
def test_what_is_too_large_unpacked_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes]
) -> None:
    monkeypatch.setattr(reading_module, "MOST_BYTES", 3 << 20)
    path = tmp_path / "list"
    path.write_bytes(pack(b"198.51.100.7\n" * (1 << 18)))
    with pytest.raises(FormatRefusedError, match="larger than 3 MiB unpacked"):
        read(path, TOLD)


def test_a_format_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_bytes(b"198.51.100.7\n")
    with pytest.raises(FormatRefusedError, match="known are misp, stix"):
        read(path, TOLD, "openioc")
    for format_ in set(FORMATS) - {"list", "text", "csv"}:
        with pytest.raises(FormatRefusedError):
            read(path, TOLD, format_)


def test_wide_json_is_read(tmp_path: Path) -> None:
    path = tmp_path / "event"
    attribute = {"type": "ip-dst", "value": "198.51.100.7", "to_ids": True, "uuid": "5"}
    path.write_bytes(json.dumps({"Event": {"info": "ภัย", "uuid": "6", "Attribute": [attribute]}}).encode("utf-16"))
    assert pairs(read(path, TOLD)) == pairs(read(path, TOLD, "misp")) == [("ipv4", "198.51.100.7")]


def test_counts_are_those_of_the_files() -> None:
    assert by_kind(read(SAMPLES / "unit42" / "Conti_IOCs.txt", TOLD)) == {"ipv4": 7, "domain": 3, "sha256": 44}
    assert by_kind(read(SAMPLES / "blocklists" / "tor-exit-nodes.lst", TOLD)) == {"ipv4": 30, "ipv6": 15}


PIECES = st.sampled_from(
    [
        *(b"#", b"\n", b"\r", b'"', b",", b";", b"\t", b" ", b"{", b"[", b"}", b":", b"\xff", b"\0", b"\xe0\xb8\x81"),
        *(
            b"198.51.100.7",
            b"evil.example",
            b"url",
            b"ip",
            b"tags",
            b"first_seen",
            b"#fields\tindicator\tindicator_type",
        ),
        *(b"\tIntel::ADDR", b"\tIntel::URL", b"0.0.0.0 ", b" dot ", b"http://", b"a" * 32, b"\x1f\x8b", b"'", b"|"),
    ]
)
HOSTILE = st.lists(PIECES, max_size=30).map(b"".join) | st.binary(max_size=60)


@pytest.mark.parametrize("reader", [recognise, read_list, read_csv, read_zeek], ids=lambda one: str(one.__name__))
@given(content=HOSTILE)
def test_whatever_comes_is_read_or_refused(reader: Callable[..., object], content: bytes) -> None:
    arguments = (content,) if reader is recognise else (content, TOLD)
    with suppress(FormatRefusedError):
        found = reader(*arguments)
        if isinstance(found, Reading):
            assert all(one.item.isprintable() and one.reason.isprintable() for one in found.refused)
            assert found.read or not len(found.tables["indicators"])


def test_a_line_of_many_cells_is_no_table() -> None:
    assert recognise(b"198.51.100.7," * 100_000)[0] != "csv"  # to look at each of its columns would take minutes
