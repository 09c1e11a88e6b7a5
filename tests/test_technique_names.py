"""Names of ATT&CK's techniques, those of industrial control systems among them."""

from __future__ import annotations

from warroom.catalog.world import load_attack, load_technique_names
from warroom.report.observing import technique_name


def test_names_of_the_matrix_and_of_industrial_control_systems() -> None:
    names = load_technique_names()
    assert names["T1190"] == "Exploit Public-Facing Application"
    assert names["T0803"] == "Block Command Message"
    _, matrix = load_attack()
    assert {key: one.name for key, one in matrix.items()}.items() <= names.items()
    assert "T0803" not in matrix  # the matrix on the screen is that of Enterprise


def test_a_report_names_them() -> None:
    assert technique_name("T0803") == "Block Command Message"
    assert technique_name("T9999") == "T9999"
