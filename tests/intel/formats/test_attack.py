"""MITRE ATT&CK, of STIX 2.0 and 2.1."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from warroom.indicators import TECHNIQUES
from warroom.intel.formats.attack import TYPES, read_attack
from warroom.intel.formats.reading import FormatRefusedError, Told

SAMPLES = Path(__file__).parents[2] / "samples" / "intel" / "attack"
TOLD = Told("attack")


def bundle(*objects: object) -> bytes:
    return json.dumps({"type": "bundle", "id": "bundle--1", "objects": list(objects)}).encode()


def technique(**more: object) -> dict[str, Any]:
    reference = {
        "source_name": "mitre-attack",
        "external_id": "T1001",
        "url": "https://attack.mitre.org/techniques/T1001",
    }
    return {
        "type": "attack-pattern",
        "id": "attack-pattern--1",
        "name": "One",
        "external_references": [reference],
    } | more


@pytest.mark.parametrize("name", ["enterprise-attack-excerpt.json", "ics-attack-excerpt.json"])
def test_the_objects_of_a_bundle(name: str) -> None:
    content = (SAMPLES / name).read_bytes()
    objects = json.loads(content)["objects"]
    found = read_attack(content, TOLD)
    assert found.tables["techniques"].schema == TECHNIQUES
    assert (found.read, found.refused_count) == (len(objects), 0)
    assert dict(found.counts) == Counter(one["type"] for one in objects)
    named = [one for one in objects if one["type"] in TYPES]
    rows = found.tables["techniques"].to_pylist()
    assert [(row["type"], row["name"]) for row in rows] == [(one["type"], one["name"]) for one in named]
    gone = [bool(one.get("revoked") or one.get("x_mitre_deprecated")) for one in named]
    assert [row["withdrawn"] for row in rows] == gone
    assert any(gone)
    assert all("--" not in row["id"] for row in rows)


def test_a_technique_and_a_tactic() -> None:
    found = read_attack((SAMPLES / "enterprise-attack-excerpt.json").read_bytes(), TOLD)
    rows = {row["id"]: row for row in found.tables["techniques"].to_pylist()}
    assert rows["T1055.011"] == {
        "id": "T1055.011",
        "type": "attack-pattern",
        "domain": "enterprise-attack",
        "name": "Extra Window Memory Injection",
        "tactics": "defense-evasion privilege-escalation",
        "url": "https://attack.mitre.org/techniques/T1055/011",
        "withdrawn": False,
    }
    assert rows["TA0006"]["tactics"] == "credential-access"
    ics = read_attack((SAMPLES / "ics-attack-excerpt.json").read_bytes(), TOLD).tables["techniques"].to_pylist()
    assert {row["domain"] for row in ics if row["id"].startswith("T0")} == {"ics-attack"}


def test_what_bundles_of_other_times_do_not_say() -> None:
    reference = {"source_name": "mitre-mobile-attack", "external_id": "T1400", "url": "javascript:alert(1)"}
    phases = [{"kill_chain_name": "mitre-mobile-attack", "phase_name": "impact"}, {"kill_chain_name": ["x"]}, 7]
    found = read_attack(bundle(technique(external_references=[reference], kill_chain_phases=phases)), TOLD)
    (row,) = found.tables["techniques"].to_pylist()
    assert (row["id"], row["domain"], row["tactics"], row["url"]) == ("T1400", "mobile-attack", "impact", "")
    bare = read_attack(bundle(technique(external_references=[])), TOLD).tables["techniques"].to_pylist()
    assert (bare[0]["id"], bare[0]["domain"]) == ("attack-pattern--1", None)


def test_of_several_versions_the_latest_counts() -> None:
    new, old = technique(name="New", modified="2025-01-01"), technique(name="Old", modified="2024-01-01")
    for objects in ((new, old), (old, new)):
        found = read_attack(bundle(*objects), TOLD)
        assert found.tables["techniques"]["name"].to_pylist() == ["New"]
        assert (found.read, dict(found.counts)) == (2, {"attack-pattern": 2})


def test_bad_objects_are_refused_one_by_one() -> None:
    bad = (7, {}, {"type": "malware"}, technique(name=5), technique(name=""))
    found = read_attack(
        bundle(*bad, technique(external_references=[1, {"source_name": []}], kill_chain_phases=7)), TOLD
    )
    assert (found.read, found.refused_count, len(found.tables["techniques"])) == (6, 5, 1)
    assert found.refused[2].item == "object 3"
    assert found.refused[2].reason == "an object of STIX has a `id`"


@pytest.mark.parametrize(
    "content", [b"[]", b'{"type": "bundle"}', b'{"objects": []}', b'{"type":"bundle","objects":{}}']
)
def test_what_is_no_bundle_is_refused_as_a_whole(content: bytes) -> None:
    with pytest.raises(FormatRefusedError, match="no bundle of STIX"):
        read_attack(content, TOLD)
