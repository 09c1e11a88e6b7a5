"""CISA's catalogue of exploited vulnerabilities, JSON and CSV."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from warroom.indicators import EXPLOITED, INDICATORS
from warroom.intel.formats.kev import read_kev
from warroom.intel.formats.reading import FormatRefusedError, Told

SAMPLES = Path(__file__).parents[2] / "samples" / "intel" / "kev"
TOLD = Told("kev")


def document(*entries: dict[str, Any] | int, **more: object) -> bytes:
    return json.dumps({"count": len(entries), "vulnerabilities": list(entries)} | more).encode()


def entry(cve: str = "CVE-2021-44228", **more: object) -> dict[str, Any]:
    return {"cveID": cve, "vendorProject": "Apache", "product": "Log4j2", "dateAdded": "2021-12-10"} | more


def test_json_and_csv_say_the_same() -> None:
    found = [
        read_kev((SAMPLES / f"known_exploited_vulnerabilities.{end}").read_bytes(), TOLD) for end in ("json", "csv")
    ]
    for one in found:
        assert (one.format, one.read, one.refused_count, dict(one.counts)) == ("kev", 8, 0, {"vulnerabilities": 8})
        assert one.tables["exploited"].schema == EXPLOITED
        assert one.tables["indicators"].schema == INDICATORS
    assert found[0].tables["exploited"].equals(found[1].tables["exploited"])
    assert found[0].tables["indicators"].equals(found[1].tables["indicators"])


def test_an_entry_is_an_exploited_vulnerability_and_an_indicator() -> None:
    found = read_kev((SAMPLES / "known_exploited_vulnerabilities.json").read_bytes(), TOLD)
    (log4j,) = [row for row in found.tables["exploited"].to_pylist() if row["cve"] == "CVE-2021-44228"]
    assert (log4j["vendor"], log4j["product"], log4j["ransomware"]) == ("Apache", "Log4j2", True)
    assert (log4j["added_on"], log4j["due_on"]) == (date(2021, 12, 10), date(2021, 12, 24))
    assert log4j["action"]
    (indicator,) = [row for row in found.tables["indicators"].to_pylist() if row["value"] == "CVE-2021-44228"]
    assert (indicator["kind"], indicator["origin"], indicator["tags"]) == ("cve", "kev", "kev ransomware")
    assert indicator["first_seen"].date() == date(2021, 12, 10)


def test_bad_entries_are_refused_one_by_one() -> None:
    bad = (entry("CVE-1"), 7, entry("CVE-2020-0001", dateAdded="yesterday"), entry(), {"cveID": None})
    found = read_kev(document(entry("cve-2021-44228"), *bad), TOLD)
    assert found.tables["exploited"]["cve"].to_pylist() == ["CVE-2021-44228"]
    assert (found.read, found.refused_count) == (6, 5)
    assert found.refused[2].item == "entry 4"
    assert "`dateAdded` is a date" in found.refused[2].reason
    assert "stands twice" in found.refused[3].reason


def test_a_catalogue_that_was_cut_off_is_told() -> None:
    found = read_kev(document(entry(), count=1404), TOLD)
    assert "says it has 1,404 entries, and has 1" in found.refused[0].reason
    assert len(found.tables["exploited"]) == 1


def test_a_bad_line_of_the_csv_costs_only_itself() -> None:
    lines = (b"cveID,product", b"CVE-2020-0001,\xff", b"CVE-2020-\xff,b", b'CVE-2020-0002,"a"b,more', b"CVE-2020-0003")
    found = read_kev(b"\r\n".join(lines), TOLD)
    assert found.tables["exploited"]["cve"].to_pylist() == ["CVE-2020-0001", "CVE-2020-0002", "CVE-2020-0003"]
    assert [one.item for one in found.refused] == ["line 3"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"vulnerabilities": 5}', "no list `vulnerabilities`"),
        (b"[]", "no list `vulnerabilities`"),
        (b"cve,name\r\nCVE-2020-1,x\r\n", "no column `cveID`"),
        (b"", "no column `cveID`"),
        (b'cveID,product\r\nCVE-2020-0001,"' + b"a" * 200_000, "after line 1: no CSV"),
    ],
)
def test_what_is_no_catalogue_is_refused_as_a_whole(content: bytes, reason: str) -> None:
    with pytest.raises(FormatRefusedError, match=reason):
        read_kev(content, TOLD)
