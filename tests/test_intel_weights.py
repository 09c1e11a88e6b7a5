"""The figures of scoring, as they are shipped and as they may be wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from warroom.catalog.intel_weights import load_intel_weights
from warroom.errors import ContentError
from warroom.indicators import Kind
from warroom.settings import REFERENCE


def test_the_figures_of_misp_and_ours() -> None:
    found = load_intel_weights()
    assert found.threshold == 30
    assert set(found.kinds) == set(Kind)
    domain = found.kinds[Kind.DOMAIN]
    assert (domain.lifetime_seconds, domain.speed) == (120 * 86_400, 2)
    assert found.kinds[Kind.MUTEX] == found.kinds[Kind.TLSH]  # the default
    assert found.taxonomies["estimative-language:likelihood-probability"] == pytest.approx(0.1667)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("threshold: 30", "threshold: 0", "`threshold` is a number above 0"),
        ("threshold: 30", "treshold: 30", "did you mean `threshold`"),
        ("domain: {lifetime: 120d, speed: 2", "domain: {lifetime: 120d, speed: 0", "`kinds.domain.speed`"),
        ("domain: {lifetime: 120d, speed: 2", "domain: {lifetime: soon, speed: 2", "`kinds.domain.lifetime`"),
        ("domain: {lifetime: 120d, speed: 2, why: ", "domain: {lifetime: 120d, speed: 2, reason: ", "unknown key"),
        ("  domain: ", "  domains: ", "unknown key `domains`"),
        ("  default: ", "  defaults: ", "unknown key `defaults`"),
        ("retention: {weight: 0.1667", "retention: {weight: 2", "`taxonomies.retention.weight`"),
    ],
)
def test_a_fault_names_what_is_wrong(tmp_path: Path, old: str, new: str, reason: str) -> None:
    text = (REFERENCE / "intel.yaml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "intel.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContentError, match=reason):
        load_intel_weights(path)
