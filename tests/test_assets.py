"""The list of what is run where."""

from __future__ import annotations

from pathlib import Path

import pytest

from warroom.catalog.assets import Asset, load_assets
from warroom.settings import Settings


def written(folder: Path, text: str) -> Path:
    path = folder / "assets.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_asset_with_everything_and_one_with_nothing_but_its_id(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """\
assets:
  - {id: web, platform: tang_rat, vendor: Apache, product: HTTP Server, version: "2.4.49", internet_facing: true,
     cves: [cve-2021-41773, CVE-2021-41773]}
  - id: relay
""",
    )
    found, faults = load_assets(path)
    assert faults == []
    assert found == [
        Asset("web", "tang_rat", "Apache", "HTTP Server", "2.4.49", internet_facing=True, cves=("CVE-2021-41773",)),
        Asset("relay", "", "", "", "", internet_facing=False, cves=()),
    ]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("{platform: tang_rat}", "an asset needs its `id`"),
        ("{id: b, platform: tang_ratt}", "did you mean `tang_rat`"),
        ("{id: b, vendor: Apache}", "go together"),
        ("{id: b, version: 2.4}", "`version` is a text of at most 200 signs: put it in quotation marks"),
        ("{id: b, internet_facing: 1}", "true or false"),
        ("{id: b, cves: CVE-2021-41773}", "`cves` is a list"),
        ("{id: b, cves: [CVE-1]}", "is named as CVE-2021-44228"),
        ("{id: b, prodct: x}", "did you mean `product`"),
        ("{id: a}", "`a` stands twice"),
        ("just text", "holds `key: value` lines"),
    ],
)
def test_a_faulty_asset_is_told_with_its_line_and_costs_no_other(tmp_path: Path, entry: str, reason: str) -> None:
    found, faults = load_assets(written(tmp_path, f"assets:\n  - id: a\n  - {entry}\n  - id: z\n"))
    assert [one.id for one in found] == ["a", "z"]
    (fault,) = faults
    assert reason in fault.reason
    assert fault.line == 3


@pytest.mark.parametrize("text", ["", "assets: 5\n", "assets: []\n---\nassets: []\n", "assets: [\n"])
def test_what_is_no_list_is_a_fault(tmp_path: Path, text: str) -> None:
    found, faults = load_assets(written(tmp_path, text))
    assert found == []
    assert len(faults) == 1


def test_a_file_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    found, faults = load_assets(tmp_path / "nowhere.yaml")
    assert found == []
    assert "cannot be read" in faults[0].reason


def test_the_setting_names_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert Settings().assets is None
    monkeypatch.setenv("WARROOM_ASSETS", str(tmp_path / "assets.yaml"))
    assert Settings().assets == tmp_path / "assets.yaml"
