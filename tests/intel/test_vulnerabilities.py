"""What is known about vulnerabilities, and which assets have them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from warroom.catalog.assets import Asset, load_assets
from warroom.indicators import EXPLOITED, LIKELY
from warroom.intel.formats.kev import read_kev
from warroom.intel.formats.reading import Told
from warroom.intel.vulnerabilities import Vulnerabilities, cves_in, exposures
from warroom.settings import ROOT

KEV = Path(__file__).parent.parent / "samples" / "intel" / "kev" / "known_exploited_vulnerabilities.json"
SCORES = {"CVE-2021-44228": 0.94, "CVE-2019-10149": 0.93, "CVE-2020-0001": 0.01, "CVE-2021-41773": 0.95}


def known() -> pa.Table:
    return read_kev(KEV.read_bytes(), Told("kev")).tables["exploited"]


def likely(scores: dict[str, float] | None = None) -> pa.Table:
    rows = [{"cve": cve, "probability": one, "percentile": one} for cve, one in (scores or SCORES).items()]
    return pa.Table.from_pylist(rows, schema=LIKELY)


def asset(key: str = "a", vendor: str = "", product: str = "", *cves: str, facing: bool = False) -> Asset:
    return Asset(key, "", vendor, product, "", facing, cves)


def told(found: list[Any]) -> list[tuple[str, str, bool]]:
    return [(one.asset.id, one.vulnerability.cve, one.confirmed) for one in found]


def test_what_is_known_about_one() -> None:
    everything = Vulnerabilities(known(), likely())
    log4j = everything.about("CVE-2021-44228")
    assert log4j.exploited is not None
    assert (log4j.exploited.vendor, log4j.exploited.ransomware, log4j.exploited.due_on) == (
        "Apache",
        True,
        date(2021, 12, 24),
    )
    assert log4j.probability == pytest.approx(0.94)
    exim = everything.about("CVE-2019-10149")
    assert (exim.exploited, exim.probability) == (None, pytest.approx(0.93))
    for unknown in ("CVE-0000-0000", "CVE-9999-9999", "CVE-2021-4422"):
        assert (everything.about(unknown).exploited, everything.about(unknown).probability) == (None, None)
    nothing = Vulnerabilities(EXPLOITED.empty_table(), LIKELY.empty_table())
    assert nothing.about("CVE-2021-44228").probability is None


def test_a_scanner_found_it_or_somebody_has_to_look() -> None:
    found = exposures(
        [asset("scanned", "", "", "CVE-2021-44228"), asset("same", "APACHE", "log4j2")], known(), likely()
    )
    assert told(found) == [("scanned", "CVE-2021-44228", True), ("same", "CVE-2021-44228", False)]
    both = exposures([asset("both", "Apache", "Log4j2", "CVE-2021-44228")], known(), likely())
    assert told(both) == [("both", "CVE-2021-44228", True)]


def test_vendor_and_product_go_together() -> None:
    strangers = [asset("other", "Apache", "Tomcat"), asset("none"), asset("maker", "Apache Software", "Log4j2")]
    assert exposures(strangers, known(), likely()) == []
    # several products of the vendor have it, and the catalogue does not say which
    assert told(exposures([asset("vpn", "Fortinet", "FortiOS")], known(), likely())) == [
        ("vpn", "CVE-2025-32756", False)
    ]


def test_the_most_urgent_comes_first() -> None:
    assets = [
        asset("unlikely", "", "", "CVE-2020-0001"),
        asset("likely", "", "", "CVE-2019-10149"),
        asset("to-check", "Apache", "HTTP Server", facing=True),
        asset("inside", "", "", "CVE-2021-41773"),
        asset("outside", "", "", "CVE-2021-41773", facing=True),
        asset("later", "", "", "CVE-2024-8068"),
    ]
    found = exposures(assets, known(), likely())
    assert [one.asset.id for one in found] == ["outside", "inside", "later", "to-check", "likely", "unlikely"]
    assert found == exposures(reversed(assets), known(), likely())


def test_the_example_in_the_documents() -> None:
    assets, faults = load_assets(ROOT / "docs" / "examples" / "assets.yaml")
    assert faults == []
    found = exposures(assets, known(), likely())
    assert ("tang-rat-web-1", "CVE-2021-41773", True) in told(found)
    assert ("mail-relay", "CVE-2019-10149", True) in told(found)


@pytest.mark.parametrize(
    ("tags", "texts", "names"),
    [
        (["attack.t1190", "cve.2021-44228"], [], ("CVE-2021-44228",)),
        (["cve.2021.1675"], [], ("CVE-2021-1675",)),
        (
            [],
            ["exploits CVE-2021-44228 and cve-2021-45046, again CVE-2021-44228."],
            ("CVE-2021-44228", "CVE-2021-45046"),
        ),
        (["CVE-2024-123456789"], [], ("CVE-2024-123456789",)),
        (["cve.2021"], ["CVE-21-44228", "xcve-2021-44228", "CVE-2021-123", "a" * 70_000 + " CVE-2021-44228"], ()),
    ],
)
def test_names_in_tags_and_texts(tags: list[str], texts: list[str], names: tuple[str, ...]) -> None:
    assert cves_in(tags, texts) == names


def test_so_many_names_and_no_more() -> None:
    assert len(cves_in((), [" ".join(f"CVE-2021-{number:05d}" for number in range(5_000))])) == 100
