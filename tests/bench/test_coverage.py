from __future__ import annotations

from pathlib import Path

from warroom.bench.catalogue import entries_of
from warroom.bench.coverage import covered, layer, techniques_in
from warroom.catalog.stages import Stage
from warroom.detect import load_rules

RULE = """title: {title}
id: {id}
tags: [{tags}]
logsource: {{product: x}}
detection: {{a: {{b: {title}}}, condition: a}}
level: low
"""

IDS = {name: f"5a0d8e61-8f0b-4f0e-9d0d-0d4f9a6a4c{place:02}" for place, name in enumerate(("one", "two", "draft"))}


def test_techniques_are_covered_by_what_runs_and_seen_where_alerts_name_them(tmp_path: Path) -> None:
    for name, tags, folder in (
        ("one", "attack.t1110.004, attack.t1110, attack.credential-access", "x"),
        ("two", "attack.t1110.004", "upstream"),
        ("draft", "attack.t1190", "x"),
    ):
        (tmp_path / folder).mkdir(exist_ok=True)
        text = RULE.format(title=name, id=IDS[name], tags=tags)
        (tmp_path / folder / f"{name}.yml").write_text(text, encoding="utf-8")
    (tmp_path / "x" / "one.samples.yaml").touch()
    entries = entries_of(load_rules([tmp_path]), tmp_path)
    stages = {IDS["one"]: Stage.PRODUCTION, IDS["two"]: Stage.SHADOW, IDS["draft"]: Stage.DRAFT}
    seen = {"attack.t1110.004": 7, "attack.t1046": 2, "tlp.clear": 9}
    found = covered(entries, stages, seen)
    assert {key: (one.rules, one.shadow, one.own, one.tested, one.alerts, one.score) for key, one in found.items()} == {
        "T1110": (1, 0, 1, 1, 0, 3),
        "T1110.004": (1, 1, 1, 1, 7, 3),
        "T1046": (0, 0, 0, 0, 2, 0),
    }
    whole = covered(entries, stages, seen, whole=True)
    assert (whole["T1110"].rules, whole["T1110"].alerts) == (1, 7)
    made = layer(found, "Detectors")
    assert made["versions"] == {"attack": "18", "navigator": "5.1.0", "layer": "4.5"}
    assert [(one["techniqueID"], one["score"]) for one in made["techniques"]] == [
        ("T1046", 0),
        ("T1110", 3),
        ("T1110.004", 3),
    ]


def test_only_techniques_are_taken_from_tags() -> None:
    assert techniques_in(("ATTACK.T1110.004", "attack.impact", "cve.2021-44228", "attack.t12")) == {"T1110.004"}
