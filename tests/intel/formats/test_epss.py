"""FIRST's scores of how likely vulnerabilities are exploited."""

from __future__ import annotations

import pytest

from warroom.indicators import LIKELY
from warroom.intel.formats.epss import read_epss
from warroom.intel.formats.reading import MOST_REFUSED, FormatRefusedError, Told

TOLD = Told("epss")
HEAD = b"#model_version:v2025.03.14,score_date:2026-03-28T12:55:00Z\ncve,epss,percentile\n"


def test_the_published_form() -> None:
    found = read_epss(HEAD + b"CVE-1999-0001,0.01025,0.77197\nCVE-2021-44228,0.94358,0.99958\n", TOLD)
    assert found.tables["likely"].schema == LIKELY
    assert [row["cve"] for row in found.tables["likely"].to_pylist()] == ["CVE-1999-0001", "CVE-2021-44228"]
    assert found.tables["likely"]["probability"].to_pylist() == pytest.approx([0.01025, 0.94358])
    assert found.tables["likely"]["percentile"].to_pylist() == pytest.approx([0.77197, 0.99958])
    assert (found.format, found.read, found.refused_count, dict(found.counts)) == ("epss", 2, 0, {"scores": 2})


@pytest.mark.parametrize("share", [b"0", b"1", b"1.0", b"0.5", b"9e-05", b"1.2E-4"])
def test_shares_as_they_are_written(share: bytes) -> None:
    found = read_epss(HEAD + b"CVE-1999-0001," + share + b",0.5\r\n", TOLD)
    assert found.tables["likely"]["probability"].to_pylist() == pytest.approx([float(share)])


def test_bad_rows_are_refused_one_by_one() -> None:
    rows = [
        b"CVE-1999-0001,0.1,0.2", b"CVE-1999-0001,0.3,0.2", b"cve-x,0.1,0.2", b"CVE-1999-0002,1.5,0.2",
        b"CVE-1999-0003,,0.2", b"CVE-1999-0004,nan,0.2", b"CVE-1999-0005,0.1", b"CVE-1999-0006,0.1,0.2,9",
        b"CVE-1999-000\xff,0.1,0.2", b"CVE-1999-0007,-0.1,0.2", b"CVE-1999-0008,0.1,0.9",
    ]  # fmt: skip
    found = read_epss(HEAD + b"\n".join(rows) + b"\n", TOLD)
    assert found.tables["likely"]["cve"].to_pylist() == ["CVE-1999-0001", "CVE-1999-0008"]
    assert found.tables["likely"]["probability"].to_pylist() == pytest.approx([0.1, 0.1])
    assert (found.read, found.refused_count, len(found.refused)) == (11, 9, 9)
    assert all(one.item.isprintable() for one in found.refused)


def test_a_row_that_is_no_text_is_refused_as_any_other() -> None:
    found = read_epss(HEAD + b"\xff\xfe\nCVE-1999-0001,0.1,0.2\n", TOLD)
    assert (found.read, found.refused_count, len(found.tables["likely"])) == (2, 1, 1)


def test_many_bad_rows_are_counted_and_some_are_kept() -> None:
    found = read_epss(HEAD + b"nothing,0,0\n" * (MOST_REFUSED + 500), TOLD)
    assert (found.refused_count, len(found.refused)) == (MOST_REFUSED + 500, MOST_REFUSED)


@pytest.mark.parametrize(
    "content", [b"", b"#only a comment", b"<html>\n</html>\n", b"a,b,c\n1,2,3\n", b"cve,epss\nCVE-1999-0001,0.1\n"]
)
def test_what_has_no_such_heading_is_refused_as_a_whole(content: bytes) -> None:
    with pytest.raises(FormatRefusedError, match="no scores of EPSS: the heading is `cve,epss,percentile`"):
        read_epss(content, TOLD)


def test_a_third_of_a_million_rows() -> None:
    rows = (b"CVE-%d-%05d,0.%05d,0.5\n" % (1999 + one % 27, one, one % 99_999) for one in range(330_000))
    found = read_epss(HEAD + b"".join(rows), TOLD)
    assert (found.read, len(found.tables["likely"]), found.refused_count) == (330_000, 330_000, 0)
