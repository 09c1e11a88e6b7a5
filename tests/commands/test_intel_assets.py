"""`./run intel assets`: what is run, compared with known vulnerabilities."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from warroom.__main__ import main

KEV = Path(__file__).parent.parent / "samples" / "intel" / "kev" / "known_exploited_vulnerabilities.json"
EPSS = "#model_version:v1,score_date:2026-03-28T12:55:00Z\ncve,epss,percentile\nCVE-2021-41773,0.95,0.999\n"
ASSETS = """assets:
  - {id: web, vendor: Apache, product: HTTP Server, cves: [CVE-2021-41773], internet_facing: true}
  - {id: log, vendor: apache, product: Log4j2}
  - {id: other, vendor: Apache, product: Tomcat}
  - {id: web}
"""


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a list of assets, beside an empty state folder."""
    monkeypatch.setenv("WARROOM_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("WARROOM_ASSETS", raising=False)
    path = tmp_path / "assets.yaml"
    path.write_text(ASSETS, encoding="utf-8")
    return path


@pytest.fixture
def known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Load what is known of vulnerabilities."""
    (tmp_path / "epss.csv").write_text(EPSS, encoding="utf-8")
    assert main(["intel", "load", str(KEV), str(tmp_path / "epss.csv")]) == 0
    capsys.readouterr()


@pytest.mark.usefixtures("known")
def test_what_assets_have_and_may_have(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["intel", "assets", str(file), "--json"]) == 0
    told = capsys.readouterr()
    answer = json.loads(told.out)
    assert answer["assets"] == 3
    assert "`web` stands twice" in answer["faults"][0]
    assert "`web` stands twice" in told.err
    found = [(one["asset"], one["cve"], one["confirmed"], one["probability"]) for one in answer["exposures"]]
    assert found == [("web", "CVE-2021-41773", True, 0.95), ("log", "CVE-2021-44228", False, None)]
    assert answer["exposures"][0]["due_on"] == "2021-11-17"


@pytest.mark.usefixtures("known")
def test_the_table_and_the_setting(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WARROOM_ASSETS", str(file))
    assert main(["intel", "assets"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split()[:6] == ["web", "CVE-2021-41773", "by", "a", "scanner", "yes"]
    assert "to be checked" in lines[2]


def test_without_a_list_or_knowledge_it_says_what_to_do(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["intel", "assets"]) == 2
    assert "WARROOM_ASSETS" in capsys.readouterr().err
    file.write_text("assets: [{id: a}]\n", encoding="utf-8")
    assert main(["intel", "assets", str(file)]) == 0
    told = capsys.readouterr()
    assert "cisa_kev" in told.err
    assert "1 assets: none has" in told.out
